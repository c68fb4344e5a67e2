"""Writing runs into the dataset's form, one folder a month, in one pass over the source and whatever its order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, CancelledError, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scenario_core.usage.dataset import NO_MONTH
from scenario_core.usage.imports.forms import Report
from scenario_core.usage.imports.shaping import COMPACT, DICTIONARIES, Part, Shaping

_LOOKED_UP: Final = ["scenario_id", "language", "started_at", "ended_at", "end_reason"]
"""Columns whose smallest and largest values let readers pass over parts; to find those of the others takes a third of
the time of writing."""
_ENCODINGS: Final = {
    "run_id": "DELTA_LENGTH_BYTE_ARRAY",
    "learner": "DELTA_LENGTH_BYTE_ARRAY",
    "started_at": "DELTA_BINARY_PACKED",
    "ended_at": "DELTA_BINARY_PACKED",
}
"""What hardly repeats is smaller that way, and quicker to write and to read."""
_ENOUGH: Final = 50_000
"""So many runs of a month are written at once, ..."""
_MOST_WAITING: Final = 300_000
"""... unless more than this wait in all months together."""
_MOST_OPEN: Final = 60
_AT_ONCE: Final = 2
_ASK_SECONDS: Final = 0.1
_NO_MONTH: Final = np.iinfo(np.int64).min


def write(shaping: Shaping, records: int, folder: Path, still_open: Path, report: Report) -> None:
    """Write all ended runs as `month=YYYY-MM/*.parquet` into a folder, and the open ones into files of another.

    Two threads write at once, each a part of the source; whatever stops the caller stops them too.
    """
    still_open.mkdir()
    stopped = Event()
    lanes = [_Lane(shaping, part, f"{number}", stopped) for number, part in enumerate(shaping.parts(_AT_ONCE))]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            futures = [pool.submit(lane.write, folder, still_open) for lane in lanes]
            while (waited := wait(futures, _ASK_SECONDS, FIRST_EXCEPTION)).not_done:
                for future in waited.done:
                    future.result()
                report(sum(lane.done for lane in lanes) / records)
            for future in futures:
                future.result()
        except BaseException:
            stopped.set()
            raise


class _Lane:
    """One thread's part of the work."""

    def __init__(self, shaping: Shaping, part: Part, name: str, stopped: Event) -> None:
        self._shaping, self._part, self._name, self._stopped = shaping, part, name, stopped
        self.done = 0

    def write(self, folder: Path, still_open: Path) -> None:
        """Read, part and write, until there is no more or somebody stops it."""
        with _Months(folder, self._name) as months, _writer(still_open / f"{self._name}.parquet") as others:
            for done, runs in self._shaping.runs(self._part):
                if self._stopped.is_set():
                    raise CancelledError
                ended = runs
                if runs["end_reason"].null_count:
                    is_open = pc.is_null(runs["end_reason"])
                    others.write_batch(runs.filter(is_open))
                    ended = runs.filter(pc.invert(is_open))
                months.add(ended)
                self.done = done


class _Months:
    """Writes runs by the month of their starts. Some of each month wait until it is worth writing them."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._waiting: dict[int, list[pa.RecordBatch]] = {}
        self._rows: dict[int, int] = {}
        self._writers: dict[int, pq.ParquetWriter] = {}
        self._open = ExitStack()
        self._files = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._open:
            if kind is None:
                for month in sorted(self._waiting):
                    self._flush(month)

    def add(self, runs: pa.RecordBatch) -> None:
        """Take some runs."""
        for month, part in _by_month(runs):
            self._waiting.setdefault(month, []).append(part)
            self._rows[month] = self._rows.get(month, 0) + part.num_rows
            if self._rows[month] >= _ENOUGH:
                self._flush(month)
        while sum(self._rows.values()) > _MOST_WAITING:
            self._flush(max(self._rows, key=self._rows.__getitem__))

    def _flush(self, month: int) -> None:
        parts = self._waiting.pop(month)
        del self._rows[month]
        runs = parts[0] if len(parts) == 1 else pa.concat_batches(parts)
        starts = runs["started_at"].cast(pa.int64())
        if month != _NO_MONTH and np.any(np.diff(starts.to_numpy()) < 0):
            runs = runs.take(pc.sort_indices(starts))
        self._writer_of(month).write_batch(runs)

    def _writer_of(self, month: int) -> pq.ParquetWriter:
        if month not in self._writers:
            if len(self._writers) >= _MOST_OPEN:
                self._open.close()
                self._writers.clear()
            name = NO_MONTH if month == _NO_MONTH else str(np.datetime64(month, "M"))
            target = self._folder / f"month={name}" / f"runs-{self._name}-{self._files:05}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            self._writers[month] = self._open.enter_context(_writer(target))
            self._files += 1
        return self._writers[month]


def _writer(path: Path) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        COMPACT,
        compression="zstd",
        compression_level=1,
        use_dictionary=DICTIONARIES,
        column_encoding=_ENCODINGS,
        write_statistics=_LOOKED_UP,
        store_schema=False,
    )


def _by_month(runs: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    months = _months(runs["started_at"])
    there = np.unique(months)
    if len(there) <= 1:
        yield from ((int(month), runs) for month in there)
        return
    order = np.argsort(months, kind="stable")
    edges = np.searchsorted(months[order], there)
    for month, places in zip(there, np.split(order, edges[1:]), strict=True):
        yield int(month), runs.take(pa.array(places))


def _months(starts: pa.Array[Any]) -> npt.NDArray[np.int64]:
    """Months since 1970, in UTC."""
    told = starts.cast(pa.int64()).fill_null(0).to_numpy().view("datetime64[us]")
    months: npt.NDArray[np.int64] = told.astype("datetime64[M]").astype(np.int64)
    if starts.null_count:
        months[starts.is_null().to_numpy(zero_copy_only=False)] = _NO_MONTH
    return months
