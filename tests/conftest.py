"""What every test shares: hypothesis profiles, the databases, and the order (fast tests first)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from scenario_core.custom.engine import create_engine
from tests.factories import FreshEngine, migrated
from tests.postgres import PostgresServer, database_url, postgres_server, postgres_url
from tests.spark import spark, spark_session

__all__ = ["database_url", "postgres_server", "postgres_url", "spark", "spark_session"]

settings.register_profile("default", deadline=None)
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast tests first, each group in the order of its files."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "desk.db"
    with migrated(f"sqlite:///{path}") as engine, engine.connect().execution_options(sqlite_begin="") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    with postgres_server.fresh_database() as name:
        with migrated(postgres_server.url(name)):
            pass
        yield name


@pytest.fixture(scope="session")
def fresh_engine(request: pytest.FixtureRequest) -> FreshEngine:
    """Makes a migrated database, on "sqlite" in a folder or on "postgresql", and removes it at the end."""

    @contextmanager
    def made(kind: str, folder: Path) -> Iterator[sa.Engine]:
        with ExitStack() as stack:
            if kind == "sqlite":
                path = folder / "desk.db"
                shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
                url = f"sqlite:///{path}"
            else:
                template: str = request.getfixturevalue("migrated_postgres")
                server: PostgresServer = request.getfixturevalue("postgres_server")
                url = server.url(stack.enter_context(server.fresh_database(template)))
            engine = create_engine(url)
            stack.callback(engine.dispose)
            yield engine

    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, fresh_engine: FreshEngine, tmp_path: Path) -> Iterator[sa.Engine]:
    """A migrated database of this test's own, once on each engine."""
    with fresh_engine(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def sqlite_engine(migrated_sqlite: Path, tmp_path: Path) -> Iterator[sa.Engine]:
    """A migrated SQLite database, for what does not depend on the engine."""
    path = tmp_path / "desk.db"
    shutil.copy(migrated_sqlite, path)
    made = create_engine(f"sqlite:///{path}")
    yield made
    made.dispose()
