"""The runs behind what is picked, page by page."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import state
from dashboard.markup import render
from dashboard.widgets.usage_state import Asked, current, show
from dashboard.words import plural
from scenario_core.people import Operation, may
from scenario_core.usage.behind import PAGE

__all__ = ["draw"]


def draw(asked: Asked) -> None:
    """One page of runs, the latest first. Learners are pseudonyms."""
    decision = may(asked.analyst.person, Operation.READ_RUNS)
    if not decision.allowed:
        st.info("Single runs are for analysts to see; the figures are for everyone here.", icon=":material/lock:")
        return
    page = asked.view.page
    behind = asked.analyst.runs_behind(asked.view.mark, asked.chosen, skip=(page - 1) * PAGE)
    if page > 1 and behind.n and behind.frame.empty:
        page = -(-behind.n // PAGE)
        behind = asked.analyst.runs_behind(asked.view.mark, asked.chosen, skip=(page - 1) * PAGE)
    if behind.is_withheld:
        least = asked.analyst.desk.settings.smallest_group
        st.info(f"These are runs of fewer than {least} learners, so that they are not shown.", icon=":material/group:")
        return
    st.subheader(plural(behind.n, "run"), anchor=False)
    if not behind.n:
        st.html(
            render("empty", title="No run is behind this.", text="Choose a longer period, or clear what is picked.")
        )
        return
    text = st.column_config.TextColumn
    number = st.column_config.NumberColumn
    st.dataframe(
        behind.frame,
        hide_index=True,
        column_config={
            "started_at": st.column_config.DatetimeColumn("Started", format="YYYY-MM-DD HH:mm", timezone=asked.zone),
            "scenario": None,
            "title": text("Scenario"),
            "learner": text("Learner", help="A pseudonym"),
            "language": text("Language"),
            "source": text("Source"),
            "outcome": text("Outcome"),
            "phases_completed": number("Phases"),
            "total_phases": number("of"),
            "spent_minutes": number("Minutes", format="%.1f"),
            "success_rate": number("Success", format="percent"),
            "completion_score": number("Score"),
            "run_id": text("Run"),
        },
    )
    pages = -(-behind.n // PAGE)
    if pages > 1:
        state.hold("usage_page", min(page, pages))
        st.pagination(pages, key="usage_page", on_change=_chose_page)


def _chose_page() -> None:
    show(replace(current(), page=int(st.session_state.usage_page)))
