"""One light for the whole audit: green only where every check has run and found nothing."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import wiring
from dashboard.markup import render
from scenario_core.integrity import Report, Severity

__all__ = ["draw", "state_of"]

SHOWN: Final = 20
_TITLES: Final = {
    "good": "The catalogue is intact.",
    "bad": "The catalogue needs attention.",
    "warn": "The catalogue has warnings.",
    "unknown": "Not everything could be checked.",
}


def state_of(report: Report) -> str:
    """good, warn, bad, or unknown where a check could not run and nothing worse is known."""
    severities = {finding.severity for finding in report.findings}
    if Severity.ERROR in severities:
        return "bad"
    if report.not_run:
        return "unknown"
    return "warn" if severities else "good"


def draw(report: Report) -> None:
    """The light, what the checks found in one line, and the findings themselves on request."""
    kind = state_of(report)
    st.html(render("light", kind=kind, title=_TITLES[kind], text=report.summary().capitalize() + "."))
    if kind == "good":
        return
    details = st.expander("What was found", on_change="rerun", key="findings")
    if details.open:
        with details:
            missing = [f"{outcome.code} {outcome.name}: {outcome.problem}" for outcome in report.not_run]
            st.html(render("findings", findings=report.findings[:SHOWN]))
            for sentence in missing:
                st.text(f"Could not run: {sentence}")
            if len(report.findings) > SHOWN:
                st.caption(f"{len(report.findings) - SHOWN:,} more: run scenario-desk check for all of them.")
            st.button("Check again", icon=":material/refresh:", on_click=wiring.forget_report, key="check_again")
