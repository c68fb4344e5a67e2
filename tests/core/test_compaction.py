from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from scenario_core.custom.usage_tables import RUN_BATCHES, RUN_FILES, RUNS
from scenario_core.errors import DatabaseError, DatasetError
from scenario_core.usage import compaction
from scenario_core.usage.compaction import compact, waiting
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.run import SCHEMA
from tests.core.run_examples import STARTED, open_run, run_of, stored


@pytest.fixture
def dataset(engine: sa.Engine, tmp_path: Path) -> Dataset:
    return Dataset(engine, tmp_path / "usage")


def record(dataset: Dataset, *runs: dict[str, Any]) -> None:
    with dataset.engine.begin() as connection:
        connection.execute(sa.insert(RUNS), [{**run, "heard_at": run["started_at"]} for run in runs])


def rows(dataset: Dataset) -> list[str]:
    with dataset.engine.connect() as connection:
        return list(connection.scalars(sa.select(RUNS.c.run_id).order_by(RUNS.c.run_id)))


def test_ended_runs_move_into_files_as_they_were_and_open_ones_stay(dataset: Dataset) -> None:
    runs = [run_of("a", source="app"), run_of("b", source="rehearsal", vocabulary=None), open_run("c", source="app")]
    record(dataset, *runs)
    before = stored(dataset)
    assert waiting(dataset.engine) == 2
    assert compact(dataset) == 2
    assert stored(dataset) == before == runs
    assert rows(dataset) == ["c"]
    assert compact(dataset) == waiting(dataset.engine) == 0


def test_each_month_has_a_file_in_the_order_of_time(dataset: Dataset) -> None:
    edge = datetime(2026, 4, 1, tzinfo=UTC)
    starts = [edge, edge - timedelta(microseconds=1), edge - timedelta(days=3), None]
    record(dataset, *(run_of(f"r{number}", started_at=start, ended_at=edge) for number, start in enumerate(starts)))
    compact(dataset)
    held = {}
    for file in dataset.files():
        table = pq.ParquetFile(dataset.path_of(file)).read()
        assert table.schema.equals(SCHEMA)
        held[Path(file.path).parent.name] = table["run_id"].to_pylist()
    assert held == {"month=2026-03": ["r2", "r1"], "month=2026-04": ["r0"], "month=none": ["r3"]}


def test_files_are_added_and_never_written_again(dataset: Dataset) -> None:
    record(dataset, run_of("a"))
    compact(dataset)
    [first] = dataset.files()
    data = dataset.path_of(first).read_bytes()
    record(dataset, run_of("b"))
    compact(dataset)
    assert len(dataset.files()) == 2
    assert dataset.path_of(first).read_bytes() == data


def test_many_runs_move_in_parts_that_each_count(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "AT_ONCE", 4)
    record(dataset, *(run_of(f"r{number}") for number in range(10)))
    seen = []
    assert compact(dataset, lambda done, total: seen.append((done, total))) == 10
    assert seen == [(4, 10), (8, 10), (10, 10)]
    assert [file.runs for file in dataset.files()] == [4, 4, 2]


def test_what_was_moved_stays_moved_when_it_is_stopped(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "AT_ONCE", 4)
    record(dataset, *(run_of(f"r{number}") for number in range(10)))

    class StoppedError(Exception):
        pass

    def stop(*_: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        compact(dataset, stop)
    assert (len(rows(dataset)), len(stored(dataset))) == (6, 10)
    assert compact(dataset) == 6


def test_a_database_that_fails_at_the_end_leaves_all_runs_where_they_were(dataset: Dataset) -> None:
    record(dataset, run_of("a"), run_of("b"))
    with dataset.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE scenario_desk_run_file RENAME TO elsewhere"))
        connection.execute(sa.text("CREATE VIEW scenario_desk_run_file AS SELECT * FROM elsewhere WHERE false"))
        if dataset.engine.dialect.name == "postgresql":
            connection.execute(sa.text("CREATE RULE no AS ON INSERT TO scenario_desk_run_file DO INSTEAD SELECT 1/0"))
    with pytest.raises((DatabaseError, sa.exc.DBAPIError)):
        compact(dataset)
    assert rows(dataset) == ["a", "b"]
    with dataset.engine.begin() as connection:
        connection.execute(sa.text("DROP VIEW scenario_desk_run_file"))
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO scenario_desk_run_file"))
    assert compact(dataset) == 2
    assert len(list(dataset.folder.rglob("*.parquet"))) == len(dataset.files()) == 1
    with dataset.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(RUN_BATCHES)).scalar_one() == 0


def test_a_folder_that_cannot_be_written_says_so(dataset: Dataset) -> None:
    record(dataset, run_of("a"))
    dataset.folder.write_bytes(b"")
    with pytest.raises(DatasetError, match="can't be written"):
        compact(dataset)
    assert rows(dataset) == ["a"]


def test_one_process_at_a_time_writes(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenario_core.usage.dataset.LOCK_SECONDS", 0.05)
    with dataset.writing(), pytest.raises(DatasetError, match="Another process"):
        compact(Dataset(dataset.engine, dataset.folder))


def test_dirty_lists_in_the_table_are_compacted_as_far_as_they_can_be_read(dataset: Dataset) -> None:
    record(dataset, run_of("a", vocabulary="text", objectives=["x", 1], phase_seconds=[1, True, "x"]))
    compact(dataset)
    [run] = stored(dataset)
    assert (run["vocabulary"], run["objectives"], run["phase_seconds"]) == ([], ["x"], [1.0])
    with dataset.engine.connect() as connection:
        assert connection.scalars(sa.select(RUN_FILES.c.runs)).all() == [1]
    assert run["started_at"] == STARTED
