"""Runs to test with, and what a dataset holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.imports import ImportPlan
from scenario_core.usage.run import COLUMNS, SCHEMA

STARTED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ENDED = datetime(2026, 3, 1, 9, 42, 30, tzinfo=UTC)
LEARNER = "0123456789abcdef"
HEADING = "run_id,scenario_id,learner,started_at,ended_at,end_reason,vocabulary,success_rate\n"


def run_of(run_id: str, **fields: Any) -> dict[str, Any]:
    """A completed run of a production scenario, as an import stores it."""
    return {
        "run_id": run_id,
        "scenario_id": "one",
        "store": "production",
        "learner": LEARNER,
        "language": "en",
        "source": "import",
        "started_at": STARTED,
        "ended_at": ENDED,
        "end_reason": "completed",
        "last_phase": "ordering",
        "phases_completed": 2,
        "total_phases": 2,
        "phase_seconds": [300.0, 450.0],
        "minutes": None,
        "vocabulary": ["menu"],
        "objectives": [],
        "success_rate": 0.75,
        "completion_score": 80.0,
        "finished_only": False,
        **fields,
    }


def open_run(run_id: str, **fields: Any) -> dict[str, Any]:
    """The same before it has ended."""
    return run_of(run_id, **{"ended_at": None, "end_reason": None, **fields})


def json_lines(path: Path, records: Iterable[dict[str, Any]]) -> Path:
    """Records as JSON Lines; moments as ISO 8601."""
    path.write_text("".join(json.dumps(each, default=datetime.isoformat) + "\n" for each in records), encoding="utf-8")
    return path


def parquet(path: Path, records: list[dict[str, Any]]) -> Path:
    """Records as Parquet of the documented schema."""
    pq.write_table(pa.Table.from_pylist(records, schema=SCHEMA), path)
    return path


def stored(dataset: Dataset) -> list[dict[str, Any]]:
    """All runs that count, by id."""
    contents = dataset.contents()
    tables = [pq.ParquetFile(dataset.path_of(file)).read().select(COLUMNS).cast(SCHEMA) for file in contents.files]
    rows = pa.concat_tables([*tables, contents.fresh.select(COLUMNS)]).to_pylist()
    return sorted(rows, key=lambda row: str(row["run_id"]))


def bring_in(manager: Steward, path: Path, form: str | None = None, **options: Any) -> ImportPlan:
    return run_imports.apply(manager, run_imports.file_source(path, form), **options)


def look_at(manager: Steward, path: Path, form: str | None = None, *, ignore_unknown: bool = False) -> ImportPlan:
    return run_imports.plan(manager, run_imports.file_source(path, form, ignore_unknown=ignore_unknown))


def count(manager: Steward, table: sa.Table) -> int:
    with manager.desk.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def faults_of(planned: ImportPlan) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.actual) for fault in planned.faults]


def csv_file(path: Path, *lines: str) -> Path:
    path.write_text(HEADING + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def elsewhere(manager: Steward, engine: sa.Engine, folder: Path) -> Steward:
    """The same person at a desk with another database and another dataset."""
    desk = manager.desk
    return Steward(
        Desk(desk.settings.model_copy(update={"usage": folder}), desk.production, engine, desk.directory),
        manager.person,
    )
