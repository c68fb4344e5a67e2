"""The catalogue: for now every production scenario in one table."""

import streamlit as st

from dashboard import wiring
from scenario_core.errors import ScenarioDeskError

st.title("Scenario catalogue")

try:
    frame = wiring.catalogue_frame()
    source = wiring.served_from()
except ScenarioDeskError as error:
    st.error("The catalogue can't be read at the moment..", icon=":material/error:")
    st.text(str(error))
    st.stop()

if frame.empty:
    st.info("There are no scenarios in the production file yet.", icon=":material/inbox:")
    st.text(f"Read from {source}")
    st.stop()

st.text(f"Production scenarios, served from {source}")
with st.container(horizontal=True):
    st.metric("Scenarios", len(frame), border=True)
    st.metric("Phases", int(frame["phases"].sum()), border=True)
    st.metric("Categories", int(frame["category"].nunique()), border=True)
    st.metric("Languages", int(frame["language"].nunique()), border=True)
    st.metric("Minutes of practice", int(frame["minutes"].sum()), border=True)

st.dataframe(
    frame,
    hide_index=True,
    height="content",
    column_config={
        "name": st.column_config.TextColumn("Scenario", width="large"),
        "category": st.column_config.TextColumn("Category"),
        "difficulty": st.column_config.TextColumn("Level"),
        "language": st.column_config.TextColumn("Language", width="small"),
        "phases": st.column_config.NumberColumn("Phases", width="small"),
        "minutes": st.column_config.NumberColumn("Minutes", width="small"),
        "scenario_id": st.column_config.TextColumn("Id", width="medium"),
    },
    alt="All production scenarios with category, level, language, number of phases and length in minutes",
)
