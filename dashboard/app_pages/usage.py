"""Usage: what is started, finished and abandoned, and where. The address says which runs it looks at."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import state, wiring
from dashboard.charts.figures import SECTIONS, TITLES
from dashboard.charts.over_time import SERIES
from dashboard.markup import render
from dashboard.widgets import (
    notices,
    usage_exports,
    usage_figures,
    usage_filters,
    usage_imports,
    usage_runs,
    usage_runs_in,
    usage_strip,
)
from dashboard.widgets.usage_state import Asked, current, show
from dashboard.words import plain
from scenario_core.people import Operation, may
from scenario_core.usage.wording import period_words

NOTHING_YET = (
    "Runs appear here once learners start scenarios. Earlier ones can be imported from a file, and the command "
    "scenario-desk usage sample makes some up, to see what this page can do."
)


def chose_section() -> None:
    """Another group of figures."""
    show(replace(current(), section=st.session_state.usage_section, page=1))


def chose_series() -> None:
    """Something else over time."""
    show(replace(current(), series=st.session_state.usage_series))


def sections(asked: Asked) -> None:
    """Which group of figures is shown."""
    state.hold("usage_section", asked.view.section)
    names = [name for name in TITLES if name != "runs" or may(state.me(), Operation.READ_RUNS).allowed]
    st.segmented_control(
        "Section", names, key="usage_section", required=True, label_visibility="collapsed",
        format_func=TITLES.__getitem__, on_change=chose_section,
    )  # fmt: skip


def series(asked: Asked) -> None:
    """What is drawn over time."""
    state.hold("usage_series", asked.view.series)
    st.segmented_control(
        "Over time", list(SERIES), key="usage_series", required=True, label_visibility="collapsed",
        format_func=SERIES.__getitem__, on_change=chose_series,
    )  # fmt: skip


def figures(asked: Asked) -> None:
    """The figures of the section: those over the whole width, then two columns."""
    whole, left, right = SECTIONS[asked.view.section]
    drawn = asked.figures([*whole, *left, *right])
    for name in whole:
        usage_figures.draw(asked, drawn[name], partial(series, asked) if name == "over_time" else None)
    for column, names in zip(st.columns(2), (left, right), strict=True):
        with column:
            for name in names:
                usage_figures.draw(asked, drawn[name])


@st.fragment
def usage() -> None:
    """Everything below the title: it runs again without the rest of the page."""
    notices.said()
    usage_imports.draw()
    usage_exports.draw()
    keeper = wiring.usage()
    with notices.or_stop():
        if keeper.look() is None:
            done, total = keeper.progress
            st.html(
                render(
                    "empty", title="The runs are being read.", text="This takes some seconds when there are millions."
                )
            )
            st.progress(min(1.0, done / total) if total else 0.0)
            st.button("Look again", key="usage_again")
            return
        if keeper.dataset.is_empty():
            st.html(render("empty", title="There are no runs yet.", text=NOTHING_YET))
            usage_imports.button(primary=True)
            return
        asked = Asked.of(current())
        usage_runs_in.banner(asked)
        usage_filters.draw(asked)
        st.caption(
            f"{period_words(asked.chosen.period)}. Days begin at midnight in {asked.zone}. "
            f"Asked at {asked.moment:%Y-%m-%d %H:%M} UTC."
        )
        usage_strip.key_figures(asked)
        usage_strip.picked(asked)
        sections(asked)
        if asked.view.section == "runs":
            usage_runs.draw(asked)
        else:
            figures(asked)


st.title("Usage")
decision = may(state.me(), Operation.READ_USAGE)
if decision.allowed:
    notices.missing_parts()
    usage()
else:
    st.info(f"How scenarios are used is not for you to see: {plain(decision.rule)}.", icon=":material/lock:")
