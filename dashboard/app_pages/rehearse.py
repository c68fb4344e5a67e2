"""Rehearsing a scenario, as a learner would walk through it."""

from __future__ import annotations

import streamlit as st

from dashboard import navigate, scenario_view, state, wiring, words
from dashboard.markup import render
from dashboard.rehearsing.stage import Stage
from dashboard.widgets import notices, rehearsal
from scenario_core.errors import ScenarioDeskError

wanted = st.query_params.get("id", "")
if not wanted:
    st.title("Rehearse")
    st.html(render("empty", title="No scenario is chosen.", text="Open one and choose Rehearse."))
    navigate.link(navigate.CATALOGUE, "Catalogue", ":material/menu_book:")
    st.stop()
try:
    found = wiring.desk().catalogue.resolve(state.user_id(), wanted)
except ScenarioDeskError as error:
    st.title("Rehearse")
    notices.failed(error)
    navigate.link(navigate.CATALOGUE, "Look for it in the catalogue", ":material/menu_book:")
    st.stop()
notices.missing_parts()
store = words.store_of(found.entry, state.user_id())
document = found.scenario.model_dump(mode="json")
head = scenario_view.head(document, store=store, store_label=words.store(store)) | {"description": ""}
st.html(render("scenario_head", **head))
navigate.link(navigate.SCENARIO, "The scenario", ":material/forum:", id=wanted)
stage = Stage(wiring.desk(), state.user_id(), wanted, found.scenario, st.session_state)
rehearsal.draw(stage, [wanted])
