"""PostgreSQL: a copy of all runs in a schema of its own, which the measures are asked of."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from scenario_core.errors import DatasetError, UsageEngineError
from scenario_core.progress import Progress, silent
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.engines.base import FACTS, RUN_SCHEMA, Measured, Place, derived
from scenario_core.usage.facts import facts, with_attempts
from scenario_core.usage.run import COLUMNS, SCHEMA

SPACE: Final = "scenario_desk_usage"
FRESH: Final = ""
"""In the place of a file's path for runs that are not compacted."""
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
    """Measures a copy of the runs of one dataset."""

    def __init__(self, dataset: Dataset, zone: str, url: str) -> None:
        self._dataset = dataset
        self._zone = zone
        self._url = sa.make_url(url)
        self._refreshing = threading.Lock()
        self._revision = ""

    def refresh(self, progress: Progress = silent) -> str:
        """Copy the files that are new and the recorded runs, and derive the facts again, in one transaction.

        Raises:
            UsageEngineError: PostgreSQL does not answer, or refuses.
            DatasetError: a file that the database lists is missing or damaged.
            DatabaseError: the database of the desk does not answer.
        """
        with self._refreshing:
            if self._dataset.revision() != self._revision:
                with self._connected() as connection:
                    revision = self._take_in(connection, progress)
                self._revision = revision
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
            (revision,) = connection.execute("SELECT revision FROM moment").fetchone() or ("",)
            yield Measured(_Session(connection), revision)

    def close(self) -> None:
        """Nothing is held between questions."""

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        parameters = self._parameters()
        try:
            with psycopg.connect(dbname=parameters.pop("database"), **parameters) as connection:
                connection.execute("SET TIME ZONE 'UTC'")
                yield connection
        except psycopg.Error as error:
            raise _silent(error) from error

    def _parameters(self) -> dict[str, Any]:
        query = {name: value for name, value in self._url.query.items() if isinstance(value, str)}
        given = {
            "host": query.get("host") or self._url.host,
            "port": int(query["port"]) if "port" in query else self._url.port,
            "user": self._url.username,
            "password": self._url.password,
            "database": self._url.database,
        }
        return {name: value for name, value in given.items() if value is not None}

    def _take_in(self, connection: psycopg.Connection[Any], progress: Progress) -> str:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # Read after the lock: what another process copied meanwhile is not replaced by something older.
        revision, contents = self._dataset.revision(), self._dataset.contents()
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SPACE}")
        connection.execute(f"SET LOCAL search_path TO {SPACE}")
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
        for name, query in self._derived().items():
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(f"CREATE TABLE {name} AS {query}".encode())
        connection.execute("CREATE INDEX ON fact (day)")
        connection.execute("ANALYZE fact")
        connection.execute("CREATE TABLE IF NOT EXISTS moment (revision text NOT NULL)")
        connection.execute("DELETE FROM moment")
        connection.execute("INSERT INTO moment VALUES (%s)", [revision])
        return revision

    def _batches(self, path: str) -> Iterator[pa.RecordBatch]:
        try:
            with pq.ParquetFile(self._dataset.folder / path) as file:
                yield from file.iter_batches(_ROWS_AT_ONCE, columns=list(COLUMNS))
        except (OSError, pa.ArrowException) as error:
            raise DatasetError(f"{self._dataset.folder / path} can't be read: {error}.") from error

    def _derived(self) -> dict[str, str]:
        """The derived tables by the expressions that every engine shares."""
        found = with_attempts(facts(ibis.table(RUN_SCHEMA, name="run"), self._zone))
        return {name: _sql(expression) for name, expression in {"fact": found, **derived(FACTS)}.items()}


class _Session(Place):
    """Questions to PostgreSQL, in one transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def ask(self, expression: ir.Table) -> pa.Table:
        rows = self._connection.execute(_query(expression)).fetchall()
        schema = expression.schema().to_pyarrow()
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
        made = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        return pa.table(made, schema=schema)

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
