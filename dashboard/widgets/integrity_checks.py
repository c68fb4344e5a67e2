"""All checks, also those that found nothing: what each came to, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import streamlit as st

from dashboard.integrity.drawing import check_title, told
from dashboard.markup import render
from dashboard.widgets.integrity_state import Audit
from dashboard.words import plural
from scenario_core.integrity import Severity
from scenario_core.integrity.reports.content import Section
from scenario_core.integrity.reports.content import sections as sections_of

__all__ = ["draw"]

_KINDS: Final = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.NOTICE: "notice"}


def draw(audit: Audit) -> None:
    """The structural checks, then those of content; of each kind first what could not run, then what found most."""
    found = sections_of(audit.report)
    structural = [section for section in found if section.check is None or not section.check.waivable]
    content = [section for section in found if section.check is not None and section.check.waivable]
    kinds = [
        (
            "Structural checks",
            "Whether the stores are intact. What they find can't be waived, only mended.",
            structural,
        ),
        ("Checks of content", "Whether the scenarios are complete and good. What they find can be waived.", content),
    ]
    st.html(render("audit_checks", kinds=[(title, note, _lines(each)) for title, note, each in kinds]))


def _lines(found: Iterable[Section]) -> list[dict[str, Any]]:
    return [_line(section) for section in sorted(found, key=_order)]


def _order(section: Section) -> tuple[int, str]:
    if section.outcome.problem:
        return -1, section.outcome.code
    rank = list(Severity).index(section.severity) if section.severity else len(Severity)
    return rank, section.outcome.code


def _line(section: Section) -> dict[str, Any]:
    outcome = section.outcome
    about = told(outcome.code) or {"summary": [], "parts": []}
    if outcome.problem:
        kind, state = "unknown", "Could not run"
    elif section.severity is not None:
        kind, state = _KINDS[section.severity], plural(section.count, "finding")
    else:
        kind, state = "good", "Passed"
    waived = [f"{len(section.waived):,} waived"] if section.waived else []
    gaps = [f"not checked in {plural(number, 'scenario')} ({reason})" for reason, number in outcome.not_checked.items()]
    return {
        "kind": kind,
        "state": state,
        "title": check_title(outcome.code),
        "more": ", ".join([*waived, *gaps]),
        "problem": outcome.problem,
        "summary": about["summary"],
        "parts": about["parts"],
    }
