"""Importing runs: first what would be done, then doing it, wholly or not at all."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit
from scenario_core.custom.columns import now
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.usage_tables import RUN_BATCHES, RUN_IMPORTS, RUNS
from scenario_core.errors import DatasetError, InvalidRunsError, StalePlanError
from scenario_core.progress import Progress, silent
from scenario_core.scenario import Store
from scenario_core.usage.dataset import Batch, Dataset, listed
from scenario_core.usage.imports.analysis import Analysis, Found
from scenario_core.usage.imports.engine import workshop
from scenario_core.usage.imports.forms import Raw, Report, Source, counted
from scenario_core.usage.imports.open_rows import add_open
from scenario_core.usage.imports.plan import ImportPlan
from scenario_core.usage.imports.writing import write
from scenario_core.usage.learners import pseudonym, pseudonym_key

MOST_UNKNOWN: Final = 20
_AT_ONCE: Final = 10_000
_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class RunImport:
    """One import that was applied."""

    import_id: int
    at: datetime
    actor_id: int
    form: str
    name: str
    digest: str
    added: int
    known: int
    faulty: int


@dataclass(frozen=True, slots=True)
class _Looked:
    """The plan and what it was made from, which is missing where there is nothing to do; a folder to work in."""

    planned: ImportPlan
    folder: Path
    analysis: Analysis | None = None


def imports(engine: sa.Engine) -> list[RunImport]:
    """All imports, the latest first.

    Raises:
        DatabaseError: the database does not answer.
    """
    query = sa.select(*(RUN_IMPORTS.c[name] for name in RunImport.__slots__)).order_by(RUN_IMPORTS.c.import_id.desc())
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        return [RunImport(*row) for row in connection.execute(query)]


def plan(dataset: Dataset, source: Source, production: frozenset[str], progress: Progress = silent) -> ImportPlan:
    """What an import would do; nothing is changed. `production` are the ids of all production scenarios.

    Raises:
        InvalidRunsError: the source as a whole can't be read; faults of single records are in the plan.
        DatasetError: another process is writing the dataset, or its folder can't be written.
        DatabaseError: the database does not answer.
    """
    with _looked_at(dataset, source, production, progress) as looked:
        return looked.planned


def apply(
    dataset: Dataset,
    source: Source,
    production: frozenset[str],
    *,
    actor_id: int,
    leave_out_faulty: bool = False,
    progress: Progress = silent,
) -> ImportPlan:
    """Import what is new in a source, looking at it afresh, and return what was done. Nothing is done in part.

    Raises:
        InvalidRunsError: there are faults, and records that have one are not to be left out.
        StalePlanError: the source changed while it was read.
        DatasetError: another process is writing the dataset, or its folder can't be written.
        DatabaseError: the database does not answer.
    """
    with _looked_at(dataset, source, production, progress) as looked:
        planned, analysis = looked.planned, looked.analysis
        if planned.fault_count and not leave_out_faulty:
            raise InvalidRunsError(
                planned.faults, planned.fault_count, hint="Nothing was imported. Mend them, or leave these records out."
            )
        if analysis is None or planned.is_empty:
            return planned
        report = _reporting(progress, planned.records, 0.4, 1.0)
        shaping, still_open = analysis.shaping(looked.folder), looked.folder / "open"
        batch = dataset.write(lambda folder: write(shaping, planned.records, folder, still_open, report))
        _require_as_many(planned, sum(batch.paths.values()), planned.new - planned.open + planned.closed)
        if not source.is_unchanged():
            raise StalePlanError(f"{source.name} changed while it was read; nothing was imported.", hint="Try again.")
        done = _commit(dataset, analysis, still_open, planned, batch, actor_id)
        progress(planned.records, planned.records)
        return done


@contextmanager
def _looked_at(dataset: Dataset, source: Source, production: frozenset[str], progress: Progress) -> Iterator[_Looked]:
    """Look at a source while nobody else writes."""
    digest = source.digest()
    with dataset.writing(), _folder(dataset) as folder:
        if (before := _imported_at(dataset.engine, digest)) is not None:
            yield _Looked(ImportPlan(source.form, source.name, digest, imported_at=before), folder)
            return
        key = _key(dataset.engine)
        raw = source.read(folder, lambda user: pseudonym(key, user), _reporting(progress, 0, 0.0, 0.2))
        with workshop(folder / "spill") as work:
            analysis = Analysis(work, raw, dataset, key)
            ids = analysis.read_stores(production)
            found = analysis.look(_reporting(progress, raw.records, 0.2, 0.4))
            yield _Looked(_planned(source, digest, raw, found, ids), folder, analysis)


def _planned(source: Source, digest: str, raw: Raw, found: Found, ids: frozenset[str]) -> ImportPlan:
    unknown = {name: number for name, number in found.scenarios.items() if name is not None and name not in ids}
    first = sorted(unknown.items(), key=lambda each: (-each[1], each[0]))[:MOST_UNKNOWN]
    return ImportPlan(
        form=source.form,
        name=source.name,
        digest=digest,
        records=found.records,
        new=found.records - found.faulty - found.known - found.closed,
        known=found.known,
        closed=found.closed,
        differing=found.differing,
        open=found.open,
        without_scenario=found.scenarios[None],
        unknown_scenarios=dict(first),
        unknown_count=sum(unknown.values()),
        faults=tuple(found.faults),
        fault_count=found.fault_count,
        faulty=found.faulty,
        notes=counted(raw.notes),
    )


def _require_as_many(planned: ImportPlan, written: int, expected: int) -> None:
    if written != expected:
        raise StalePlanError(
            f"{planned.name} changed while it was read: {expected:,} runs were expected, {written:,} found.",
            hint="Nothing was imported. Try again.",
        )


def _commit(
    dataset: Dataset, analysis: Analysis, still_open: Path, planned: ImportPlan, batch: Batch, actor_id: int
) -> ImportPlan:
    """All of it in one transaction; runs that somebody has ended meanwhile make it void."""
    closing = [closes for (closes,) in analysis.work.run("SELECT closes FROM skipped WHERE closes IS NOT NULL")]
    with translated_errors(), dataset.engine.begin() as connection:
        if _take_out(connection, closing) != len(closing):
            raise StalePlanError("Runs that were open have ended meanwhile; nothing was imported.", hint="Try again.")
        row = {
            "at": now(),
            "actor_id": actor_id,
            "form": planned.form.value,
            "name": audit.storable(planned.name)[:_LONGEST_NAME],
            "digest": planned.digest,
            "added": planned.new + planned.closed,
            "known": planned.known,
            "faulty": planned.faulty,
        }
        import_id = connection.execute(sa.insert(RUN_IMPORTS).values(row)).inserted_primary_key[0]  # type: ignore[index]  # one row was inserted
        listed(connection, batch, import_id=import_id)
        _require_as_many(planned, add_open(connection, analysis.work, still_open), planned.open)
        detail: dict[str, Any] = {name: row[name] for name in ("form", "name", "added", "known", "faulty")}
        audit.write(connection, actor_id, "import_runs", Store.CUSTOM, None, {"import_id": import_id, **detail})
    return replace(planned, import_id=import_id)


def _take_out(connection: sa.Connection, run_ids: list[str]) -> int:
    gone = 0
    for start in range(0, len(run_ids), _AT_ONCE):
        part = RUNS.c.run_id.in_(run_ids[start : start + _AT_ONCE])
        gone += connection.execute(sa.delete(RUNS).where(part, RUNS.c.ended_at.is_(None))).rowcount
    return gone


def _key(engine: sa.Engine) -> str:
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        return pseudonym_key(connection)


def _imported_at(engine: sa.Engine, digest: str) -> datetime | None:
    query = sa.select(RUN_IMPORTS.c.at).where(RUN_IMPORTS.c.digest == digest).order_by(RUN_IMPORTS.c.import_id)
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        found: datetime | None = connection.execute(query).scalars().first()
        return found


@contextmanager
def _folder(dataset: Dataset) -> Iterator[Path]:
    """A folder to work in, noted as a batch: if this process is killed, the next writer removes it."""
    batch_id = uuid.uuid4().hex
    folder = dataset.folder / f"staging-{batch_id}"
    with translated_errors(), dataset.engine.begin() as connection:
        connection.execute(sa.insert(RUN_BATCHES).values(batch_id=batch_id, begun_at=now()))
    try:
        folder.mkdir()
        yield folder
    except OSError as error:
        raise DatasetError(
            f"The work can't be done: {error.strerror or error}: {error.filename or dataset.folder}.",
            hint="Look whether the file is there, and whether there is room.",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with translated_errors(), dataset.engine.begin() as connection:
            connection.execute(sa.delete(RUN_BATCHES).where(RUN_BATCHES.c.batch_id == batch_id))


def _reporting(progress: Progress, records: int, low: float, high: float) -> Report:
    """Shares of one part of the work as records done of all; 0 records mean that their number is not known yet."""
    total = records or 1_000

    def report(share: float) -> None:
        progress(int(total * (low + (high - low) * min(1.0, share))), total)

    return report
