"""DuckDB within this process, with a limit on its memory: it reports how far it is, and stops when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from scenario_core.errors import DatasetError, Fault, InvalidRunsError
from scenario_core.usage.duckdb_sql import MEMORY
from scenario_core.usage.imports.forms import Report

_ASK_SECONDS: Final = 0.1


def nothing(share: float) -> None:
    """Report to nobody."""
    del share


class Workshop:
    """One database in memory; what does not fit goes into a folder."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._report: Report = nothing

    def run(self, sql: str, report: Report = nothing) -> list[tuple[Any, ...]]:
        """Run a statement in a thread of its own and return its rows; whatever stops the caller stops it too.

        Raises:
            InvalidRunsError: a file that is read is damaged.
            DatasetError: there is no room for what is written.
        """
        rows: list[tuple[Any, ...]] = self._guarded(lambda: self._connection.execute(sql).fetchall(), report)
        return rows

    def table(self, sql: str) -> pa.Table:
        """The rows of a query as Arrow; see `run`."""
        return self._guarded(lambda: self._connection.sql(sql).to_arrow_table(), nothing)

    def batches(self, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        """The rows of a query, so many at a time; see `run`."""
        with _translated():
            yield from self._connection.sql(sql).to_arrow_reader(rows)

    def register(self, name: str, table: pa.Table) -> None:
        """Let statements read an Arrow table."""
        self._connection.register(name, table)

    def _guarded(self, work: Callable[[], Any], report: Report) -> Any:
        with _translated(), ThreadPoolExecutor(1) as pool:
            future = pool.submit(work)
            try:
                while True:
                    try:
                        return future.result(_ASK_SECONDS)
                    except NotYet:
                        if future.done():
                            raise
                        report(max(0.0, self._connection.query_progress()) / 100)
            except BaseException:
                while not future.done():
                    self._connection.interrupt()
                    _wait(future.exception, _ASK_SECONDS)
                raise


@contextmanager
def workshop(folder: Path) -> Iterator[Workshop]:
    """A database that spills into a folder."""
    settings: dict[str, Any] = {
        "memory_limit": MEMORY,
        "temp_directory": str(folder),
        "preserve_insertion_order": False,
    }
    connection = duckdb.connect(config=settings)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = true")
        connection.execute("SET enable_progress_bar_print = false")
        yield Workshop(connection)
    finally:
        connection.close()


def _wait(ask: Callable[[float], Any], seconds: float) -> None:
    try:
        ask(seconds)
    except NotYet:
        return


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        if isinstance(error, duckdb.IOException) and "space" not in str(error):
            raise _damaged(error) from error
        raise DatasetError(f"There is no room for the work: {_first_line(error)}.", hint="Make room.") from error
    except duckdb.Error as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> InvalidRunsError:
    return InvalidRunsError([Fault("", "a file that can be read to its end", _first_line(error))], 1)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
