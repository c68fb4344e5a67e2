"""Waiving: what is ticked, the reason that somebody gives for it, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

import streamlit as st

from dashboard import state, wiring
from dashboard.integrity.drawing import check_title, tickable
from dashboard.integrity.listing import Line
from dashboard.markup import render
from dashboard.widgets import notices
from dashboard.widgets.integrity_state import Audit
from dashboard.words import plain, plural
from scenario_core.errors import ScenarioDeskError
from scenario_core.integrity import Report, Waiver, waivers
from scenario_core.people import Operation, may

__all__ = ["bar", "is_allowed", "tick", "ticked", "withdraw", "withdraw_all"]

_TICKED: Final = "integrity_ticked"
_NAMED: Final = 5
"""How many findings of each check are named before they are waived."""


def is_allowed() -> bool:
    """Whether the person who looks may waive."""
    return may(state.me(), Operation.WAIVE).allowed


def ticked() -> frozenset[str]:
    """The fingerprints that are ticked."""
    return frozenset(_held())


def tick(prints: Iterable[str], *, on: bool) -> None:
    """Findings were ticked, or not any more."""
    held = _held()
    for fingerprint in prints:
        if on:
            held[fingerprint] = None
        else:
            held.pop(fingerprint, None)


def bar(audit: Audit) -> None:
    """What can be done with what is ticked; nothing while nothing is, and why nothing can be ticked."""
    decision = may(state.me(), Operation.WAIVE)
    if not decision.allowed:
        st.caption(f":material/lock: Findings can't be waived by you: {plain(decision.rule)}.")
        return
    chosen = _chosen(audit.lines)
    if not chosen:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="waive_bar"):
        st.markdown(f"**{plural(len(chosen), 'finding')} selected**", width="content")
        if st.button("Waive", icon=":material/done_all:", type="primary", key="waive"):
            _dialog(chosen)
        st.button("Clear", type="tertiary", on_click=_held().clear, key="waive_clear")


@notices.guarded
def withdraw(waiver_id: str) -> None:
    """Take one waiver back."""
    withdraw_all([waiver_id])


@notices.guarded
def withdraw_all(waiver_ids: Sequence[str]) -> None:
    """Take waivers back: what they waived counts again."""
    gone = waivers.withdraw(wiring.desk().engine, state.me(), waiver_ids)
    prints = {waiver.fingerprint for waiver in gone}

    def without(report: Report) -> Report:
        return replace(report, waived={key: each for key, each in report.waived.items() if key not in prints})

    wiring.checks().changed(without)
    state.say(f"Withdrew {plural(len(gone), 'waiver')}: what they waived counts again.", ":material/undo:")


def _held() -> dict[str, None]:
    """The fingerprints, in the order of the clicks; each person's own."""
    owner, found = st.session_state.get(_TICKED, (None, {}))
    if owner != state.user_id():
        found = {}
        st.session_state[_TICKED] = (state.user_id(), found)
    held: dict[str, None] = found
    return held


def _chosen(lines: Iterable[Line]) -> list[Line]:
    """What is ticked and still there to be waived."""
    held = _held()
    return [line for line in lines if line.finding.fingerprint in held and tickable(line)]


@st.dialog("Waive findings", width="medium")
def _dialog(chosen: Sequence[Line]) -> None:
    st.html(render("waive", checks=_by_check(chosen)))
    with st.form("waive_form", border=False):
        reason = st.text_area(
            "Reason, for everyone to read", key="waive_reason", max_chars=waivers.LONGEST_REASON, height=90,
            placeholder="The repetition is meant: it is a drill.",
        )  # fmt: skip
        until = st.date_input(
            "Last day, if it is to end", value=None, min_value=datetime.now(UTC).date(), format="YYYY-MM-DD",
            key="waive_until",
        )  # fmt: skip
        label = f"Waive {plural(len(chosen), 'finding')}"
        if st.form_submit_button(label, type="primary", icon=":material/done_all:", key="waive_do"):
            _waive(chosen, str(reason or ""), until if isinstance(until, date) else None)


def _by_check(chosen: Sequence[Line]) -> list[tuple[str, int, list[str], int]]:
    found: dict[str, list[str]] = {}
    for line in chosen:
        about = line.name or line.finding.scenario_id
        named = f"{about}: {line.finding.message}" if about else line.finding.message
        found.setdefault(line.finding.code, []).append(named)
    return [
        (check_title(code), len(names), names[:_NAMED], max(0, len(names) - _NAMED)) for code, names in found.items()
    ]


def _waive(chosen: Sequence[Line], reason: str, until: date | None) -> None:
    """Waive exactly what the dialog names, and show it as waived at once."""
    if len(reason.strip()) < waivers.SHORTEST_REASON:
        st.error("Give a reason: whoever reads the report next will ask for it.", icon=":material/edit:")
        return
    try:
        made = waivers.waive(wiring.desk().engine, state.me(), [line.finding for line in chosen], reason, until)
    except ScenarioDeskError as error:
        notices.failed(error)
        return
    wiring.checks().changed(lambda report: _with(report, made))
    tick([line.finding.fingerprint for line in chosen], on=False)
    state.say(f"Waived {plural(len(chosen), 'finding')}.", ":material/done_all:")
    st.rerun()


def _with(report: Report, made: Iterable[Waiver]) -> Report:
    return replace(report, waived={**report.waived, **{waiver.fingerprint: waiver for waiver in made}})
