"""What engines say when files are lost, or when they themselves can't be reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scenario_core.errors import DatasetError, SettingsError, UsageEngineError
from scenario_core.usage.behind import runs_behind
from scenario_core.usage.engines import open_engine
from scenario_core.usage.filters import Mark, UsageFilter
from scenario_core.usage.period import Period
from tests.usage_examples import Asking, World, add_file, dataset_of, open_world, refreshed, view_of
from tests.usage_question import Run

ZONE = "Europe/Berlin"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
EVERYTHING = Asking(UsageFilter(Period(date(2025, 11, 1), date(2026, 4, 10))), date(2026, 4, 20), ZONE)


@pytest.fixture(scope="module")
def world(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(migrated_sqlite, tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.mark.parametrize("content", [None, b"", b"no Parquet at all"], ids=["missing", "empty", "damaged"])
def test_a_listed_file_that_is_missing_or_damaged_is_named(
    world: World, tmp_path: Path, open_url: str, content: bytes | None
) -> None:
    dataset = dataset_of(world, tmp_path / "usage", [])
    add_file(dataset, [Run("one", "late_flight", "0" * 16, started_at=NOON)])
    (file,) = dataset.files()
    dataset.path_of(file).unlink()
    if content is not None:
        dataset.path_of(file).write_bytes(content)
    with closing(open_engine(open_url, dataset, ZONE)) as engine, pytest.raises(DatasetError, match="can't be read"):
        engine.refresh()


def test_a_file_that_is_lost_after_it_was_taken_in_is_an_error_where_whole_runs_are_asked_for(
    world: World, tmp_path: Path
) -> None:
    dataset = dataset_of(world, tmp_path / "usage", [])
    learners = [f"{number:016x}" for number in range(5)]
    add_file(dataset, [Run(f"run {each}", "late_flight", each, started_at=NOON) for each in learners])
    with refreshed("duckdb://", dataset) as engine:
        dataset.path_of(dataset.files()[0]).unlink()
        with pytest.raises(DatasetError, match="can't be read"), view_of(world, engine, EVERYTHING) as view:
            runs_behind(view, Mark())


def test_after_a_file_that_was_missing_is_back_it_is_taken_in(world: World, tmp_path: Path, open_url: str) -> None:
    dataset = dataset_of(world, tmp_path / "usage", [])
    add_file(dataset, [Run("one", "late_flight", "0" * 16, started_at=NOON)])
    path = dataset.path_of(dataset.files()[0])
    away = path.rename(tmp_path / "away")
    with closing(open_engine(open_url, dataset, ZONE)) as engine:
        with pytest.raises(DatasetError):
            engine.refresh()
        away.rename(path)
        engine.refresh()
        with engine.measured() as measured:
            assert len(measured.frame(measured.facts)) == 1


def test_a_url_of_no_engine_is_refused_with_those_that_there_are(world: World, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="mysql") as caught:
        open_engine("mysql://there", dataset_of(world, tmp_path / "usage", []), ZONE)
    assert "duckdb://" in str(caught.value.hint)


def test_a_postgresql_that_does_not_answer_is_an_error_of_its_own(world: World, tmp_path: Path) -> None:
    engine = open_engine("postgresql://nobody@127.0.0.1:1/none", dataset_of(world, tmp_path / "usage", []), ZONE)
    with pytest.raises(UsageEngineError, match="PostgreSQL"):
        engine.refresh()
