"""More like this: scenarios that share words, tags and kind with the one that is shown, and which ones."""

from __future__ import annotations

import streamlit as st

from dashboard import components, discovery, navigate, rows, state, wiring
from dashboard.widgets import notices, person
from scenario_core.errors import ScenarioDeskError

__all__ = ["draw"]


def draw(scenario_id: str) -> None:
    """Tiles, each with its reason."""
    st.subheader("More like this")
    try:
        found = wiring.likeness().more_like_this(state.me(), scenario_id)
    except ScenarioDeskError as error:
        notices.failed(error)
        return
    if found.problems:
        st.caption("Custom scenarios can't be compared at the moment.")
    if not found.similar:
        st.caption("No other scenario shares its words or its category.")
        return
    entries = [each.entry for each in found.similar]
    notes = {each.entry.scenario_id: discovery.why(each.why) for each in found.similar}
    look = rows.Look("More like this", layout="tiles", notes=notes, carried=state.link_params())
    components.listing(
        rows.listing_data(entries, state.user_id(), person.owner_names(), look),
        key="similar",
        on_open=navigate.open_scenario,
    )
