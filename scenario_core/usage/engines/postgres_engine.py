"""PostgreSQL: a copy of all runs in a schema of its own, which the measures are asked of."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from scenario_core.errors import DatasetError, SettingsError, UsageEngineError
from scenario_core.progress import Progress, silent
from scenario_core.usage.dataset import Contents, Dataset
from scenario_core.usage.engines.base import FACTS, RUN_SCHEMA, Measured, Place, derived
from scenario_core.usage.facts import facts, with_attempts
from scenario_core.usage.run import COLUMNS, SCHEMA

SPACE: Final = "scenario_desk_usage"
FRESH: Final = ""
"""In the place of a file's path for runs that are not compacted."""
_NEXT: Final = "next_"
"""Begins the names of tables that are being made."""
_PATIENCE_SECONDS: Final = 10
_HINT: Final = "Write `usage_engine` like postgresql://user:password@host:5432/name?sslmode=require."
_LOCK: Final = 0x55534147
_ROWS_AT_ONCE: Final = 50_000
_TYPES: Final = {
    pa.string(): "text",
    pa.bool_(): "boolean",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.large_string(): "text",
    pa.float64(): "double precision",
    pa.timestamp("us", tz="UTC"): "timestamptz",
    pa.list_(pa.string()): "text[]",
    pa.list_(pa.float64()): "double precision[]",
}


class PostgresEngine:
    """Measures a copy of the runs of one dataset, which outlives the process.

    Raises:
        SettingsError: the URL can't be read, or names no database.
    """

    def __init__(self, dataset: Dataset, zone: str, url: str) -> None:
        self._dataset = dataset
        self._zone = zone
        self._parameters = _parameters(url)
        self._refreshing = threading.Lock()
        self._revision = ""

    def refresh(self, progress: Progress = silent) -> str:
        """Copy the files that are new and the recorded runs, and derive the facts again, in one transaction.

        What another process has copied already is left as it is. Whoever measures meanwhile does so on what was
        there before.

        Raises:
            UsageEngineError: PostgreSQL does not answer, or refuses.
            DatasetError: a file that the database lists is missing or damaged.
            DatabaseError: the database of the desk does not answer.
        """
        with self._refreshing:
            revision = self._dataset.revision()
            if revision != self._revision:
                with self._connected() as connection:
                    self._revision = (
                        revision if self._holds(connection, revision) else self._take_in(connection, progress)
                    )
            return self._revision

    @contextmanager
    def measured(self) -> Iterator[Measured]:
        """All runs as they were at the last refresh.

        Raises:
            UsageEngineError: PostgreSQL does not answer.
        """
        with self._connected() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            connection.execute(f"SET LOCAL search_path TO {SPACE}")
            # A refresh that ended between two questions would leave tables of which this transaction sees no row.
            connection.execute("LOCK TABLE fact, first_day, daily, run IN ACCESS SHARE MODE")
            (revision,) = connection.execute("SELECT revision FROM state").fetchone() or ("",)
            yield Measured(_Session(connection), revision)

    def close(self) -> None:
        """Nothing is held between questions."""

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with psycopg.connect(**self._parameters) as connection:
                connection.execute("SET TIME ZONE 'UTC'")
                yield connection
        except psycopg.Error as error:
            raise _silent(error) from error

    def _holds(self, connection: psycopg.Connection[Any], revision: str) -> bool:
        """Whether the copy is of this revision, and derived as it would be now."""
        (there,) = connection.execute("SELECT to_regclass(%s)", [f"{SPACE}.state"]).fetchone() or (None,)
        if there is None:
            return False
        stored = connection.execute(f"SELECT revision, form FROM {SPACE}.state").fetchall()
        return stored == [(revision, self._form)]

    def _take_in(self, connection: psycopg.Connection[Any], progress: Progress) -> str:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # Read after the lock: what another process copied meanwhile is not replaced by something older.
        revision, contents = self._dataset.revision(), self._dataset.contents()
        if self._holds(connection, revision):
            return revision
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SPACE}")
        connection.execute(f"SET LOCAL search_path TO {SPACE}")
        self._copy(connection, contents, progress)
        for name, query in self._derived.items():
            connection.execute(f"CREATE TABLE {_NEXT}{name} AS {query}".encode())
        connection.execute(f"CREATE INDEX ON {_NEXT}fact (day)")
        connection.execute(f"ANALYZE {_NEXT}fact")
        for name in self._derived:  # only now do those who measure have to wait, until the end of the transaction
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(f"ALTER TABLE {_NEXT}{name} RENAME TO {name}")
        connection.execute("CREATE TABLE IF NOT EXISTS state (revision text NOT NULL, form text NOT NULL)")
        connection.execute("DELETE FROM state")
        connection.execute("INSERT INTO state VALUES (%s, %s)", [revision, self._form])
        return revision

    def _copy(self, connection: psycopg.Connection[Any], contents: Contents, progress: Progress) -> None:
        """Make `run` hold what the dataset holds."""
        connection.execute(f"CREATE TABLE IF NOT EXISTS run (file text NOT NULL, {_columns_sql()})")
        connection.execute("CREATE TABLE IF NOT EXISTS copied_file (file text PRIMARY KEY)")
        copied = {path for (path,) in connection.execute("SELECT file FROM copied_file").fetchall()}
        wanted = {file.path: file for file in contents.files}
        gone = [FRESH, *(copied - wanted.keys())]
        connection.execute("DELETE FROM run WHERE file = ANY(%s)", [gone])
        connection.execute("DELETE FROM copied_file WHERE file = ANY(%s)", [gone])
        new = [wanted[path] for path in sorted(wanted.keys() - copied)]
        total, done = sum(file.runs for file in new), 0
        for file in new:
            for batch in self._batches(file.path):
                _copy(connection, file.path, pa.table(batch))
                done += batch.num_rows
                progress(done, total)
            connection.execute("INSERT INTO copied_file (file) VALUES (%s)", [file.path])
        _copy(connection, FRESH, contents.fresh)

    def _batches(self, path: str) -> Iterator[pa.RecordBatch]:
        try:
            with pq.ParquetFile(self._dataset.folder / path) as file:
                yield from file.iter_batches(_ROWS_AT_ONCE, columns=list(COLUMNS))
        except (OSError, pa.ArrowException) as error:
            raise DatasetError(f"{self._dataset.folder / path} can't be read: {error}.") from error

    @cached_property
    def _derived(self) -> dict[str, str]:
        """The derived tables by the expressions that every engine shares, facts first: the others are made of them."""
        found = with_attempts(facts(ibis.table(RUN_SCHEMA, name="run"), self._zone))
        beside = derived(ibis.table(FACTS.schema(), name=f"{_NEXT}fact"))
        return {name: _sql(expression) for name, expression in {"fact": found, **beside}.items()}

    @cached_property
    def _form(self) -> str:
        """Stands for how the tables are derived: in which time zone, and by which version of this project."""
        return hashlib.sha256("\n".join(self._derived.values()).encode()).hexdigest()


