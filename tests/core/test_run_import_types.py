"""Parquet files of whatever types hold the same runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scenario_core.custom.usage_tables import RUNS
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.imports.shaping import is_straight
from scenario_core.usage.learners import pseudonym, pseudonym_key
from scenario_core.usage.run import SCHEMA
from tests.core.run_examples import (
    ENDED,
    STARTED,
    bring_in,
    count,
    json_lines,
    look_at,
    open_run,
    parquet,
    run_of,
    stored,
)
from tests.usage_examples import refreshed

RUNS_OF_ALL_KINDS = [
    run_of("a"),
    run_of("b", end_reason="abandoned", phases_completed=1, scenario_id="two", vocabulary=["bill", "menu", "bill"]),
    open_run("c", success_rate=None, phase_seconds=[1.5], vocabulary=None, objectives=None, completion_score=None),
    run_of("d", scenario_id=None, store=None, learner=None, language=None, last_phase=None, minutes=3.0),
    run_of("e", scenario_id="elsewhere", store="custom", phase_seconds=[], objectives=["Ask", "Ask"]),
]

TYPES: dict[str, tuple[dict[str, pa.DataType], bool]] = {
    "as documented": ({}, True),
    "large texts": (
        {
            "run_id": pa.large_string(),
            "scenario_id": pa.large_string(),
            "learner": pa.large_string(),
            "vocabulary": pa.large_list(pa.large_string()),
        },
        True,
    ),
    "dictionaries": (
        {
            "run_id": pa.dictionary(pa.int8(), pa.string()),
            "scenario_id": pa.dictionary(pa.int16(), pa.large_string()),
            "store": pa.dictionary(pa.int32(), pa.string()),
            "learner": pa.dictionary(pa.int32(), pa.string()),
        },
        True,
    ),
    "nanoseconds": ({"started_at": pa.timestamp("ns"), "ended_at": pa.timestamp("ns", "Asia/Tokyo")}, True),
    "seconds": ({"started_at": pa.timestamp("ms"), "ended_at": pa.timestamp("s", "UTC")}, True),
    "other numbers": (
        {
            "phases_completed": pa.float64(),
            "total_phases": pa.uint8(),
            "minutes": pa.float32(),
            "completion_score": pa.int64(),
            "phase_seconds": pa.list_(pa.float32()),
        },
        True,
    ),
    "decimals": ({"minutes": pa.decimal128(20, 2), "total_phases": pa.decimal128(12, 0)}, False),
    "moments as texts": ({"started_at": pa.string(), "ended_at": pa.string()}, False),
}


@pytest.mark.parametrize("name", TYPES)
def test_a_parquet_file_of_other_types_brings_in_the_same_runs(
    manager: Steward, dataset: Dataset, tmp_path: Path, name: str
) -> None:
    types, straight = TYPES[name]
    table = pa.Table.from_pylist(RUNS_OF_ALL_KINDS, schema=SCHEMA)
    for column, kind in types.items():
        table = table.set_column(table.schema.get_field_index(column), column, table[column].cast(kind))
    pq.write_table(table, tmp_path / "runs.parquet")
    assert is_straight(tmp_path / "runs.parquet") == straight
    done = bring_in(manager, tmp_path / "runs.parquet")
    assert (done.new, done.open, done.without_scenario, done.unknown_count) == (5, 1, 1, 1)
    assert stored(dataset) == RUNS_OF_ALL_KINDS
    again = bring_in(manager, json_lines(tmp_path / "runs.jsonl", RUNS_OF_ALL_KINDS))
    assert (again.new, again.known, again.differing) == (0, 5, 0)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_empty_texts_are_none(manager: Steward, dataset: Dataset, tmp_path: Path, kind: pa.DataType) -> None:
    names = ("scenario_id", "store", "learner", "language", "end_reason", "last_phase")
    columns = {name: pa.array(["", None], kind) for name in names}
    pq.write_table(pa.table({"run_id": ["a", "b"], **columns}), tmp_path / "runs.parquet")
    assert bring_in(manager, tmp_path / "runs.parquet").open == 2
    assert [run[name] for run in stored(dataset) for name in names] == [None] * 12
    assert [(run["finished_only"], run["source"]) for run in stored(dataset)] == [(False, "import")] * 2


@pytest.mark.parametrize(
    ("users", "made"),
    [
        (pa.array(["kim", "", None, "lee"]), ["kim", None, None, "lee"]),
        (pa.array([5, None, 7, 5]), [5, None, 7, 5]),
        (pa.array([5.0, None, float("nan"), 5.0]), [5, None, None, 5]),
    ],
)
def test_users_are_made_pseudonyms_where_no_learner_is_given(
    manager: Steward, dataset: Dataset, tmp_path: Path, users: pa.Array[Any], made: list[str | int | None]
) -> None:
    given = "fedcba9876543210"
    table = pa.table({"run_id": ["a", "b", "c", "d"], "user": users, "learner": [None, "", None, given]})
    pq.write_table(table, tmp_path / "runs.parquet")
    bring_in(manager, tmp_path / "runs.parquet")
    with manager.desk.engine.connect() as connection:
        key = pseudonym_key(connection)
    expected = [None if user is None else pseudonym(key, f"elsewhere {user}") for user in made]
    assert [run["learner"] for run in stored(dataset)] == [*expected[:3], given]


def test_lists_whose_texts_fit_into_no_dictionary_are_read(local: Steward, tmp_path: Path) -> None:
    """A writer gives its dictionary up in the middle of a part when that grows too large."""
    runs = [run_of(f"r{n:04}", vocabulary=["menu", f"word {n} " + "x" * 200]) for n in range(3_000)]
    table = pa.Table.from_pylist(runs, schema=SCHEMA)
    path = tmp_path / "runs.parquet"
    pq.write_table(table, path, dictionary_pagesize_limit=20_000, data_page_size=2_000, row_group_size=1_500)
    assert bring_in(local, path).new == 3_000
    assert stored(local.desk.dataset) == runs


def test_runs_of_many_months_in_any_order_lie_each_in_its_month(
    local: Steward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More months than files are kept open, and more runs than wait: parts are written early, and none is lost."""
    monkeypatch.setattr("scenario_core.usage.imports.writing._MOST_WAITING", 150)
    monkeypatch.setattr("scenario_core.usage.imports.writing._MOST_OPEN", 5)
    monkeypatch.setattr("scenario_core.usage.imports.shaping.AT_ONCE", 100)
    first = datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
    runs = [
        run_of(f"r{n:03}", started_at=first + timedelta(days=17 * (n * 7919 % 500)), ended_at=None, finished_only=True)
        for n in range(500)
    ]
    bring_in(local, parquet(tmp_path / "runs.parquet", [*runs, run_of("r500", started_at=None)]))
    dataset = local.desk.dataset
    assert [run["run_id"] for run in stored(dataset)] == [f"r{n:03}" for n in range(501)]
    months = set()
    for file in dataset.files():
        starts = pq.ParquetFile(dataset.path_of(file)).read(["started_at"])["started_at"].to_pylist()
        months.add(file.path.split("/")[1])
        assert {f"month={start:%Y-%m}" if start else "month=none" for start in starts} == {file.path.split("/")[1]}
    assert len(months) == 281


