"""Looking at the records of a source: which are faulty, which are known already, which are new."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import RECORDS, SCENARIOS, is_custom
from scenario_core.custom.usage_tables import RUNS
from scenario_core.errors import Fault
from scenario_core.scenario import Store
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.duckdb_sql import literal, parquet
from scenario_core.usage.imports.engine import Workshop, nothing
from scenario_core.usage.imports.forms import FAULTS_KEPT, KNOWN, USER, Raw, Report, in_line
from scenario_core.usage.imports.rules import Reading, quoted, reading_of
from scenario_core.usage.imports.shaping import Numbers, Shaping, is_straight
from scenario_core.usage.run import COLUMNS

_NOT_SKIPPED: Final = "NOT EXISTS (FROM skipped AS k WHERE k.record = r.record AND k.closes IS NULL)"
_NEAR: Final = "hash({}) IN (FROM known)"
_CONTENT: Final = tuple(name for name in COLUMNS if name not in {"run_id", "store", "source"})
_KEY: Final = "md5_number({})"
"""128 bits stand for a run id: texts would need three times the memory, and 64 bits might be those of another."""


@dataclass
class Found:
    """What is in a source."""

    records: int = 0
    faulty: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)
    known: int = 0
    differing: int = 0
    closed: int = 0
    open: int = 0
    scenarios: Counter[str | None] = field(default_factory=Counter)


class Analysis:
    """The records of one reading, as a relation of a workshop."""

    def __init__(self, work: Workshop, raw: Raw, dataset: Dataset, key: str) -> None:
        self.work, self.raw, self.dataset = work, raw, dataset
        described = work.run(f"DESCRIBE SELECT * FROM {parquet([raw.path])}")  # noqa: S608 - an own path
        self._types = {name: kind for name, kind, *_ in described}
        self.reading: Reading = reading_of(self._types, key, strict=raw.strict)
        self._stores: dict[str, str] = {}
        self._making = Lock()
        self.found = Found(
            records=raw.records + raw.broken, faulty=raw.broken, fault_count=raw.fault_count, faults=list(raw.faults)
        )

    @property
    def source(self) -> str:
        """The file as a relation named `r`, with the number of each record."""
        if self.raw.numbered:
            return f"{parquet([self.raw.path])} AS r"
        mine = ", ".join(quoted(name) for name in self._types if name in KNOWN)
        numbers = "file_row_number + 1 AS record, NULL AS line"
        return f"(SELECT {mine}, {numbers} FROM {parquet([self.raw.path], numbered=True)}) AS r"  # noqa: S608 - as below

    def columns(self, names: tuple[str, ...] = COLUMNS) -> str:
        """The columns of a run, over `source`."""
        return ", ".join(f"{self.reading.values[name]} AS {quoted(name)}" for name in names)

    def shaping(self, folder: Path) -> Shaping:
        """How the runs that are to be written are read; a folder takes the file that has to be made for it, if any."""
        path, numbered = self.raw.path, self.raw.numbered
        if not is_straight(path):
            path, numbered = folder / "straight.parquet", True
            self.work.run(
                f"COPY (SELECT r.record, {self.columns()} FROM {self.source}) TO {literal(path)} (FORMAT parquet)"  # noqa: S608 - as above
            )
        return Shaping(path, numbered, self._left_out(), self._stores, self._pseudonyms)

    def look(self, report: Report = nothing) -> Found:
        """Count, and find what must not be written."""
        self._count(lambda share: report(share / 2))
        self.work.run("CREATE TABLE skipped (record BIGINT, closes VARCHAR)")
        self._find_repeated()
        self._find_known(lambda share: report(0.5 + share / 2))
        if self.found.fault_count > len(self.found.faults) and len(self.found.faults) < FAULTS_KEPT:
            self._describe_faults()
        return self.found

    def read_stores(self, production: frozenset[str]) -> frozenset[str]:
        """Read which store knows which scenario, and return all ids."""
        mine = sa.select(SCENARIOS.c.scenario_id).where(is_custom())
        with translated_errors(), self.dataset.engine.connect().execution_options(**READ_ONLY) as connection:
            custom = set(connection.scalars(sa.select(RECORDS.c.scenario_id).union(mine))) - production
        ids = [*production, *custom]
        kinds = [Store.PRODUCTION.value] * len(production) + [Store.CUSTOM.value] * len(custom)
        self._stores = dict(zip(ids, kinds, strict=True))
        return frozenset(ids)

    def _left_out(self) -> Numbers:
        parts = ["SELECT record FROM skipped WHERE closes IS NULL"]
        if self.found.faulty > self.raw.broken:
            parts.append(f"SELECT record FROM {self.source} WHERE {self.reading.any_broken}")  # noqa: S608 - as above
        numbers: Numbers = self.work.table(" UNION ".join(parts))["record"].to_numpy()
        return np.sort(numbers)

    def _pseudonyms(self, batch: pa.RecordBatch) -> pa.Array[Any]:
        names = [name for name in ("learner", USER) if name in batch.schema.names]
        rows = pa.table({"place": np.arange(batch.num_rows), **{name: batch[name] for name in names}})
        made = f"SELECT {self.reading.values['learner']} AS learner FROM batch AS r ORDER BY r.place"  # noqa: S608 - as above
        with self._making:
            self.work.register("batch", rows)
            return self.work.table(made)["learner"].combine_chunks()

    def _count(self, report: Report) -> None:
        values, broken = self.reading.values, self.reading.any_broken
        counted = self.work.run(
            f"SELECT scenario, count(*) FILTER (NOT broken), count(*) FILTER (broken), "  # noqa: S608 - as above
            f"count(*) FILTER (is_open AND NOT broken) FROM (SELECT {values['scenario_id']} AS scenario, "
            f"{broken} AS broken, {values['end_reason']} IS NULL AS is_open FROM {self.source}) GROUP BY scenario",
            report,
        )
        for scenario_id, good, bad, still_open in counted:
            if good:
                self.found.scenarios[scenario_id] += good
            self.found.faulty += bad
            self.found.open += still_open
        if self.found.faulty > self.raw.broken:
            [(faults,)] = self.work.run(f"SELECT sum({self.reading.number_broken}) FROM {self.source} WHERE {broken}")  # noqa: S608 - as above
            self.found.fault_count += int(faults)

    def _find_repeated(self) -> None:
        run_id = self.reading.values["run_id"]
        key = f"hash({run_id})"
        [(several,)] = self.work.run(f"SELECT count({run_id}) - count(DISTINCT {key}) FROM {self.source}")  # noqa: S608 - as above
        if not several:
            return
        self.work.run(
            f"CREATE TABLE repeated AS SELECT * FROM (SELECT record, line, {run_id} AS run_id, "  # noqa: S608 - as above
            f"{self.reading.any_broken} AS broken, {self.reading.values['end_reason']} IS NULL AS is_open, "
            f"{self.reading.values['scenario_id']} AS scenario, min(record) OVER (PARTITION BY {run_id}) AS earliest "
            f"FROM {self.source} WHERE {key} IN (SELECT {key} FROM {self.source} WHERE {run_id} IS NOT NULL "
            f"GROUP BY ALL HAVING count(*) > 1)) WHERE record <> earliest"
        )
        self.work.run("INSERT INTO skipped SELECT record, NULL FROM repeated")
        for scenario_id, good, still_open, every in self.work.run(
            "SELECT scenario, count(*) FILTER (NOT broken), count(*) FILTER (is_open AND NOT broken), count(*) "
            "FROM repeated GROUP BY scenario"
        ):
            self.found.scenarios[scenario_id] -= good
            self.found.open -= still_open
            self.found.faulty += good
            self.found.fault_count += every
        for record, line, text, earliest in self.work.run(
            f"SELECT record, line, run_id, earliest FROM repeated ORDER BY record LIMIT {FAULTS_KEPT}"  # noqa: S608 - a number
        ):
            expected = f"a run_id of its own, since record {earliest} has this one"
            self.found.faults.append(Fault(f"/{record}/run_id", expected, in_line(text, line)))

    def _find_known(self, report: Report) -> None:
        """Compare with what is in; of runs that are in, those that were open and have ended now are not skipped."""
        if not self._may_be_known(lambda share: report(share / 2)):
            return
        values = self.reading.values
        content = ", ".join(values[name] for name in _CONTENT)
        sound = f"AND NOT ({self.reading.any_broken})" if self.found.faulty > self.raw.broken else ""
        self.work.run(
            f"CREATE TABLE met AS SELECT mine.*, there.content <> mine.content AS differs, there.is_open AS was_open "  # noqa: S608 - as above
            f"FROM (SELECT r.record, {values['run_id']} AS run_id, {_KEY.format(values['run_id'])} AS key, "
            f"hash({content}) AS content, {values['end_reason']} IS NULL AS is_open FROM {self.source} "
            f"WHERE {_NEAR.format(values['run_id'])} AND {_NOT_SKIPPED} {sound}) AS mine "
            f"JOIN ({self._stored()}) AS there ON there.key = mine.key",
            lambda share: report(0.5 + share / 2),
        )
        ends = "was_open AND NOT is_open"
        self.work.run(f"INSERT INTO skipped SELECT record, CASE WHEN {ends} THEN run_id END FROM met")  # noqa: S608 - a constant
        [(known, differing, closed, still_open)] = self.work.run(
            f"SELECT count(*) FILTER (NOT ({ends})), count(*) FILTER (differs AND NOT ({ends})), "  # noqa: S608 - a constant
            f"count(*) FILTER ({ends}), count(*) FILTER (is_open) FROM met"
        )
        self.found.known, self.found.differing, self.found.closed = known, differing, closed
        self.found.open -= still_open

    def _may_be_known(self, report: Report) -> bool:
        """Note which of the run ids that are in may be of the source: without a look at what runs hold."""
        with translated_errors(), self.dataset.engine.connect().execution_options(**READ_ONLY) as connection:
            recorded = connection.scalars(sa.select(RUNS.c.run_id)).all()
        self.work.register("recorded", pa.table({"run_id": pa.array(recorded, pa.string())}))
        ids = " UNION ALL ".join(f"SELECT hash(run_id) AS near FROM {each}" for each in [*self._files(), "recorded"])  # noqa: S608 - as above
        mine = f"SELECT hash({self.reading.values['run_id']}) AS near FROM {self.source}"  # noqa: S608 - as above
        self.work.run(
            f"CREATE TABLE known AS SELECT DISTINCT near FROM ({ids}) SEMI JOIN ({mine}) USING (near)",  # noqa: S608 - as above
            report,
        )
        return bool(self.work.run("FROM known LIMIT 1"))

    def _files(self) -> list[str]:
        paths: list[Path] = [self.dataset.path_of(file) for file in self.dataset.files()]
        return [parquet(paths)] if paths else []

    def _stored(self) -> str:
        """The runs that are in and may be of the source, each with its key and its content."""
        self.work.register("fresh", self.dataset.contents().fresh)
        values = ", ".join(quoted(name) for name in _CONTENT)
        columns = f"{_KEY.format('run_id')} AS key, hash({values}) AS content, end_reason IS NULL AS is_open"
        near = _NEAR.format("run_id")
        return " UNION ALL ".join(f"SELECT {columns} FROM {each} WHERE {near}" for each in [*self._files(), "fresh"])  # noqa: S608 - as above

    def _describe_faults(self) -> None:
        rules = self.reading.rules
        conditions = ", ".join(f"coalesce({rule.broken}, false), ({rule.found})::VARCHAR" for rule in rules)
        for record, line, *cells in self.work.run(
            f"SELECT r.record, r.line, {conditions} FROM {self.source} WHERE {self.reading.any_broken} "  # noqa: S608 - as above
            f"ORDER BY r.record LIMIT {FAULTS_KEPT}"
        ):
            for rule, broken, found in zip(rules, cells[::2], cells[1::2], strict=True):
                if broken:
                    self.found.faults.append(Fault(f"/{record}/{rule.field}", rule.expected, in_line(found, line)))
        self.found.faults.sort(key=lambda fault: int(fault.pointer.split("/")[1]))
        del self.found.faults[FAULTS_KEPT:]
