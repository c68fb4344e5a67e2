"""The dataset of compacted runs: Parquet files by month, listed in the database, added whole and never rewritten.

A file counts from the moment at which the database lists it, in the same transaction that takes its runs out of the
table of recorded ones: whenever a process is killed, every run is in exactly one of the two. What was written and is
not listed is litter, which the next writer removes.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from filelock import FileLock, Timeout

from scenario_core.custom.columns import now
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.usage_tables import RUN_FILES, RUNS
from scenario_core.errors import DatasetError
from scenario_core.production.atomic import flush_folder
from scenario_core.usage.rows import table_of_rows

LOCK_SECONDS: Final = 60.0
NO_MONTH: Final = "none"
"""In the place of a month for runs that have no readable start."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """One file of the dataset, by its path in the dataset's folder."""

    file_id: int
    path: str
    is_sample: bool
    runs: int


@dataclass(frozen=True, slots=True)
class Contents:
    """All runs at one moment: the files, and the recorded runs that are in none of them."""

    files: tuple[RunFile, ...]
    fresh: pa.Table


@dataclass(frozen=True)
class Batch:
    """Files that were written and flushed, and are not listed yet."""

    paths: dict[str, int]
    """The path of each in the dataset's folder, and how many runs it holds."""


class Dataset:
    """The files in one folder, as one database lists them."""

    def __init__(self, engine: sa.Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder

    def files(self) -> tuple[RunFile, ...]:
        """The files that count."""
        with self._reading() as connection:
            return _files(connection)

    def contents(self) -> Contents:
        """Files and recorded runs of one moment: no run is missing and none is there twice.

        Raises:
            DatabaseError: the database does not answer.
        """
        with self._reading() as connection:
            return Contents(_files(connection), table_of_rows(connection.execute(sa.select(RUNS)).mappings()))

    def revision(self) -> str:
        """Names the present state of files and recorded runs: the same revision, the same runs."""
        files = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(RUN_FILES.c.file_id), 0))
        fresh = sa.select(sa.func.count(), sa.func.max(RUNS.c.heard_at))
        with self._reading() as connection:
            counts = [*connection.execute(files).one(), *connection.execute(fresh).one()]
        return ".".join(str(value) for value in counts)

    def has_sample(self) -> bool:
        """Whether sample runs are in."""
        return any(file.is_sample for file in self.files())

    def has_only_sample(self) -> bool:
        """Whether there are sample runs and no others."""
        with self._reading() as connection:
            kinds = {file.is_sample for file in _files(connection)}
            return kinds == {True} and connection.execute(sa.select(RUNS.c.run_id).limit(1)).first() is None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only process that adds files; what former ones left unlisted is removed first.

        Raises:
            DatasetError: another process has been writing for a minute, or the folder can't be written.
        """
        lock = FileLock(self.folder / "dataset.lock", timeout=LOCK_SECONDS)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout as error:
            raise DatasetError(
                f"Another process has been writing {self.folder} for {LOCK_SECONDS:.0f} seconds.",
                hint="Try again later.",
            ) from error
        except OSError as error:
            raise DatasetError(f"{self.folder} can't be written: {error.strerror or error}.") from error
        try:
            self._remove_litter()
            yield
        finally:
            lock.release()

    def write(self, produce: Callable[[Path], None], *, is_sample: bool = False) -> Batch:
        """Let `produce` write `month=YYYY-MM/*.parquet` into an empty folder, and move what it wrote into its place.

        Only while `writing`; the files count once `listed` has put them into the database.

        Raises:
            DatasetError: the disk is full or the folder can't be written; nothing counts.
        """
        staging = self.folder / f"staging-{uuid.uuid4().hex}"
        try:
            staging.mkdir(parents=True)
            produce(staging)
            return Batch(dict(self._moved(staging, "sample" if is_sample else "runs")))
        except OSError as error:
            raise DatasetError(
                f"{self.folder} can't be written: {error.strerror or error}.", hint="Make room."
            ) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def path_of(self, file: RunFile) -> Path:
        """Where a file lies."""
        return self.folder / file.path

    def remove_samples(self) -> int:
        """Take all sample runs out, and return how many there were."""
        with self.writing():
            with translated_errors(), self.engine.begin() as connection:
                samples = [file for file in _files(connection) if file.is_sample]
                connection.execute(sa.delete(RUN_FILES).where(RUN_FILES.c.is_sample))
            for file in samples:
                self.path_of(file).unlink(missing_ok=True)
        return sum(file.runs for file in samples)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        options = dict(READ_ONLY)
        if self.engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with translated_errors(), self.engine.connect().execution_options(**options) as connection:
            yield connection

    def _moved(self, staging: Path, kind: str) -> Iterator[tuple[str, int]]:
        folders = set()
        for written in sorted(staging.glob("month=*/*.parquet")):
            _flush(written)
            target = self.folder / kind / written.parent.name / f"{uuid.uuid4().hex}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            written.replace(target)
            folders |= {target.parent, target.parent.parent, self.folder}
            yield target.relative_to(self.folder).as_posix(), pq.read_metadata(target).num_rows
        for folder in folders:
            flush_folder(folder)

    def _remove_litter(self) -> None:
        listed = {file.path for file in self.files()}
        for left in self.folder.glob("staging-*"):
            shutil.rmtree(left, ignore_errors=True)
        for path in self.folder.glob("*/month=*/*.parquet"):
            if path.relative_to(self.folder).as_posix() not in listed:
                path.unlink(missing_ok=True)


def listed(connection: sa.Connection, batch: Batch, *, is_sample: bool = False, import_id: int | None = None) -> None:
    """Make the files of a batch count, as part of the connection's transaction."""
    rows = [
        {"path": path, "runs": runs, "is_sample": is_sample, "added_at": now(), "import_id": import_id}
        for path, runs in batch.paths.items()
    ]
    if rows:
        connection.execute(sa.insert(RUN_FILES), rows)


def _files(connection: sa.Connection) -> tuple[RunFile, ...]:
    columns = (RUN_FILES.c.file_id, RUN_FILES.c.path, RUN_FILES.c.is_sample, RUN_FILES.c.runs)
    return tuple(RunFile(*row) for row in connection.execute(sa.select(*columns).order_by(RUN_FILES.c.file_id)))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
