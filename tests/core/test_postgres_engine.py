"""PostgreSQL as the engine: what its URL says, and a copy that outlives processes and is never in anybody's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pytest

from scenario_core.errors import SettingsError
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.engines import Engine, open_engine
from tests.postgres import PostgresServer
from tests.usage_examples import World, add_file, add_rows, dataset_of, open_world, refreshed
from tests.usage_question import Run

ZONE = "Europe/Berlin"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(migrated_sqlite, tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture
def dataset(world: World, tmp_path: Path) -> Dataset:
    """One run."""
    made = dataset_of(world, tmp_path / "usage", [])
    add_file(made, [Run("one", "late_flight", "0" * 16, started_at=NOON)])
    return made


@pytest.fixture
def name(postgres_server: PostgresServer) -> Iterator[str]:
    """A database for the copy."""
    with postgres_server.fresh_database() as made:
        yield made


def facts(engine: Engine) -> int:
    with engine.measured() as measured:
        return len(measured.frame(measured.facts))


def tables(server: PostgresServer, name: str) -> dict[str, int]:
    """The tables of the copy, each with the number that tells it from one that was made again."""
    with server.connect(name) as connection:
        listed = "SELECT relname, oid FROM pg_class WHERE relnamespace = 'scenario_desk_usage'::regnamespace"
        rows: list[tuple[Any, ...]] = connection.execute(f"{listed} AND relkind = 'r'").fetchall()
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://localhost", "names no database"),
        ("postgresql://desk:secret@localhost:54x2/usage", "can't be read"),
        ("postgresql://[::1/usage", "can't be read"),
        ("postgresql://localhost/usage?sslmod=require", 'option "sslmod"'),
        ("mysql://desk:secret@there", "'mysql'"),
        ("usage", "begins with ''"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_at_once_and_no_password_is_told(
    dataset: Dataset, url: str, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        open_engine(url, dataset, ZONE)
    assert said in str(caught.value)
    assert "postgresql://" in str(caught.value.hint)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_all_that_a_url_says_reaches_the_server(dataset: Dataset, postgres_server: PostgresServer, name: str) -> None:
    url = f"{postgres_server.url(name)}&application_name=figures&options=-c%20statement_timeout%3D54321"
    setting = ibis.udf.scalar.builtin(len, name="current_setting", signature=(("string",), "string"))
    with refreshed(url, dataset) as engine, engine.measured() as measured:
        asked = measured.facts.select(
            *(setting(ibis.literal(each)).name(each) for each in ("application_name", "statement_timeout"))
        )
        assert measured.frame(asked).to_dict("records") == [
            {"application_name": "figures", "statement_timeout": "54321ms"}
        ]


def test_another_process_takes_what_is_there_already_unless_it_is_of_another_moment_or_zone(
    dataset: Dataset, postgres_server: PostgresServer, name: str
) -> None:
    url = postgres_server.url(name)
    with refreshed(url, dataset) as engine:
        made = tables(postgres_server, name)
        with refreshed(url, dataset) as second, second.measured() as measured:
            assert measured.revision == engine.refresh() == dataset.revision()
        assert tables(postgres_server, name) == made
        add_rows(dataset, [Run("two", "late_flight", "1" * 16, started_at=NOON)])
        with refreshed(url, dataset) as second:
            assert facts(second) == 2
        later = tables(postgres_server, name)
        assert {each for each in made if later[each] != made[each]} == {"fact", "first_day", "daily"}
        assert engine.refresh() == dataset.revision()
        assert tables(postgres_server, name) == later
    with closing(open_engine(url, dataset, "Asia/Tokyo")) as elsewhere:
        elsewhere.refresh()
    assert tables(postgres_server, name)["fact"] != later["fact"]


def test_whoever_measures_does_not_wait_for_facts_that_are_being_made(
    dataset: Dataset, postgres_server: PostgresServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refreshed(postgres_server.url(name), dataset) as engine:
        slow = dict(engine._derived)  # type: ignore[attr-defined]  # PostgreSQL's own
        last = list(slow)[-1]
        slow[last] = f"SELECT t.* FROM ({slow[last]}) AS t, pg_sleep(3)"  # noqa: S608 - the engine's own
        monkeypatch.setattr(engine, "_derived", slow)
        add_file(dataset, [Run("two", "late_flight", "1" * 16, started_at=NOON)])
        working = threading.Thread(target=engine.refresh)
        working.start()
        with postgres_server.connect() as other:
            making = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE TABLE%%pg_sleep(3)' AND state = 'active'"
            while working.is_alive() and other.execute(making).fetchone() is None:
                time.sleep(0.02)
        assert facts(engine) == 1
        assert working.is_alive()
        working.join()
        assert facts(engine) == 2


def test_a_copy_that_fails_half_way_leaves_what_was_there(
    dataset: Dataset, postgres_server: PostgresServer, name: str
) -> None:
    with refreshed(postgres_server.url(name), dataset) as engine:
        made = tables(postgres_server, name)
        add_file(dataset, [Run("two", "late_flight", "1" * 16, started_at=NOON)])

        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt(done, total)

        with pytest.raises(KeyboardInterrupt):
            engine.refresh(stop)
        assert (tables(postgres_server, name), facts(engine)) == (made, 1)
        engine.refresh()
        assert facts(engine) == 2
