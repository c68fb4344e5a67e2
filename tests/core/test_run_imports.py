from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenario_core.bootstrap import Desk
from scenario_core.custom.tables import AUDIT, RECORDS
from scenario_core.custom.usage_tables import RUN_BATCHES, RUN_FILES, RUN_IMPORTS, RUNS
from scenario_core.errors import (
    DatabaseError,
    DatasetError,
    InvalidQueryError,
    InvalidRunsError,
    PermissionDeniedError,
    StalePlanError,
)
from scenario_core.people import Person, Role
from scenario_core.settings import Settings
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.compaction import compact
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.imports import Form, ImportPlan
from scenario_core.usage.imports.cells import bare, shielded
from scenario_core.usage.learners import pseudonym, pseudonym_key
from scenario_core.usage.run import COLUMNS
from tests.core.calling import Run
from tests.core.run_examples import (
    ENDED,
    LEARNER,
    STARTED,
    json_lines,
    open_run,
    parquet,
    run_of,
    stored,
)
from tests.factories import catalogue_document, migrated, write_production

HEADING = "run_id,scenario_id,learner,started_at,ended_at,end_reason,vocabulary,success_rate\n"


@pytest.fixture
def manager(desk: Desk) -> Steward:
    return Steward.configured(desk)


@pytest.fixture
def local(sqlite_engine: sa.Engine, tmp_path: Path) -> Iterator[Steward]:
    """The same on SQLite alone, for what does not depend on the database."""
    path = write_production(tmp_path / "local.json", catalogue_document("one", "two"))
    desk = Desk.open(Settings.read(production=path, database=str(sqlite_engine.url), usage=tmp_path / "local"))
    yield Steward.configured(desk)
    desk.close()


@pytest.fixture
def dataset(manager: Steward) -> Dataset:
    return run_imports.dataset_of(manager)


def bring_in(manager: Steward, path: Path, form: str | None = None, **options: Any) -> ImportPlan:
    return run_imports.apply(manager, run_imports.file_source(path, form), **options)


def look_at(manager: Steward, path: Path, form: str | None = None, *, ignore_unknown: bool = False) -> ImportPlan:
    return run_imports.plan(manager, run_imports.file_source(path, form, ignore_unknown=ignore_unknown))


def count(manager: Steward, table: sa.Table) -> int:
    with manager.desk.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def faults_of(planned: ImportPlan) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.actual) for fault in planned.faults]


