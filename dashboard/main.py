"""What every page has in common: the window's name, the navigation, and who is looking."""

from pathlib import Path

import streamlit as st

from dashboard import navigate
from dashboard.markup import stylesheet
from dashboard.widgets import notices, person

st.set_page_config(page_title="Scenario Desk", page_icon=Path(__file__).with_name("icon.svg"), layout="wide")
st.html(stylesheet())

page = st.navigation(
    [
        st.Page(
            navigate.HOME,
            title="Home",
            icon=":material/home:",
            default=True,
            help="How many scenarios there are, whether the catalogue is intact, and what changed lately.",
        ),
        st.Page(
            navigate.CATALOGUE,
            title="Catalogue",
            icon=":material/menu_book:",
            help="Every scenario that you may read: search, filter, compare and export.",
        ),
        st.Page(
            navigate.MINE,
            title="My scenarios",
            icon=":material/edit_note:",
            help="Your drafts, your scenarios, and what you have deleted.",
        ),
        st.Page(
            navigate.TEMPLATES,
            title="Templates",
            icon=":material/dashboard_customize:",
            help="Begin a new scenario from a worked example, or with an empty page.",
        ),
        st.Page(navigate.SCENARIO, title="Scenario", icon=":material/forum:", visibility="hidden"),
        st.Page(navigate.AUTHOR, title="Edit", icon=":material/edit:", visibility="hidden"),
        st.Page(navigate.COMPARE, title="Compare", icon=":material/compare:", visibility="hidden"),
    ]
)

with st.sidebar:
    person.switch()
notices.said()
page.run()
