"""Figures on the page: the chart, what must be known to read it, picking by keyboard, files, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.charts.figure import Figure
from dashboard.charts.theme import PICK
from dashboard.usage.files import FORMS, About, encoded, file_name
from dashboard.usage.wording import chosen_sentences, mark_sentence
from dashboard.widgets.usage_state import Asked, current, show
from dashboard.words import plain

__all__ = ["draw"]

NO_MARK = "Nothing"


def draw(asked: Asked, figure: Figure) -> None:
    """One figure in a frame of its own."""
    with st.container(border=True, key=f"figure_{figure.name}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(figure.title, anchor=False, width="stretch")
            _menu(asked, figure)
        if figure.chart is None:
            st.info(plain(figure.text or "There is nothing to show."), icon=":material/info:")
        else:
            _chart(figure)
        for note in figure.notes:
            st.caption(plain(note))


def _chart(figure: Figure) -> None:
    """The chart; a click on a mark picks it, and one more takes it back."""
    if not figure.marks:
        st.altair_chart(figure.chart, alt=figure.text, key=f"chart_{figure.name}")
        return
    key = f"chart_{figure.name}_{st.session_state.get('usage_picks', 0)}"
    st.altair_chart(
        figure.chart, alt=figure.text, key=key, on_select=partial(_clicked, key, figure), selection_mode=PICK
    )


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
        st.dataframe(_readable(figure), hide_index=True, height="content" if len(figure.frame) <= _SHORT else 400)


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
    for form, kind in FORMS.items():
        if kind.is_picture and figure.chart is None:
            continue
        st.download_button(
            kind.label, partial(encoded, figure, form, about), file_name(figure, form, about), kind.mime,
            on_click="ignore", key=f"take_{figure.name}_{form}", type="tertiary", icon=":material/download:",
        )  # fmt: skip


def about_of(asked: Asked, figure: Figure) -> About:
    """What the files of a figure say of themselves."""
    scenarios = asked.scope.scenarios
    titles = dict(zip(scenarios["shown"], scenarios["title"], strict=True))
    view = asked.view
    chosen = asked.chosen if figure.name == view.picked_in else asked.narrowed
    said: Sequence[str] = chosen_sentences(chosen, asked.zone, titles)
    if view.has_mark and figure.name != view.picked_in:
        said = [*said, f"Picked: {mark_sentence(view.mark, titles)}."]
    return About(tuple(said), asked.zone, asked.moment, figure.notes)


def _readable(figure: Figure) -> Any:
    return figure.frame.drop(columns=["label", "key"], errors="ignore")
