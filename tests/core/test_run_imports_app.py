from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.custom.usage_tables import RUNS
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.imports import ImportPlan
from scenario_core.usage.learners import pseudonym, pseudonym_key
from tests.core.calling import Run
from tests.core.run_examples import stored

HISTORY = """CREATE TABLE scenario_progress_history (id {key} PRIMARY KEY, user_id {user}, scenario_id VARCHAR(100),
progress_id VARCHAR(100), started_at TEXT, completed_at TEXT, duration_minutes REAL, phases_completed INTEGER,
total_phases INTEGER, vocabulary_mastered TEXT, objectives_completed TEXT, success_rate REAL, completion_score REAL)"""
SESSIONS = """CREATE TABLE learning_sessions (id INTEGER PRIMARY KEY, user_id INTEGER, session_type TEXT,
source_id TEXT, language TEXT, started_at TEXT, ended_at TEXT, duration_seconds INTEGER, accuracy REAL)"""
OLDER_SESSIONS = """CREATE TABLE learning_sessions (session_id TEXT, user_id INTEGER, session_type TEXT,
scenario_id TEXT, language_code TEXT, started_at TEXT, ended_at TEXT, duration_minutes REAL,
accuracy_percentage REAL)"""


@pytest.fixture
def connection(manager: Steward) -> Iterator[sa.Connection]:
    """Statements that another program makes, each for itself."""
    with manager.desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT", sqlite_begin="") as made:
        yield made


def put(connection: sa.Connection, table: str, *rows: dict[str, Any]) -> None:
    for row in rows:
        connection.execute(sa.insert(sa.table(table, *map(sa.column, row))).values(row))


def bring_in(manager: Steward) -> ImportPlan:
    with run_imports.app_source(manager) as source:
        planned = run_imports.plan(manager, source)
    with run_imports.app_source(manager) as source:
        done = run_imports.apply(manager, source)
    assert (done.new, done.notes, done.known) == (planned.new, planned.notes, planned.known)
    return done


def make_history(connection: sa.Connection, user: str = "INTEGER") -> None:
    key = "SERIAL" if connection.dialect.name == "postgresql" else "INTEGER"
    connection.exec_driver_sql(HISTORY.format(user=user, key=key))


def finished(progress_id: str | None, **fields: Any) -> dict[str, Any]:
    return {
        "user_id": 7,
        "scenario_id": "one",
        "progress_id": progress_id,
        "started_at": "2025-12-20 14:46:22",
        "completed_at": "2025-12-20T15:01:22+00:00",
        "duration_minutes": 15,
        "phases_completed": 4,
        "total_phases": 4,
        "vocabulary_mastered": '["menu", "bill"]',
        "objectives_completed": "[]",
        "success_rate": 0.5,
        "completion_score": 90,
        **fields,
    }


def session(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "user_id": 7,
        "session_type": "scenario",
        "source_id": "two",
        "language": "de",
        "started_at": "2026-01-01 10:00:00",
        "ended_at": "2026-01-01 10:10:00",
        "duration_seconds": 600,
        **fields,
    }


def key_of(manager: Steward) -> str:
    with manager.desk.engine.connect() as connection:
        return pseudonym_key(connection)


def test_finished_runs_come_in_by_pseudonym_and_say_that_they_are_finished_ones_only(
    manager: Steward, dataset: Dataset, connection: sa.Connection
) -> None:
    make_history(connection)
    put(connection, "scenario_progress_history", finished("p-a1"))
    assert bring_in(manager).new == 1
    [run] = stored(dataset)
    assert (run["run_id"], run["finished_only"], run["end_reason"]) == ("sph-p-a1", True, "completed")
    assert run["learner"] == pseudonym(key_of(manager), 7)
    assert run["started_at"] == datetime(2025, 12, 20, 14, 46, 22, tzinfo=UTC)
    assert run["ended_at"] == datetime(2025, 12, 20, 15, 1, 22, tzinfo=UTC)
    assert (run["minutes"], run["vocabulary"], run["success_rate"]) == (15.0, ["menu", "bill"], 0.5)
    assert (run["store"], run["source"]) == ("production", "import")


