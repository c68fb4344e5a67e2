"""The history of runs as a table, and what the last one was the first, or no longer, to find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from dashboard import wiring, words
from dashboard.integrity.wording import LIGHTS
from dashboard.markup import render
from dashboard.widgets import notices, person
from dashboard.widgets.integrity_state import Audit
from scenario_core.integrity import history
from scenario_core.integrity.history import CheckRun, KnownFinding

__all__ = ["draw"]

SHOWN: Final = 25
_NUMBERS: Final = {
    "Errors": "errors",
    "Warnings": "warnings",
    "Notices": "notices",
    "Waived": "waived",
    "Could not run": "not_run",
    "New": "new",
    "Mended": "mended",
    "Still there": "still",
}


def draw(audit: Audit) -> None:
    """The runs that somebody has asked for, or that the start of the server was."""
    runs = audit.past.runs
    if not runs:
        text = "The history is kept in the database, which does not answer."
        st.html(render("empty", title="There is no history of runs.", text=text))
        return
    with notices.or_stop():
        engine = wiring.desk().engine
        new, mended = history.new_in(engine, runs[0].run_id), history.mended_in(engine, runs[0].run_id)
    sides = [_side("New", "Nothing was new.", new), _side("Mended", "Nothing was mended.", mended)]
    st.html(render("audit_changes", sides=sides))
    st.html(render("audit_runs", labels=list(_NUMBERS), runs=[_row(run) for run in runs]))
    st.caption("A run stands here where somebody has asked for it, or where the server was started.")


def _side(title: str, nothing: str, found: Sequence[KnownFinding]) -> tuple[str, str, Sequence[KnownFinding], int]:
    return title, nothing, found[:SHOWN], max(0, len(found) - SHOWN)


def _row(run: CheckRun) -> dict[str, Any]:
    light = LIGHTS[run.light]
    return {
        "kind": light.kind,
        "light": light.title,
        "at": words.moment(run.at),
        "by": person.owner_name(run.actor_id),
        "numbers": [(label, f"{getattr(run, name):,}") for label, name in _NUMBERS.items()],
    }
