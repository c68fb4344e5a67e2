"""Exports of runs as CSV, JSON Lines, Parquet and xAPI statements, a few thousand runs in memory at a time.

What is exported can be imported again. Sample runs are never exported.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from scenario_core.progress import Progress, silent
from scenario_core.usage import xapi
from scenario_core.usage.dataset import Contents, Dataset
from scenario_core.usage.duckdb_sql import literal, parquet
from scenario_core.usage.imports.cells import shielded
from scenario_core.usage.imports.engine import Workshop, workshop
from scenario_core.usage.imports.forms import Form
from scenario_core.usage.imports.rules import quoted
from scenario_core.usage.run import COLUMNS, SCHEMA, Source
from scenario_core.usage.scope import PRIVATE

ROWS: Final = 20_000
_TELLING: Final = ("last_phase", "phase_seconds", "vocabulary", "objectives")
"""What tells which scenario a run is of."""
_TEXTS: Final = tuple(each.name for each in SCHEMA if pa.types.is_string(each.type))


@dataclass(frozen=True, slots=True)
class Period:
    """Runs that began at `since` or later, and before `until`; None does not count: with both None all runs are in."""

    since: datetime | None = None
    until: datetime | None = None

    def condition(self) -> str:
        """The same in SQL."""
        parts = ["true"]
        if self.since is not None:
            parts.append(f"started_at >= TIMESTAMPTZ {literal(self.since.isoformat())}")
        if self.until is not None:
            parts.append(f"started_at < TIMESTAMPTZ {literal(self.until.isoformat())}")
        return " AND ".join(parts)


def export_runs(
    dataset: Dataset,
    form: Form,
    target: BinaryIO,
    period: Period | None = None,
    *,
    hidden: Iterable[str] = (),
    progress: Progress = silent,
) -> int:
    """Write runs to an open file and return how many.

    Of runs of `hidden` scenarios nothing goes out that tells which one it is.

    Raises:
        DatasetError: there is no room for the work.
        DatabaseError: the database does not answer.
    """
    contents = dataset.contents()
    total = sum(file.runs for file in contents.files if not file.is_sample) + contents.fresh.num_rows
    done = 0
    with tempfile.TemporaryDirectory() as folder, workshop(Path(folder)) as work:
        work.register("hidden", pa.table({"scenario_id": pa.array(list(hidden), pa.string())}))
        query = _query(dataset, contents, work, period or Period())
        with_batches = _WRITERS[form](target)
        next(with_batches)
        for batch in work.batches(query, ROWS):
            with_batches.send(batch)
            done += batch.num_rows
            progress(done, max(done, total))
        with_batches.close()
    return done


def _query(dataset: Dataset, contents: Contents, work: Workshop, period: Period) -> str:
    columns = ", ".join(quoted(name) for name in COLUMNS)
    work.register("fresh", contents.fresh)
    real = sorted((file for file in contents.files if not file.is_sample), key=lambda file: file.path)
    parts = []
    if real:
        paths = [dataset.path_of(file) for file in real]
        parts.append(f"SELECT {columns} FROM {parquet(paths)}")  # noqa: S608 - quoted
    parts.append(f"SELECT {columns} FROM fresh WHERE source <> '{Source.SAMPLE}'")  # noqa: S608 - a constant
    runs = f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE {period.condition()}"  # noqa: S608 - built above
    is_hidden = "scenario_id IN (SELECT scenario_id FROM hidden)"
    masked = ", ".join(f"if({is_hidden}, NULL, {name}) AS {name}" for name in _TELLING)
    return (
        f"SELECT * REPLACE (if({is_hidden}, {literal(PRIVATE)}, scenario_id) AS scenario_id, {masked}) "  # noqa: S608 - constants
        f"FROM ({runs})"
    )


_Writing = Iterator[Any]


def _as_csv(target: BinaryIO) -> Any:
    """Lists are JSON arrays; texts that a spreadsheet could take for formulas stand behind an apostrophe."""
    target.write(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n")
    while True:
        batch: pa.RecordBatch = yield
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        columns = [_cells(name, batch.column(name).to_pylist()) for name in COLUMNS]
        writer.writerows(zip(*columns, strict=True))
        target.write(text.getvalue().encode())


def _cells(name: str, values: list[Any]) -> list[Any]:
    if name in _TEXTS:
        return [None if value is None else shielded(value) for value in values]
    return [_plain(value, orjson_lists=True) for value in values]


def _plain(value: Any, *, orjson_lists: bool = False) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, bool):
        return "true" if value else "false"
    if orjson_lists and isinstance(value, list):
        return orjson.dumps(value).decode()
    return value


def _as_json_lines(target: BinaryIO) -> Any:
    while True:
        batch: pa.RecordBatch = yield
        lines = (orjson.dumps(row, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist())
        target.write(b"".join(lines))


def _as_parquet(target: BinaryIO) -> Any:
    with pq.ParquetWriter(target, SCHEMA, compression="zstd") as writer:
        while True:
            batch: pa.RecordBatch = yield
            writer.write_table(pa.Table.from_batches([batch]).select(COLUMNS).cast(SCHEMA))


def _as_statements(target: BinaryIO) -> Any:
    while True:
        batch: pa.RecordBatch = yield
        target.write(b"".join(line for row in batch.to_pylist() for line in xapi.lines_of(row)))


_WRITERS: Final[dict[Form, Callable[[BinaryIO], Any]]] = {
    Form.CSV: _as_csv,
    Form.JSONL: _as_json_lines,
    Form.PARQUET: _as_parquet,
    Form.XAPI: _as_statements,
}
