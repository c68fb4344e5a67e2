"""Inserting a row unless it is there: two people, or two clicks, may do it at once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: sa.Connection, table: sa.Table, **values: Any) -> None:
    """Insert a row; one with the same primary key stays as it is."""
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(kind.insert(table).values(**values).on_conflict_do_nothing())


def insert_or_update(connection: sa.Connection, table: sa.Table, changed: tuple[str, ...], **values: Any) -> None:
    """Insert a row, or bring the `changed` columns of the one with the same primary key to these values."""
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    write = kind.insert(table).values(**values)
    keys = [column.name for column in table.primary_key.columns]
    write = write.on_conflict_do_update(index_elements=keys, set_={name: write.excluded[name] for name in changed})
    connection.execute(write)