@pytest.mark.parametrize(("write", "ending"), [(parquet, "parquet"), (json_lines, "jsonl")])
def test_faulty_and_known_records_are_left_out_wherever_they_stand(
    local: Steward,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Path, list[dict[str, Any]]], Path],
    ending: str,
) -> None:
    monkeypatch.setattr("scenario_core.usage.imports.shaping.AT_ONCE", 7)
    bring_in(local, write(tmp_path / f"before.{ending}", [run_of("r03"), open_run("r20")]))
    runs = [run_of(f"r{n:02}") if n % 5 else open_run(f"r{n:02}") for n in range(40)]
    runs[11]["minutes"] = -1.0
    runs[25]["success_rate"] = 2.0
    path = write(tmp_path / f"runs.{ending}", [*runs, run_of("r00"), run_of("r39")])
    planned = look_at(local, path)
    done = bring_in(local, path, leave_out_faulty=True)
    assert (done.new, done.faulty, done.known, done.open) == (planned.new, 4, 2, 6) == (36, 4, 2, 6)
    assert [run["run_id"] for run in stored(local.desk.dataset)] == [f"r{n:02}" for n in range(40) if n not in {11, 25}]
    assert count(local, RUNS) == 7


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_what_an_import_writes_is_read_by_every_engine(local: Steward, tmp_path: Path, postgres_url: str) -> None:
    runs = [run_of(f"r{n:03}", started_at=STARTED + timedelta(hours=7 * n), ended_at=ENDED + timedelta(hours=7 * n),
                   scenario_id=f"scenario {n % 3}", learner=f"{n % 7:016x}") for n in range(200)]  # fmt: skip
    dataset = local.desk.dataset
    bring_in(local, parquet(tmp_path / "runs.parquet", runs))
    bring_in(local, parquet(tmp_path / "more.parquet", RUNS_OF_ALL_KINDS))
    for url in ("duckdb://", "spark-local://2", postgres_url):
        with refreshed(url, dataset) as engine, engine.measured() as measured:
            told = measured.place.ask(measured.runs).select(SCHEMA.names).cast(SCHEMA).to_pylist()
            assert sorted(told, key=lambda run: str(run["run_id"])) == stored(dataset), url
            assert len(measured.frame(measured.facts)) == 205
