"""The database itself refuses to change production's rows: plain SQL, on a fresh connection, without this project."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from scenario_core import mirror
from scenario_core.custom import protection
from scenario_core.custom.engine import session_factory, translated_errors
from scenario_core.custom.tables import MIRROR_CONTEXT, PhaseRow, ScenarioRow
from scenario_core.errors import ProtectedScenarioError
from scenario_core.mirror import Production
from tests.factories import OWNER, builder, scenario, scenario_document

SYSTEM, CUSTOM = "in_production", "custom_id"
COLUMNS = "scenario_id, title, category, difficulty, created_by, is_system_scenario, is_public"
PHASE_COLUMNS = "scenario_id, phase_number, phase_id, name"
SYS_ID = f"(SELECT id FROM scenarios WHERE scenario_id = '{SYSTEM}')"
OWN_ID = "(SELECT min(id) FROM scenarios WHERE NOT is_system_scenario)"
SYS_PHASE = f"(SELECT min(id) FROM scenario_phases WHERE scenario_id = {SYS_ID})"
OWN_PHASE = f"(SELECT min(id) FROM scenario_phases WHERE scenario_id = {OWN_ID})"

ATTACKS = {
    "update a system row": f"UPDATE scenarios SET title = 'x' WHERE scenario_id = '{SYSTEM}'",
    "update all rows": "UPDATE scenarios SET title = 'x'",
    "make a system row custom": "UPDATE scenarios SET is_system_scenario = {false} WHERE is_system_scenario",
    "make a custom row system": f"UPDATE scenarios SET is_system_scenario = {{true}} WHERE id = {OWN_ID}",
    "give a custom row a system row's id": f"UPDATE scenarios SET scenario_id = '{SYSTEM}' WHERE id = {OWN_ID}",
    "give a custom row a system row's number": f"UPDATE scenarios SET id = {SYS_ID} WHERE id = {OWN_ID}",
    "delete a system row": f"DELETE FROM scenarios WHERE scenario_id = '{SYSTEM}'",
    "delete all rows": "DELETE FROM scenarios",
    "insert a system row": f"INSERT INTO scenarios ({COLUMNS}) VALUES ('new', 't', 'travel', 'beginner', 0, {{true}}, {{true}})",
    "insert in conflict, updating": (
        f"INSERT INTO scenarios ({COLUMNS}) VALUES ('{SYSTEM}', 't', 'travel', 'beginner', 7, {{false}}, {{false}}) "
        "ON CONFLICT (scenario_id) DO UPDATE SET title = 'x'"
    ),
    "insert with a system row's number": (
        f"INSERT INTO scenarios (id, {COLUMNS}) VALUES ({SYS_ID}, 'new', 't', 'travel', 'beginner', 7, {{false}}, {{false}})"
    ),
    "update a system phase": f"UPDATE scenario_phases SET name = 'x' WHERE id = {SYS_PHASE}",
    "delete a system phase": f"DELETE FROM scenario_phases WHERE id = {SYS_PHASE}",
    "delete all phases": "DELETE FROM scenario_phases",
    "insert a phase into a system scenario": f"INSERT INTO scenario_phases ({PHASE_COLUMNS}) VALUES ({SYS_ID}, 9, 'p', 'n')",
    "move a phase onto a system scenario": (
        f"UPDATE scenario_phases SET scenario_id = {SYS_ID}, phase_number = 9 WHERE id = {OWN_PHASE}"
    ),
    "move a phase off a system scenario": (
        f"UPDATE scenario_phases SET scenario_id = {OWN_ID}, phase_number = 9 WHERE id = {SYS_PHASE}"
    ),
    "insert a phase with a system phase's number": (
        f"INSERT INTO scenario_phases (id, {PHASE_COLUMNS}) VALUES ({SYS_PHASE}, {OWN_ID}, 9, 'p', 'n')"
    ),
    "insert a phase in conflict, updating": (
        f"INSERT INTO scenario_phases ({PHASE_COLUMNS}) VALUES ({SYS_ID}, 1, 'p', 'n') "
        "ON CONFLICT (scenario_id, phase_number) DO UPDATE SET name = 'x'"
    ),
}
SQLITE_ATTACKS = {
    "replace a system row by id": f"INSERT OR REPLACE INTO scenarios ({COLUMNS}) VALUES ('{SYSTEM}', 't', 'x', 'x', 7, 0, 0)",
    "replace a system row by number": (
        f"REPLACE INTO scenarios (id, {COLUMNS}) VALUES ({SYS_ID}, 'other', 't', 'x', 'x', 7, 0, 0)"
    ),
    "replace by update": f"UPDATE OR REPLACE scenarios SET scenario_id = '{SYSTEM}' WHERE id = {OWN_ID}",
    "replace by update of the number": f"UPDATE OR REPLACE scenarios SET id = {SYS_ID} WHERE id = {OWN_ID}",
    "insert or ignore a system row": f"INSERT OR IGNORE INTO scenarios ({COLUMNS}) VALUES ('n', 't', 'x', 'x', 0, 1, 1)",
    "update or ignore": "UPDATE OR IGNORE scenarios SET title = 'x'",
    "truth spelled otherwise": f"INSERT INTO scenarios ({COLUMNS}) VALUES ('n', 't', 'x', 'x', 0, 'true', 1)",
    "truth as another number": f"UPDATE scenarios SET is_system_scenario = 2 WHERE id = {OWN_ID}",
    "replace a system phase": (
        f"INSERT OR REPLACE INTO scenario_phases (id, {PHASE_COLUMNS}) VALUES ({SYS_PHASE}, {OWN_ID}, 9, 'p', 'n')"
    ),
    "replace a system phase by its place": (
        f"INSERT OR REPLACE INTO scenario_phases ({PHASE_COLUMNS}) VALUES ({SYS_ID}, 1, 'p', 'n')"
    ),
    "replace a system phase by update": f"UPDATE OR REPLACE scenario_phases SET id = {SYS_PHASE} WHERE id = {OWN_PHASE}",
    "a temporary table in the context's place": (
        "CREATE TEMP TABLE scenario_desk_mirror_context (id); "
        "INSERT INTO temp.scenario_desk_mirror_context VALUES (1); UPDATE main.scenarios SET title = 'x'"
    ),
}
POSTGRES_ATTACKS = {
    "truncate the scenarios": "TRUNCATE scenarios CASCADE",
    "truncate the phases": "TRUNCATE scenario_phases",
    "merge": (
        f"MERGE INTO scenarios s USING (SELECT '{SYSTEM}' AS i) n ON s.scenario_id = n.i "
        "WHEN MATCHED THEN UPDATE SET title = 'x'"
    ),
    "copy": f"COPY scenario_phases ({PHASE_COLUMNS}) FROM PROGRAM 'printf \"1\\t9\\tp\\tn\\n\"'",
    "as a replica": "SET session_replication_role = replica; UPDATE scenarios SET title = 'x'",
    "a temporary table in the context's place": (
        "CREATE TEMP TABLE scenario_desk_mirror_context (id int); "
        "INSERT INTO pg_temp.scenario_desk_mirror_context VALUES (1); UPDATE public.scenarios SET title = 'x'"
    ),
}
PRAGMAS = [
    "",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA recursive_triggers = OFF; PRAGMA foreign_keys = OFF",
    "PRAGMA recursive_triggers = ON; PRAGMA foreign_keys = ON",
    "PRAGMA ignore_check_constraints = ON; PRAGMA defer_foreign_keys = ON",
]


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    """One system scenario first, so that its row number is 1, and one custom scenario."""
    mirror.apply(engine, Production({SYSTEM: scenario(SYSTEM)}, "0" * 64), actor_id=1)
    with builder(engine) as service:
        service.create_scenario(OWNER, scenario_document())
    return engine


@contextmanager
def plain_connection(engine: sa.Engine) -> Iterator[Callable[[str], Any]]:
    """The driver alone, as another program would open the database."""
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database))) as connection:
            yield connection.executescript
    else:
        with psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False)) as server:
            yield server.execute


def system_state(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM scenarios WHERE is_system_scenario ORDER BY id").all()
        phases = connection.exec_driver_sql(
            "SELECT p.* FROM scenario_phases p JOIN scenarios s ON s.id = p.scenario_id "
            "WHERE s.is_system_scenario ORDER BY p.id"
        ).all()
    return [*rows, *phases]


def spelled(attack: str, engine: sa.Engine) -> str:
    sqlite = engine.dialect.name == "sqlite"
    return attack.replace("{true}", "1" if sqlite else "true").replace("{false}", "0" if sqlite else "false")


def assert_refused(engine: sa.Engine, attack: str, before: str = "") -> None:
    intact = system_state(engine)
    with plain_connection(engine) as run:
        if before:
            run(before)
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match=r"protected|PROTECTED"):
            run(spelled(attack, engine))
    assert system_state(engine) == intact
    assert len(intact) == 3


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_plain_sql_can_not_change_production(filled: sa.Engine, attack: str) -> None:
    assert_refused(filled, attack)


@pytest.mark.parametrize("pragma", PRAGMAS)
@pytest.mark.parametrize("attack", [*ATTACKS.values(), *SQLITE_ATTACKS.values()], ids=[*ATTACKS, *SQLITE_ATTACKS])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_no_pragma_opens_the_protection(filled: sa.Engine, attack: str, pragma: str) -> None:
    assert_refused(filled, attack, pragma)


@pytest.mark.parametrize("attack", POSTGRES_ATTACKS.values(), ids=POSTGRES_ATTACKS)
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_no_other_statement_of_postgresql_reaches_production(filled: sa.Engine, attack: str) -> None:
    assert_refused(filled, attack)


def test_custom_rows_can_be_changed_by_other_programs(filled: sa.Engine) -> None:
    with plain_connection(filled) as run:
        run(f"UPDATE scenarios SET title = 'From outside' WHERE id = {OWN_ID}")
        run(f"UPDATE scenario_phases SET name = 'From outside' WHERE scenario_id = {OWN_ID}")
        run(f"DELETE FROM scenarios WHERE id = {OWN_ID}")


@pytest.mark.parametrize("table", ["scenario_desk_audit", "scenario_desk_revision"])
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET scenario_id = 'x'"])
def test_what_was_recorded_can_not_be_changed(filled: sa.Engine, table: str, statement: str) -> None:
    with builder(filled) as service:
        made = service.create_scenario(OWNER, scenario_document())
        service.delete_scenario(made.scenario_id, OWNER, expected_version=1)
    with plain_connection(filled) as run, pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException)):
        run(statement.format(table=table))


def edit(session: Session) -> None:
    row = session.scalars(sa.select(ScenarioRow).where(ScenarioRow.scenario_id == SYSTEM)).one()
    row.title = "x"


def edit_phase(session: Session) -> None:
    row = session.scalars(sa.select(ScenarioRow).where(ScenarioRow.scenario_id == SYSTEM)).one()
    row.phases[0].name = "x"


def delete(session: Session) -> None:
    session.delete(session.scalars(sa.select(ScenarioRow).where(ScenarioRow.scenario_id == SYSTEM)).one())


def insert(session: Session) -> None:
    session.add(ScenarioRow(scenario_id="x", title="t", category="c", difficulty="d", is_system_scenario=True))


def turn(session: Session) -> None:
    session.scalars(sa.select(ScenarioRow).where(~ScenarioRow.is_system_scenario)).one().is_system_scenario = True


def add_phase(session: Session) -> None:
    session.add(PhaseRow(scenario_id=1, phase_number=9, phase_id="p", name="n"))


def move_phase(session: Session) -> None:
    own = session.scalars(sa.select(ScenarioRow).where(~ScenarioRow.is_system_scenario)).one()
    own.phases[0].phase_number, own.phases[0].scenario_id = 9, 1


def bulk(session: Session) -> None:
    session.execute(sa.update(ScenarioRow).values(title="x"))


def _changed_and_flushed(session: Session, change: Callable[[Session], None]) -> None:
    change(session)
    session.flush()


@pytest.mark.parametrize("change", [edit, edit_phase, delete, insert, turn, add_phase, move_phase, bulk])
def test_the_orm_refuses_before_the_database_is_asked(filled: sa.Engine, change: Callable[[Session], None]) -> None:
    intact = system_state(filled)
    with session_factory(filled)() as session, pytest.raises(ProtectedScenarioError):
        _changed_and_flushed(session, change)
    assert system_state(filled) == intact


def test_a_refusal_of_the_database_is_told_as_such(filled: sa.Engine) -> None:
    with (
        pytest.raises(ProtectedScenarioError, match="protected in the database"),
        translated_errors(),
        filled.begin() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM scenarios")


def test_the_protection_stands_after_the_migration(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert protection.problems(connection) == []


@pytest.mark.parametrize("damage", ["dropped", "altered"])
def test_every_trigger_that_is_gone_or_altered_is_named(engine: sa.Engine, damage: str) -> None:
    with engine.connect() as connection:
        expected = protection._expected(connection)
    sqlite = engine.dialect.name == "sqlite"
    for name, text in expected.items():
        with engine.connect() as connection, connection.begin() as transaction:
            table = re.search(r" ON (\w+)", text)
            assert table is not None
            if damage == "dropped" or sqlite:
                connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table[1]}"))
            if damage == "altered" and sqlite:
                connection.exec_driver_sql(re.sub(r" WHEN .* BEGIN ", " WHEN 1 = 0 BEGIN ", text))
            elif damage == "altered":
                connection.exec_driver_sql(f"ALTER TABLE {table[1]} DISABLE TRIGGER {name}")
            assert [problem for problem in protection.problems(connection) if f"trigger {name} is" in problem]
            transaction.rollback()


def test_a_context_left_open_is_found(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.insert(MIRROR_CONTEXT).values(id=1))
        assert "context is open" in protection.problems(connection)[0]
