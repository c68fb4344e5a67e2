"""Integrity: whether the catalogue is intact, complete and good. The address says which findings it shows, and how."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import state
from dashboard.integrity import view as integrity_view
from dashboard.integrity.view import IntegrityView
from dashboard.markup import render
from dashboard.widgets import (
    integrity_checks,
    integrity_findings,
    integrity_head,
    integrity_run,
    integrity_runs,
    integrity_state,
    integrity_waivers,
    notices,
)
from dashboard.widgets.integrity_state import Audit
from dashboard.words import plain
from scenario_core.people import Operation, may

SECTIONS = {"findings": "Findings", "checks": "All checks", "waivers": "Waivers", "runs": "Runs"}


def current() -> IntegrityView:
    """The view that the address names."""
    return integrity_view.parse({name: st.query_params.get_all(name) for name in st.query_params})


def show(view: IntegrityView) -> None:
    """Go to another view."""
    carried = {name: [value] for name, value in state.link_params().items()}
    st.query_params.from_dict(integrity_view.params(view) | carried)


def sections(view: IntegrityView, audit: Audit) -> None:
    """What of the audit is shown below its head."""
    waived = audit.report.waived_count
    labels = SECTIONS | ({"waivers": f"Waivers ({waived:,})"} if waived else {})
    state.hold("integrity_section", view.section)
    st.segmented_control(
        "Section", list(SECTIONS), key="integrity_section", required=True, label_visibility="collapsed",
        format_func=labels.__getitem__,
        on_change=lambda: show(replace(current(), section=st.session_state.integrity_section)),
    )  # fmt: skip


@st.fragment
def integrity() -> None:
    """Everything below the title: it runs again without the rest of the page."""
    notices.said()
    view, audit = current(), integrity_state.latest()
    if audit is None:
        text = "The first time every scenario is read; after that only what has changed."
        st.html(render("empty", title="The catalogue is being checked.", text=text))
        integrity_run.progress(has_report=False)
        integrity_run.button("Check now")
        return
    integrity_head.draw(audit)
    integrity_run.progress(has_report=True)
    sections(view, audit)
    match view.section:
        case "findings":
            integrity_findings.draw(audit, view, current, show)
        case "checks":
            integrity_checks.draw(audit)
        case "waivers":
            integrity_waivers.draw(audit)
        case "runs":
            integrity_runs.draw(audit)


st.title("Integrity")
decision = may(state.me(), Operation.CHECK)
if decision.allowed:
    notices.missing_parts()
    integrity()
else:
    st.info(f"What the checks find is not for you to see: {plain(decision.rule)}.", icon=":material/lock:")
