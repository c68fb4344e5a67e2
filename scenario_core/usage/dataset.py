"""The dataset of compacted runs: Parquet files by month, listed in the database, added whole and never rewritten.

A file counts from the moment at which the database lists it, in the same transaction that takes its runs out of the
table of recorded ones: whenever a process is killed, every run is in exactly one of the two. What was written and is
not listed is litter, which the next writer removes: it knows which batches were begun, and touches no other file, since
another database may list it.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from filelock import FileLock, Timeout

from scenario_core.custom.columns import now
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.usage_tables import RUN_BATCHES, RUN_FILES, RUNS
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

    batch_id: str = ""
    paths: dict[str, int] = field(default_factory=dict)
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

    def recorded(self) -> int:
        """How many runs are in the database and in no file."""
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(RUNS)).scalar_one()

    def revision(self) -> str:
        """Names the present state of files and recorded runs: the same revision, the same runs."""
        # A file's number is given again after the last file is gone; the moment at which it was added is not.
        files = sa.select(sa.func.count(), sa.func.max(RUN_FILES.c.file_id), sa.func.max(RUN_FILES.c.added_at))
        fresh = sa.select(
            sa.func.count(), sa.func.max(RUNS.c.heard_at), sa.func.count(RUNS.c.ended_at),
            sa.func.sum(RUNS.c.phases_completed),
        )  # fmt: skip
        with self._reading() as connection:
            counts = [*connection.execute(files).one(), *connection.execute(fresh).one()]
        return ".".join(str(value) for value in counts)

    def is_empty(self) -> bool:
        """Whether there is no run at all."""
        with self._reading() as connection:
            return all(
                connection.execute(sa.select(column).limit(1)).first() is None
                for column in (RUN_FILES.c.file_id, RUNS.c.run_id)
            )

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
        batch_id = uuid.uuid4().hex
        staging = self.folder / f"staging-{batch_id}"
        with translated_errors(), self.engine.begin() as connection:
            connection.execute(sa.insert(RUN_BATCHES).values(batch_id=batch_id, begun_at=now()))
        try:
            staging.mkdir(parents=True)
            produce(staging)
            return Batch(batch_id, dict(self._moved(staging, batch_id, "sample" if is_sample else "runs")))
        except OSError as error:
            raise DatasetError(
                f"{self.folder} can't be written: {error.strerror or error}.", hint="Make room."
            ) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def path_of(self, file: RunFile) -> Path:
        """Where a file lies."""
        return self.folder / file.path

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        options = dict(READ_ONLY)
        if self.engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with translated_errors(), self.engine.connect().execution_options(**options) as connection:
            yield connection

    def _moved(self, staging: Path, batch_id: str, kind: str) -> Iterator[tuple[str, int]]:
        folders = set()
        for number, written in enumerate(sorted(staging.glob("month=*/*.parquet"))):
            _flush(written)
            target = self.folder / kind / written.parent.name / f"{batch_id}-{number}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            written.replace(target)
            folders |= {target.parent, target.parent.parent, self.folder}
            yield target.relative_to(self.folder).as_posix(), pq.read_metadata(target).num_rows
        for folder in folders:
            flush_folder(folder)

    def _remove_litter(self) -> None:
        """What batches left that were begun and never listed."""
        with self._reading() as connection:
            begun = connection.scalars(sa.select(RUN_BATCHES.c.batch_id)).all()
        if not begun:
            return
        for batch_id in begun:
            shutil.rmtree(self.folder / f"staging-{batch_id}", ignore_errors=True)
            for path in self.folder.glob(f"*/month=*/{batch_id}-*.parquet"):
                path.unlink(missing_ok=True)
        with translated_errors(), self.engine.begin() as connection:
            connection.execute(sa.delete(RUN_BATCHES).where(RUN_BATCHES.c.batch_id.in_(begun)))


def listed(connection: sa.Connection, batch: Batch, *, is_sample: bool = False, import_id: int | None = None) -> None:
    """Make the files of a batch count, as part of the connection's transaction."""
    rows = [
        {"path": path, "runs": runs, "is_sample": is_sample, "added_at": now(), "import_id": import_id}
        for path, runs in batch.paths.items()
    ]
    if rows:
        connection.execute(sa.insert(RUN_FILES), rows)
    connection.execute(sa.delete(RUN_BATCHES).where(RUN_BATCHES.c.batch_id == batch.batch_id))


def forgotten(connection: sa.Connection, files: Iterable[RunFile]) -> None:
    """Let the next writer remove files that were taken out of the list, should this process be killed before it has."""
    batches = {Path(file.path).name.partition("-")[0] for file in files}
    if batches:
        rows = [{"batch_id": batch_id, "begun_at": now()} for batch_id in sorted(batches)]
        connection.execute(sa.insert(RUN_BATCHES), rows)


def _files(connection: sa.Connection) -> tuple[RunFile, ...]:
    columns = (RUN_FILES.c.file_id, RUN_FILES.c.path, RUN_FILES.c.is_sample, RUN_FILES.c.runs)
    return tuple(RunFile(*row) for row in connection.execute(sa.select(*columns).order_by(RUN_FILES.c.file_id)))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
