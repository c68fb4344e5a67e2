"""Runs of scenarios that nobody knows are found wherever they lie: recorded, in files, in the existing app's tables."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from scenario_core import integrity
from scenario_core.bootstrap import Desk
from scenario_core.stewardship.steward import Steward
from tests.core.run_examples import bring_in, json_lines, open_run, run_of
from tests.factories import OWNER, builder, scenario_document

CODE = "IC118"


def checked(desk: Desk) -> integrity.Report:
    return integrity.run(desk.snapshot(), select=integrity.selection(only=[CODE]))


def told(desk: Desk) -> list[tuple[str | None, str]]:
    return [(finding.scenario_id, finding.actual) for finding in checked(desk).findings]


def put(desk: Desk, statement: str, *rows: dict[str, object]) -> None:
    with desk.engine.begin() as connection:
        if rows:
            connection.execute(sa.text(statement), rows)
        else:
            connection.exec_driver_sql(statement)


def test_recorded_and_compacted_runs_are_counted_together(desk: Desk, manager: Steward, tmp_path: Path) -> None:
    runs = [run_of("a", scenario_id="gone"), run_of("b", scenario_id="gone"), open_run("c", scenario_id="gone")]
    runs += [run_of("d"), run_of("e", scenario_id="renamed"), run_of("f", scenario_id=None)]
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", runs))
    assert told(desk) == [("gone", "3 runs"), ("renamed", "1 run")]
    bring_in(manager, json_lines(tmp_path / "more.jsonl", [run_of("g", scenario_id="gone")]))
    assert told(desk) == [("gone", "4 runs"), ("renamed", "1 run")]


def test_runs_of_a_custom_scenario_that_was_deleted_are_fine(desk: Desk, manager: Steward, tmp_path: Path) -> None:
    with builder(desk.engine) as service:
        deleted = service.create_scenario(OWNER, scenario_document(name="Short-lived")).scenario_id
        service.delete_scenario(deleted, OWNER, expected_version=1)
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", [run_of("a", scenario_id=deleted)]))
    assert told(desk) == []


def test_sample_runs_are_left_alone(desk: Desk, manager: Steward, tmp_path: Path) -> None:
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", [run_of("a", scenario_id="gone")]))
    assert told(desk) == [("gone", "1 run")]
    put(desk, "UPDATE scenario_desk_run_file SET is_sample = NOT is_sample")
    assert told(desk) == []


def test_the_existing_apps_own_records_are_looked_at_where_they_are(desk: Desk) -> None:
    assert told(desk) == []
    put(desk, "CREATE TABLE scenario_progress_history (user_id INTEGER, scenario_id VARCHAR(100))")
    put(desk, "CREATE TABLE learning_sessions (session_type TEXT, source_id TEXT)")
    named: list[dict[str, object]] = [{"name": name} for name in ("one", " gone ", "gone", "", None)]
    put(desk, "INSERT INTO scenario_progress_history (user_id, scenario_id) VALUES (1, :name)", *named)
    sessions: list[dict[str, object]] = [
        {"kind": kind, "name": name}
        for kind, name in (("scenario", "gone"), ("role_play", "two"), ("flashcards", "cards"), (None, "gone"))
    ]
    put(desk, "INSERT INTO learning_sessions (session_type, source_id) VALUES (:kind, :name)", *sessions)
    [finding] = checked(desk).findings
    assert (finding.scenario_id, finding.actual) == (
        "gone",
        "2 rows of scenario_progress_history, 1 row of learning_sessions",
    )


def test_sessions_of_another_shape_are_looked_at_too(desk: Desk) -> None:
    put(desk, "CREATE TABLE learning_sessions (session_type TEXT, scenario_id TEXT, source_id TEXT)")
    put(desk, "INSERT INTO learning_sessions VALUES ('scenario', NULL, 'gone'), ('scenario', 'lost', 'gone')")
    assert told(desk) == [("gone", "1 row of learning_sessions"), ("lost", "1 row of learning_sessions")]


def test_where_a_file_of_runs_is_lost_the_check_could_not_run(desk: Desk, manager: Steward, tmp_path: Path) -> None:
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", [run_of("a")]))
    assert checked(desk).not_run == ()
    for file in manager.desk.dataset.files():
        manager.desk.dataset.path_of(file).unlink()
    [failed] = checked(desk).not_run
    assert (failed.code, "can't be read" in failed.problem) == (CODE, True)
