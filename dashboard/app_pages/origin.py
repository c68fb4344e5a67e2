"""A copy and what it was copied from."""

from __future__ import annotations

import streamlit as st

from dashboard import navigate, sides, state, wiring
from dashboard.differences import phase_names
from dashboard.markup import render
from dashboard.widgets import difference_sides, notices, parent_changes, restore_result
from dashboard.words import plain
from scenario_core.stewardship import parentage, states
from scenario_core.stewardship.states import ORIGIN, SCENARIO


@st.fragment
def beside_its_origin(scenario_id: str) -> None:
    """Everything below the title: it runs again without the rest of the page."""
    notices.said()
    by = sides.steward()
    with notices.or_stop():
        found = parentage.look(by, scenario_id)
        names: dict[str, str] = {}
        for side in (ORIGIN, SCENARIO):
            names |= phase_names(states.read(by, f"{side}{scenario_id}").record(scenario_id))
    restore_result.bar(difference_sides.titles())
    left, right = st.columns(2, gap="large")
    with left:
        parent_changes.since(found, names)
    with right:
        parent_changes.differences(found, names)


st.title("Copy and origin")
wanted = st.query_params.get("id", "")
if not wanted:
    st.html(render("empty", title="No copy is chosen.", text="Open one of your copies, and its history."))
    navigate.link(navigate.MINE, "My scenarios", ":material/edit_note:")
    st.stop()
with notices.or_stop():
    copy = wiring.desk().catalogue.resolve(state.user_id(), wanted)
origin = copy.custom.origin if copy.custom else None
with st.container(horizontal=True, vertical_alignment="center", key="origin_links"):
    navigate.link(navigate.SCENARIO, plain(copy.scenario.name or wanted), ":material/forum:", id=wanted)
    if origin is not None:
        navigate.link(
            navigate.SCENARIO, f"Copied from {plain(origin.title or origin.scenario_id)}", ":material/fork_left:",
            id=origin.scenario_id,
        )  # fmt: skip
        navigate.link(
            navigate.COMPARE, "All differences", ":material/compare:",
            old=f"{ORIGIN}{wanted}", new=f"{SCENARIO}{wanted}",
        )  # fmt: skip
if origin is None:
    st.html(render("empty", title="It is no copy.", text="It was written from a template or from nothing."))
    st.stop()
beside_its_origin(wanted)
