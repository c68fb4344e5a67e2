"""What the mirror must hold for a production scenario, and what it has to make up or to leave out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa

from scenario_core.custom import convert
from scenario_core.custom.tables import SCENARIOS, is_custom
from scenario_core.scenario import DEFAULT_LANGUAGE, SYSTEM_USER_ID, ConversationScenario

MOST_MINUTES: Final = 2**31 - 1
OWNERSHIP: Final = {"created_by": SYSTEM_USER_ID, "is_system_scenario": True, "is_public": True}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Production:
    """What is to be mirrored: the readable scenarios of a file with this hash, and the ids that could not be read."""

    scenarios: Mapping[str, ConversationScenario]
    revision: str
    unreadable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Note:
    """A value that the mirror had to make up or cut, or a scenario that it can't hold."""

    scenario_id: str
    field: str
    reason: str


def expected_rows(scenario: ConversationScenario) -> tuple[Row, list[Row]]:
    """The system row and the phase rows that a production scenario must have.

    A missing time is left out: the row keeps the time when it was first mirrored.
    """
    row = {**convert.scenario_values(scenario), **OWNERSHIP}
    row["language"] = row["language"] or DEFAULT_LANGUAGE
    for name in ("created_at", "updated_at"):
        if row[name] is None:
            del row[name]
    return row, [convert.phase_values(phase, number) for number, phase in enumerate(scenario.phases, start=1)]


def digest(row: Mapping[str, Any], phases: Sequence[Mapping[str, Any]]) -> str:
    """What tells the content of a system row and its phases from every other; times must be there."""
    values: Any = [dict(row), [dict(phase) for phase in phases]]
    try:
        content = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number beyond 64 bits, or half of a surrogate pair
        content = repr(values).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def made_up(scenario: ConversationScenario) -> list[Note]:
    """What `expected_rows` has to make up or to cut."""
    name = scenario.scenario_id
    notes = [
        Note(name, field_name, f"cut to the column's {width} characters")
        for field_name, width in convert.SCENARIO_WIDTHS.items()
        if len(getattr(scenario, field_name) or "") > width
    ]
    notes += [
        Note(name, f"phases/{number}/{field_name}", f"cut to the column's {width} characters")
        for number, phase in enumerate(scenario.phases, start=1)
        for field_name, width in convert.PHASE_WIDTHS.items()
        if len(getattr(phase, field_name)) > width
    ]
    if not scenario.language:
        notes.append(Note(name, "language", f"missing, mirrored as {DEFAULT_LANGUAGE!r}"))
    if scenario.created_at is None:
        notes.append(Note(name, "created_at", "missing, mirrored as the time of the first mirror"))
    if scenario.updated_at is None:
        notes.append(Note(name, "updated_at", "missing, mirrored as the time of the first mirror"))
    return notes


def blocked(connection: sa.Connection, production: Production) -> dict[str, Note]:
    """The scenarios that the mirror can't hold, by id."""
    width = convert.SCENARIO_WIDTHS["scenario_id"]
    found = {}
    for name, scenario in production.scenarios.items():
        if _longest(scenario) > MOST_MINUTES:
            found[name] = Note(name, "duration_minutes", f"more than the column's {MOST_MINUTES}")
        if "\x00" in name:
            found[name] = Note(name, "scenario_id", "it holds a NUL character")
        elif len(name) > width:
            found[name] = Note(name, "scenario_id", f"longer than the column's {width} characters")
    for name in connection.scalars(sa.select(SCENARIOS.c.scenario_id).where(is_custom(), _not_prefixed())):
        if name in production.scenarios:
            found[name] = Note(name, "scenario_id", "a custom scenario already has this id")
    return found


def _longest(scenario: ConversationScenario) -> int:
    return max(scenario.duration_minutes, *(phase.expected_duration_minutes for phase in scenario.phases), 0)


def _not_prefixed() -> sa.ColumnElement[bool]:
    return ~SCENARIOS.c.scenario_id.startswith("custom_", autoescape=True)
