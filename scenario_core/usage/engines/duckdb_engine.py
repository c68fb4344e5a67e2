"""DuckDB inside the process: the facts of all runs in a working file, whole runs read from the dataset's files.

The working file lies in a temporary folder, is made anew by each process, and goes with it. It holds nothing that does
not follow from the runs: 13 bytes a run, against some 400 in memory.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa

from scenario_core.errors import DatasetError, UsageEngineError
from scenario_core.progress import Progress, silent
from scenario_core.usage.dataset import Contents, Dataset, RunFile
from scenario_core.usage.duckdb_sql import MEMORY, literal, parquet
from scenario_core.usage.engines.base import RUN_SCHEMA, Learners, Measured, Place, derived
from scenario_core.usage.facts import SCHEMA as FACT_SCHEMA
from scenario_core.usage.facts import facts
from scenario_core.usage.run import COLUMNS, SCHEMA

FRESH: Final = 0
"""In the place of a file's number for runs that are not compacted."""
_TRIES: Final = 3
_MOST_BITS: Final = 8 * 100_000_000
"""Up to a hundred million bytes learners are counted as bits."""
_KEYS: Final = "kind, scenario, learner"
_ATTEMPTED: Final = "learner IS NOT NULL AND started_s IS NOT NULL AND scenario <> ''"
_NEW_LEARNERS: Final = """
INSERT INTO learner
SELECT (SELECT coalesce(max(learner), 0) FROM learner) + row_number() OVER (), pseudonym FROM (
    SELECT DISTINCT learner AS pseudonym FROM added WHERE learner IS NOT NULL
) ANTI JOIN (SELECT pseudonym FROM learner) AS known USING (pseudonym)
"""