def test_dirty_rows_are_kept_and_what_cannot_be_read_is_counted(
    manager: Steward, dataset: Dataset, connection: sa.Connection
) -> None:
    make_history(connection, "TEXT")
    put(
        connection,
        "scenario_progress_history",
        finished("p-a", user_id="gone@example.org", scenario_id="nowhere", success_rate=85),
        finished("p-b", scenario_id="", started_at="once", completed_at=None, vocabulary_mastered="[menu"),
        finished("p-c", scenario_id=None, user_id=None, completion_score=-1, duration_minutes=0),
        finished(None, phases_completed=-2, duration_minutes=-5),
    )
    done = bring_in(manager)
    assert (done.new, done.fault_count, done.without_scenario, done.unknown_scenarios) == (4, 0, 2, {"nowhere": 1})
    assert dict(done.notes) == {
        "success rates outside 0 to 1, left empty": 1,
        "starts that can't be read, left empty": 1,
        "vocabularies that are no JSON list, left empty": 1,
        "completion scores outside 0 to 100, left empty": 1,
        "numbers of phases below 0, left empty": 1,
        "durations below 0, left empty": 1,
    }
    runs = {run["run_id"]: run for run in stored(dataset)}
    assert (runs["sph-p-b"]["started_at"], runs["sph-p-b"]["ended_at"], runs["sph-p-b"]["vocabulary"]) == (
        None,
        None,
        [],
    )
    assert runs["sph-p-a"]["learner"] == pseudonym(key_of(manager), "gone@example.org")
    assert runs["sph-p-c"]["minutes"] == 0


def test_the_same_database_again_adds_only_what_is_new(
    manager: Steward, dataset: Dataset, connection: sa.Connection
) -> None:
    make_history(connection)
    put(connection, "scenario_progress_history", finished("p-a"), finished(None), finished("p-a", completion_score=1))
    assert bring_in(manager).new == 3
    with run_imports.app_source(manager) as source:
        assert run_imports.apply(manager, source).imported_at is not None
    put(connection, "scenario_progress_history", finished("p-b"))
    done = bring_in(manager)
    assert (done.new, done.known, done.differing) == (1, 3, 0)
    assert len(stored(dataset)) == 4


def test_no_run_id_tells_the_number_of_a_user(manager: Steward, dataset: Dataset, connection: sa.Connection) -> None:
    make_history(connection)
    put(connection, "scenario_progress_history", finished("progress_4711_one", user_id=4711))
    bring_in(manager)
    [run] = stored(dataset)
    assert "4711" not in json.dumps(run, default=str)


def test_sessions_of_scenarios_come_in_open_or_ended_in_a_way_that_claims_nothing(
    manager: Steward, dataset: Dataset, connection: sa.Connection
) -> None:
    connection.exec_driver_sql(SESSIONS)
    put(
        connection,
        "learning_sessions",
        session(1, accuracy=0.4),
        session(2, session_type="role_play", ended_at=None, accuracy=1),
        session(3, session_type="flashcards"),
        session(4, session_type="Conversation practice", ended_at="later", source_id="", accuracy=7),
    )
    done = bring_in(manager)
    assert (done.new, done.open) == (3, 1)
    assert done.notes["sessions of other things than scenarios, left out"] == 1
    first, second, fourth = stored(dataset)
    assert (first["run_id"], first["end_reason"], first["minutes"], first["language"]) == (
        "ls-1",
        "terminated",
        10,
        "de",
    )
    assert (second["end_reason"], second["finished_only"]) == (None, False)
    assert (fourth["end_reason"], fourth["ended_at"], fourth["scenario_id"]) == ("terminated", None, None)
    with manager.desk.engine.connect() as reader:
        assert reader.scalars(sa.select(RUNS.c.run_id)).all() == ["ls-2"]


def test_a_table_of_another_shape_is_read_too(manager: Steward, dataset: Dataset, connection: sa.Connection) -> None:
    connection.exec_driver_sql(OLDER_SESSIONS)
    row = {
        "session_id": "abc",
        "user_id": 7,
        "session_type": "scenario",
        "scenario_id": "two",
        "language_code": "fr",
        "started_at": "2026-01-01T10:00:00Z",
        "ended_at": "2026-01-01T10:10:00Z",
        "duration_minutes": 9.5,
        "accuracy_percentage": 1,
    }
    put(connection, "learning_sessions", row)
    bring_in(manager)
    [run] = stored(dataset)
    assert (run["run_id"], run["scenario_id"], run["language"], run["minutes"]) == ("ls-abc", "two", "fr", 9.5)
    assert run["success_rate"] == 0.01


@pytest.mark.parametrize(
    ("accuracies", "rates"),
    [([0.5, 1], [0.5, 1]), ([50, 1], [0.5, 0.01]), ([1, 0], [None, None]), ([80, 300], [0.8, None])],
)
def test_an_accuracy_is_read_only_where_its_scale_is_clear(
    manager: Steward, dataset: Dataset, connection: sa.Connection, accuracies: list[float], rates: list[float | None]
) -> None:
    connection.exec_driver_sql(SESSIONS)
    put(connection, "learning_sessions", *(session(number, accuracy=each) for number, each in enumerate(accuracies)))
    bring_in(manager)
    assert [run["success_rate"] for run in stored(dataset)] == rates


