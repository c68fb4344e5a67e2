"""Migrations and adoption: another program's database keeps every row, and nothing happens without its plan."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from scenario_core import mirror
from scenario_core.custom import protection, schema
from scenario_core.custom.engine import create_engine, make_sqlite_file
from scenario_core.custom.tables import Base
from scenario_core.errors import (
    AdoptionRequiredError,
    DatabaseError,
    DatabaseMissingError,
    SchemaOutdatedError,
    SettingsError,
)
from scenario_core.mirror import Production
from tests.factories import OWNER, STRANGER, builder, scenario, scenario_document

APP_SCHEMA = """
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('f00dfeed');
CREATE TABLE users (id INTEGER PRIMARY KEY, user_id VARCHAR(50) NOT NULL UNIQUE, username VARCHAR(100));
INSERT INTO users VALUES (7, 'u7', 'ann'), (8, 'u8', 'bob');
CREATE TABLE scenarios (
    id INTEGER NOT NULL PRIMARY KEY, scenario_id VARCHAR(100) NOT NULL UNIQUE, title VARCHAR(255) NOT NULL,
    description TEXT, category VARCHAR(50) NOT NULL,
    difficulty VARCHAR(20) NOT NULL, estimated_duration INTEGER, language VARCHAR(10),
    user_role VARCHAR(50), ai_role VARCHAR(50), setting TEXT, created_by INTEGER, is_system_scenario BOOLEAN,
    is_public BOOLEAN, prerequisites JSON, learning_outcomes JSON, vocabulary_focus JSON, cultural_context JSON,
    created_at DATETIME, updated_at DATETIME);
CREATE TABLE scenario_phases (
    id INTEGER NOT NULL PRIMARY KEY, scenario_id INTEGER NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
    phase_number INTEGER NOT NULL, phase_id VARCHAR(100) NOT NULL, name VARCHAR(255) NOT NULL, description TEXT,
    expected_duration_minutes INTEGER, key_vocabulary JSON, essential_phrases JSON, learning_objectives JSON,
    success_criteria JSON, cultural_notes TEXT, created_at DATETIME, updated_at DATETIME,
    UNIQUE (scenario_id, phase_number));
CREATE TABLE scenario_progress_history (
    user_id INTEGER, scenario_id VARCHAR(100), progress_id VARCHAR(100), success_rate FLOAT);
