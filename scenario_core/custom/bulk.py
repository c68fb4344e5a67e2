"""Inserting many rows at the speed of the driver: `executemany` on SQLite, `COPY` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from scenario_core.custom.columns import JsonValue, UtcDateTime, json_text, sqlite_moment


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, all with the keys of the first. Column defaults of Python are not applied."""
    if not rows:
        return
    names = list(rows[0])
    listed = ", ".join(names)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table.name} ({listed}) VALUES ({marks})"  # noqa: S608 - names come from our tables
        connection.exec_driver_sql(statement, [tuple(values) for values in _encoded(table, names, rows, sqlite=True)])
        return
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({listed}) FROM STDIN") as copy:
        for row in _encoded(table, names, rows, sqlite=False):
            copy.write_row(row)


def _encoded(
    table: sa.Table, names: Sequence[str], rows: Sequence[dict[str, Any]], *, sqlite: bool
) -> Iterator[list[Any]]:
    as_json = [index for index, name in enumerate(names) if isinstance(table.c[name].type, JsonValue)]
    as_moment = [index for index, name in enumerate(names) if sqlite and isinstance(table.c[name].type, UtcDateTime)]
    values_of = itemgetter(*names)
    for row in rows:
        values = list(values_of(row))
        for index in as_json:
            values[index] = _json(values[index])
        for index in as_moment:
            values[index] = _moment(values[index])
        yield values


def _json(value: Any) -> str | None:
    return None if value is None else json_text(value)


@lru_cache(maxsize=4096)
def _moment(value: datetime | None) -> str | None:
    return sqlite_moment(value) if value else None
