"""The catalogue: both stores in one table."""

import streamlit as st

from dashboard import wiring
from scenario_core.errors import ScenarioDeskError

st.title("Scenario catalogue")

try:
    view = wiring.catalogue_view(wiring.desk())
except ScenarioDeskError as error:
    st.error("The catalogue can't be read at the moment.", icon=":material/error:")
    st.text(str(error))
    st.stop()

for problem in view.problems:
    st.warning("Something is missing at the moment.", icon=":material/warning:")
    st.text(problem)

if view.frame.empty:
    st.info("There are no scenarios yet.", icon=":material/inbox:")
    st.stop()

with st.container(horizontal=True):
    st.metric("Scenarios", view.total, border=True)
    st.metric("Phases", int(view.frame["phases"].sum()), border=True)
    st.metric("Categories", int(view.frame["category"].nunique()), border=True)
    st.metric("Languages", int(view.frame["language"].nunique()), border=True)
    st.metric("Minutes of practice", int(view.frame["minutes"].sum()), border=True)

st.dataframe(
    view.frame,
    hide_index=True,
    height="content" if len(view.frame) <= wiring.WITHOUT_SCROLLING else 1_000,
    column_config={
        "title": st.column_config.TextColumn("Scenario", width=300),
        "store": st.column_config.TextColumn("Store", width=100),
        "category": st.column_config.TextColumn("Category", width=100),
        "difficulty": st.column_config.TextColumn("Level", width=110),
        "language": st.column_config.TextColumn("Language", width="small"),
        "phases": st.column_config.NumberColumn("Phases", width="small"),
        "minutes": st.column_config.NumberColumn("Minutes", width="small"),
        "changed": st.column_config.TextColumn("Changed", width=105),
        "scenario_id": st.column_config.TextColumn("Id", width="medium"),
    },
    alt="All scenarios with store, category, level, language, number of phases and length in minutes",
)
