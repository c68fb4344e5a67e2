"""Runs: one learner walking through one scenario."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from scenario_core.custom.columns import now
from scenario_core.custom.tables import RUNS
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, Store


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
