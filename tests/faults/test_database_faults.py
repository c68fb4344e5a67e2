"""Migrations and saves killed at any instant, and writers that meet: always the old state or the new one, whole."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from scenario_core import mirror
from scenario_core.custom import schema
from scenario_core.custom.engine import create_engine, make_sqlite_file
from scenario_core.custom.tables import AUDIT, REVISIONS
from scenario_core.errors import StaleVersionError
from scenario_core.integrity.snapshot import mirrored
from scenario_core.production import ScenarioManager
from tests.factories import OWNER, SHIPPED, builder, scenario_document
from tests.faults.killing import kill_one, python

KILLS = int(os.environ.get("FAULTS") or 10)
MIGRATE = """
import sys
from scenario_core import mirror
from scenario_core.custom import schema
from scenario_core.custom.engine import create_engine
from scenario_core.integrity.snapshot import mirrored
from scenario_core.production import ScenarioManager
from tests.faults.killing import at_work, fork_for_each_line

def migrate(_):
    engine = create_engine(sys.argv[1])
    manager = ScenarioManager(sys.argv[2])
    at_work()
    schema.upgrade(engine)
    mirror.apply(engine, mirrored(manager), actor_id=1)

fork_for_each_line(migrate)
"""
SAVE_FOREVER = """
import sys
from itertools import count
from scenario_core.custom.engine import create_engine
from tests.factories import OWNER, builder, scenario_document
from tests.faults.killing import at_work, fork_for_each_line

def save_forever(_):
    with builder(create_engine(sys.argv[1])) as service:
        version = service.get_scenario(sys.argv[2], OWNER).version
        for turn in count():
            document = scenario_document(name=f"Version {version + 1}")
            version = service.update_scenario(sys.argv[2], OWNER, document, expected_version=version).version
            if turn == 0:
                at_work()

fork_for_each_line(save_forever)
"""


@pytest.mark.slow
def test_a_migration_killed_at_any_instant_leaves_the_old_or_the_new_state(database_url: str) -> None:
    chance = random.Random(2)
    manager = ScenarioManager(SHIPPED)
    states = set()
    with python(MIGRATE, database_url, SHIPPED) as starter:
        for _ in range(KILLS):
            kill_one(starter, chance.random() * 0.4)
            engine = create_engine(database_url)
            make_sqlite_file(engine)
            planned = schema.plan(engine)
            assert planned.current in {None, planned.target}
            if planned.current is None:
                assert "scenarios" in planned.new_tables, "half of the tables were left behind"
                states.add("nothing")
            else:
                made = mirror.plan(engine, mirrored(manager))
                assert (len(made.insert), made.unchanged) in {(31, 0), (0, 31)}
                states.add("whole" if made.unchanged else "tables")
                with engine.connect() as connection:
                    assert connection.exec_driver_sql("SELECT count(*) FROM scenario_desk_mirror_context").scalar() == 0
            engine.dispose()
            if "whole" in states:
                _start_over(database_url)
                states.discard("whole")
                states.add("was whole")
    assert states


def _start_over(database_url: str) -> None:
    engine = create_engine(database_url)
    if engine.dialect.name == "sqlite":
        engine.dispose()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{engine.url.database}{suffix}").unlink(missing_ok=True)
        return
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


@pytest.mark.slow
def test_a_save_killed_at_any_instant_keeps_scenario_revision_and_audit_together(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, scenario_document())
    chance = random.Random(3)
    url = engine.url.render_as_string(hide_password=False)
    with python(SAVE_FOREVER, url, made.scenario_id) as starter:
        for _ in range(KILLS):
            kill_one(starter, chance.random() * 0.05)
            with builder(engine) as service:
                found = service.get_scenario(made.scenario_id, OWNER)
                revisions = [each.version for each in service.revisions.list(made.scenario_id, OWNER)]
                assert [entry.title for entry in service.list_own(OWNER)] == [found.scenario.name]
            assert revisions == list(range(found.version - 1, 0, -1))
            assert found.scenario.name == f"Version {found.version}"
            with engine.connect() as connection:
                updates = sa.select(sa.func.count()).select_from(AUDIT).where(AUDIT.c.operation == "update")
                assert connection.scalar(updates) == found.version - 1
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("writers", [2, 8])
def test_writers_on_one_scenario_lose_no_update_and_hear_every_refusal(engine: sa.Engine, writers: int) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, scenario_document())
    saved: list[int] = []
    refused: list[int] = []
    barrier = threading.Barrier(writers)

    def write(number: int) -> None:
        with builder(engine) as service:
            barrier.wait()
            for turn in range(10):
                version = service.get_scenario(made.scenario_id, OWNER).version
                document = scenario_document(name=f"Writer {number}, turn {turn}")
                try:
                    saved.append(
                        service.update_scenario(made.scenario_id, OWNER, document, expected_version=version).version
                    )
                except StaleVersionError:
                    refused.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved) + len(refused) == writers * 10
    assert sorted(saved) == list(range(2, len(saved) + 2))
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(REVISIONS)) == len(saved)


@pytest.mark.slow
def test_two_mirrors_at_once_make_one(engine: sa.Engine) -> None:
    manager = ScenarioManager(SHIPPED)
    barrier = threading.Barrier(2)
    inserted: list[int] = []

    def run() -> None:
        barrier.wait()
        inserted.append(len(mirror.apply(engine, mirrored(manager), actor_id=1).insert))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(inserted) == [0, 31]