class DuckDBEngine:
    """Measures the runs of one dataset."""

    def __init__(self, dataset: Dataset, zone: str, *, memory: str = MEMORY) -> None:
        self._dataset = dataset
        self._zone = zone
        self._folder = Path(tempfile.mkdtemp(prefix="scenario-desk-usage-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._refreshing = threading.Lock()
        self._changing = threading.Lock()
        self._files: tuple[RunFile, ...] = ()
        self._fresh = SCHEMA.empty_table()
        self._revision = ""
        self._database = _opened(self._folder, memory)

    def refresh(self, progress: Progress = silent) -> str:
        """Take in the files that are new and the recorded runs that have changed; files that are gone are dropped.

        Raises:
            DatasetError: a file that the database lists is missing or damaged.
            DatabaseError: the database does not answer.
        """
        with self._refreshing:
            for attempt in range(_TRIES):
                revision = self._dataset.revision()
                if revision == self._revision:
                    break
                try:
                    self._take_in(self._dataset.contents(), revision, progress)
                except duckdb.Error as error:
                    if attempt == _TRIES - 1:  # before that, a file may have been taken out after it was listed
                        raise _unreadable(self._dataset, error) from error
                else:
                    break
            return self._revision

    @contextmanager
    def measured(self) -> Iterator[Measured]:
        """All runs as they were at the last refresh.

        Raises:
            DatasetError: a file is missing or damaged.
        """
        with self._database.cursor() as cursor:
            try:
                cursor.execute("USE desk")
                cursor.execute("SET TimeZone = 'UTC'")
                with self._changing:
                    files, fresh, revision = self._files, self._fresh, self._revision
                    cursor.begin()
                    # From its first question on, a transaction sees the facts of that moment.
                    [(learners,)] = cursor.execute("SELECT coalesce(max(learner), 0) FROM learner").fetchall()
                cursor.register("fresh_runs", fresh)
                runs = _all_runs([self._dataset.path_of(file) for file in files])
                yield Measured(_Cursor(cursor, learners, runs), revision)
            except duckdb.IOException as error:
                raise _unreadable(self._dataset, error) from error

    def close(self) -> None:
        """End DuckDB and remove the working file."""
        self._database.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _take_in(self, contents: Contents, revision: str, progress: Progress) -> None:
        new = [file for file in contents.files if file not in self._files]
        gone = [file.file_id for file in self._files if file not in contents.files]
        total = sum(file.runs for file in new) + contents.fresh.num_rows
        done = 0
        with self._database.cursor() as cursor:
            cursor.execute("USE desk")
            cursor.execute("SET TimeZone = 'UTC'")
            cursor.begin()
            cursor.execute(_TOUCHED)
            is_first = not self._revision
            if not is_first:
                _touch(cursor, [FRESH, *gone])
            cursor.execute("DELETE FROM fact WHERE file_id IN (SELECT unnest(?))", [[FRESH, *gone]])
            for file in new:
                self._insert(cursor, file.file_id, _file_sql([self._dataset.path_of(file)]))
                done += file.runs
                progress(done, total)
            cursor.register("fresh_runs", contents.fresh)
            self._insert(cursor, FRESH, "SELECT * FROM fresh_runs")
            if not is_first:
                _touch(cursor, [FRESH, *(file.file_id for file in new)])
            _mark_attempts(cursor, everywhere=is_first)
            _derive(cursor, everywhere=is_first)
            with self._changing:
                cursor.commit()
                self._files, self._fresh, self._revision = contents.files, contents.fresh, revision

    def _insert(self, cursor: duckdb.DuckDBPyConnection, file_id: int, runs: str) -> None:
        """Add the facts of some runs, by the expression that every engine shares."""
        cursor.execute(f"CREATE OR REPLACE TEMP VIEW added AS {runs}")
        cursor.execute(_NEW_LEARNERS)
        cursor.execute(
            f"INSERT INTO fact BY NAME SELECT {file_id} AS file_id, f.* REPLACE (l.learner AS learner), "
            f"if(l.{_ATTEMPTED}, 'first', NULL) AS attempt "
            f"FROM ({_facts_sql(self._zone)}) AS f LEFT JOIN learner AS l ON l.pseudonym = f.learner"
        )


_bits: Any = ibis.udf.agg.builtin(
    lambda learner, _least, _most: learner,
    name="bitstring_agg",
    signature=(("string", "int64", "int64"), "string"),
)
_union: Any = ibis.udf.agg.builtin(lambda bits: bits, name="bit_or", signature=(("string",), "string"))
_bit_count: Any = ibis.udf.scalar.builtin(len, name="bit_count", signature=(("string",), "int64"))
"""Functions of DuckDB: a string with one bit for each learner, those of several, and how many bits of it are set."""


class _LearnerBits(Learners):
    """A bit for each learner."""

    def count(self, groups: ir.Table, where: Any = None) -> Any:
        """The bits that are set in any of the groups."""
        return _bit_count(_union(groups.bits, where=where)).fill_null(0)


class _Cursor(Place):
    """Questions to DuckDB, in one thread."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, learners: int, runs: str) -> None:
        self._cursor = cursor
        self._learners = learners
        self._runs = runs

    def ask(self, expression: ir.Table) -> pa.Table:
        return self._cursor.sql(_sql(expression)).to_arrow_table()

    def lay_down(self, name: str, rows: pa.Table) -> None:
        self._cursor.register(name, rows)

    def open_runs(self) -> None:
        """The files are opened only where a question is about them."""
        if self._runs:
            self._cursor.execute(f"CREATE OR REPLACE TEMP VIEW run AS {self._runs}")
            self._runs = ""

    def with_pseudonyms(self, found: ir.Table) -> ir.Table:
        names = ibis.table({"learner": "string", "pseudonym": "string"}, name="learner")
        named = found.inner_join(names, "learner")
        return named.select(*(each for each in found.columns if each != "learner"), learner=named.pseudonym)

    def learners(self, name: str, found: ir.Table, keys: Sequence[str], most: int) -> Learners:
        """Bits, exact and some five times as fast as a hash table of learners, where there is room for them."""
        if not self._learners or most * self._learners > _MOST_BITS:
            return super().learners(name, found, keys, most)
        bits = found.group_by(*keys).agg(bits=_bits(found.learner, 0, self._learners))
        self.keep(name, bits)
        return _LearnerBits(ibis.table(bits.schema(), name=name))

    def keep(self, name: str, expression: ir.Table) -> None:
        self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {_sql(expression)}")

    def name(self, name: str, expression: ir.Table) -> None:
        self._cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_sql(expression)}")


def _sql(expression: ir.Table) -> str:
    return _words_of(expression.op())


@functools.lru_cache(maxsize=500)
def _words_of(question: ops.Node) -> str:
    """The SQL of a question, which takes longer to find than many a question to answer."""
    return str(ibis.to_sql(question.to_expr(), dialect="duckdb"))


@functools.cache
def _facts_sql(zone: str) -> str:
    """The facts of the runs that are being added: long, and the same for every file."""
    return _sql(facts(ibis.table(RUN_SCHEMA, name="added"), zone))


def _opened(folder: Path, memory: str) -> duckdb.DuckDBPyConnection:
    try:
        database = duckdb.connect(
            config={
                "memory_limit": memory,
                "temp_directory": str(folder / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        database.execute(f"ATTACH {literal(folder / 'facts.duckdb')} AS desk")
        database.execute("USE desk")
        database.execute(_TABLES)
    except duckdb.Error as error:
        raise UsageEngineError(
            f"DuckDB can't work in {folder}: {error}.", hint="Make room in the temporary folder."
        ) from error
    return database


_TABLES: Final = """
CREATE TABLE fact (
    file_id INTEGER, scenario VARCHAR, learner UINTEGER, language VARCHAR, source VARCHAR, kind VARCHAR,
    finished_only BOOLEAN, started_s BIGINT, day INTEGER, outcome VARCHAR, seconds DOUBLE,
    phases_completed INTEGER, total_phases INTEGER, possible BOOLEAN, worded BOOLEAN, attempt VARCHAR
);
CREATE TABLE first_day (kind VARCHAR, learner UINTEGER, first_day INTEGER);
CREATE TABLE daily (
    scenario VARCHAR, language VARCHAR, source VARCHAR, finished_only BOOLEAN, day INTEGER, outcome VARCHAR,
    attempt VARCHAR, phases_completed INTEGER, total_phases INTEGER, possible BOOLEAN, worded BOOLEAN,
    runs BIGINT, microseconds BIGINT, anonymous BIGINT
);
CREATE TABLE learner (learner UINTEGER, pseudonym VARCHAR);
"""
"""Learners are numbered from 1 in `learner`, so that those of a group can be counted as bits of a string."""
_TOUCHED: Final = """
CREATE OR REPLACE TEMP TABLE touched (kind VARCHAR, scenario VARCHAR, learner UINTEGER);
CREATE OR REPLACE TEMP TABLE touched_day (day INTEGER);
"""


def _touch(cursor: duckdb.DuckDBPyConnection, file_ids: Sequence[int]) -> None:
    """Note which learners ran which scenarios in these files, and on which days anything was run."""
    here = "FROM fact WHERE file_id IN (SELECT unnest(?))"
    cursor.execute(f"INSERT INTO touched SELECT DISTINCT {_KEYS} {here} AND learner IS NOT NULL", [list(file_ids)])
    cursor.execute(f"INSERT INTO touched_day SELECT DISTINCT day {here}", [list(file_ids)])


def _mark_attempts(cursor: duckdb.DuckDBPyConnection, *, everywhere: bool) -> None:
    """Tell first attempts from repeats where runs came or went, or everywhere: what came may hold older ones."""
    where = "" if everywhere else f"SEMI JOIN touched USING ({_KEYS})"
    cursor.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE first_attempt AS
        SELECT {_KEYS}, min(started_s) AS first_s FROM fact {where} WHERE {_ATTEMPTED} GROUP BY {_KEYS}
        """
    )
    cursor.execute(
        """
        UPDATE fact SET attempt = if(started_s = first_s, 'first', 'repeat') FROM first_attempt AS f
        WHERE fact.kind = f.kind AND fact.scenario = f.scenario AND fact.learner = f.learner AND started_s IS NOT NULL
        AND attempt IS DISTINCT FROM if(started_s = first_s, 'first', 'repeat')
        """
    )
    cursor.execute("DROP TABLE first_attempt")


_CHANGED: Final = {
    "first_day": "WHERE (kind, learner) IN (SELECT (kind, learner) FROM touched)",
    "daily": "WHERE coalesce(day, 0) IN (SELECT coalesce(day, 0) FROM touched_day)",
}
"""Which rows of what is kept beside the facts no longer hold, and the facts that they are made from again."""


def _derive(cursor: duckdb.DuckDBPyConnection, *, everywhere: bool) -> None:
    """Make again what is kept beside the facts, by the expressions that every engine shares, where runs changed."""
    if not everywhere:
        cursor.execute(f"INSERT INTO touched_day SELECT DISTINCT day FROM fact SEMI JOIN touched USING ({_KEYS})")
    for name, expression in derived(ibis.table(FACT_SCHEMA, name="changed")).items():
        where = "" if everywhere else _CHANGED[name]
        cursor.execute(f"DELETE FROM {name} {where}")
        cursor.execute(f"CREATE OR REPLACE TEMP VIEW changed AS SELECT * FROM fact {where}")
        cursor.execute(f"INSERT INTO {name} BY NAME {_sql(expression)}")


def _all_runs(paths: Sequence[Path]) -> str:
    fresh = "SELECT * FROM fresh_runs"
    return f"{_file_sql(paths)} UNION ALL BY NAME {fresh}" if paths else fresh


def _file_sql(paths: Sequence[Path]) -> str:
    return f"SELECT {', '.join(COLUMNS)} FROM {parquet(paths)}"


def _unreadable(dataset: Dataset, error: Exception) -> DatasetError:
    return DatasetError(
        f"The runs in {dataset.folder} can't be read: {error}.",
        hint="Bring the folder back from a backup of the same time as the database.",
    )
