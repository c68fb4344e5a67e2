"""The one place where the dashboard chooses and caches the real parts of the core."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from dashboard.charts.figures import SECTIONS
from dashboard.integrity.keeper import Keeper
from dashboard.usage.exporting import Exports
from dashboard.usage.importing import Imports
from dashboard.usage.keeper import UsageKeeper
from dashboard.usage.view import UsageView
from scenario_core.analysis import Analyst, engine_of
from scenario_core.bootstrap import Desk
from scenario_core.custom.columns import now
from scenario_core.discovery import BestRated, Likeness, Usings
from scenario_core.errors import ScenarioDeskError
from scenario_core.integrity import Report
from scenario_core.people import Operation, Person, may
from scenario_core.progress import Progress
from scenario_core.settings import Settings
from scenario_core.stewardship import checking
from scenario_core.stewardship.steward import Steward
from scenario_core.templates import Template, load_templates
from scenario_core.usage.period import today_in

__all__ = [
    "analyst", "begin_checks", "best_rated", "checks", "desk", "exports", "forget_report", "imports", "likeness",
    "people", "settings", "templates", "usage", "use", "usings",
]  # fmt: skip

TEMPLATES: Final = Path(__file__).parents[1] / "data" / "templates"


logger = logging.getLogger(__name__)
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


@st.cache_resource(max_entries=1, show_spinner=False, on_release=Keeper.close)
def checks() -> Keeper:
    """The latest report of the checks, for everyone, and the run that is going on."""
    opened = _opened()

    def run(person: Person, *, record: bool, progress: Progress) -> Report:
        return checking.check(Steward(opened, person), record=record, progress=progress)

    def stamp() -> str:
        opened.production.refresh()
        return opened.production.revision

    return Keeper(run, stamp)


def forget_report() -> None:
    """Something was changed that the checks look at: they run again before long."""
    checks().changed()


@st.cache_resource(max_entries=1, show_spinner=False, on_release=UsageKeeper.close)
def usage() -> UsageKeeper:
    """The runs that are measured, for everyone."""
    opened = _opened()
    return UsageKeeper(engine_of(opened), opened.dataset, _ask_first)


@st.cache_resource(max_entries=1, show_spinner=False, on_release=Imports.close)
def imports() -> Imports:
    """Everybody's import of runs."""
    keeper = usage()

    def came_in() -> None:
        """Measure what is new before the import is said to be done, so that the page shows it at once."""
        try:
            keeper.engine.refresh()
        except ScenarioDeskError as error:
            logger.warning("runs that were imported are not measured yet: %s", error)
        keeper.changed()

    return Imports(came_in)


@st.cache_resource(max_entries=1, show_spinner=False, on_release=Exports.close)
def exports() -> Exports:
    """Everybody's export of runs."""
    return Exports()


def _ask_first(keeper: UsageKeeper) -> None:
    """Ask what the usual person sees first on the page Usage."""
    opened = _opened()
    found = Analyst(opened, keeper.engine, opened.directory.person(opened.settings.user))
    if not may(found.person, Operation.READ_USAGE).allowed:
        return
    today = today_in(opened.settings.time_zone, now())
    chosen = UsageView().filter(today, today, only_sample=found.has_only_sample)
    names = ["totals", *(name for column in SECTIONS["overview"] for name in column)]
    keeper.measures(found, {name: (name, chosen) for name in names}, today)


@st.cache_resource(max_entries=1, show_spinner=False)
def usings() -> Usings:
    """What learners use most, for everyone."""
    return Usings(_opened(), usage().engine)


@st.cache_resource(max_entries=1, show_spinner=False)
def best_rated() -> BestRated:
    """What people rate highest, for everyone."""
    return BestRated(_opened())


@st.cache_resource(max_entries=1, show_spinner=False)
def likeness() -> Likeness:
    """What is like what, for everyone."""
    return Likeness(_opened())


def analyst(person: Person) -> Analyst:
    """Somebody's questions about usage."""
    return Analyst(desk(), usage().engine, person)


@st.cache_resource(ttl="5s", max_entries=1, show_spinner=False)
def people() -> Sequence[Person]:
    """Everyone who is known by name, the local person first."""
    return _opened().directory.people()


@st.cache_resource(max_entries=1, show_spinner=False)
def templates() -> Sequence[Template]:
    """The templates that ship with the project, by category."""
    return load_templates(TEMPLATES)


@st.cache_resource(max_entries=1, show_spinner=False)
def _opened() -> Desk:
    return Desk.open(settings())


def begin_checks() -> None:
    """Check as the usual person when the server starts, if that person may; wait some seconds for the end."""
    opened = _opened()
    person = opened.directory.person(opened.settings.user)
    if may(person, Operation.CHECK).allowed:
        checks().latest(person)
