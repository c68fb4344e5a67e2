"""Bringing the mirror to what production is, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit, bulk, protection, schema
from scenario_core.custom.columns import now
from scenario_core.custom.engine import translated_errors
from scenario_core.custom.tables import MIRROR_CONTEXT, MIRROR_DIGESTS, MIRROR_STATE, PHASES, SCENARIOS, is_custom
from scenario_core.errors import StalePlanError
from scenario_core.mirror.comparison import Comparison, compare
from scenario_core.mirror.planning import MirrorPlan, plan_of
from scenario_core.mirror.rows import Production, digest, expected_rows
from scenario_core.progress import Progress, silent
from scenario_core.scenario import ConversationScenario, Store

BATCH: Final = 2_000


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
        compared = compare(connection, production)
        made = plan_of(production, compared)
        if planned is not None and made != planned:
            raise StalePlanError(
                "The database or the production file has moved since the plan was made.", hint="Plan again."
            )
        _carry_out(connection, production, compared, made, made.retire if retire else (), actor_id, progress)
    return made


def follow(connection: sa.Connection, production: Production, *, actor_id: int, retire: Collection[str] = ()) -> None:
    """Make the mirror equal to production within a transaction that holds `schema.lock`.

    Args:
        connection: the transaction.
        production: what to mirror.
        actor_id: who does it, for the audit log.
        retire: consent to remove these system rows, if their scenarios are no longer in the file; all others stay.
    """
    compared = compare(connection, production)
    _carry_out(connection, production, compared, plan_of(production, compared), retire, actor_id, silent)


def _carry_out(
    connection: sa.Connection,
    production: Production,
    compared: Comparison,
    made: MirrorPlan,
    retire: Collection[str],
    actor_id: int,
    progress: Progress,
) -> None:
    leaving = tuple(name for name in made.retire if name in retire)
    if made.insert or made.update or leaving:
        _execute(connection, production, replace(made, retire=leaving), compared, progress)
        detail = {"insert": len(made.insert), "update": len(made.update), "retire": len(leaving)}
        audit.write(connection, actor_id, "mirror", Store.PRODUCTION, None, {"revision": made.revision, **detail})
    _keep_digests(connection, compared.undigested)
    if not made.blocked and leaving == made.retire:
        _remember(connection, production.revision)


def _is_current(connection: sa.Connection, production: Production) -> bool:
    """Whether this file was mirrored last and nothing can have changed since: what opens the protection forgets it."""
    remembered = connection.scalar(sa.select(MIRROR_STATE.c.revision))
    if remembered != production.revision or production.unreadable:
        return False
    rows = connection.scalar(sa.select(sa.func.count()).select_from(SCENARIOS).where(~is_custom()))
    digests = connection.scalar(sa.select(sa.func.count()).select_from(MIRROR_DIGESTS))
    return rows == digests == len(production.scenarios) and not protection.problems(connection)


def _remember(connection: sa.Connection, revision: str) -> None:
    connection.execute(sa.delete(MIRROR_STATE))
    connection.execute(sa.insert(MIRROR_STATE).values(id=1, revision=revision, applied_at=now()))


def _keep_digests(connection: sa.Connection, digests: Mapping[str, str]) -> None:
    """Keep what the rows hold as mirrored, to tell later which side has moved."""
    _forget_digests(connection, digests)
    rows = [{"scenario_id": name, "digest": kept} for name, kept in digests.items()]
    bulk.insert(connection, MIRROR_DIGESTS, rows)


def _forget_digests(connection: sa.Connection, scenario_ids: Iterable[str]) -> None:
    one = sa.delete(MIRROR_DIGESTS).where(MIRROR_DIGESTS.c.scenario_id == sa.bindparam("name"))
    if parameters := [{"name": name} for name in scenario_ids]:
        connection.execute(one, parameters)


def _execute(
    connection: sa.Connection,
    production: Production,
    made: MirrorPlan,
    compared: Comparison,
    progress: Progress,
) -> None:
    """Do what the plan says, all of it."""
    connection.execute(sa.insert(MIRROR_CONTEXT).values(id=1))
    numbers = _numbers(connection, [*made.update, *made.retire])
    _remove(connection, {name: numbers[name] for name in made.retire})
    _update(connection, production, {name: numbers[name] for name in made.update}, compared)
    for start in range(0, len(made.insert), BATCH):
        _insert(connection, [production.scenarios[name] for name in made.insert[start : start + BATCH]])
        progress(min(start + BATCH, len(made.insert)), len(made.insert))
    connection.execute(sa.delete(MIRROR_CONTEXT))


def _numbers(connection: sa.Connection, scenario_ids: Iterable[str]) -> dict[str, int]:
    query = sa.select(SCENARIOS.c.scenario_id, SCENARIOS.c.id).where(~is_custom())
    numbers = {row.scenario_id: row.id for row in connection.execute(query)}
    return {name: numbers[name] for name in scenario_ids}


def _remove(connection: sa.Connection, numbers: Mapping[str, int]) -> None:
    _remove_phases(connection, numbers.values())
    _forget_digests(connection, numbers)
    if numbers:
        one = sa.delete(SCENARIOS).where(SCENARIOS.c.id == sa.bindparam("number"))
        connection.execute(one, [{"number": number} for number in numbers.values()])


def _remove_phases(connection: sa.Connection, numbers: Iterable[int]) -> None:
    one = sa.delete(PHASES).where(PHASES.c.scenario_id == sa.bindparam("number"))
    if parameters := [{"number": number} for number in numbers]:
        connection.execute(one, parameters)


def _update(
    connection: sa.Connection, production: Production, numbers: Mapping[str, int], compared: Comparison
) -> None:
    """Phases are replaced whole, since their numbers may have changed places."""
    if not numbers:
        return
    moment, phase_rows, digests = now(), [], {}
    for scenario_id, number in numbers.items():
        row, phases = expected_rows(production.scenarios[scenario_id])
        connection.execute(sa.update(SCENARIOS).where(SCENARIOS.c.id == number).values(**row))
        phase_rows += _phase_rows(number, {"created_at": moment, "updated_at": moment, **row}, phases)
        digests[scenario_id] = digest({**compared.times[scenario_id], **row}, phases)
    _remove_phases(connection, numbers.values())
    bulk.insert(connection, PHASES, phase_rows)
    _keep_digests(connection, digests)


def _insert(connection: sa.Connection, scenarios: list[ConversationScenario]) -> None:
    moment, rows, phase_rows, digests = now(), [], [], {}
    for number, scenario in zip(_new_numbers(connection, len(scenarios)), scenarios, strict=True):
        row, phases = expected_rows(scenario)
        full = {"created_at": moment, "updated_at": moment, **row}
        rows.append({"id": number, **full})
        phase_rows += _phase_rows(number, full, phases)
        digests[scenario.scenario_id] = digest(full, phases)
    bulk.insert(connection, SCENARIOS, rows)
    bulk.insert(connection, PHASES, phase_rows)
    _keep_digests(connection, digests)


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
