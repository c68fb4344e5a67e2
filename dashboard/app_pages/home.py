"""What is here at a glance, and where to begin."""

import streamlit as st

from dashboard import components, navigate, rows, state, wiring
from dashboard.markup import render
from dashboard.widgets import integrity_light, notices, person, proposal_waiting
from scenario_core.listing import SortKey
from scenario_core.people import Operation, may

LATELY = 8

desk, me = wiring.desk(), state.me()
st.title("Scenario Desk")

with notices.or_stop():
    facets = desk.catalogue.facets(me.user_id)
    lately = desk.catalogue.page(me.user_id, sort=SortKey.UPDATED, descending=True, limit=LATELY)
notices.missing_parts(lately.problems)

stores = facets.counts["store"]
with st.grid(4, min_column_width=150):
    st.metric("Production", stores.get("production", 0), border=True, help="In the production file.")
    st.metric("Mine", stores.get("mine", 0), border=True, help="Custom scenarios of yours, private and shared.")
    st.metric("Shared by others", stores.get("shared", 0), border=True)
    st.metric("Languages", len(facets.counts["language"]), border=True)

if may(me, Operation.CHECK).allowed:
    integrity_light.draw()

with st.grid(3, min_column_width=240, border=True):
    with st.container(gap="xsmall"):
        st.subheader("Content managers", icon=":material/fact_check:")
        st.markdown("See whether every production scenario is intact, complete and good.")
        navigate.link(navigate.CATALOGUE, "Look through production", ":material/menu_book:", store="production")
        navigate.link(navigate.CATALOGUE, "What is inactive", ":material/visibility_off:", state="inactive")
        proposal_waiting.for_manager()
    with st.container(gap="xsmall"):
        st.subheader("Analysts", icon=":material/insights:")
        st.markdown("Explore what learners start, finish and abandon, and where.")
        if may(me, Operation.READ_USAGE).allowed:
            navigate.link(navigate.USAGE, "How scenarios are used", ":material/insights:")
            navigate.link(navigate.USAGE, "Who comes back", ":material/group:", section="learners")
        navigate.link(navigate.CATALOGUE, "Latest changes", ":material/history:", sort="updated", order="down")
    with st.container(gap="xsmall"):
        st.subheader("Authors", icon=":material/edit_note:")
        st.markdown("Duplicate a scenario or begin with a template, change it, try it, share it.")
        navigate.link(navigate.TEMPLATES, "Begin with a template", ":material/dashboard_customize:")
        navigate.link(navigate.MINE, "My scenarios", ":material/edit_note:")
        proposal_waiting.for_author()

st.header("Changed lately")
if lately.entries:
    components.listing(
        rows.listing_data(
            lately.entries,
            me.user_id,
            person.owner_names(),
            rows.Look(
                "Scenarios that changed lately",
                ("store", "category", "difficulty", "language", "updated"),
                carried=state.link_params(),
            ),
        ),
        key="lately",
        on_open=navigate.open_scenario,
    )
else:
    st.html(render("empty", title="There is nothing here yet.", text="Begin with a template under Templates."))
