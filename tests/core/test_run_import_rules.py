"""What a record of a run must hold, and how what it lacks is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scenario_core.custom.usage_tables import RUN_BATCHES
from scenario_core.errors import (
    InvalidQueryError,
    InvalidRunsError,
)
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from tests.core.run_examples import (
    LEARNER,
    bring_in,
    count,
    csv_file,
    json_lines,
    look_at,
    parquet,
    run_of,
    stored,
)


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
    dataset = local.desk.dataset
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
    dataset = local.desk.dataset
    path = json_lines(tmp_path / "runs.jsonl", [run_of("a"), run_of("b"), run_of("a", success_rate=0.1)])
    planned = look_at(local, path)
    assert [(fault.pointer, fault.expected) for fault in planned.faults] == [
        ("/3/run_id", "a run_id of its own, since record 1 has this one")
    ]
    done = bring_in(local, path, leave_out_faulty=True)
    assert (done.new, done.faulty) == (2, 1)
    assert [run["success_rate"] for run in stored(dataset)] == [0.75, 0.75]


def test_only_the_first_ten_thousand_faults_are_told_and_all_are_counted(local: Steward, tmp_path: Path) -> None:
    planned = look_at(local, json_lines(tmp_path / "r.jsonl", [run_of(f"r{n}", minutes=-1) for n in range(10_050)]))
    assert (len(planned.faults), planned.fault_count, planned.new) == (10_000, 10_050, 0)
    assert planned.faults[-1].pointer == "/10000/minutes"


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
    dataset = local.desk.dataset
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
    dataset = local.desk.dataset
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
    dataset = local.desk.dataset
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
