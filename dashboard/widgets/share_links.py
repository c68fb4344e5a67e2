"""Read-only links to a scenario: made, listed and taken back by its owner."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from dashboard import shared_pages, state, wiring, words
from dashboard.widgets import notices
from scenario_core.custom.share_links import ShareLink

__all__ = ["menu"]

MADE: Final = "share_link_made"
EXPIRY: Final = "share_link_expiry"
_DAYS: Final = {"Until I take it back": None, "For a week": 7, "For 30 days": 30, "For a year": 365}


def menu(scenario_id: str, base: str) -> None:
    """The links to a scenario; `base` is the dashboard's address without a path."""
    popover = st.popover("Read-only link", icon=":material/share:", on_change="rerun", key="share_links")
    if not popover.open:
        return
    with popover:
        st.caption("Whoever has the link can read and rehearse this scenario, and nothing else.")
        with notices.or_stop(), wiring.desk().builder() as service:
            links = service.share_links.list(scenario_id, state.user_id())
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox("It opens", list(_DAYS), key=EXPIRY)
            st.button("Make a link", icon=":material/add_link:", key="make_link", on_click=_make, args=(scenario_id,))
        _just_made(scenario_id, base)
        for number, link in enumerate(links):
            _one(link, number)


def _just_made(scenario_id: str, base: str) -> None:
    made_for, token = st.session_state.get(MADE, ("", ""))
    if made_for != (state.user_id(), scenario_id):
        return
    st.markdown("**Copy it now**: it is not shown again.")
    for label, address in zip(("To read", "To rehearse"), shared_pages.addresses(base, token), strict=True):
        st.caption(label)
        st.code(address, language=None, wrap_lines=True)


def _one(link: ShareLink, number: int) -> None:
    until = f", until {words.moment(link.expires_at)} UTC" if link.expires_at else ""
    with st.container(horizontal=True, vertical_alignment="center", key=f"share_link_{number}"):
        st.markdown(f"Made {words.moment(link.created_at)} UTC{until}", width="stretch")
        st.button(
            "Take back", icon=":material/link_off:", key=f"revoke_link_{number}", type="tertiary",
            on_click=partial(_revoke, link),
        )  # fmt: skip


@notices.guarded
def _make(scenario_id: str) -> None:
    with wiring.desk().builder() as service:
        _, token = service.share_links.create(scenario_id, state.user_id(), days=_DAYS[st.session_state[EXPIRY]])
    st.session_state[MADE] = ((state.user_id(), scenario_id), token)


@notices.guarded
def _revoke(link: ShareLink) -> None:
    with wiring.desk().builder() as service:
        service.share_links.revoke(link.link_id, state.user_id())
    st.session_state.pop(MADE, None)
    state.say("The link opens nothing any more.", ":material/link_off:")
