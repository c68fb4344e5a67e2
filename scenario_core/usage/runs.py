"""Runs: one learner walking through one scenario."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scenario_core.custom.columns import now
from scenario_core.custom.tables import RUNS
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, Store


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a scenario has been used; `last_started_at` is None where nobody ever did."""

    starts: int
    learners: int
    completed: int
    last_started_at: datetime | None


def summary(connection: sa.Connection, scenario_id: str) -> RunSummary:
    """Everything recorded about one scenario, in four figures."""
    completed = sa.func.sum(sa.case((RUNS.c.end_reason == "completed", 1), else_=0))
    query = sa.select(
        sa.func.count(), sa.func.count(RUNS.c.user_id.distinct()), completed, sa.func.max(RUNS.c.started_at)
    ).where(RUNS.c.scenario_id == scenario_id)
    starts, learners, done, last = connection.execute(query).one()
    return RunSummary(starts, learners, int(done or 0), last)


def start(
    connection: sa.Connection, user_id: int, scenario: ConversationScenario, store: Store, *, source: str = "app"
) -> str:
    """Record the start of a run and return its id; the learner's open run of the same scenario ends as abandoned."""
    moment = now()
    connection.execute(
        sa.update(RUNS)
        .where(RUNS.c.user_id == user_id, RUNS.c.scenario_id == scenario.scenario_id, RUNS.c.ended_at.is_(None))
        .values(ended_at=moment, end_reason="abandoned")
    )
    run_id = str(uuid.uuid4())
    connection.execute(
        sa.insert(RUNS).values(
            run_id=run_id,
            scenario_id=scenario.scenario_id,
            store=store.value,
            user_id=user_id,
            language=scenario.language or DEFAULT_LANGUAGE,
            source=source,
            total_phases=len(scenario.phases),
            started_at=moment,
        )
    )
    return run_id
