"""DuckDB, PostgreSQL and Spark give the same figures, also after runs came and went."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pytest
import sqlalchemy as sa

from scenario_core.custom.usage_tables import RUN_FILES, RUNS
from scenario_core.errors import DatasetError
from scenario_core.scenario import Store
from scenario_core.usage import recorder
from scenario_core.usage.behind import runs_behind
from scenario_core.usage.compaction import compact
from scenario_core.usage.daily import KEYS
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.engines import Engine, Measured, open_engine
from scenario_core.usage.filters import Attempt, Mark, Outcome, UsageFilter
from scenario_core.usage.measures import MEASURES
from scenario_core.usage.period import Comparison, Grain, Period
from scenario_core.usage.run import EndReason, Source
from tests.postgres import PostgresServer
from tests.usage_examples import (
    AUTHOR,
    PRODUCTION,
    Asking,
    World,
    add_file,
    add_rows,
    dataset_of,
    differences,
    open_world,
    refreshed,
    rows_of,
    view_of,
)
from tests.usage_question import Run
from tests.usage_reference import REFERENCE
from tests.usage_runs import many_runs

ZONE = "Europe/Berlin"
HALF_A_YEAR = Period(date(2025, 11, 1), date(2026, 4, 10))
ASKINGS = {
    "everything": Asking(UsageFilter(HALF_A_YEAR), date(2026, 4, 20), ZONE),
    "one_scenario": Asking(
        UsageFilter(HALF_A_YEAR, Grain.MONTH, Comparison.YEAR, scenarios=("late_flight",), languages=("en", "de")),
        date(2026, 4, 1),
        ZONE,
        smallest_group=2,
    ),
    "an_author": Asking(
        UsageFilter(
            Period(date(2026, 3, 1), date(2026, 4, 2)),
            Grain.DAY,
            stores=("custom",),
            categories=("restaurant", "travel"),
            difficulties=("beginner",),
            sources=(Source.APP, Source.REHEARSAL),
        ),
        date(2026, 4, 2),
        ZONE,
        smallest_group=1,
        person=AUTHOR,
    ),
    "nothing": Asking(UsageFilter(Period(date(2031, 1, 1), date(2031, 1, 9))), date(2031, 1, 9), ZONE),
}
ODD = "it's 5 o'clock, \\ {\"ünï\"} %s $1\n\t日本"
"""What can break a statement, a list or a line."""
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def odd_runs() -> list[Run]:
    """Runs at the edges of what engines agree on."""
    moments = ["1969-12-31T23:59:59.5", "1901-05-05T01:00:00", "2045-07-01T22:30:00", "2026-03-28T23:00:00",
               "2026-03-28T22:59:59.999999", "2026-03-29T01:00:00", "2026-03-29T00:59:59.999999"]  # fmt: skip
    return [
        Run(
            f"odd-{number} {ODD}", ODD, f"{number % 2:016x}", started_at=datetime.fromisoformat(f"{moment}+00:00"),
            ended_at=datetime.fromisoformat(f"{moment}+00:00") + timedelta(seconds=1.999), end_reason="completed",
            phases_completed=1, total_phases=2, phase_seconds=[0.1], vocabulary=[ODD, "menu", ""], language=ODD,
        )
        for number, moment in enumerate(moments)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def world(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(migrated_sqlite, tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture(scope="module")
def still_world(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose runs no test changes."""
    with open_world(migrated_sqlite, tmp_path_factory.mktemp("still")) as made:
        yield made


