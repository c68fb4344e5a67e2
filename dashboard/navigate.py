"""Going from page to page: every address is made here."""

from __future__ import annotations

import streamlit as st

from dashboard import state

__all__ = [
    "AUDIT_LOG",
    "AUTHOR",
    "BACKUPS",
    "CATALOGUE",
    "COLLECTION",
    "COMPARE",
    "DISCOVER",
    "HOME",
    "INTEGRITY",
    "MINE",
    "ORIGIN",
    "PROPOSALS",
    "REHEARSE",
    "REPAIRS",
    "SCENARIO",
    "TEMPLATES",
    "USAGE",
    "go",
    "link",
    "open_scenario",
]

HOME = "app_pages/home.py"
CATALOGUE = "app_pages/catalogue.py"
DISCOVER = "app_pages/discover.py"
COLLECTION = "app_pages/collection.py"
SCENARIO = "app_pages/scenario.py"
AUTHOR = "app_pages/author.py"
COMPARE = "app_pages/compare.py"
MINE = "app_pages/mine.py"
PROPOSALS = "app_pages/proposals.py"
TEMPLATES = "app_pages/templates.py"
BACKUPS = "app_pages/backups.py"
AUDIT_LOG = "app_pages/audit_log.py"
INTEGRITY = "app_pages/integrity.py"
REPAIRS = "app_pages/repairs.py"
USAGE = "app_pages/usage.py"
REHEARSE = "app_pages/rehearse.py"
ORIGIN = "app_pages/origin.py"


def go(page: str, **params: str) -> None:
    """Open a page."""
    st.switch_page(page, query_params=params | state.link_params())


def open_scenario(scenario_id: str) -> None:
    """Open a scenario."""
    go(SCENARIO, id=scenario_id)


def link(page: str, label: str, icon: str | None = None, **params: str) -> None:
    """A link to a page; `label` must be free of markup or escaped by `words.plain`."""
    st.page_link(page, label=label, icon=icon, query_params=params | state.link_params())