def csv_file(path: Path, *lines: str) -> Path:
    path.write_text(HEADING + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_each_form_brings_in_the_same_runs(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    runs = [run_of("a"), run_of("b", end_reason="abandoned", phases_completed=1), open_run("c", success_rate=None)]
    json_lines(tmp_path / "runs.jsonl", runs)
    bring_in(manager, tmp_path / "runs.jsonl")
    assert stored(dataset) == runs
    for number, form in enumerate((Form.CSV, Form.JSONL, Form.PARQUET, Form.XAPI)):
        target = tmp_path / f"export.{form}"
        assert run_imports.export(manager, form, target) == 3
        with migrated(f"sqlite:///{tmp_path / f'other{number}.db'}") as engine:
            other = elsewhere(manager, engine, tmp_path / f"usage{number}")
            done = bring_in(other, target, form)
            assert (done.new, done.open, done.fault_count) == (3, 1, 0)
            assert stored(run_imports.dataset_of(other)) == runs, form


def elsewhere(manager: Steward, engine: sa.Engine, folder: Path) -> Steward:
    """The same person at a desk with another database and another dataset."""
    desk = manager.desk
    return Steward(
        Desk(desk.settings.model_copy(update={"usage": folder}), desk.production, engine, desk.directory),
        manager.person,
    )


def test_the_same_file_twice_adds_nothing(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    path = json_lines(tmp_path / "runs.jsonl", [run_of("a"), open_run("b")])
    assert bring_in(manager, path).imported_at is None
    again = bring_in(manager, path)
    assert again.imported_at is not None
    assert "nothing to do" in again.sentences()[0]
    assert len(stored(dataset)) == 2
    assert count(manager, RUN_IMPORTS) == 1


def test_the_same_runs_in_another_file_are_known(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", [run_of("a"), open_run("b")]))
    runs = [run_of("a"), open_run("b"), run_of("new")]
    done = bring_in(manager, parquet(tmp_path / "more.parquet", runs))
    assert (done.new, done.known, done.differing, done.closed) == (1, 2, 0, 0)
    assert [run["run_id"] for run in stored(dataset)] == ["a", "b", "new"]


def test_known_runs_with_other_content_stay_as_they_were(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", [run_of("a"), run_of("b")]))
    changed = [run_of("a", success_rate=0.1), run_of("b"), run_of("c")]
    done = bring_in(manager, json_lines(tmp_path / "changed.jsonl", changed))
    assert (done.new, done.known, done.differing) == (1, 2, 1)
    assert stored(dataset)[0]["success_rate"] == 0.75


def test_a_run_that_was_open_and_has_ended_takes_the_place_of_its_row(
    manager: Steward, dataset: Dataset, tmp_path: Path
) -> None:
    bring_in(manager, json_lines(tmp_path / "first.jsonl", [open_run("a"), open_run("b")]))
    assert count(manager, RUNS) == 2
    done = bring_in(manager, json_lines(tmp_path / "later.jsonl", [run_of("a"), open_run("b")]))
    assert (done.new, done.closed, done.known) == (0, 1, 1)
    assert stored(dataset) == [run_of("a"), open_run("b")]
    assert count(manager, RUNS) == 1


def test_runs_that_ended_in_the_table_are_known_too(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    bring_in(manager, json_lines(tmp_path / "first.jsonl", [open_run("a")]))
    with manager.desk.engine.begin() as connection:
        connection.execute(sa.update(RUNS).values(ended_at=ENDED, end_reason="completed"))
    assert bring_in(manager, json_lines(tmp_path / "x.jsonl", [run_of("a")])).known == 1
    compact(dataset)
    assert bring_in(manager, json_lines(tmp_path / "y.jsonl", [run_of("a"), run_of("b")])).known == 1
    assert len(stored(dataset)) == 2


def test_a_run_that_is_ended_while_an_import_would_close_it_makes_the_import_void(
    manager: Steward, dataset: Dataset, tmp_path: Path
) -> None:
    bring_in(manager, json_lines(tmp_path / "first.jsonl", [open_run("a")]))
    later = json_lines(tmp_path / "later.jsonl", [run_of("a"), run_of("b")])

    def end_it() -> bool:
        with manager.desk.engine.begin() as connection:
            connection.execute(sa.update(RUNS).values(ended_at=ENDED, end_reason="abandoned"))
        return True

    source = run_imports.file_source(later)
    source.is_unchanged = end_it  # type: ignore[method-assign]  # the last moment before
    with pytest.raises(StalePlanError, match="ended meanwhile"):
        run_imports.apply(manager, source)
    assert [run["end_reason"] for run in stored(dataset)] == ["abandoned"]
    assert bring_in(manager, later).new == 1


def test_whatever_a_file_says_its_runs_are_imports(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", [run_of("a", source="sample"), open_run("b", source="app")]))
    assert {run["source"] for run in stored(dataset)} == {"import"}


def test_the_store_is_the_one_that_knows_the_scenario(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    with manager.desk.engine.begin() as connection:
        connection.execute(sa.insert(RECORDS).values(scenario_id="custom_gone", version=1, deleted_at=STARTED))
    runs = [
        run_of("a", scenario_id="two", store="custom"),
        run_of("b", scenario_id="custom_gone", store=None),
        run_of("c", scenario_id="unknown", store="custom"),
        run_of("d", scenario_id="unknown", store="elsewhere"),
        run_of("e", scenario_id=None, store=None),
    ]
    done = bring_in(manager, json_lines(tmp_path / "runs.jsonl", runs))
    assert [run["store"] for run in stored(dataset)] == ["production", "custom", "custom", None, None]
    assert (done.without_scenario, done.unknown_scenarios, done.unknown_count) == (1, {"unknown": 2}, 2)


def test_users_become_the_pseudonyms_that_the_recorder_gives(
    manager: Steward, dataset: Dataset, tmp_path: Path
) -> None:
    records: list[dict[str, Any]] = [{"run_id": name, "user": user} for name, user in (("a", 7), ("b", "Ada Lovelace"))]
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", records))
    pq.write_table(pa.table({"run_id": ["c", "d"], "user": [7.0, None]}), tmp_path / "runs.parquet")
    bring_in(manager, tmp_path / "runs.parquet")
    (tmp_path / "runs.csv").write_text("run_id,user,learner\ne,7,\nf,x," + LEARNER + "\ng,,\n")
    bring_in(manager, tmp_path / "runs.csv")
    with manager.desk.engine.connect() as connection:
        key = pseudonym_key(connection)
    seven = pseudonym(key, 7)
    expected = [seven, pseudonym(key, "Ada Lovelace"), seven, None, seven, LEARNER, None]
    assert [run["learner"] for run in stored(dataset)] == expected
    assert not any(b"Lovelace" in file.read_bytes() for file in dataset.folder.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"run_id": ""}, "run_id"),
        ({"run_id": "x" * 101}, "run_id"),
        ({"run_id": "nul\x00"}, "run_id"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "infinity"}, "started_at"),
        ({"started_at": "0001-01-01"}, "started_at"),
        ({"ended_at": "2026-02-30T00:00:00Z"}, "ended_at"),
        ({"ended_at": "2026-03-01T09:29:59Z"}, "ended_at"),
        ({"end_reason": "bored"}, "end_reason"),
        ({"end_reason": None}, "end_reason"),
        ({"ended_at": None}, "ended_at"),
        ({"success_rate": 1.01}, "success_rate"),
        ({"success_rate": -0.01}, "success_rate"),
        ({"completion_score": 101}, "completion_score"),
        ({"phases_completed": 3}, "phases_completed"),
        ({"phases_completed": -1}, "phases_completed"),
        ({"minutes": -1}, "minutes"),
        ({"learner": "Ada"}, "learner"),
        ({"learner": "0123456789ABCDEF"}, "learner"),
        ({"phase_seconds": [-1.0]}, "phase_seconds"),
        ({"scenario_id": "s" * 256}, "scenario_id"),
        ({"language": "l" * 36}, "language"),
    ],
)  # fmt: skip
def test_each_broken_rule_is_told_with_its_record_its_line_and_its_field(
    local: Steward, tmp_path: Path, fields: dict[str, Any], pointer: str
) -> None:
    dataset = run_imports.dataset_of(local)
    path = json_lines(tmp_path / "runs.jsonl", [run_of("good"), {**run_of("bad"), **fields}])
    planned = look_at(local, path)
    assert [(fault.pointer, "line 2" in fault.actual) for fault in planned.faults] == [(f"/2/{pointer}", True)]
    assert (planned.fault_count, planned.faulty, planned.new) == (1, 1, 1)
    with pytest.raises(InvalidRunsError):
        bring_in(local, path)
    assert stored(dataset) == []
    assert bring_in(local, path, leave_out_faulty=True).new == 1
    assert [run["run_id"] for run in stored(dataset)] == ["good"]


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("name", ["minutes", "success_rate", "completion_score"])
def test_numbers_that_are_none_are_refused(local: Steward, tmp_path: Path, number: str, name: str) -> None:
    planned = look_at(local, parquet(tmp_path / "runs.parquet", [run_of("a", **{name: float(number)})]))
    assert [fault.pointer for fault in planned.faults] == [f"/1/{name}"]
    (tmp_path / "runs.csv").write_text(f"run_id,{name}\na,{number}\n")
    assert [fault.pointer for fault in look_at(local, tmp_path / "runs.csv").faults] == [f"/1/{name}"]


def test_a_wrong_type_is_told_with_its_line(local: Steward, tmp_path: Path) -> None:
    lines = [
        '{"run_id": "a"}',
        '{"run_id": 5}',
        "",
        '{"run_id": "b", "vocabulary": ["x", 1]}',
        "{",
        '{"started_at": null}',
    ]
    (tmp_path / "runs.jsonl").write_text("\n".join(lines))
    planned = look_at(local, tmp_path / "runs.jsonl")
    assert [fault.pointer for fault in planned.faults] == ["/2/run_id", "/3/vocabulary/1", "/4", "/5"]
    assert [fault.actual[-9:] for fault in planned.faults] == ["in line 2", "in line 4", "in line 5", "in line 6"]
    assert (planned.records, planned.faulty, planned.new) == (5, 4, 1)


def test_cells_and_lines_of_csv_are_counted_as_an_editor_does(local: Steward, tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "runs.csv",
        f'a,"a name\nof two lines",{LEARNER},2026-01-01T10:00,2026-01-01 10:10:00+02:00,completed,"[""x""]",.5',
        "",
        "b,,,,,,[1],",
        "c,,,,,,,",
        "d,too,few",
        "e,,,,,,,half",
    )
    planned = look_at(local, path)
    assert [(fault.pointer, fault.actual.rpartition(" line ")[2]) for fault in planned.faults] == [
        ("/1/ended_at", "2"),
        ("/2/vocabulary", "5"),
        ("/4", "7"),
        ("/5/success_rate", "8"),
    ]
    assert (planned.records, planned.new) == (5, 1)


def test_bytes_that_are_no_utf_8_are_a_fault_of_their_record(local: Steward, tmp_path: Path) -> None:
    for name, data in (("runs.csv", b"run_id\na\n\xff\nb\n"), ("runs.jsonl", b'{"run_id": "a"}\n{"run_id": "\xff"}\n')):
        (tmp_path / name).write_bytes(data)
        assert [(fault.pointer, fault.expected) for fault in look_at(local, tmp_path / name).faults] == [
            ("/2", "UTF-8")
        ]


def test_a_run_id_that_stands_twice_is_a_fault_of_the_later_record(local: Steward, tmp_path: Path) -> None:
    dataset = run_imports.dataset_of(local)
    path = json_lines(tmp_path / "runs.jsonl", [run_of("a"), run_of("b"), run_of("a", success_rate=0.1)])
    planned = look_at(local, path)
    assert [(fault.pointer, fault.expected) for fault in planned.faults] == [
        ("/3/run_id", "a run_id of its own, since record 1 has this one")
    ]
    done = bring_in(local, path, leave_out_faulty=True)
    assert (done.new, done.faulty) == (2, 1)
    assert [run["success_rate"] for run in stored(dataset)] == [0.75, 0.75]


def test_only_the_first_hundred_faults_are_told_and_all_are_counted(local: Steward, tmp_path: Path) -> None:
    planned = look_at(local, json_lines(tmp_path / "r.jsonl", [run_of(f"r{n}", minutes=-1) for n in range(150)]))
    assert (len(planned.faults), planned.fault_count, planned.new) == (100, 150, 0)


def test_unknown_columns_are_an_error_unless_they_are_ignored(local: Steward, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("run_id,mood\na,good\n")
    pq.write_table(pa.table({"run_id": ["b"], "mood": ["good"], "record": [9]}), tmp_path / "runs.parquet")
    for name in ("runs.csv", "runs.parquet"):
        with pytest.raises(InvalidRunsError, match=r"/mood: expected one of the columns run_id, scenario_id"):
            look_at(local, tmp_path / name)
        assert look_at(local, tmp_path / name, ignore_unknown=True).new == 1
    json_lines(tmp_path / "runs.jsonl", [{"run_id": "c", "mood": "good"}])
    assert "unknown field `mood`" in look_at(local, tmp_path / "runs.jsonl").faults[0].actual
    assert look_at(local, tmp_path / "runs.jsonl", ignore_unknown=True).new == 1


def test_columns_of_an_unusable_type_are_an_error(local: Steward, tmp_path: Path) -> None:
    pq.write_table(pa.table({"run_id": ["b"], "started_at": [5], "vocabulary": ["x"]}), tmp_path / "runs.parquet")
    with pytest.raises(InvalidRunsError) as caught:
        look_at(local, tmp_path / "runs.parquet")
    assert [fault.pointer for fault in caught.value.faults] == ["/started_at", "/vocabulary"]


def test_files_that_are_not_of_their_form_are_refused(local: Steward, tmp_path: Path) -> None:
    dataset = run_imports.dataset_of(local)
    (tmp_path / "runs.parquet").write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(InvalidRunsError, match="readable Parquet file"):
        look_at(local, tmp_path / "runs.parquet")
    good = parquet(tmp_path / "cut.parquet", [run_of(f"r{n}") for n in range(1000)])
    data = bytearray(good.read_bytes())
    data[10:3000] = bytes(2990)
    good.write_bytes(data)
    with pytest.raises(InvalidRunsError):
        bring_in(local, good)
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(InvalidRunsError, match="run_id"):
        look_at(local, tmp_path / "empty.csv")
    with pytest.raises(InvalidQueryError, match="form"):
        run_imports.file_source(tmp_path / "runs.xlsx")
    with pytest.raises(InvalidRunsError, match=r"missing\.csv: No such file"):
        look_at(local, tmp_path / "missing.csv")
    assert (stored(dataset), count(local, RUN_BATCHES), list(dataset.folder.glob("staging-*"))) == ([], 0, [])


def test_moments_without_a_zone_are_utc(local: Steward, tmp_path: Path) -> None:
    dataset = run_imports.dataset_of(local)
    json_lines(tmp_path / "a.jsonl", [{"run_id": "a", "started_at": "2026-01-31 23:30:00"}])
    json_lines(tmp_path / "b.jsonl", [{"run_id": "b", "started_at": "2026-02-01T01:30:00+02:00"}])
    pq.write_table(pa.table({"run_id": ["c"], "started_at": [datetime(2026, 1, 31, 23, 30)]}), tmp_path / "c.parquet")  # noqa: DTZ001 - without a zone, that is the point
    pq.write_table(
        pa.table({"run_id": ["d"], "started_at": pa.array([1769902200000], pa.timestamp("ms", "Asia/Tokyo"))}),
        tmp_path / "d.parquet",
    )
    for name in ("a.jsonl", "b.jsonl", "c.parquet", "d.parquet"):
        bring_in(local, tmp_path / name)
    assert {run["started_at"] for run in stored(dataset)} == {datetime(2026, 1, 31, 23, 30, tzinfo=UTC)}


def test_files_lie_by_the_month_of_their_starts_and_in_the_order_of_time(local: Steward, tmp_path: Path) -> None:
    dataset = run_imports.dataset_of(local)
    starts = [
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
        datetime(2026, 1, 2, tzinfo=UTC),
    ]
    runs = [run_of(f"r{n}", started_at=start, ended_at=start) for n, start in enumerate(starts)]
    bring_in(local, json_lines(tmp_path / "runs.jsonl", [*runs, run_of("none", started_at=None)]))
    months = {}
    for file in dataset.files():
        rows = pq.ParquetFile(dataset.path_of(file)).read().to_pylist()
        months[file.path.split("/")[1]] = [row["run_id"] for row in rows]
    assert months == {"month=2026-01": ["r2", "r1"], "month=2026-02": ["r0"], "month=none": ["none"]}


@pytest.mark.slow
@pytest.mark.parametrize("in_order", [True, False])
def test_large_files_are_parted_by_month_whatever_their_order(
    sqlite_engine: sa.Engine,
    manager: Steward,
    tmp_path: Path,
    in_order: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    number = 250_000
    step = 14_700_000_000 if in_order else 14_700_000_000 * 104_729
    whole = number * 14_700_000_000
    base = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
    starts = pa.array([base + step * n % whole // 100 for n in range(number)], pa.timestamp("us"))
    table = pa.table({"run_id": [f"r{n}" for n in range(number)], "started_at": starts, "ended_at": starts,
                      "end_reason": ["completed"] * number})  # fmt: skip
    pq.write_table(table, tmp_path / "runs.parquet", row_group_size=20_000)
    other = elsewhere(manager, sqlite_engine, tmp_path / "other")
    assert bring_in(other, tmp_path / "runs.parquet").new == number
    dataset = run_imports.dataset_of(other)
    held = 0
    for file in dataset.files():
        runs = pq.ParquetFile(dataset.path_of(file)).read(["started_at"])["started_at"].to_pylist()
        assert {f"month={start:%Y-%m}" for start in runs} == {file.path.split("/")[1]}
        held += len(runs)
    assert held == number


def test_an_import_is_listed_and_audited_with_its_files(manager: Steward, tmp_path: Path) -> None:
    done = bring_in(manager, json_lines(tmp_path / "runs.jsonl", [run_of("a"), open_run("b")]))
    [listed] = run_imports.applied(manager)
    assert (listed.import_id, listed.form, listed.name, listed.digest) == (
        done.import_id,
        "jsonl",
        "runs.jsonl",
        done.digest,
    )
    assert (listed.added, listed.known, listed.faulty, listed.actor_id) == (2, 0, 0, 1)
    with manager.desk.engine.connect() as connection:
        assert connection.scalars(sa.select(RUN_FILES.c.import_id)).all() == [done.import_id]
        detail = connection.scalars(sa.select(AUDIT.c.detail).where(AUDIT.c.operation == "import_runs")).one()
    assert (detail["import_id"], detail["added"]) == (done.import_id, 2)


def test_a_database_that_fails_at_the_end_leaves_nothing(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    """A row that another program put there has the id of an open run: the last statement of the import fails."""
    path = json_lines(tmp_path / "runs.jsonl", [run_of("a"), open_run("b")])
    source = run_imports.file_source(path)

    def take_the_id() -> bool:
        with manager.desk.engine.begin() as connection:
            connection.execute(sa.insert(RUNS).values(run_id="b", source="app"))
        return True

    source.is_unchanged = take_the_id  # type: ignore[method-assign]  # the last moment before the transaction
    with pytest.raises(DatabaseError):
        run_imports.apply(manager, source)
    assert [run["run_id"] for run in stored(dataset)] == ["b"]
    assert (count(manager, RUN_IMPORTS), count(manager, RUN_FILES)) == (0, 0)
    with dataset.writing():
        assert list(dataset.folder.rglob("*.parquet")) == []


def test_a_file_that_changes_while_it_is_read_is_not_imported(
    manager: Steward, dataset: Dataset, tmp_path: Path
) -> None:
    path = json_lines(tmp_path / "runs.jsonl", [run_of("a")])
    source = run_imports.file_source(path)
    read = source.read

    def read_and_change(*arguments: Any) -> Any:
        path.write_text(path.read_text() + "\n")
        return read(*arguments)

    source.read = read_and_change  # type: ignore[assignment,method-assign]  # another program writes just then
    with pytest.raises(StalePlanError, match="changed while it was read"):
        run_imports.apply(manager, source)
    assert stored(dataset) == []


def test_whoever_stops_an_import_gets_nothing_of_it(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    path = parquet(tmp_path / "runs.parquet", [run_of(f"r{n}") for n in range(50)])

    class StoppedError(Exception):
        pass

    def stop() -> bool:
        raise StoppedError

    bring_in(manager, json_lines(tmp_path / "before.jsonl", [run_of("before")]))
    source = run_imports.file_source(path)
    source.is_unchanged = stop  # type: ignore[method-assign]  # as late as can be
    with pytest.raises(StoppedError):
        run_imports.apply(manager, source)
    assert [run["run_id"] for run in stored(dataset)] == ["before"]
    assert list(dataset.folder.glob("staging-*")) == []


def test_only_those_who_may_manage_runs_import_and_export(manager: Steward, tmp_path: Path) -> None:
    author = Steward(manager.desk, Person(9, frozenset({Role.AUTHOR})))
    path = json_lines(tmp_path / "runs.jsonl", [run_of("a")])
    with pytest.raises(PermissionDeniedError):
        look_at(author, path)
    with pytest.raises(PermissionDeniedError):
        bring_in(author, path)
    with pytest.raises(PermissionDeniedError):
        run_imports.applied(author)
    with pytest.raises(PermissionDeniedError):
        run_imports.export(author, Form.CSV, tmp_path / "out.csv")
    analyst = Steward(manager.desk, Person(9, frozenset({Role.ANALYST})))
    assert bring_in(analyst, path).new == 1


def test_a_plan_changes_nothing(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    planned = look_at(manager, json_lines(tmp_path / "runs.jsonl", [run_of("a"), open_run("b")]))
    assert (planned.new, planned.open, planned.import_id) == (2, 1, None)
    assert (stored(dataset), count(manager, RUN_IMPORTS), count(manager, RUN_BATCHES)) == ([], 0, 0)


def test_a_file_with_an_odd_name_is_read(local: Steward, tmp_path: Path) -> None:
    folder = tmp_path / "month=2020-01" / "it's [new] *"
    folder.mkdir(parents=True)
    assert bring_in(local, parquet(folder / "runs?.parquet", [run_of("a")])).new == 1


def test_exports_hold_a_period_and_no_sample(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    later = datetime(2026, 4, 1, tzinfo=UTC)
    runs = [run_of("a"), run_of("b", started_at=later, ended_at=later), open_run("c", started_at=later)]
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", runs))
    with manager.desk.engine.begin() as connection:
        connection.execute(sa.insert(RUNS).values(run_id="s", source="sample", started_at=later))
    assert run_imports.export(manager, Form.JSONL, tmp_path / "out.jsonl") == 3
    assert run_imports.export(manager, Form.JSONL, tmp_path / "out.jsonl", since=later) == 2
    assert run_imports.export(manager, Form.JSONL, tmp_path / "out.jsonl", until=later) == 1
    assert [json.loads(line)["run_id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == ["a"]
    with pytest.raises(DatasetError, match="among the files of runs"):
        run_imports.export(manager, Form.JSONL, dataset.folder / "runs" / "x.jsonl")


def test_a_spreadsheet_takes_no_exported_text_for_a_formula(local: Steward, tmp_path: Path) -> None:
    runs = [run_of("=1+1"), run_of("'=2"), run_of("-x", scenario_id="@a"), run_of("'plain")]
    bring_in(local, parquet(tmp_path / "runs.parquet", runs))
    run_imports.export(local, Form.CSV, tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["''=2", "'-x", "'=1+1", "'plain"]
    assert look_at(local, tmp_path / "out.csv").known == 4
    assert look_at(local, tmp_path / "out.csv").differing == 0


@given(st.text(max_size=20))
def test_a_shielded_cell_gives_its_text_back(text: str) -> None:
    assert bare(shielded(text)) == text


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis takes the zone apart
ANY_RUN = st.fixed_dictionaries(
    {
        "run_id": TEXTS | st.uuids().map(str),
        "scenario_id": st.sampled_from(["one", "two", None, "häuser/ö ?"]),
        "learner": st.sampled_from([LEARNER, "f" * 16, None]),
        "language": st.sampled_from(["en", "pt-BR", None]),
        "started_at": MOMENTS | st.none(),
        "last_phase": TEXTS | st.none(),
        "total_phases": st.integers(5, 2**31 - 1) | st.none(),
        "phases_completed": st.integers(0, 5) | st.none(),
        "phase_seconds": st.lists(st.floats(0, 1e6), max_size=3) | st.none(),
        "minutes": st.floats(0, 1e6) | st.none(),
        "vocabulary": st.lists(TEXTS | st.just(""), max_size=3) | st.none(),
        "objectives": st.lists(TEXTS, max_size=2) | st.none(),
        "success_rate": st.floats(0, 1) | st.none(),
        "completion_score": st.floats(0, 100) | st.none(),
        "end_reason": st.sampled_from(["completed", "abandoned", "terminated", None]),
        "seconds": st.integers(0, 999_999),
        "finished_only": st.booleans(),
    }
)


def consistent(run: dict[str, Any]) -> dict[str, Any]:
    seconds = run.pop("seconds")
    ended = None
    if run["end_reason"]:
        start = run["started_at"] or STARTED
        ended = start.replace(year=start.year + 1, month=1, day=1, microsecond=seconds)
    store = "production" if run["scenario_id"] in {"one", "two"} else None
    return run_of(run.pop("run_id"), **run, ended_at=ended, store=store)


@pytest.mark.slow
@pytest.mark.parametrize("form", [Form.CSV, Form.JSONL, Form.PARQUET, Form.XAPI])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(ANY_RUN, max_size=6, unique_by=lambda run: str(run["run_id"])))
def test_what_is_exported_comes_in_as_it_was(
    form: Form,
    steward: Steward,
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[dict[str, Any]],
) -> None:
    folder = tmp_path_factory.mktemp("round")
    runs = [consistent(dict(each)) for each in drawn]
    for run in runs:
        run["store"] = None
    with migrated(f"sqlite:///{folder / 'a.db'}") as first, migrated(f"sqlite:///{folder / 'b.db'}") as second:
        here, there = elsewhere(steward, first, folder / "a"), elsewhere(steward, second, folder / "b")
        bring_in(here, parquet(folder / "in.parquet", runs))
        before = stored(run_imports.dataset_of(here))
        assert before == sorted(runs, key=lambda run: str(run["run_id"]))
        run_imports.export(here, form, folder / f"out.{form}")
        done = bring_in(there, folder / f"out.{form}", form)
        assert done.faults == ()
        assert stored(run_imports.dataset_of(there)) == before


def test_the_documented_columns_are_those_that_are_read() -> None:
    fields = {field.name for field in dataclasses.fields(ImportPlan)}
    assert {"new", "known", "closed", "differing"} <= fields
    assert "user" not in COLUMNS


INTERRUPTED = """
import sys
from pathlib import Path
from scenario_core.cli import main
main(["usage", "import", sys.argv[1]])
"""


@pytest.mark.slow
def test_ctrl_c_ends_an_import_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    number = 2_000_000
    ids = pa.array([f"run-{n}" for n in range(number)])
    pq.write_table(pa.table({"run_id": ids}), tmp_path / "runs.parquet")
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "runs.parquet")]
    with subprocess.Popen(command, cwd=tmp_path, env={"PYTHONPATH": str(root), "PATH": ""}) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("data/usage/staging-*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) != 0
    assert list(tmp_path.glob("data/usage/staging-*")) == []
    assert json.loads(run("usage", "imports", "--json")[1]) == []


def test_the_commands_plan_import_list_and_export(run: Run, tmp_path: Path) -> None:
    json_lines(tmp_path / "runs.jsonl", [run_of("a", scenario_id="hotel_check_in"), run_of("b", minutes=-1)])
    code, out, _ = run("usage", "import", "runs.jsonl", "--plan")
    assert (code, "/2/minutes: expected" in out) == (1, True)
    code, _, errors = run("usage", "import", "runs.jsonl")
    assert (code, "/2/minutes" in errors, "Nothing was imported" in errors) == (2, True, True)
    code, out, _ = run("usage", "import", "runs.jsonl", "--leave-out-faulty", "--json")
    assert (code, json.loads(out)["new"], json.loads(out)["faulty"]) == (0, 1, 1)
    assert run("usage", "import", "runs.jsonl")[0] == 0
    assert [each["name"] for each in json.loads(run("usage", "imports", "--json")[1])] == ["runs.jsonl"]
    assert "runs.jsonl" in run("usage", "imports")[1]
    code, out, _ = run("usage", "export", "--form", "csv")
    assert (code, out.splitlines()[1].startswith("a,hotel_check_in,production,")) == (0, True)
    assert run("usage", "export", "--output", "out.parquet")[0] == 0
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 1
    assert run("usage", "import", "out.parquet", "--plan")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("import",),
        ("import", "runs.jsonl", "--from-app"),
        ("import", "runs.jsonl", "--database-url", "sqlite:///x.db"),
        ("import", "runs.txt"),
        ("import", "missing.csv"),
        ("export",),
        ("export", "--output", "data/scenarios/scenarios.json", "--form", "jsonl"),
        ("export", "--output", "data/usage/x.csv"),
    ],
)
def test_commands_that_make_no_sense_say_so(run: Run, arguments: tuple[str, ...]) -> None:
    code, _, errors = run("usage", *arguments)
    assert code == 2
    assert "error: " in errors
