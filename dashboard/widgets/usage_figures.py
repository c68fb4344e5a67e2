"""Figures on the page: the chart, what must be known to read it, picking by keyboard, files, and the same in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.charts.figure import Figure
from dashboard.charts.theme import PICK, on_surface
from dashboard.usage.files import FORMS, About, drawn, encoded
from dashboard.widgets.usage_state import Asked, current, show
from dashboard.words import plain
from scenario_core.exports import file_name

__all__ = ["draw"]

NO_MARK = "Nothing"


def draw(asked: Asked, figure: Figure, controls: Callable[[], None] | None = None) -> None:
    """One figure in a frame of its own; `controls` draws what chooses between several of its kind."""
    with st.container(border=True, key=f"figure_{figure.name}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(figure.title, anchor=False, width="stretch")
            _menu(asked, figure)
        if controls is not None:
            controls()
        if figure.chart is None:
            st.info(plain(figure.text or "There is nothing to show."), icon=":material/info:")
        else:
            _chart(figure)
        for note in figure.notes:
            st.caption(plain(note))


def _chart(figure: Figure) -> None:
    """The chart; a click on a mark picks it, and one more takes it back."""
    chart = on_surface(figure.chart, is_dark=st.context.theme.type == "dark")
    if not figure.marks:
        st.altair_chart(chart, alt=figure.text, key=f"chart_{figure.name}")
        return
    key = f"chart_{figure.name}_{st.session_state.get('usage_picks', 0)}"
    st.altair_chart(chart, alt=figure.text, key=key, on_select=partial(_clicked, key, figure), selection_mode=PICK)


def _clicked(key: str, figure: Figure) -> None:
    """A mark was clicked: the browser sends the columns by which it is told."""
    selected: Any = st.session_state.get(key)
    points = selected["selection"].get(PICK, []) if selected else []
    mark = figure.mark_of(points[0]) if points else None
    view = current()
    if mark is None and view.picked_in != figure.name:
        return
    _forget_selections()
    show(view.picked(mark or view.mark, figure.name))


def _forget_selections() -> None:
    """The charts are drawn anew without the browser's own selection: what is picked stands in the address."""
    st.session_state.usage_picks = st.session_state.get("usage_picks", 0) + 1


def _menu(asked: Asked, figure: Figure) -> None:
    popover = st.popover(
        "More", icon=":material/more_horiz:", type="tertiary", on_change="rerun", key=f"more_{figure.name}",
        help=f"Pick a mark, take the figure away, read it as a table: {figure.title}",
    )  # fmt: skip
    if not popover.open:
        return
    with popover:
        if figure.marks:
            _pick_by_name(asked, figure)
        st.markdown("**Take away**")
        with st.container(horizontal=True):
            _downloads(asked, figure)
        st.markdown("**In words**")
        st.text(figure.text)
        st.dataframe(drawn(figure), hide_index=True, height="content" if len(figure.frame) <= _SHORT else 400)


_SHORT = 12


def _pick_by_name(asked: Asked, figure: Figure) -> None:
    names = list(figure.marks)
    picked = next((name for name, mark in figure.marks.items() if mark == asked.view.mark), NO_MARK)
    state.hold(f"pick_{figure.name}", picked)
    st.selectbox(
        "Pick a mark", [NO_MARK, *names], key=f"pick_{figure.name}", on_change=_picked, args=(figure,),
        help="It narrows the other figures and shows the runs behind it.",
    )  # fmt: skip


def _picked(figure: Figure) -> None:
    name = st.session_state[f"pick_{figure.name}"]
    view = current()
    _forget_selections()
    show(view.picked(figure.marks.get(name, view.mark), figure.name))


def _downloads(asked: Asked, figure: Figure) -> None:
    about = about_of(asked, figure)
    for name, form in FORMS.items():
        if form.is_picture and figure.chart is None:
            continue
        st.download_button(
            form.title, partial(encoded, figure, name, about), file_name(figure.title, form.extension), form.mime,
            on_click="ignore", key=f"take_{figure.name}_{name}", type="tertiary", icon=":material/download:",
        )  # fmt: skip


def about_of(asked: Asked, figure: Figure) -> About:
    """What the files of a figure say of themselves."""
    is_origin = figure.name == asked.view.picked_in
    chosen = asked.chosen if is_origin else asked.narrowed
    picked = None if is_origin else asked.view.mark
    measure = asked.measures([figure.name])[figure.name]
    return About.of(figure, measure, chosen, asked.moment, asked.zone, picked=picked, titles=asked.titles)
