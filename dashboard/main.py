"""What every page has in common: the window's name, the navigation, and who is looking."""

from pathlib import Path
from typing import Literal

import streamlit as st

from dashboard import navigate, state
from dashboard.markup import stylesheet
from dashboard.widgets import notices, person
from scenario_core.people import Operation, may

st.set_page_config(page_title="Scenario Desk", page_icon=Path(__file__).with_name("icon.svg"), layout="wide")
st.html(stylesheet("dark" if st.context.theme.type == "dark" else "light"))


def shown(operation: Operation) -> Literal["visible", "hidden"]:
    """Whether the navigation shows a page that needs this right; its address works for everyone, and says why not."""
    return "visible" if may(state.me(), operation).allowed else "hidden"


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
            navigate.DISCOVER,
            title="Discover",
            icon=":material/explore:",
            help="Your bookmarks, what is trending, used most and rated best, learning paths and collections.",
        ),
        st.Page(navigate.COLLECTION, title="Collection", icon=":material/collections_bookmark:", visibility="hidden"),
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
        st.Page(
            navigate.PROPOSALS,
            title="Proposals",
            icon=":material/rate_review:",
            visibility=shown(Operation.CREATE),
            help="What authors propose for production: the change, the findings, what was said, and publishing.",
        ),
        st.Page(navigate.SCENARIO, title="Scenario", icon=":material/forum:", visibility="hidden"),
        st.Page(navigate.ORIGIN, title="Copy and origin", icon=":material/fork_left:", visibility="hidden"),
        st.Page(navigate.REHEARSE, title="Rehearse", icon=":material/play_circle:", visibility="hidden"),
        st.Page(navigate.AUTHOR, title="Edit", icon=":material/edit:", visibility="hidden"),
        st.Page(
            navigate.USAGE,
            title="Usage",
            icon=":material/insights:",
            visibility=shown(Operation.READ_USAGE),
            help="What is started, finished and abandoned, and where.",
        ),
        st.Page(
            navigate.INTEGRITY,
            title="Integrity",
            icon=":material/fact_check:",
            visibility=shown(Operation.CHECK),
            help="Whether the catalogue is intact, complete and good: what the checks found, and what mends it.",
        ),
        st.Page(navigate.REPAIRS, title="Repairs", icon=":material/build:", visibility="hidden"),
        st.Page(
            navigate.COMPARE,
            title="Compare",
            icon=":material/compare:",
            visibility=shown(Operation.CHECK),
            help="What differs between production, a backup, the mirror, a copy or a file; and taking it over.",
        ),
        st.Page(
            navigate.BACKUPS,
            title="Backups",
            icon=":material/inventory_2:",
            visibility=shown(Operation.MANAGE_BACKUPS),
            help="Every backup of production: who made it and why, what changed, and the way back.",
        ),
        st.Page(
            navigate.AUDIT_LOG,
            title="Audit log",
            icon=":material/receipt_long:",
            visibility=shown(Operation.READ_AUDIT),
            help="Who changed what and when, with the difference that it made.",
        ),
    ]
)

with st.sidebar:
    person.switch()
notices.said()
page.run()
