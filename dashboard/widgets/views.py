"""Saved views of a page: open one, save this one, share it, delete it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import state, wiring
from dashboard.widgets import notices, person
from dashboard.words import plain
from scenario_core.custom.views import LONGEST_NAME, SavedView

__all__ = ["menu"]


def menu(page: str, query: str, show: Callable[[str], None]) -> None:
    """The menu of a page's saved views; its content is only drawn while it is open.

    `query` is the query string of the view that is shown now, and `show` goes to another one.
    """
    popover = st.popover("Views", icon=":material/bookmarks:", on_change="rerun", key="views")
    if not popover.open:
        return
    with popover, notices.or_stop():
        with wiring.desk().builder() as service:
            saved = service.views.list(state.user_id(), page)
        for each in saved:
            _line(each, show)
        if not saved:
            st.caption("No saved views yet.")
        with st.form("save_view", border=False, clear_on_submit=True):
            st.text_input("Save this view as", key="view_name", max_chars=LONGEST_NAME, placeholder="A short name")
            st.checkbox("Share with everyone", key="view_shared")
            st.form_submit_button("Save view", on_click=_save, args=(page, query))


def _line(view: SavedView, show: Callable[[str], None]) -> None:
    mine = view.owner_id == state.user_id()
    shared = " (shared)" if view.is_shared and mine else "" if mine else f" ({person.owner_name(view.owner_id)})"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"{plain(view.name)}{plain(shared)}", key=f"view_{view.view_id}", type="tertiary",
            on_click=show, args=(view.query,), width="stretch",
        )  # fmt: skip
        if mine:
            st.button(
                "Delete", key=f"drop_{view.view_id}", icon=":material/delete:", type="tertiary",
                on_click=_delete, args=(view,), help=f"Delete the view {plain(view.name)}",
            )  # fmt: skip


@notices.guarded
def _save(page: str, query: str) -> None:
    with wiring.desk().builder() as service:
        view = service.views.save(
            state.user_id(), st.session_state.view_name, query, is_shared=st.session_state.view_shared, page=page
        )
    state.say(f"Saved the view {plain(view.name)}.", ":material/bookmark_added:")


@notices.guarded
def _delete(view: SavedView) -> None:
    with wiring.desk().builder() as service:
        service.views.delete(view.view_id, state.user_id())
    state.say(f"Deleted the view {plain(view.name)}.", ":material/bookmark_remove:")
