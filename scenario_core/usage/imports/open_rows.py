"""Putting open runs into the database's table, in the form that the database stores, many at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa

from scenario_core.custom.usage_tables import RUNS
from scenario_core.usage.duckdb_sql import parquet
from scenario_core.usage.imports.engine import Workshop
from scenario_core.usage.imports.rules import quoted
from scenario_core.usage.run import SCHEMA

_AT_ONCE: Final = 20_000
_NAMES: Final = (*SCHEMA.names, "heard_at")


def add_open(connection: sa.Connection, work: Workshop, folder: Path) -> int:
    """Insert the runs of a folder's files and return how many.

    An open run was last heard of when it began, as far as its source tells. The values go to the driver as they are
    stored, since there may be hundreds of thousands of them.
    """
    columns = ", ".join(f"{_stored(field)} AS {quoted(field.name)}" for field in SCHEMA)
    runs = parquet(sorted(folder.iterdir()))
    query = f"SELECT {columns}, {_moment('started_at')} AS heard_at FROM {runs} ORDER BY run_id"  # noqa: S608 - built from columns
    added = 0
    for batch in work.batches(query, _AT_ONCE):
        rows = list(zip(*(batch.column(name).to_pylist() for name in _NAMES), strict=True))
        if rows:
            _insert(connection, rows)
            added += len(rows)
    return added


def _insert(connection: sa.Connection, rows: list[tuple[Any, ...]]) -> None:
    names = ", ".join(_NAMES)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {RUNS.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(_NAMES))
    connection.exec_driver_sql(f"INSERT INTO {RUNS.name} ({names}) VALUES ({marks})", rows)  # noqa: S608 - constants


def _stored(field: pa.Field[Any]) -> str:
    if pa.types.is_timestamp(field.type):
        return _moment(field.name)
    column = quoted(field.name)
    if not pa.types.is_list(field.type):
        return column
    if pa.types.is_string(field.type.value_type):
        column = f"list_transform({column}, lambda text: replace(text, chr(0), ''))"
    return f"to_json({column})::VARCHAR"


def _moment(name: str) -> str:
    """As `columns.sqlite_moment` writes it, which PostgreSQL reads in UTC too."""
    return f"strftime({quoted(name)}, '%Y-%m-%d %H:%M:%S.%f')"
