"""Engines and sessions: SQLite by default, PostgreSQL by URL, and database errors in this project's own terms."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from scenario_core.custom import guard
from scenario_core.custom.protection import PROTECTED
from scenario_core.errors import (
    DatabaseError,
    DatabaseMissingError,
    DatabaseUnavailableError,
    ProtectedScenarioError,
    SchemaOutdatedError,
    SettingsError,
)

BUSY_TIMEOUT_MS: Final = 10_000
READ_ONLY: Final[dict[str, Any]] = {"sqlite_begin": "DEFERRED"}
_MISSING_TABLE: Final = ("no such table", "UndefinedTable", "no such column", "UndefinedColumn")
_SILENT: Final = (
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
_REFUSED: Final = (sa.exc.IntegrityError, sa.exc.DataError, psycopg.IntegrityError, psycopg.DataError)


def create_engine(url: str) -> sa.Engine:
    """An engine with the project's own settings; nothing is connected yet.

    A transaction on SQLite begins by taking the write lock, so that what is read in it can't move before it is
    written; reading transactions pass `READ_ONLY` as execution options and never wait.

    Raises:
        SettingsError: the URL can't be read, or names another kind of database.
    """
    try:
        parsed = sa.make_url(url)
        kind = parsed.get_backend_name()
    except (sa.exc.ArgumentError, ValueError) as error:
        raise SettingsError(f"The database URL can't be read: {url!r}.", hint=_URL_HINT) from error
    if kind == "sqlite":
        return _sqlite(parsed)
    if kind == "postgresql":
        return sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={"options": "-c timezone=utc", "connect_timeout": 10},
        )
    raise SettingsError(f"The database must be SQLite or PostgreSQL, found {kind!r}.", hint=_URL_HINT)


_URL_HINT: Final = "Use sqlite:///path/to/file.db or postgresql://user:password@host/name."


def _sqlite(url: sa.URL) -> sa.Engine:
    path = sqlite_path(url)
    engine = sa.create_engine(url) if path is None else sa.create_engine(url, creator=lambda: _open(path))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def sqlite_path(url: sa.URL) -> Path | None:
    """The file of an SQLite database; None if it lives in memory."""
    return Path(url.database) if url.database and url.database != ":memory:" else None


def _open(path: Path) -> sqlite3.Connection:
    """Open a database file that is there: the driver alone would make an empty one."""
    if not path.is_file():
        raise DatabaseMissingError(f"There is no database at {path}.", hint="Run `scenario-desk migrate` to make it.")
    return sqlite3.connect(path, check_same_thread=False)


def make_sqlite_file(engine: sa.Engine) -> None:
    """Make an empty file for a migration to fill, unless there is one or the engine is another.

    Raises:
        DatabaseUnavailableError: it can't be made.
    """
    path = sqlite_path(engine.url) if engine.dialect.name == "sqlite" else None
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise DatabaseUnavailableError(f"The database {path} can't be made: {error.strerror}.") from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """The driver's own transactions are switched off, since they leave DDL outside."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.close()


def prefer_wal(engine: sa.Engine) -> None:
    """Let readers go on while somebody writes; SQLite remembers it in the file."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT", sqlite_begin="") as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    if mode:
        connection.exec_driver_sql(f"BEGIN {mode}")


def session_factory(engine: sa.Engine) -> sessionmaker[Session]:
    """Sessions whose flushes refuse to touch system rows."""
    factory = sessionmaker(engine, expire_on_commit=False)
    guard.install(factory)
    return factory


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn what the database refuses or fails at into this project's errors; psycopg's own ones too, as of a COPY.

    Raises:
        ProtectedScenarioError: the database's own protection of system rows said no.
        SchemaOutdatedError: a table of the project is missing.
        DatabaseUnavailableError: it does not answer, is locked for too long, full, read-only or damaged.
        DatabaseError: a constraint of an adopted database said no, or a value that it can't hold.
    """
    try:
        yield
    except (sa.exc.DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        text = f"{type(cause).__name__}: {cause}"
        if PROTECTED in text:
            raise ProtectedScenarioError(
                "Production scenarios are protected in the database.",
                hint="Duplicate the scenario and change the copy.",
            ) from error
        if any(sign in text for sign in _MISSING_TABLE):
            raise SchemaOutdatedError(
                "The database lacks tables of this version.", hint="Run `scenario-desk migrate`."
            ) from error
        if isinstance(error, _SILENT) or _damaged(text):
            raise DatabaseUnavailableError(
                f"The database does not work: {str(cause).strip()}.",
                hint="Production scenarios can still be read.",
            ) from error
        if isinstance(error, _REFUSED):
            raise DatabaseError(
                f"The database refuses this: {str(cause).strip()}.",
                hint="Nothing was changed. In an adopted database every owner must be among its users.",
            ) from error
        raise


def _damaged(text: str) -> bool:
    return "malformed" in text or "not a database" in text
