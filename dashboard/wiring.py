"""The one place where the dashboard chooses and caches the real parts of the core."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from scenario_core import integrity
from scenario_core.bootstrap import Desk
from scenario_core.integrity import Report
from scenario_core.people import Person
from scenario_core.settings import Settings
from scenario_core.templates import Template, load_templates

__all__ = ["desk", "forget_report", "people", "report", "settings", "templates", "use"]

TEMPLATES: Final = Path(__file__).parents[1] / "data" / "templates"


_given: list[Settings] = []


def use(chosen: Settings) -> None:
    """Serve from these settings instead of those of the environment; to be called before the server starts."""
    _given[:] = [chosen]
    settings.clear()


@st.cache_resource(max_entries=1, show_spinner=False)
def settings() -> Settings:
    """What the server was started with."""
    return _given[0] if _given else Settings.read()


def desk() -> Desk:
    """Both stores, for everyone; the production file is read again where it has changed."""
    found = _opened()
    found.production.refresh()
    return found


def report() -> Report:
    """What the checks found, a minute or two ago at most: nobody waits while they run again."""
    return _report(_opened().production.revision)


def forget_report() -> None:
    """The next `report` runs the checks again."""
    _report.clear()


@st.cache_data(ttl="5s", max_entries=1, show_spinner=False)
def people() -> list[Person]:
    """Everyone who is known by name, the local person first."""
    return _opened().directory.people()


@st.cache_data(max_entries=1, show_spinner=False)
def templates() -> list[Template]:
    """The templates that ship with the project, by category."""
    return load_templates(TEMPLATES)


@st.cache_resource(max_entries=1, show_spinner=False)
def _opened() -> Desk:
    return Desk.open(settings())


@st.cache_data(ttl="1m", refresh_mode="background", max_entries=4, show_spinner=False)
def _report(_revision: str) -> Report:
    return integrity.run(_opened().snapshot())
