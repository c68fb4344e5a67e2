"""Rows of the database's table of runs as Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from scenario_core.usage.run import COLUMNS, SCHEMA

_LISTS: Final = {field.name: field.type.value_type for field in SCHEMA if pa.types.is_list(field.type)}


def table_of_rows(rows: Iterable[Mapping[Any, Any]]) -> pa.Table:
    """Runs in the dataset's form. A list that another program stored as something else is empty."""
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for row in rows:
        for name, values in columns.items():
            values.append(_listed(name, row[name]) if name in _LISTS else row[name])
    return pa.table(columns, schema=SCHEMA)


def month_of(moment: datetime | None) -> str | None:
    """The month in UTC, as it names a folder of the dataset; None without a moment."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m")


def _listed(name: str, value: Any) -> list[Any] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        return []
    if pa.types.is_string(_LISTS[name]):
        return [item for item in value if isinstance(item, str)]
    return [float(item) for item in value if isinstance(item, int | float) and not isinstance(item, bool)]
