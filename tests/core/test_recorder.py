from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.custom.usage_tables import RUNS, USAGE_STATE
from scenario_core.errors import InvalidScenarioError, RunNotFoundError
from scenario_core.scenario import Store
from scenario_core.usage import recorder
from scenario_core.usage.learners import pseudonym, pseudonym_key
from scenario_core.usage.recorder import Outcome
from scenario_core.usage.run import EndReason, Source
from tests.factories import scenario

LEARNER = 42


def started(engine: sa.Engine, user_id: int = LEARNER, **options: Any) -> str:
    with engine.begin() as connection:
        return recorder.start(connection, user_id, scenario(), Store.PRODUCTION, **options)


def run_of(engine: sa.Engine, run_id: str) -> Mapping[Any, Any]:
    with engine.connect() as connection:
        return connection.execute(sa.select(RUNS).where(RUNS.c.run_id == run_id)).mappings().one()


def test_a_started_run_is_open_in_the_first_phase_and_names_nobody(engine: sa.Engine) -> None:
    run = run_of(engine, started(engine))
    assert (run["end_reason"], run["ended_at"], run["phases_completed"], run["total_phases"]) == (None, None, 0, 2)
    assert (run["last_phase"], run["source"], run["store"]) == ("greeting", "app", "production")
    with engine.connect() as connection:
        assert run["learner"] == pseudonym(pseudonym_key(connection), LEARNER)
        assert connection.execute(sa.select(USAGE_STATE.c.highest_user_id)).scalar_one() == LEARNER
    assert str(LEARNER) not in {str(value) for value in run.values()}


def test_phases_and_the_end_are_recorded_with_what_was_achieved(engine: sa.Engine) -> None:
    run_id = started(engine)
    with engine.begin() as connection:
        recorder.advance(connection, run_id, 61.5, "ordering")
    assert run_of(engine, run_id)["last_phase"] == "ordering"
    outcome = Outcome(("menu",), ("Ask",), 0.5, 80)
    with engine.begin() as connection:
        recorder.advance(connection, run_id, 30, None)
        recorder.finish(connection, run_id, EndReason.COMPLETED, outcome)
    run = run_of(engine, run_id)
    assert (run["phases_completed"], run["phase_seconds"], run["last_phase"]) == (2, [61.5, 30], "ordering")
    assert (run["end_reason"], run["vocabulary"], run["objectives"]) == ("completed", ["menu"], ["Ask"])
    assert (run["success_rate"], run["completion_score"]) == (0.5, 80)
    assert run["ended_at"] >= run["started_at"]


def test_seconds_in_a_phase_that_was_left_are_kept(engine: sa.Engine) -> None:
    run_id = started(engine)
    with engine.begin() as connection:
        recorder.finish(connection, run_id, EndReason.ABANDONED, seconds=12.25)
    run = run_of(engine, run_id)
    assert (run["phase_seconds"], run["phases_completed"]) == ([12.25], 0)


def test_starting_again_ends_the_open_run_at_the_moment_it_was_last_heard_of(engine: sa.Engine) -> None:
    first = started(engine)
    with engine.begin() as connection:
        recorder.advance(connection, first, 5, "ordering")
        heard = run_of_in(connection, first)["heard_at"] - timedelta(hours=3)
        connection.execute(sa.update(RUNS).values(heard_at=heard, started_at=heard - timedelta(hours=1)))
    second = started(engine)
    closed = run_of(engine, first)
    assert (closed["end_reason"], closed["ended_at"]) == ("abandoned", heard)
    assert run_of(engine, second)["ended_at"] is None


def run_of_in(connection: sa.Connection, run_id: str) -> Mapping[Any, Any]:
    return connection.execute(sa.select(RUNS).where(RUNS.c.run_id == run_id)).mappings().one()


def test_runs_of_others_of_other_scenarios_and_of_other_sources_stay_open(engine: sa.Engine) -> None:
    kept = [started(engine, 7), started(engine, source=Source.REHEARSAL)]
    with engine.begin() as connection:
        kept.append(recorder.start(connection, LEARNER, scenario("another"), Store.CUSTOM))
    started(engine)
    assert [run_of(engine, each)["ended_at"] for each in kept] == [None, None, None]


@pytest.mark.parametrize("source", [Source.IMPORT, Source.SAMPLE])
def test_only_what_happens_is_recorded(engine: sa.Engine, source: Source) -> None:
    with pytest.raises(ValueError, match="not recorded"):
        started(engine, source=source)


@pytest.mark.parametrize(
    ("outcome", "pointers"),
    [
        (Outcome(success_rate=1.01), ["/success_rate"]),
        (Outcome(success_rate=-0.01), ["/success_rate"]),
        (Outcome(completion_score=100.5), ["/completion_score"]),
        (Outcome(success_rate=float("nan")), ["/success_rate"]),
        (Outcome(success_rate=2, completion_score=-1), ["/success_rate", "/completion_score"]),
    ],
)
def test_an_outcome_out_of_range_is_refused_and_the_run_stays_open(
    engine: sa.Engine, outcome: Outcome, pointers: list[str]
) -> None:
    run_id = started(engine)
    with engine.begin() as connection, pytest.raises(InvalidScenarioError) as caught:
        recorder.finish(connection, run_id, EndReason.COMPLETED, outcome)
    assert [fault.pointer for fault in caught.value.faults] == pointers
    assert run_of(engine, run_id)["ended_at"] is None


def test_a_run_that_has_ended_can_neither_go_on_nor_end_again(engine: sa.Engine) -> None:
    run_id = started(engine)
    with engine.begin() as connection:
        recorder.finish(connection, run_id, EndReason.TERMINATED)
        with pytest.raises(RunNotFoundError):
            recorder.advance(connection, run_id, 1, None)
        with pytest.raises(RunNotFoundError):
            recorder.finish(connection, run_id, EndReason.COMPLETED)
        with pytest.raises(RunNotFoundError):
            recorder.finish(connection, "no such run", EndReason.COMPLETED)
    assert run_of(engine, run_id)["end_reason"] == "terminated"


@pytest.mark.parametrize("starts", [2, 4])
def test_starts_of_one_learner_at_once_leave_one_open_run(engine: sa.Engine, starts: int) -> None:
    barrier, ids = threading.Barrier(starts), []

    def begin() -> None:
        barrier.wait()
        ids.append(started(engine))

    threads = [threading.Thread(target=begin) for _ in range(starts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        reasons = list(connection.scalars(sa.select(RUNS.c.end_reason)))
    assert len(set(ids)) == starts
    assert (reasons.count(None), reasons.count("abandoned")) == (1, starts - 1)
