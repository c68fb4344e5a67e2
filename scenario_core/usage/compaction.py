"""Compaction: runs that have ended move from the database's table into the dataset's files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.usage_tables import RUNS
from scenario_core.progress import Progress, silent
from scenario_core.usage.dataset import NO_MONTH, Dataset, listed
from scenario_core.usage.rows import month_of, table_of_rows

AT_ONCE: Final = 200_000
"""How many runs one transaction moves at most; the next transaction goes on from there."""
_PARAMETERS: Final = 10_000


def compact(dataset: Dataset, progress: Progress = silent) -> int:
    """Move every ended run into the dataset and return how many moved; what was moved stays moved when it is stopped.

    Raises:
        DatasetError: another process is writing the dataset, or its folder can't be written.
        DatabaseError: the database does not answer.
    """
    moved = 0
    with dataset.writing():
        total = waiting(dataset.engine)
        while count := _move(dataset):
            moved += count
            progress(moved, max(total, moved))
    return moved


def waiting(engine: sa.Engine) -> int:
    """How many runs have ended and are not compacted yet."""
    query = sa.select(sa.func.count()).select_from(RUNS).where(RUNS.c.ended_at.is_not(None))
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        return connection.execute(query).scalar_one()


def write_by_month(runs: pa.Table, folder: Path) -> None:
    """Write runs as `month=YYYY-MM/runs.parquet`, each month in the order of its starts."""
    months = pa.array([month_of(moment) or NO_MONTH for moment in runs["started_at"].to_pylist()], pa.string())
    for month in pc.unique(months).to_pylist():
        part = runs.filter(pc.equal(months, month)).sort_by([("started_at", "ascending"), ("run_id", "ascending")])
        target = folder / f"month={month}" / "runs.parquet"
        target.parent.mkdir(parents=True)
        pq.write_table(part, target, compression="zstd")


def _move(dataset: Dataset) -> int:
    """Ended runs never change, so that what is read first and deleted later is the same."""
    query = sa.select(RUNS).where(RUNS.c.ended_at.is_not(None)).order_by(RUNS.c.run_id).limit(AT_ONCE)
    with translated_errors(), dataset.engine.connect().execution_options(**READ_ONLY) as connection:
        runs = table_of_rows(connection.execute(query).mappings())
    if not runs.num_rows:
        return 0
    batch = dataset.write(lambda folder: write_by_month(runs, folder))
    ids = runs["run_id"].to_pylist()
    with translated_errors(), dataset.engine.begin() as connection:
        gone = 0
        for start in range(0, len(ids), _PARAMETERS):
            part = ids[start : start + _PARAMETERS]
            gone += connection.execute(sa.delete(RUNS).where(RUNS.c.run_id.in_(part))).rowcount
        if gone != len(ids):
            connection.rollback()
            return 0
        listed(connection, batch)
    return len(ids)
