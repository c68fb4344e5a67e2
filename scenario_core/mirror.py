"""Production scenarios as protected system rows in the database: plan, then apply, as often as one likes.

The mirror is derived. Everything in it comes from production, and what production leaves open is reported as defaulted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit, bulk, convert, protection, schema
from scenario_core.custom.columns import json_text, now
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import MIRROR_CONTEXT, MIRROR_STATE, PHASES, SCENARIOS, is_custom
from scenario_core.errors import StalePlanError
from scenario_core.progress import Progress, silent
from scenario_core.scenario import DEFAULT_LANGUAGE, SYSTEM_USER_ID, ConversationScenario, Store

MOST_MINUTES: Final = 2**31 - 1
BATCH: Final = 2_000
NAMED: Final = 3
_OWNERSHIP: Final = {"created_by": SYSTEM_USER_ID, "is_system_scenario": True, "is_public": True}


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


@dataclass(frozen=True, slots=True)
class MirrorPlan:
    """What would be done. `update` names the fields that differ; `blocked` are scenarios that can't be mirrored."""

    revision: str
    insert: tuple[str, ...] = ()
    update: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    retire: tuple[str, ...] = ()
    unchanged: int = 0
    defaulted: tuple[Note, ...] = ()
    blocked: tuple[Note, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the mirror already equals production."""
        return not (self.insert or self.update or self.retire)

    def sentences(self) -> list[str]:
        """The plan for people."""
        counts = {"insert": len(self.insert), "update": len(self.update), "retire": len(self.retire)}
        todo = ", ".join(f"{number} to {name}" for name, number in counts.items())
        lines = [f"mirror: {todo}, {self.unchanged} unchanged"]
        lines += [f"update {name}: {', '.join(fields)}" for name, fields in self.update.items()]
        lines += [f"retire {name}: it is no longer in the production file" for name in self.retire]
        return lines + _grouped("defaulted", self.defaulted) + _grouped("blocked", self.blocked)


def _grouped(verb: str, notes: Iterable[Note]) -> list[str]:
    """One line for each reason, with the first few scenarios that it applies to."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        by_reason.setdefault((note.field, note.reason), []).append(note.scenario_id)
    return [
        f"{verb} {name} in {len(ids)} scenario{'' if len(ids) == 1 else 's'} ({reason}): {', '.join(ids[:NAMED])}"
        + (f" and {len(ids) - NAMED} more" if len(ids) > NAMED else "")
        for (name, reason), ids in by_reason.items()
    ]


def plan(engine: sa.Engine, production: Production, *, adopting: bool = False) -> MirrorPlan:
    """What `apply` would do; with `adopting`, after another program's database has been taken over. Changes nothing.

    Raises:
        SchemaOutdatedError: the database is not of this version.
        DatabaseUnavailableError: it does not answer.
    """
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        if not adopting:
            schema.require_current(connection)
        return _plan(connection, production)


def plan_for_nothing(production: Production) -> MirrorPlan:
    """What `apply` would do to an empty database."""
    notes = [note for scenario in production.scenarios.values() for note in made_up(scenario)]
    return MirrorPlan(production.revision, insert=tuple(production.scenarios), defaulted=tuple(notes))


def apply(
    engine: sa.Engine,
    production: Production,
    *,
    actor_id: int,
    planned: MirrorPlan | None = None,
    retire: bool = False,
    progress: Progress = silent,
) -> MirrorPlan:
    """Make the mirror equal to production, in one transaction; returns what was done.

    Args:
        engine: the database.
        production: what to mirror.
        actor_id: who does it, for the audit log.
        planned: a plan that was shown; it must still hold.
        retire: consent to remove system rows of scenarios that are no longer in the file. Without it they stay.
        progress: told how many scenarios are written.

    Raises:
        StalePlanError: `planned` no longer holds; nothing was changed.
        SchemaOutdatedError: the database is not of this version.
        DatabaseUnavailableError: it does not answer.
    """
    with translated_errors(), engine.begin() as connection:
        schema.lock(connection)
        schema.require_current(connection)
        if planned is None and _is_current(connection, production):
            return MirrorPlan(production.revision, unchanged=len(production.scenarios))
        made = _plan(connection, production)
        if planned is not None and made != planned:
            raise StalePlanError(
                "The database or the production file has moved since the plan was made.", hint="Plan again."
            )
        if made.insert or made.update or (made.retire and retire):
            _execute(connection, production, made, retire=retire, progress=progress)
            detail = {name: len(getattr(made, name)) for name in ("insert", "update")}
            detail["retire"] = len(made.retire) if retire else 0
            audit.write(connection, actor_id, "mirror", Store.PRODUCTION, None, {"revision": made.revision, **detail})
        if not made.blocked and (retire or not made.retire):
            _remember(connection, production.revision)
    return made


def expected_rows(scenario: ConversationScenario) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The system row and the phase rows that a production scenario must have.

    A missing time is left out: the row keeps the time when it was first mirrored.
    """
    row = {**convert.scenario_values(scenario), **_OWNERSHIP}
    row["language"] = row["language"] or DEFAULT_LANGUAGE
    for name in ("created_at", "updated_at"):
        if row[name] is None:
            del row[name]
    return row, [convert.phase_values(phase, number) for number, phase in enumerate(scenario.phases, start=1)]


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


def _is_current(connection: sa.Connection, production: Production) -> bool:
    """Whether this file was mirrored last and nothing can have changed since: what opens the protection forgets it."""
    remembered = connection.scalar(sa.select(MIRROR_STATE.c.revision))
    if remembered != production.revision or production.unreadable:
        return False
    rows = connection.scalar(sa.select(sa.func.count()).select_from(SCENARIOS).where(~is_custom()))
    return rows == len(production.scenarios) and not protection.problems(connection)


def _remember(connection: sa.Connection, revision: str) -> None:
    connection.execute(sa.delete(MIRROR_STATE))
    connection.execute(sa.insert(MIRROR_STATE).values(id=1, revision=revision, applied_at=now()))


def _plan(connection: sa.Connection, production: Production) -> MirrorPlan:
    stored = _stored(connection)
    blocked = _blocked(connection, production)
    insert, update, defaulted, unchanged = [], {}, [], 0
    for scenario_id, scenario in production.scenarios.items():
        if scenario_id in blocked:
            continue
        defaulted += made_up(scenario)
        if scenario_id not in stored:
            insert.append(scenario_id)
        elif changed := _differing(*expected_rows(scenario), stored[scenario_id]):
            update[scenario_id] = changed
        else:
            unchanged += 1
    gone = stored.keys() - production.scenarios.keys() - production.unreadable
    return MirrorPlan(
        revision=production.revision,
        insert=tuple(insert),
        update=update,
        retire=tuple(sorted(gone)),
        unchanged=unchanged,
        defaulted=tuple(defaulted),
        blocked=tuple(blocked.values()),
    )


_Stored = tuple[dict[str, Any], list[dict[str, Any]]]


def _stored(connection: sa.Connection) -> dict[str, _Stored]:
    """The system rows and their phases by scenario id."""
    rows = [dict(row) for row in connection.execute(sa.select(SCENARIOS).where(~is_custom())).mappings()]
    by_number: dict[int, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    query = (
        sa.select(PHASES)
        .join(SCENARIOS, SCENARIOS.c.id == PHASES.c.scenario_id)
        .where(~is_custom())
        .order_by(PHASES.c.scenario_id, PHASES.c.phase_number)
    )
    for phase in connection.execute(query).mappings():
        by_number[phase["scenario_id"]].append(dict(phase))
    return {row["scenario_id"]: (row, by_number[row["id"]]) for row in rows}


def _blocked(connection: sa.Connection, production: Production) -> dict[str, Note]:
    width = convert.SCENARIO_WIDTHS["scenario_id"]
    blocked = {
        name: Note(name, "scenario_id", f"longer than the column's {width} characters")
        for name in production.scenarios
        if len(name) > width
    }
    blocked |= {
        name: Note(name, "scenario_id", "it holds a NUL character") for name in production.scenarios if "\x00" in name
    }
    blocked |= {
        name: Note(name, "duration_minutes", f"more than the column's {MOST_MINUTES}")
        for name, scenario in production.scenarios.items()
        if _longest(scenario) > MOST_MINUTES
    }
    for name in connection.scalars(sa.select(SCENARIOS.c.scenario_id).where(is_custom(), _not_prefixed())):
        if name in production.scenarios:
            blocked[name] = Note(name, "scenario_id", "a custom scenario already has this id")
    return blocked


def _longest(scenario: ConversationScenario) -> int:
    return max(scenario.duration_minutes, *(phase.expected_duration_minutes for phase in scenario.phases), 0)


def _not_prefixed() -> sa.ColumnElement[bool]:
    return ~SCENARIOS.c.scenario_id.startswith("custom_", autoescape=True)


def _differing(row: Mapping[str, Any], phases: list[dict[str, Any]], stored: _Stored) -> tuple[str, ...]:
    stored_row, stored_phases = stored
    names = [name for name, value in row.items() if _differ(value, stored_row[name])]
    if len(phases) != len(stored_phases):
        return (*names, "phases")
    for phase, stored_phase in zip(phases, stored_phases, strict=True):
        names += [
            f"phases/{phase['phase_number']}/{name}"
            for name, value in phase.items()
            if _differ(value, stored_phase[name])
        ]
    return tuple(names)


def _differ(expected: Any, stored: Any) -> bool:
    if isinstance(expected, (tuple, dict)):
        return bool(json_text(expected) != json_text(stored))
    return bool(expected != stored)


def _execute(
    connection: sa.Connection, production: Production, made: MirrorPlan, *, retire: bool, progress: Progress
) -> None:
    connection.execute(sa.insert(MIRROR_CONTEXT).values(id=1))
    numbers = _numbers(connection, [*made.update, *made.retire])
    if retire:
        _remove(connection, [numbers[name] for name in made.retire])
    _update(connection, production, {name: numbers[name] for name in made.update})
    for start in range(0, len(made.insert), BATCH):
        _insert(connection, [production.scenarios[name] for name in made.insert[start : start + BATCH]])
        progress(min(start + BATCH, len(made.insert)), len(made.insert))
    connection.execute(sa.delete(MIRROR_CONTEXT))


def _numbers(connection: sa.Connection, scenario_ids: Iterable[str]) -> dict[str, int]:
    query = sa.select(SCENARIOS.c.scenario_id, SCENARIOS.c.id).where(~is_custom())
    numbers = {row.scenario_id: row.id for row in connection.execute(query)}
    return {name: numbers[name] for name in scenario_ids}


def _remove(connection: sa.Connection, numbers: list[int]) -> None:
    _remove_phases(connection, numbers)
    if numbers:
        one = sa.delete(SCENARIOS).where(SCENARIOS.c.id == sa.bindparam("number"))
        connection.execute(one, [{"number": number} for number in numbers])


def _remove_phases(connection: sa.Connection, numbers: Iterable[int]) -> None:
    one = sa.delete(PHASES).where(PHASES.c.scenario_id == sa.bindparam("number"))
    if parameters := [{"number": number} for number in numbers]:
        connection.execute(one, parameters)


def _update(connection: sa.Connection, production: Production, numbers: Mapping[str, int]) -> None:
    """Phases are replaced whole, since their numbers may have changed places."""
    if not numbers:
        return
    moment, phase_rows = now(), []
    for scenario_id, number in numbers.items():
        row, phases = expected_rows(production.scenarios[scenario_id])
        connection.execute(sa.update(SCENARIOS).where(SCENARIOS.c.id == number).values(**row))
        phase_rows += _phase_rows(number, {"created_at": moment, "updated_at": moment, **row}, phases)
    _remove_phases(connection, numbers.values())
    bulk.insert(connection, PHASES, phase_rows)


def _insert(connection: sa.Connection, scenarios: list[ConversationScenario]) -> None:
    moment, rows, phase_rows = now(), [], []
    for number, scenario in zip(_new_numbers(connection, len(scenarios)), scenarios, strict=True):
        row, phases = expected_rows(scenario)
        rows.append({"id": number, "created_at": moment, "updated_at": moment, **row})
        phase_rows += _phase_rows(number, rows[-1], phases)
    bulk.insert(connection, SCENARIOS, rows)
    bulk.insert(connection, PHASES, phase_rows)


def _phase_rows(number: int, row: Mapping[str, Any], phases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    times = {name: row[name] for name in ("created_at", "updated_at")}
    return [{**phase, "scenario_id": number, **times} for phase in phases]


def _new_numbers(connection: sa.Connection, count: int) -> list[int]:
    """Row numbers that nothing has or refers to, not even a phase whose scenario is gone."""
    if connection.dialect.name == "postgresql":
        sequence = "nextval(pg_get_serial_sequence('scenarios', 'id'))"
        query = sa.text(f"SELECT {sequence} FROM generate_series(1, :count)")  # noqa: S608 - a constant
        return list(connection.scalars(query, {"count": count}))
    highest = sa.select(
        sa.func.max(
            sa.select(sa.func.coalesce(sa.func.max(SCENARIOS.c.id), 0)).scalar_subquery(),
            sa.select(sa.func.coalesce(sa.func.max(PHASES.c.scenario_id), 0)).scalar_subquery(),
        )
    )
    first = connection.scalars(highest).one() + 1
    return list(range(first, first + count))
