"""Which scenarios runs name: recorded runs, compacted ones, and the existing app's own records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from scenario_core.custom.usage_tables import RUN_FILES, RUNS
from scenario_core.errors import DatasetError
from scenario_core.usage.imports.app_database import HISTORY, SESSIONS
from scenario_core.usage.imports.app_sessions import SessionTable

_TELLING: Final = ("session_type", "scenario_id", "source_id")


def runs_by_scenario(connection: sa.Connection, folder: Path) -> Counter[str]:
    """How many runs each scenario has, recorded or in the folder's files; sample runs and runs without one are none.

    Raises:
        DatasetError: a file that the database lists is missing or damaged.
    """
    recorded = sa.select(RUNS.c.scenario_id, sa.func.count()).group_by(RUNS.c.scenario_id)
    found = Counter({name: count for name, count in connection.execute(recorded) if name})
    for path in connection.scalars(sa.select(RUN_FILES.c.path).where(~RUN_FILES.c.is_sample)):
        found.update(dict(_in_file_there(folder / path)))
    return found


def app_rows_by_scenario(connection: sa.Connection) -> dict[str, Counter[str]]:
    """How many rows of the existing app's tables name each scenario, by the table; of none that is not there."""
    inspector = sa.inspect(connection)
    there = {
        table: [each["name"] for each in inspector.get_columns(table)]
        for table in (HISTORY, SESSIONS)
        if inspector.has_table(table)
    }
    return {table: _in_table(connection, table, columns) for table, columns in there.items()}


def _in_file_there(path: Path) -> tuple[tuple[str, int], ...]:
    try:
        return _in_file(path, path.stat().st_size)
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(
            f"{path} can't be read: {error}.",
            hint="Bring the folder back from a backup of the same time as the database.",
        ) from error


@lru_cache(maxsize=4096)
def _in_file(path: Path, _size: int) -> tuple[tuple[str, int], ...]:
    """A file of the dataset is never changed, so that it is read once."""
    with pq.ParquetFile(path, read_dictionary=["scenario_id"]) as file:
        names = file.read(["scenario_id"])["scenario_id"].unify_dictionaries()
    counted = pc.value_counts(names).to_pylist()
    return tuple((each["values"], each["counts"]) for each in counted if each["values"])


def _in_table(connection: sa.Connection, table: str, columns: list[str]) -> Counter[str]:
    told: list[sa.ColumnClause[Any]] = [sa.column(name) for name in _TELLING if name in columns]
    found: Counter[str] = Counter()
    if not any(column.name != "session_type" for column in told):
        return found
    counts = sa.select(*told, sa.func.count().label("rows")).select_from(sa.table(table)).group_by(*told)
    for row in connection.execute(counts).mappings():
        if name := _scenario_of(table, row):
            found[name] += row["rows"]
    return found


def _scenario_of(table: str, row: Mapping[Any, Any]) -> str:
    if table == HISTORY:
        named = row.get("scenario_id")
    else:
        named = SessionTable.scenario_of(row) if SessionTable.is_of_scenario(row) else None
    return "" if named is None or isinstance(named, bytes) else str(named).strip()
