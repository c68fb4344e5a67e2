"""Two scenarios side by side: what differs, field by field."""

import streamlit as st

from dashboard import differences, navigate, state, wiring
from dashboard.markup import render
from dashboard.widgets import notices
from dashboard.words import plain

st.title("Compare")
ids = [st.query_params.get(side, "") for side in ("left", "right")]
if not all(ids):
    st.html(
        render("empty", title="Two scenarios are needed.", text="Tick two in the catalogue, then choose Compare there.")
    )
    navigate.link(navigate.CATALOGUE, "Catalogue", ":material/menu_book:")
    st.stop()
with notices.or_stop():
    left, right = (wiring.desk().catalogue.resolve(state.user_id(), each).scenario for each in ids)
with st.container(horizontal=True, vertical_alignment="center"):
    navigate.link(navigate.SCENARIO, plain(left.name), ":material/forum:", id=left.scenario_id)
    st.markdown("→", width="content")
    navigate.link(navigate.SCENARIO, plain(right.name), ":material/forum:", id=right.scenario_id)
    st.button(
        "Swap", icon=":material/swap_horiz:", type="tertiary", key="swap",
        on_click=navigate.go, args=(navigate.COMPARE,),
        kwargs={"left": right.scenario_id, "right": left.scenario_id},
    )  # fmt: skip
changes = differences.between(left.model_dump(mode="json"), right.model_dump(mode="json"))
st.html(render("changes", changes=changes, old_name=left.name, new_name=right.name))
