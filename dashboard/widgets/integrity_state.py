"""What the pages of the audit look at: the latest report, its findings, and the history of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard import state, wiring
from dashboard.charts import trend
from dashboard.integrity import wording
from dashboard.integrity.drawing import Look
from dashboard.integrity.keeper import Checked
from dashboard.integrity.listing import Line, lines_of
from dashboard.integrity.places import Reach, phase_names
from dashboard.widgets import person
from scenario_core.errors import DatabaseError, ScenarioNotFoundError
from scenario_core.integrity import Report, history
from scenario_core.integrity.history import CheckRun
from scenario_core.people import Operation, may
from scenario_core.scenario import Store

__all__ = ["Audit", "latest", "look"]


@dataclass(frozen=True, slots=True)
class Past:
    """The runs that have a place in the history, and when each open finding was first found; None without one."""

    runs: tuple[CheckRun, ...] = ()
    since: Mapping[str, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """A report with everything that a page draws from it; `head` holds the values of the template `audit_head`."""

    checked: Checked
    past: Past
    lines: tuple[Line, ...]
    head: Mapping[str, Any]

    @property
    def report(self) -> Report:
        """The report itself."""
        return self.checked.report


def latest() -> Audit | None:
    """The latest audit; None while there is none.

    Raises:
        PermissionDeniedError: the person who looks may not check.
    """
    checked = wiring.checks().latest(state.me())
    if checked is None:
        return None
    past = _past(checked.number, checked.at)
    return Audit(checked, past, *_derived(checked.number, checked.at, checked.report, past))


def look(lines: tuple[Line, ...], label: str, by: str, *, ticked: frozenset[str] | None = None) -> Look:
    """How these findings are drawn for the person who looks."""
    me, production = state.me(), wiring.desk().production
    found = {line.finding.scenario_id: line for line in lines if line.finding.scenario_id}
    readable = {scenario_id for scenario_id in found if production.get(scenario_id) is not None}
    readable |= {scenario_id for scenario_id, line in found.items() if line.name and line.store == Store.CUSTOM.value}
    own = {scenario_id for scenario_id in found if scenario_id not in readable and _is_own(scenario_id)}
    own |= {
        scenario_id
        for scenario_id in readable
        if found[scenario_id].store == Store.CUSTOM.value and _is_own(scenario_id)
    }
    return Look(
        label,
        by,
        Reach(frozenset(readable | own), frozenset(own)),
        lambda scenario_id: phase_names(production.get(scenario_id)),
        person.owner_names(),
        ticked=ticked,
        may_waive=may(me, Operation.WAIVE).allowed,
        carried=state.link_params(),
    )


def _is_own(scenario_id: str) -> bool:
    try:
        found = wiring.desk().catalogue.resolve(state.user_id(), scenario_id)
    except (ScenarioNotFoundError, DatabaseError):
        return False
    return found.custom is not None and may(state.me(), Operation.UPDATE, found.subject).allowed


@st.cache_resource(max_entries=2, show_spinner=False)
def _past(number: int, at: datetime) -> Past:
    del number, at
    engine = wiring.desk().engine
    try:
        return Past(tuple(history.runs(engine, trend.RUNS)), history.found_since(engine))
    except DatabaseError:
        return Past()


@st.cache_resource(max_entries=2, show_spinner=False)
def _derived(number: int, at: datetime, _report: Report, _past: Past) -> tuple[tuple[Line, ...], dict[str, Any]]:
    del number, at
    runs, since = _past.runs, _past.since if _past.runs else None
    light, because = wording.light(_report)
    head = {
        "kind": light.kind,
        "title": light.title,
        "because": because,
        "facts": wording.facts(_report),
        "scope": wording.scope(_report),
        "since": wording.since_last_run(_report, runs, None if since is None else since.keys()),
    }
    # Against what came before the very first run everything would be new.
    return lines_of(_report, since, runs[0].at if len(runs) > 1 else None), head
