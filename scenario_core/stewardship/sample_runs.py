"""Sample runs at the desk: put in, taken out again, and loaded once where nothing has been used yet."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.custom import audit, entries
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import AUDIT, SCENARIOS, is_custom
from scenario_core.custom.usage_tables import RUN_FILES, RUN_IMPORTS, RUNS
from scenario_core.people import Operation, may
from scenario_core.progress import Progress, silent
from scenario_core.scenario import Store
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.dataset import Batch, Dataset, forgotten, listed
from scenario_core.usage.sample import write_sample
from scenario_core.usage.sample_model import DEFAULT_DAYS, SamplePlan, SampleScenario

ADDED: Final = "add_sample_runs"
REMOVED: Final = "remove_sample_runs"
FIRST_SEED: Final = 1
MOST_CUSTOM: Final = 200
"""How many shared scenarios a sample uses at most, the oldest first."""
_OTHERS_RUNS: Final = ("scenario_progress_history", "learning_sessions")
"""Where the existing app records its runs."""


def add_sample(
    steward: Steward,
    runs: int,
    seed: int,
    *,
    days: int = DEFAULT_DAYS,
    until: date | None = None,
    progress: Progress = silent,
) -> int:
    """Put so many sample runs in, in the place of those that are in, and return how many they are.

    The same numbers and scenarios give the same runs. They lie in the `days` before the beginning of the day `until`,
    in UTC; without it, before today.

    Raises:
        PermissionDeniedError: the person may not.
        InvalidQueryError: a number is out of its range.
        UsageError: there is no scenario to run.
        DatasetError: another process is writing the dataset, or its folder can't be written.
        DatabaseError: the database does not answer.
    """
    steward.require(Operation.MANAGE_RUNS)
    plan = SamplePlan(runs, seed, until or datetime.now(UTC).date(), days)
    scenarios = sample_scenarios(steward.desk)
    dataset = steward.desk.dataset
    with dataset.writing():
        _add(steward, dataset, scenarios, plan, progress)
    return plan.runs


def remove_sample(steward: Steward) -> int:
    """Take all sample runs out and return how many there were.

    Raises:
        PermissionDeniedError: the person may not.
        DatasetError: another process is writing the dataset.
        DatabaseError: the database does not answer.
    """
    steward.require(Operation.MANAGE_RUNS)
    dataset = steward.desk.dataset
    with dataset.writing():
        return _replace(steward, dataset, Batch(), REMOVED, {})


def ensure_sample(desk: Desk) -> int:
    """Load a small sample where the embedded database has never seen a run, and return how many runs that were.

    It does so once: whoever took the sample out does not get it again. Runs of the existing app that could be imported
    count as runs, and so do files in the dataset's folder, which another database may list.

    Raises:
        DatasetError: another process is writing the dataset, or its folder can't be written.
        DatabaseError: the database does not answer.
    """
    steward = Steward.configured(desk)
    if not desk.settings.sample_runs or not may(steward.person, Operation.MANAGE_RUNS).allowed or not _is_unused(desk):
        return 0
    scenarios = sample_scenarios(desk)
    if not scenarios:
        return 0
    plan = SamplePlan(desk.settings.sample_runs, FIRST_SEED, datetime.now(UTC).date())
    dataset = desk.dataset
    with dataset.writing():
        if not _is_unused(desk):
            return 0
        _add(steward, dataset, scenarios, plan, silent)
    return plan.runs


def sample_scenarios(desk: Desk) -> list[SampleScenario]:
    """The scenarios that a sample can be made of: production, and shared ones; those that are active and have phases.

    Raises:
        DatabaseError: the database does not answer.
    """
    shared = sa.select(SCENARIOS.c.id).where(SCENARIOS.c.is_public, is_custom()).order_by(SCENARIOS.c.id)
    with translated_errors(), desk.engine.connect().execution_options(**READ_ONLY) as connection:
        custom = entries.load(connection, connection.execute(shared.limit(MOST_CUSTOM)).scalars().all())
    found = [(scenario, Store.PRODUCTION) for scenario in desk.production.scenarios.values()]
    found += [(scenario, Store.CUSTOM) for _number, _owner, _is_public, scenario in custom]
    return [SampleScenario.of(scenario, store) for scenario, store in found if scenario.phases and scenario.is_active]


def _add(
    steward: Steward, dataset: Dataset, scenarios: list[SampleScenario], plan: SamplePlan, progress: Progress
) -> None:
    batch = dataset.write(lambda folder: write_sample(folder, scenarios, plan, progress), is_sample=True)
    detail = {"runs": plan.runs, "seed": plan.seed, "days": plan.days, "until": plan.until.isoformat()}
    _replace(steward, dataset, batch, ADDED, detail)


def _replace(steward: Steward, dataset: Dataset, batch: Batch, operation: str, detail: dict[str, Any]) -> int:
    """From one moment to the next the new sample counts and the former one does not; its files go after that.

    Returns how many runs the former one had.
    """
    former = [file for file in dataset.files() if file.is_sample]
    replaced = sum(file.runs for file in former)
    if not former and not batch.paths:
        return 0
    with translated_errors(), dataset.engine.begin() as connection:
        connection.execute(sa.delete(RUN_FILES).where(RUN_FILES.c.is_sample))
        listed(connection, batch, is_sample=True)
        forgotten(connection, former)
        told = {**detail, "removed": replaced}
        audit.write(connection, steward.user_id, operation, Store.CUSTOM, None, told)
    for file in former:
        dataset.path_of(file).unlink(missing_ok=True)
    return replaced


def _is_unused(desk: Desk) -> bool:
    """Whether this is the embedded database, without a run of whatever kind and without a trace of an earlier one."""
    if desk.engine.dialect.name != "sqlite" or any(desk.settings.usage.rglob("*.parquet")):
        return False
    told = sa.select(AUDIT.c.id).where(AUDIT.c.operation.in_((ADDED, REMOVED)))
    with translated_errors(), desk.engine.connect().execution_options(**READ_ONLY) as connection:
        inspector = sa.inspect(connection)
        others = [sa.table(name) for name in _OTHERS_RUNS if inspector.has_table(name)]
        traces = [
            told,
            *(sa.select(sa.literal(1)).select_from(table) for table in (RUNS, RUN_FILES, RUN_IMPORTS, *others)),
        ]
        return all(connection.execute(trace.limit(1)).first() is None for trace in traces)
