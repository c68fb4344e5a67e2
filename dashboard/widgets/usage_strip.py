"""The strip of key figures, and what is picked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.charts.figure import percent, records
from dashboard.charts.over_time import SERIES
from dashboard.usage.wording import change, points, rate_words
from dashboard.widgets.usage_state import Asked, current, show
from dashboard.words import plain, plural
from scenario_core.people import Operation, may
from scenario_core.usage.behind import runs_behind
from scenario_core.usage.period import Period
from scenario_core.usage.wording import mark_words, period_words

__all__ = ["key_figures", "picked"]


def key_figures(asked: Asked) -> None:
    """Starts, completions, learners and minutes of the period, each against the period of comparison."""
    measure = asked.measures(["totals"])["totals"]
    rows = {row["period"]: row for row in records(measure.frame)}
    chosen = rows["chosen"]
    if chosen["withheld"]:
        least = asked.analyst.desk.settings.smallest_group
        st.info(
            f"Fewer than {least} learners ran anything here, so that nothing is told of them.", icon=":material/group:"
        )
        return
    finished, before = rows.get("finished"), rows.get("before")
    said = _compared(finished, before)
    with st.grid(5, min_column_width=150):
        for name, label in SERIES.items():
            _metric(
                label,
                f"{chosen[name]:,.0f}",
                change(finished[name], before[name]) if finished and before else None,
                said,
            )
        rate = points(finished["rate"], before["rate"]) if finished and before else None
        _metric("Completed", percent(chosen["rate"], 1), rate, f"{rate_words(chosen)} {said}")


def _metric(label: str, value: str, delta: str | None, said: str) -> None:
    is_still = delta is not None and not any(digit in delta for digit in "123456789")
    st.metric(
        label, value, delta, border=True, help=said or None, delta_color="off" if is_still else "normal",
        delta_arrow="off" if is_still else "auto",
    )  # fmt: skip


def _compared(finished: Any, before: Any) -> str:
    if not finished or not before or pd.isna(finished["starts"]) or pd.isna(before["starts"]):
        return ""
    days, former = Period(finished["first"], finished["last"]), Period(before["first"], before["last"])
    return f"Compared: {period_words(days)} with {period_words(former)}; today is not over and not compared."


def picked(asked: Asked) -> None:
    """What is picked, how many runs stand behind it, and the ways to them and back."""
    view = asked.view
    if not view.has_mark:
        return
    with asked.analyst.view(asked.chosen, moment=asked.moment) as looked:
        behind = runs_behind(looked, view.mark, limit=0)
    least = asked.analyst.desk.settings.smallest_group
    number = f"fewer than {least} learners, so that nothing is told" if behind.is_withheld else plural(behind.n, "run")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="usage_picked"):
        st.markdown(f"**{plain(_sentence(asked))}**: {number}")
        if view.section != "runs" and may(state.me(), Operation.READ_RUNS).allowed:
            st.button(
                "Show the runs", key="usage_show_runs", icon=":material/list:",
                on_click=lambda: show(replace(current(), section="runs", page=1)),
            )  # fmt: skip
        st.button(
            "Clear", key="usage_clear", icon=":material/close:", type="tertiary",
            on_click=lambda: show(current().picked(current().mark, "")),
        )  # fmt: skip


def _sentence(asked: Asked) -> str:
    said = mark_words(asked.view.mark, asked.titles)
    return said[:1].upper() + said[1:]
