"""How the system rows stand to production, field by field: read once, compared as text wherever that is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.columns import JsonValue, json_text, json_value
from scenario_core.custom.tables import MIRROR_DIGESTS, PHASES, SCENARIOS, is_custom
from scenario_core.mirror.rows import Note, Production, Row, blocked, digest, expected_rows


class MirrorState(StrEnum):
    """How a scenario's system row stands to its record in the production file."""

    IN_SYNC = "in sync"
    FILE_AHEAD = "file ahead"
    ALTERED = "mirror altered"
    BOTH = "both"
    MISSING = "missing"
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of one scenario, and the columns that differ, phases by number: `phases/2/name`."""

    state: MirrorState
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole mirror against production.

    Attributes:
        standings: Every scenario but blocked ones, by id: in file order, then those that only the mirror has.
        blocked: The scenarios that the mirror can't hold, by id.
        undigested: The scenarios in sync whose digest is not kept yet, with it.
        times: When the rows that differ say that they were made and changed.
    """

    standings: Mapping[str, Standing]
    blocked: Mapping[str, Note] = field(default_factory=dict)
    undigested: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, Mapping[str, datetime | None]] = field(default_factory=dict)

    def having(self, *states: MirrorState) -> dict[str, Standing]:
        """The scenarios in one of these states."""
        return {name: standing for name, standing in self.standings.items() if standing.state in states}


_Stored = tuple[Row, list[Row]]
_TIMES: Final = ("created_at", "updated_at")
_JSON: Final = frozenset(
    column.name for table in (SCENARIOS, PHASES) for column in table.columns if isinstance(column.type, JsonValue)
)
_PHASE_COLUMNS: Final = tuple(column for column in PHASES.columns if column.name not in {"id", *_TIMES})
_SCENARIO_COLUMNS: Final = tuple(SCENARIOS.columns)


def compare(connection: sa.Connection, production: Production, *, with_digests: bool = True) -> Comparison:
    """Read every system row and compare it with its scenario. Changes nothing.

    `with_digests` is False for a database that does not have the project's tables yet.
    """
    stored = _stored(connection)
    digests: dict[str, str] = dict(connection.execute(sa.select(MIRROR_DIGESTS)).all()) if with_digests else {}
    unheld = blocked(connection, production)
    standings: dict[str, Standing] = {}
    undigested, times = {}, {}
    for scenario_id, scenario in production.scenarios.items():
        if scenario_id in unheld:
            continue
        if scenario_id not in stored:
            standings[scenario_id] = Standing(MirrorState.MISSING)
            continue
        expected, actual = expected_rows(scenario), stored[scenario_id]
        differing = _differing(*expected, actual)
        known = digests.get(scenario_id)
        if differing:
            standings[scenario_id] = Standing(_moved(expected, actual, known), differing)
            times[scenario_id] = {name: actual[0][name] for name in _TIMES}
        else:
            standings[scenario_id] = Standing(MirrorState.IN_SYNC)
            if known is None:
                undigested[scenario_id] = digest(*_values(actual))
    gone = stored.keys() - production.scenarios.keys() - production.unreadable
    standings |= {scenario_id: Standing(MirrorState.ORPHAN) for scenario_id in sorted(gone)}
    return Comparison(standings, unheld, undigested, times)


def _moved(expected: _Stored, actual: _Stored, known: str | None) -> MirrorState:
    """Which side is no longer what was mirrored last. Where that is not known, the mirror is taken to be."""
    row = {**{name: actual[0][name] for name in _TIMES}, **expected[0]}
    file_moved = known is not None and digest(row, expected[1]) != known
    if not file_moved:
        return MirrorState.ALTERED
    return MirrorState.FILE_AHEAD if digest(*_values(actual)) == known else MirrorState.BOTH


def _stored(connection: sa.Connection) -> dict[str, _Stored]:
    """The system rows and their phases by scenario id; JSON columns as the text that stands there."""
    query = sa.select(*map(_plainly, _SCENARIO_COLUMNS)).where(~is_custom())
    rows = [dict(zip(_names(_SCENARIO_COLUMNS), row, strict=True)) for row in connection.execute(query)]
    by_number: dict[int, list[Row]] = {row["id"]: [] for row in rows}
    phases = (
        sa.select(*map(_plainly, _PHASE_COLUMNS))
        .join(SCENARIOS, SCENARIOS.c.id == PHASES.c.scenario_id)
        .where(~is_custom())
        .order_by(PHASES.c.scenario_id, PHASES.c.phase_number)
    )
    names = _names(_PHASE_COLUMNS)
    for phase in connection.execute(phases):
        values = dict(zip(names, phase, strict=True))
        by_number[values.pop("scenario_id")].append(values)
    return {row["scenario_id"]: (row, by_number[row.pop("id")]) for row in rows}


def _plainly(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(column, sa.Text) if column.name in _JSON else column


def _names(columns: tuple[sa.Column[Any], ...]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


def _values(stored: _Stored) -> _Stored:
    """The rows with their JSON read, as `digest` wants them."""
    row, phases = stored
    return _with_json(row), [_with_json(phase) for phase in phases]


def _with_json(row: Row) -> Row:
    return {name: _json(value) if name in _JSON else value for name, value in row.items()}


def _json(text: str | None) -> Any:
    try:
        return None if text is None else json_value(text)
    except (ValueError, RecursionError):
        return text


def _differing(row: Row, phases: list[Row], stored: _Stored) -> tuple[str, ...]:
    stored_row, stored_phases = stored
    names = [name for name, value in row.items() if _differ(name, value, stored_row[name])]
    if len(phases) != len(stored_phases):
        return (*names, "phases")
    for phase, stored_phase in zip(phases, stored_phases, strict=True):
        names += [
            f"phases/{phase['phase_number']}/{name}"
            for name, value in phase.items()
            if _differ(name, value, stored_phase[name])
        ]
    return tuple(names)


def _differ(name: str, expected: Any, stored: Any) -> bool:
    if name not in _JSON or expected is None or stored is None:
        return bool(expected != stored)
    text = json_text(expected)
    return text != stored and text != json_text(_json(stored))
