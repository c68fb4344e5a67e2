"""Which rows of the existing app are the same run; asked of files, since there may be more rows than memory holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pyarrow as pa

from scenario_core.usage.duckdb_sql import literal, parquet
from scenario_core.usage.imports.engine import workshop
from scenario_core.usage.imports.rules import quoted
from scenario_core.usage.run import COLUMNS, SCHEMA

LONGEST_ID: Final = 90
ROWS: Final = pa.schema(
    [*SCHEMA, pa.field("place", pa.int64()), pa.field("is_session", pa.bool_()), pa.field("stamp", pa.string())]
)
"""A run as one row tells it, where that row stands, of which table it is, and what stands for all that it holds."""
_AS_ONE: Final = "sessions that a finished run tells more of, counted once"
_REPEATED: Final = "rows that stand there twice, counted once"
_SAME: Final = "learner, scenario_id, second"


def merged(rows: Path, folder: Path, notes: Counter[str]) -> tuple[Path, int]:
    """Write the runs of all rows into a file within a folder, and return it and how many they are.

    Of rows that hold the same under the same id one is taken; the ids of others that share one are made longer. The
    first session and the first finished run of the same learner, scenario and second are one run.
    """
    target, source = folder / "records.parquet", parquet([rows])
    columns = ", ".join(f"r.{quoted(name)}" for name in COLUMNS if name not in {"run_id", "finished_only"})
    with workshop(folder / "merging") as work:
        work.run(
            f"CREATE TABLE named AS SELECT place, is_session, learner, scenario_id, second, "  # noqa: S608 - constants and an own path
            f"if(nth = 1, run_id, left(run_id, {LONGEST_ID - 20}) || '-' || left(stamp, 16)) AS run_id "
            f"FROM (SELECT *, date_trunc('second', started_at) AS second, "
            f"row_number() OVER (PARTITION BY run_id ORDER BY place) AS nth, "
            f"row_number() OVER (PARTITION BY run_id, stamp ORDER BY place) AS copy "
            f"FROM (SELECT place, is_session, stamp, learner, scenario_id, started_at, run_id FROM {source})) "
            f"WHERE copy = 1"
        )
        work.run(
            f"CREATE TABLE pair AS SELECT h.place AS finished, s.place AS session, s.run_id "  # noqa: S608 - constants
            f"FROM ({_first('NOT is_session')}) AS h JOIN ({_first('is_session')}) AS s USING ({_SAME})"
        )
        [(count,)] = work.run(
            f"COPY (SELECT coalesce(p.run_id, n.run_id) AS run_id, {columns}, "  # noqa: S608 - as above
            f"r.finished_only AND p.run_id IS NULL AS finished_only "
            f"FROM {source} AS r JOIN named AS n USING (place) LEFT JOIN pair AS p ON p.finished = place "
            f"WHERE place NOT IN (SELECT session FROM pair)) TO {literal(target)} (FORMAT parquet)"
        )
        [(all_rows, single, pairs)] = work.run(
            f"SELECT (SELECT count(*) FROM {source}), (SELECT count(*) FROM named), (SELECT count(*) FROM pair)"  # noqa: S608 - as above
        )
    notes[_REPEATED] += all_rows - single
    notes[_AS_ONE] += pairs
    return target, count


def _first(which: str) -> str:
    return (
        f"SELECT {_SAME}, min(place) AS place, arg_min(run_id, place) AS run_id FROM named WHERE {which} "  # noqa: S608 - constants
        f"AND learner IS NOT NULL AND scenario_id IS NOT NULL AND second IS NOT NULL GROUP BY {_SAME}"
    )