INSERT INTO scenario_progress_history VALUES (7, 'my_trip', 'p1', 0.5);
"""
APP_ROWS = [
    (1, "in_production", "Old title", 0, 1, "2025-12-20 14:46:22", '["a"]'),
    (2, "my_trip", "Café trip", 7, 0, "2025-12-20T14:46:22+00:00", "not json"),
    (3, "custom_travel_1700000000_0123abcd", "Shared trip", 8, 0, "rubbish", None),
]


@pytest.fixture
def app_database(tmp_path: Path) -> Path:
    """A database as another program made it, with rows as dirty as real ones."""
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(APP_SCHEMA)
        for number, name, title, owner, system, moment, focus in APP_ROWS:
            connection.execute(
                "INSERT INTO scenarios (id, scenario_id, title, category, difficulty, estimated_duration, created_by, "
                "is_system_scenario, is_public, vocabulary_focus, created_at) "
                "VALUES (?, ?, ?, 'travel', 'beginner', 10, ?, ?, ?, ?, ?)",
                (number, name, title, owner, system, int(number == 3), focus, moment),
            )
            connection.execute(
                "INSERT INTO scenario_phases (scenario_id, phase_number, phase_id, name, key_vocabulary) "
                "VALUES (?, 1, 'p', 'Phase', '[\"gate\", null, 3]')",
                (number,),
            )
        connection.commit()
    return path


def rows_of(path: Path) -> dict[str, list[Any]]:
    tables = {
        "alembic_version": "SELECT * FROM alembic_version",
        "users": "SELECT * FROM users",
        "scenarios": "SELECT * FROM scenarios",
        "scenario_phases": "SELECT * FROM scenario_phases",
        "scenario_progress_history": "SELECT * FROM scenario_progress_history",
    }
    with closing(sqlite3.connect(path)) as connection:
        return {name: list(connection.execute(sql)) for name, sql in tables.items()}


def test_a_fresh_database_is_made_and_a_second_run_changes_nothing(database_url: str) -> None:
    engine = create_engine(database_url)
    assert "scenarios" in schema.plan_for_nothing().new_tables
    assert schema.upgrade(engine).current is None
    assert schema.plan(engine).is_empty
    assert schema.upgrade(engine).is_empty
    engine.dispose()


def test_only_a_migration_makes_a_database(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(DatabaseMissingError, match="There is no database"):
        schema.plan(engine)
    assert list(tmp_path.iterdir()) == []


def test_the_migrations_make_what_the_tables_say(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.VERSION_TABLE})
        drift = [each for each in compare_metadata(context, Base.metadata) if "scenario_desk_search" not in str(each)]
    assert drift == []


def test_a_database_that_was_never_migrated_is_told_apart(database_url: str) -> None:
    engine = create_engine(database_url)
    make_sqlite_file(engine)
    with pytest.raises(SchemaOutdatedError, match="scenario-desk migrate"):
        mirror.plan(engine, Production({}, "0" * 64))
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE scenario_desk_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="version 9999"):
        schema.upgrade(engine)


def test_a_missing_trigger_is_in_the_plan_and_put_back(engine: sa.Engine) -> None:
    name = "scenario_desk_protect_scenarios_delete"
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"DROP TRIGGER {name}" + ("" if engine.dialect.name == "sqlite" else " ON scenarios")
        )
    assert schema.plan(engine).sentences()[-1] == f"mend: trigger {name} is missing"
    schema.upgrade(engine)
    with engine.connect() as connection:
        assert protection.problems(connection) == []


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite3:///x", ""])
def test_an_unusable_url_says_what_is_wanted(url: str) -> None:
    with pytest.raises(SettingsError, match=r"sqlite:///path/to/file\.db"):
        create_engine(url)


def test_another_programs_database_is_refused_without_consent_and_left_as_it_is(app_database: Path) -> None:
    before = app_database.read_bytes()
    engine = create_engine(f"sqlite:///{app_database}")
    with pytest.raises(AdoptionRequiredError, match="--adopt"):
        schema.upgrade(engine)
    engine.dispose()
    assert app_database.read_bytes() == before
    with closing(sqlite3.connect(app_database)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    assert [name for name in names if "scenario_desk" in name] == []


def test_the_plan_of_an_adoption_changes_not_one_byte(app_database: Path) -> None:
    before = app_database.read_bytes()
    engine = create_engine(f"sqlite:///{app_database}")
    planned = schema.plan(engine)
    made = mirror.plan(engine, Production({"in_production": scenario("in_production")}, "0" * 64), adopting=True)
    engine.dispose()
    assert (planned.adopting, planned.custom_rows, planned.system_rows) == (True, 2, 1)
    assert planned.unprefixed_ids == ("my_trip",)
    assert "users" in planned.kept_tables
    assert list(made.update) == ["in_production"]
    assert app_database.read_bytes() == before


def test_an_adoption_changes_no_existing_row_and_makes_them_usable(app_database: Path) -> None:
    before = rows_of(app_database)
    engine = create_engine(f"sqlite:///{app_database}")
    schema.upgrade(engine, adopt=True)
    assert rows_of(app_database) == before
    with builder(engine) as service:
        trip = service.get_scenario("my_trip", OWNER)
        assert (trip.version, trip.scenario.vocabulary_focus) == (1, ("not json",))
        assert trip.scenario.phases[0].key_vocabulary == ("gate", "", "3")
        assert trip.scenario.created_at is not None
        assert service.get_scenario("custom_travel_1700000000_0123abcd", OWNER).scenario.created_at is None
        assert [entry.title for entry in service.search_scenarios(OWNER, "cafe")] == ["Café trip"]
        assert [entry.title for entry in service.list_public(STRANGER)] == ["Shared trip"]
        saved = service.update_scenario("my_trip", OWNER, scenario_document(name="Better trip"), expected_version=1)
        assert (saved.scenario_id, saved.scenario.name) == ("my_trip", "Better trip")
    engine.dispose()


def test_the_adopted_system_rows_are_mirrored_only_after_their_plan(app_database: Path) -> None:
    engine = create_engine(f"sqlite:///{app_database}")
    schema.upgrade(engine, adopt=True)
    production = Production({"in_production": scenario("in_production"), "new": scenario("new")}, "0" * 64)
    made = mirror.apply(engine, production, actor_id=1)
    assert (made.insert, list(made.update)) == (("new",), ["in_production"])
    assert mirror.plan(engine, production).is_empty
    engine.dispose()


def test_a_table_that_lacks_columns_is_named_and_nothing_is_changed(app_database: Path) -> None:
    with closing(sqlite3.connect(app_database)) as connection:
        connection.execute("ALTER TABLE scenarios DROP COLUMN setting")
    before = app_database.read_bytes()
    engine = create_engine(f"sqlite:///{app_database}")
    with pytest.raises(DatabaseError, match="scenarios lacks the columns setting"):
        schema.plan(engine)
    engine.dispose()
    assert app_database.read_bytes() == before


def test_a_system_user_that_the_app_demands_is_named_in_the_plan(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    demanding = APP_SCHEMA.replace("created_by INTEGER", "created_by INTEGER REFERENCES users (id)")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(demanding)
    engine = create_engine(f"sqlite:///{path}")
    assert any("user 0" in line for line in schema.plan(engine).sentences())
    with pytest.raises(DatabaseError, match="user 0"):
        schema.upgrade(engine, adopt=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO users VALUES (0, 'system', 'system')")
        connection.commit()
    schema.upgrade(engine, adopt=True)
    mirror.apply(engine, Production({"new": scenario("new")}, "0" * 64), actor_id=1)
    engine.dispose()