@pytest.fixture(scope="module")
def shared(still_world: World, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two thousand runs, a third of them not compacted."""
    folder = tmp_path_factory.mktemp("shared") / "usage"
    return dataset_of(still_world, folder, still_world.with_ids([*many_runs(2_000, 9), *odd_runs()]))


MARKS: Final = (
    Mark(), Mark(attempt=Attempt.FIRST), Mark(attempt=Attempt.REPEAT, started=True), Mark(reached=2), Mark(timed=2),
    Mark(word="menu"), Mark(outcome=Outcome.COMPLETED, possible=True), Mark(worded=True),
)  # fmt: skip
Answers = dict[str, Any]


def answers(world: World, engine: Engine, asking: Asking) -> Answers:
    """All measures and some runs behind marks, in plain Python."""
    found: Answers = {}
    with view_of(world, engine, asking) as view:
        for name, measure in MEASURES.items():
            each = measure(view)
            found[name] = (rows_of(each.frame), each.n, each.left_out, each.absent)
        for mark in MARKS:
            behind = runs_behind(view, mark, limit=40)
            found[repr(mark)] = (rows_of(behind.frame), behind.n, {}, "")
        found["facts"] = told(view.measured, view.measured.facts)
        found["daily"] = counted(view.measured)
    return found


def counted(measured: Measured) -> list[str]:
    """The rows of what is counted by day."""
    return sorted(map(str, rows_of(measured.frame(measured.daily))))


def told(measured: Measured, table: ir.Table) -> list[str]:
    """The rows of facts or of first days, with learners as runs hold them."""
    names = [name for name in table.columns if name != "learner"]
    known = measured.place.with_pseudonyms(table.filter(table.learner.notnull()))
    unknown = table.filter(table.learner.isnull()).mutate(learner=ibis.null("string"))
    asked = known.select(*names, "learner").union(unknown.select(*names, "learner"))
    return sorted(str(sorted(row.items())) for row in rows_of(measured.frame(asked)[["learner", *names]]))


KEPT: Final = ("facts", "daily")
"""What engines keep of runs."""


def require_same(found: Answers, wanted: Answers) -> None:
    for name, (rows, *rest) in ((name, each) for name, each in wanted.items() if name not in KEPT):
        keys = REFERENCE[name][1] if name in REFERENCE else ("run_id",)
        keys = ("group",) if name == "at_risk" else keys
        assert differences(found[name][0], rows, keys) == [], name
        assert [[row[key] for key in keys] for row in found[name][0]] == [[row[key] for key in keys] for row in rows], (
            name
        )
        assert list(found[name][1:]) == rest, name
    for name in KEPT:
        assert found[name] == wanted[name], name


@pytest.fixture(scope="module")
def by_duckdb(still_world: World, shared: Dataset) -> dict[str, Answers]:
    with refreshed("duckdb://", shared) as engine:
        return {name: answers(still_world, engine, asking) for name, asking in ASKINGS.items()}


def test_postgresql_gives_the_figures_that_duckdb_gives(
    still_world: World, shared: Dataset, by_duckdb: dict[str, Answers], postgres_server: PostgresServer
) -> None:
    with postgres_server.fresh_database() as name, refreshed(postgres_server.url(name), shared) as engine:
        for asked, asking in ASKINGS.items():
            require_same(answers(still_world, engine, asking), by_duckdb[asked])


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_spark_gives_the_figures_that_duckdb_gives(
    still_world: World, shared: Dataset, by_duckdb: dict[str, Answers]
) -> None:
    with refreshed("spark-local://2", shared) as engine:
        for asked in ("everything", "one_scenario"):  # each takes Spark some hundred small jobs
            require_same(answers(still_world, engine, ASKINGS[asked]), by_duckdb[asked])


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_spark_names_a_listed_file_that_is_missing(world: World, tmp_path: Path) -> None:
    dataset = dataset_of(world, tmp_path / "usage", [])
    add_file(dataset, [Run("one", "late_flight", "0" * 16, started_at=NOON)])
    dataset.path_of(dataset.files()[0]).unlink()
    with pytest.raises(DatasetError, match="can't be read"):
        open_engine("spark-local://2", dataset, ZONE).refresh()


def test_the_figures_that_are_compared_are_not_empty(by_duckdb: dict[str, Answers]) -> None:
    told = {name for each in by_duckdb.values() for name, answer in each.items() if name not in KEPT and answer[1]}
    assert told >= set(MEASURES)


def test_what_is_counted_by_day_is_what_counting_the_runs_gives(shared: Dataset) -> None:
    with refreshed("duckdb://", shared) as engine, engine.measured() as measured:
        found = measured.frame(measured.facts)
        found["spent"] = (found["seconds"].where(found["possible"], 0.0) * 1e6).round().astype("int64")
        wanted = found.groupby(list(KEYS), dropna=False).agg(
            runs=("kind", "size"),
            microseconds=("spent", "sum"),
            anonymous=("learner", lambda names: names.isna().sum()),
        )
        rows = rows_of(wanted.reset_index()[list(measured.daily.columns)])
        assert counted(measured) == sorted(map(str, rows))
        assert wanted["runs"].sum() == len(found) > len(wanted)


def _older_runs(dataset: Dataset) -> None:
    add_file(dataset, [replace(run, run_id=f"older-{run.run_id}", started_at=run.started_at - timedelta(days=200))
                       for run in many_runs(80, 11) if run.started_at and run.scenario in PRODUCTION])  # fmt: skip


def _no_samples(dataset: Dataset) -> None:
    with dataset.engine.begin() as connection:
        assert connection.execute(sa.delete(RUN_FILES).where(RUN_FILES.c.is_sample)).rowcount == 1


def _one_file_less(dataset: Dataset) -> None:
    with dataset.engine.begin() as connection:
        first = sa.select(sa.func.min(RUN_FILES.c.file_id)).scalar_subquery()
        connection.execute(sa.delete(RUN_FILES).where(RUN_FILES.c.file_id == first))


def _rows_less(dataset: Dataset) -> None:
    with dataset.engine.begin() as connection:
        connection.execute(sa.delete(RUNS).where(RUNS.c.run_id.like("run-%5")))


def _new_row(dataset: Dataset) -> None:
    with dataset.engine.begin() as connection:
        recorder.start(connection, 5, PRODUCTION["late_flight"], Store.PRODUCTION)


def _one_goes_on(dataset: Dataset) -> None:
    with dataset.engine.begin() as connection:
        run_id = recorder.start(connection, 6, PRODUCTION["late_flight"], Store.PRODUCTION)
        recorder.advance(connection, run_id, 30, "gate")


def _one_ends(dataset: Dataset) -> None:
    with dataset.engine.begin() as connection:
        run_id = connection.execute(sa.select(RUNS.c.run_id).where(RUNS.c.ended_at.is_(None)).limit(1)).scalar_one()
        recorder.finish(connection, run_id, EndReason.COMPLETED)


def _other_samples(dataset: Dataset) -> None:
    _no_samples(dataset)
    add_file(dataset, [Run("sample", "late_flight", "0" * 16, source="sample", started_at=NOON)], is_sample=True)


def _compacted(dataset: Dataset) -> None:
    assert compact(dataset) > 0


CHANGES: Final[tuple[Callable[[Dataset], None], ...]] = (
    _other_samples, _older_runs, _new_row, _one_goes_on, _rows_less, _compacted, _one_ends, _compacted, _no_samples,
    _one_file_less,
)  # fmt: skip


def test_whatever_came_or_went_a_refresh_gives_what_a_fresh_engine_gives(
    world: World, tmp_path: Path, open_url: str
) -> None:
    dataset = dataset_of(world, tmp_path / "usage", world.with_ids(many_runs(240, 10)))
    asking = replace(ASKINGS["everything"], smallest_group=1)
    with refreshed(open_url, dataset) as engine:
        revisions = [engine.refresh()]
        for change in CHANGES:
            change(dataset)
            revisions.append(engine.refresh())
            with refreshed("duckdb://", dataset) as fresh, fresh.measured() as wanted, engine.measured() as found:
                assert wanted.revision == found.revision == revisions[-1]
                assert told(found, found.facts) == told(wanted, wanted.facts), change.__name__
                assert told(found, found.first_days) == told(wanted, wanted.first_days), change.__name__
                assert counted(found) == counted(wanted), change.__name__
        assert len(set(revisions)) == len(revisions)
        with refreshed("duckdb://", dataset) as fresh:
            require_same(answers(world, engine, asking), answers(world, fresh, asking))


def test_an_older_run_that_is_imported_makes_the_later_one_a_repeat(
    world: World, tmp_path: Path, open_url: str
) -> None:
    later = Run("later", "late_flight", "0" * 16, started_at=NOON)
    dataset = dataset_of(world, tmp_path / "usage", [])
    add_file(dataset, [later])
    with refreshed(open_url, dataset) as engine:
        assert attempts(engine) == {NOON: "first"}
        earlier = NOON - timedelta(days=40)
        add_file(dataset, [replace(later, run_id="earlier", started_at=earlier)])
        engine.refresh()
        assert attempts(engine) == {earlier: "first", NOON: "repeat"}


def attempts(engine: Engine) -> dict[datetime, str]:
    with engine.measured() as measured:
        rows = rows_of(measured.frame(measured.facts))
    return {datetime.fromtimestamp(row["started_s"], UTC): row["attempt"] for row in rows}


def test_whoever_asks_while_runs_are_taken_in_gets_the_answers_of_one_moment(
    world: World, tmp_path: Path, open_url: str
) -> None:
    dataset = dataset_of(world, tmp_path / "usage", [])
    add_file(dataset, [Run("file-0", "late_flight", "0" * 16, started_at=NOON)])
    with refreshed(open_url, dataset) as engine:
        seen: list[tuple[int, int, int, str]] = []
        faults: list[Exception] = []
        stop = threading.Event()

        def ask() -> None:
            try:
                while not stop.is_set():
                    seen.append(_counted(engine))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test has to fail
                faults.append(error)

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(1, 9):
            add_file(dataset, [Run(f"file-{number}", "late_flight", f"{number:016x}", started_at=NOON)])
            add_rows(dataset, [Run(f"row-{number}", "late_flight", f"{number + 50:016x}", started_at=NOON)])
            engine.refresh()
        stop.set()
        for thread in threads:
            thread.join()
        seen.append(_counted(engine))
    assert faults == []
    assert {(facts, days, runs) for facts, days, runs, _ in seen} <= {(each, each, each) for each in range(1, 18, 2)}
    assert seen[-1][0] == 17
    by_revision = {revision: facts for facts, _, _, revision in seen}
    assert all(by_revision[revision] == facts for facts, _, _, revision in seen)


def _counted(engine: Engine) -> tuple[int, int, int, str]:
    """Facts, first days and whole runs, each in a question of its own."""
    with engine.measured() as measured:
        days, facts, runs = (
            int(measured.frame(table.agg(n=table.count()))["n"].iloc[0])
            for table in (measured.first_days, measured.facts, measured.runs)
        )
        return facts, days, runs, measured.revision
