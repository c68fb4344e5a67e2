"""Imports and exports of runs: all or nothing, once however often, and back again as they were."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from scenario_core.custom.tables import AUDIT, RECORDS
from scenario_core.custom.usage_tables import RUN_BATCHES, RUN_FILES, RUN_IMPORTS, RUNS
from scenario_core.errors import (
    DatabaseError,
    PermissionDeniedError,
    StalePlanError,
)
from scenario_core.people import Person, Role
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.compaction import compact
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.imports import Form
from scenario_core.usage.learners import learner_of, pseudonym, pseudonym_key
from tests.core.calling import Run
from tests.core.run_examples import (
    ENDED,
    LEARNER,
    STARTED,
    bring_in,
    count,
    elsewhere,
    json_lines,
    look_at,
    open_run,
    parquet,
    run_of,
    stored,
)
from tests.factories import migrated


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
            assert stored(other.desk.dataset) == runs, form


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


def test_users_of_files_become_pseudonyms_that_nobody_of_the_desk_has(
    manager: Steward, dataset: Dataset, tmp_path: Path
) -> None:
    """User 5 of another system is not person 5 of this database; in every file it is the same one."""
    records: list[dict[str, Any]] = [{"run_id": name, "user": user} for name, user in (("a", 7), ("b", "Ada Lovelace"))]
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", records))
    pq.write_table(pa.table({"run_id": ["c", "d"], "user": [7.0, None]}), tmp_path / "runs.parquet")
    bring_in(manager, tmp_path / "runs.parquet")
    (tmp_path / "runs.csv").write_text("run_id,user,learner\ne,7,\nf,x," + LEARNER + "\ng,,\n")
    bring_in(manager, tmp_path / "runs.csv")
    with manager.desk.engine.connect() as connection:
        key = pseudonym_key(connection)
        own = {learner_of(connection, user) for user in range(20)}
    seven = pseudonym(key, "elsewhere 7")
    assert seven not in own
    expected = [seven, pseudonym(key, "elsewhere Ada Lovelace"), seven, None, seven, LEARNER, None]
    assert [run["learner"] for run in stored(dataset)] == expected
    assert not any(b"Lovelace" in file.read_bytes() for file in dataset.folder.rglob("*") if file.is_file())


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
    dataset = other.desk.dataset
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


@pytest.mark.slow
def test_whoever_stops_an_import_while_it_writes_gets_nothing_of_it(local: Steward, tmp_path: Path) -> None:
    number = 1_000_000
    same = {"started_at": STARTED, "ended_at": ENDED, "end_reason": "completed"}
    ids = [f"run-{n}" for n in range(number)]
    table = pa.table({"run_id": ids, **{name: pa.repeat(pa.scalar(value), number) for name, value in same.items()}})
    pq.write_table(table, tmp_path / "runs.parquet", row_group_size=10_000)
    seen: list[float] = []

    class StoppedError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        seen.append(done / total)
        if done > total * 0.45:
            raise StoppedError

    with pytest.raises(StoppedError):
        bring_in(local, tmp_path / "runs.parquet", progress=stop)
    assert 0.45 < seen[-1] < 0.9
    assert stored(local.desk.dataset) == []
    assert [path.name for path in local.desk.dataset.folder.rglob("*")] == ["dataset.lock"]
    assert bring_in(local, tmp_path / "runs.parquet").new == number


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
