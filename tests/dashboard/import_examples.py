"""Files of runs to import, and what has become of them."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from scenario_core.bootstrap import Desk
from scenario_core.custom.directory import add_person
from scenario_core.people import Role
from scenario_core.stewardship.steward import Steward
from tests.factories import ADMIN

HEAD: Final = "run_id,scenario_id,user,started_at,ended_at,end_reason\n"
GOOD: Final = HEAD + "".join(
    f"r-{number},hotel_check_in,learner {number},2026-11-02T18:{number:02}:00Z,2026-11-02T19:00:00Z,completed\n"
    for number in range(7)
)
FAULTY: Final = GOOD + "r-100,hotel_check_in,kim,soon,2026-11-02T19:00:00Z,finished\n"
JSON: Final = '{"run_id": "j-1", "scenario_id": "hotel_check_in", "started_at": "2026-11-03T18:00:00Z"}\n'
STATEMENT: Final = (
    '{"actor": {"mbox": "mailto:kim@example.com"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/initialized"}, '
    '"object": {"id": "https://scenario-desk.invalid/scenarios/hotel_check_in"}, '
    '"context": {"registration": "x-1"}, "timestamp": "2026-11-04T18:00:00Z"}\n'
)
MANY: Final = 100_000
"""So many that reading them reports its progress."""


def person(desk: Desk, role: Role) -> Steward:
    return Steward(desk, add_person(desk.engine, desk.directory.person(ADMIN), f"A {role}", {role}))


def in_database(desk: Desk) -> int:
    return sum(file.runs for file in desk.dataset.files()) + desk.dataset.recorded()


def files_in(folder: Path) -> list[Path]:
    """The files that the page keeps."""
    found = folder.glob("scenario-desk-files-*/**/*")
    return [path for path in found if path.is_file() and path.name != "lock"]


def parquet_file() -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table({"run_id": ["p-1"], "scenario_id": ["hotel_check_in"]}), target)
    return target.getvalue()


def app_tables(path: Path, *, has_records: bool = True) -> None:
    """Put a table of the existing app into a database, with one finished run, or one that tells nothing of runs."""
    with closing(sqlite3.connect(path)) as connection, connection:
        if not has_records:
            connection.execute("CREATE TABLE users (id INTEGER)")
            return
        connection.execute(
            "CREATE TABLE scenario_progress_history (id INTEGER PRIMARY KEY, user_id INTEGER, scenario_id TEXT, "
            "progress_id TEXT, started_at TEXT, completed_at TEXT)"
        )
        connection.execute(
            "INSERT INTO scenario_progress_history VALUES (1, 7, 'hotel_check_in', 'p-a', "
            "'2025-12-20 14:46:22', '2025-12-20T14:56:22+00:00')"
        )


def app_file(*, has_records: bool = True) -> bytes:
    """A database of the existing app."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "app.db"
        app_tables(path, has_records=has_records)
        return path.read_bytes()


def many_runs() -> bytes:
    return b"run_id,scenario_id\n" + b"".join(b"m-%d,hotel_check_in\n" % number for number in range(MANY))
