"""Writing the runs of a source into the dataset's form: one folder a month, without reading the source once a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from scenario_core.usage.dataset import NO_MONTH
from scenario_core.usage.duckdb_sql import literal
from scenario_core.usage.imports.analysis import Analysis
from scenario_core.usage.imports.forms import Raw, Report

_FORM: Final = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
_READ_AGAIN: Final = 5
"""A source is copied month by month while its parts are read no oftener than so: reading takes a tenth of writing."""
_MOST_MONTHS: Final = 1_200
_ONE_GO: Final = 200_000
"""So few runs are sorted and parted at once, whatever their order."""


def write(analysis: Analysis, folder: Path, report: Report) -> None:
    """Write all ended runs as `month=YYYY-MM/*.parquet`.

    A source in the order of its starts is copied month by month, as it lies; any other is sorted while it is parted,
    which takes about twice as long.
    """
    months = _months(analysis.raw) if analysis.raw.records > _ONE_GO else None
    if months is None:
        _part(analysis, folder, report)
        return
    kind = "TIMESTAMPTZ" if analysis.types["started_at"] == "TIMESTAMP WITH TIME ZONE" else "TIMESTAMP"
    target = folder / f"month={NO_MONTH}"
    _copy(analysis, target, "r.started_at IS NULL", report)
    for done, month in enumerate(months):
        edges = f"r.started_at >= {kind} '{month}' AND r.started_at < {kind} '{_next(month)}'"
        _copy(analysis, folder / f"month={month:%Y-%m}", edges, _part_of(report, done, len(months)))


def _part_of(report: Report, done: int, parts: int) -> Report:
    return lambda share: report((done + share) / parts)


def _copy(analysis: Analysis, target: Path, only: str, report: Report) -> None:
    target.mkdir(parents=True)
    file = target / "runs.parquet"
    [(count,)] = analysis.work.run(
        f"COPY ({analysis.selected(ended=True, only=only)}) TO {literal(file)} ({_FORM})", report
    )
    if not count:
        file.unlink(missing_ok=True)


def _part(analysis: Analysis, folder: Path, report: Report) -> None:
    month = f"coalesce(strftime(started_at, '%Y-%m'), '{NO_MONTH}') AS month"
    rows = f"SELECT *, {month} FROM ({analysis.selected(ended=True)}) ORDER BY started_at, run_id"  # noqa: S608 - built from columns
    options = f"{_FORM}, PARTITION_BY (month), OVERWRITE_OR_IGNORE"
    analysis.work.run(f"COPY ({rows}) TO {literal(folder)} ({options})", report)


def _months(raw: Raw) -> Sequence[date] | None:
    """The months of a file whose parts are in the order of time, or None: then they can't be told apart by parts."""
    edges = _edges(raw.path)
    if not edges:
        return None
    touched: dict[date, int] = {}
    for low, high in edges:
        month = low.replace(day=1)
        while month <= high:
            touched[month] = touched.get(month, 0) + 1
            month = _next(month)
            if len(touched) > _MOST_MONTHS:
                return None
    return sorted(touched) if sum(touched.values()) <= _READ_AGAIN * len(edges) else None


def _edges(path: Path) -> list[tuple[date, date]] | None:
    """The first and the last day of each part of a file, where its statistics tell them."""
    metadata = pq.read_metadata(path)
    names = [metadata.schema.column(place).path for place in range(metadata.num_columns)]
    if "started_at" not in names:
        return None
    place, edges = names.index("started_at"), []
    for group in range(metadata.num_row_groups):
        told: Any = metadata.row_group(group).column(place).statistics
        if told is None or not told.has_min_max or not isinstance(told.min, datetime):
            return None
        edges.append((_day(told.min), _day(told.max)))
    return edges


def _day(moment: datetime) -> date:
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
