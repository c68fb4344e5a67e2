"""Recording runs as they happen: start, advance, finish. Every face of the project records through these three."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.columns import now
from scenario_core.custom.usage_tables import RUNS
from scenario_core.errors import Fault, InvalidScenarioError, RunNotFoundError
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, Store
from scenario_core.usage.learners import learner_of
from scenario_core.usage.run import EndReason, Source

RECORDED: Final = (Source.APP, Source.REHEARSAL)
"""What can be recorded as it happens; the others come in by files."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run. `success_rate` is 0 to 1, `completion_score` 0 to 100; None where nobody judged."""

    vocabulary: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    success_rate: float | None = None
    completion_score: float | None = None


def start(
    connection: sa.Connection,
    user_id: int,
    scenario: ConversationScenario,
    store: Store,
    *,
    source: Source = Source.APP,
) -> str:
    """Record the start of a run and return its id; the learner's open run of the same scenario ends as abandoned.

    An abandoned run ended when it was last heard of, not now: the time away was not spent in it.
    """
    if source not in RECORDED:
        raise ValueError(f"{source} is not recorded as it happens")
    learner = learner_of(connection, user_id)
    _one_at_a_time(connection, learner, scenario.scenario_id)
    moment = now()
    connection.execute(
        sa.update(RUNS)
        .where(
            RUNS.c.learner == learner,
            RUNS.c.scenario_id == scenario.scenario_id,
            RUNS.c.source == source.value,
            RUNS.c.ended_at.is_(None),
        )
        .values(ended_at=sa.func.coalesce(RUNS.c.heard_at, RUNS.c.started_at), end_reason=EndReason.ABANDONED.value)
    )
    run_id = str(uuid.uuid4())
    connection.execute(
        sa.insert(RUNS).values(
            run_id=run_id,
            scenario_id=scenario.scenario_id,
            store=store.value,
            learner=learner,
            language=scenario.language or DEFAULT_LANGUAGE,
            source=source.value,
            started_at=moment,
            phases_completed=0,
            total_phases=len(scenario.phases),
            last_phase=scenario.phases[0].phase_id if scenario.phases else None,
            phase_seconds=[],
            heard_at=moment,
        )
    )
    return run_id


def advance(connection: sa.Connection, run_id: str, seconds: float, next_phase: str | None) -> None:
    """Record that the learner has been through a phase in so many seconds, and which `phase_id` comes next.

    Raises:
        RunNotFoundError: there is no such run, or it has ended.
    """
    run = _open_run(connection, run_id)
    _write(
        connection,
        run_id,
        phases_completed=run["phases_completed"] + 1,
        phase_seconds=[*(run["phase_seconds"] or ()), round(seconds, 3)],
        last_phase=next_phase or run["last_phase"],
    )


def finish(
    connection: sa.Connection, run_id: str, reason: EndReason, outcome: Outcome | None = None, *, seconds: float = 0
) -> None:
    """Record the end of a run; `seconds` were spent in a phase that was left before its end.

    Raises:
        RunNotFoundError: there is no such run, or it has ended.
        InvalidScenarioError: the outcome holds figures outside their range, with every fault.
    """
    outcome = outcome or Outcome()
    _require_in_range(outcome)
    run = _open_run(connection, run_id)
    _write(
        connection,
        run_id,
        ended_at=now(),
        end_reason=reason.value,
        phase_seconds=[*(run["phase_seconds"] or ()), *([round(seconds, 3)] if seconds else [])],
        vocabulary=list(dict.fromkeys(outcome.vocabulary)),
        objectives=list(outcome.objectives),
        success_rate=outcome.success_rate,
        completion_score=outcome.completion_score,
    )


def _open_run(connection: sa.Connection, run_id: str) -> sa.RowMapping:
    query = sa.select(RUNS).where(RUNS.c.run_id == run_id, RUNS.c.ended_at.is_(None)).with_for_update()
    found = connection.execute(query).mappings().first()
    if found is None:
        raise RunNotFoundError(f"There is no open run {run_id!r}.", hint="It may have ended; start a new one.")
    return found


def _write(connection: sa.Connection, run_id: str, **values: Any) -> None:
    connection.execute(sa.update(RUNS).where(RUNS.c.run_id == run_id).values(heard_at=now(), **values))


def _one_at_a_time(connection: sa.Connection, learner: str, scenario_id: str) -> None:
    """Two starts of one learner at once would both leave an open run; SQLite's transactions wait for each other."""
    if connection.dialect.name == "postgresql":
        key = zlib.crc32(f"{learner} {scenario_id}".encode(errors="replace"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(0x52554E, key - 2**31)))


def _require_in_range(outcome: Outcome) -> None:
    limits: Iterable[tuple[str, float | None, int]] = [
        ("success_rate", outcome.success_rate, 1),
        ("completion_score", outcome.completion_score, 100),
    ]
    faults = [
        Fault(f"/{name}", f"0 to {most}", str(value))
        for name, value, most in limits
        if value is not None and not 0 <= value <= most
    ]
    if faults:
        raise InvalidScenarioError(faults)