class _Session(Place):
    """Questions to PostgreSQL, in one transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def ask(self, expression: ir.Table) -> pa.Table:
        cursor = self._connection.execute(_query(expression))
        names = [column.name for column in cursor.description or ()]
        rows, schema = cursor.fetchall(), expression.schema().to_pyarrow()
        columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
        return pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)

    def lay_down(self, name: str, rows: pa.Table) -> None:
        columns = ", ".join(f"{field.name} {_TYPES[field.type]}" for field in rows.schema)
        self._run(f"DROP TABLE IF EXISTS pg_temp.{name} CASCADE")
        self._run(f"CREATE TEMP TABLE {name} ({columns})")
        with self._connection.cursor().copy(f"COPY {name} FROM STDIN") as copy:
            for row in rows.to_pylist():
                copy.write_row(list(row.values()))
        self._run(f"ANALYZE {name}")

    def keep(self, name: str, expression: ir.Table) -> None:
        self._run(f"DROP TABLE IF EXISTS pg_temp.{name} CASCADE")
        self._run(f"CREATE TEMP TABLE {name} AS {_sql(expression)}")

    def name(self, name: str, expression: ir.Table) -> None:
        self._run(f"DROP VIEW IF EXISTS pg_temp.{name} CASCADE")
        self._run(f"CREATE TEMP VIEW {name} AS {_sql(expression)}")

    def _run(self, statement: str) -> None:
        self._connection.execute(statement.encode())


def _parameters(url: str) -> dict[str, Any]:
    """What the driver connects with: all that the URL says, as SQLAlchemy reads it for the desk's own database."""
    try:
        parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
        _, given = parsed.get_dialect()().create_connect_args(parsed)
        make_conninfo(**given)
    except (sa.exc.ArgumentError, ValueError) as error:  # whose words may hold what stands in the place of a password
        raise SettingsError("The URL of the PostgreSQL that measures usage can't be read.", hint=_HINT) from error
    except psycopg.Error as error:
        raise SettingsError(f"The URL of the PostgreSQL that measures usage: {error}.", hint=_HINT) from error
    if not {"dbname", "service"} & given.keys():
        raise SettingsError("The URL of the PostgreSQL that measures usage names no database.", hint=_HINT)
    return {"connect_timeout": _PATIENCE_SECONDS, **given}


def _query(expression: ir.Table) -> bytes:
    return _sql(expression).encode()


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="postgres"))


def _columns_sql() -> str:
    return ", ".join(f"{field.name} {_TYPES[field.type]}" for field in SCHEMA)


def _copy(connection: psycopg.Connection[Any], path: str, runs: pa.Table) -> None:
    with connection.cursor().copy(f"COPY run (file, {', '.join(COLUMNS)}) FROM STDIN") as copy:
        for row in runs.select(COLUMNS).to_pylist():
            copy.write_row([path, *row.values()])


def _silent(error: psycopg.Error) -> UsageEngineError:
    return UsageEngineError(
        f"The PostgreSQL that measures usage does not work: {str(error).strip()}.",
        hint="Look at `usage_engine` in the settings; duckdb:// needs no server.",
    )