def test_a_finished_run_and_its_session_are_one_run(
    manager: Steward, dataset: Dataset, connection: sa.Connection
) -> None:
    connection.exec_driver_sql(SESSIONS)
    make_history(connection)
    same = {"source_id": "one", "started_at": "2025-12-20T14:46:22.5Z"}
    put(connection, "learning_sessions", session(1, **same, ended_at=None), session(2))
    assert bring_in(manager).open == 1
    put(connection, "scenario_progress_history", finished("p-a"))
    done = bring_in(manager)
    assert (done.closed, done.new, done.known) == (1, 0, 1)
    first, second = stored(dataset)
    assert (first["run_id"], first["end_reason"], first["finished_only"], first["success_rate"]) == (
        "ls-1",
        "completed",
        False,
        0.5,
    )
    assert second["run_id"] == "ls-2"
    assert done.notes["sessions that a finished run tells more of, counted once"] == 1


def test_rows_that_stand_there_twice_are_one_run(manager: Steward, dataset: Dataset, connection: sa.Connection) -> None:
    make_history(connection)
    put(connection, "scenario_progress_history", finished("p-a"), finished("p-a"), finished("p-b"), finished("p-a"))
    done = bring_in(manager)
    assert (done.new, done.notes["rows that stand there twice, counted once"]) == (2, 2)
    assert [run["run_id"] for run in stored(dataset)] == ["sph-p-a", "sph-p-b"]


def test_what_the_app_writes_while_it_is_read_comes_in_with_the_next_import(
    manager: Steward, dataset: Dataset, connection: sa.Connection
) -> None:
    """A session and what was finished of it appear at once: seen by halves, they would be two runs."""
    connection.exec_driver_sql(SESSIONS)
    make_history(connection)
    put(connection, "scenario_progress_history", finished("p-a"), finished("p-b", user_id=8))
    written: list[str | int] = []

    def meanwhile(user: str | int) -> str:
        if not written:
            put(connection, "learning_sessions", session(1, source_id="one", started_at="2026-05-05 10:00:00"))
            put(connection, "scenario_progress_history", finished("p-c", started_at="2026-05-05 10:00:00"))
        written.append(user)
        return pseudonym(key_of(manager), user)

    with run_imports.app_source(manager) as source:
        read = source.read
        source.read = lambda folder, _, report: read(folder, meanwhile, report)  # type: ignore[method-assign, assignment]  # the app writes just then
        assert run_imports.apply(manager, source).new == 2
    assert written
    assert (bring_in(manager).new, len(stored(dataset))) == (1, 3)
    assert [run["run_id"] for run in stored(dataset)] == ["ls-1", "sph-p-a", "sph-p-b"]


def test_a_database_without_these_tables_has_nothing_to_import(manager: Steward, dataset: Dataset) -> None:
    assert bring_in(manager).is_empty
    assert stored(dataset) == []
    assert run_imports.applied(manager) == []


def test_users_of_another_database_are_other_people_unless_it_is_a_copy_of_the_desks_own(
    local: Steward, tmp_path: Path
) -> None:
    with local.desk.engine.begin() as own:
        make_history(own)
        put(own, "scenario_progress_history", finished("p-own"))
    with local.desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT", sqlite_begin="") as own:
        own.exec_driver_sql(f"VACUUM INTO '{tmp_path / 'copy.db'}'")
    other = sa.create_engine(f"sqlite:///{tmp_path / 'app.db'}")
    with other.begin() as connection:
        make_history(connection)
        put(connection, "scenario_progress_history", finished("p-other"))
    other.dispose()
    for url in (f"sqlite:///{tmp_path / 'copy.db'}", f"sqlite:///{tmp_path / 'app.db'}"):
        with run_imports.app_source(local, url) as source:
            assert run_imports.apply(local, source).new == 1
    learners = [run["learner"] for run in stored(local.desk.dataset)]
    assert learners == [pseudonym(key_of(local), "elsewhere 7"), pseudonym(key_of(local), 7)]


def test_the_command_reads_another_database_and_never_writes_to_it(run: Run, tmp_path: Path) -> None:
    other = sa.create_engine(f"sqlite:///{tmp_path / 'app.db'}")
    with other.begin() as connection:
        make_history(connection)
        put(connection, "scenario_progress_history", finished("p-a", scenario_id="hotel_check_in"))
    other.dispose()
    before = (tmp_path / "app.db").read_bytes()
    arguments = ("usage", "import", "--from-app", "--database-url", "sqlite:///app.db")
    assert "1 new runs" in run(*arguments, "--plan")[1]
    assert json.loads(run(*arguments, "--json")[1])["new"] == 1
    assert (tmp_path / "app.db").read_bytes() == before
    assert run("usage", "import", "--from-app")[0] == 0
    assert run("usage", "import", "--from-app", "--database-url", "sqlite:///no.db")[0] == 2
