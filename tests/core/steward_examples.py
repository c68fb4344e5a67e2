"""The shipped catalogue as a content manager finds it, and what other programs do to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from scenario_core import mirror
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.integrity.snapshot import mirrored
from scenario_core.settings import Settings
from scenario_core.stewardship.steward import Steward
from tests.factories import SHIPPED

HOTEL: Final = "hotel_check_in"
DINNER: Final = "restaurant_dinner_reservation"


def make_intact(folder: Path, database: str = "") -> Desk:
    """Copy the shipped file into a folder, approved and mirrored."""
    _copy_shipped(folder)
    if database:
        return _mirrored(opened(folder, database))
    (folder / "desk.db").write_bytes(_intact_sqlite())
    return opened(folder)


@cache
def _intact_sqlite() -> bytes:
    """The database's file; made once for each process."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        _copy_shipped(folder)
        desk = _mirrored(opened(folder))
        with desk.engine.connect().execution_options(sqlite_begin="") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        desk.close()
        return (folder / "desk.db").read_bytes()


def _copy_shipped(folder: Path) -> None:
    for name in ("scenarios.json", "scenarios.json.backup"):
        shutil.copy(SHIPPED.with_name(name), folder / name)


def _mirrored(desk: Desk) -> Desk:
    schema.upgrade(desk.engine)
    mirror.apply(desk.engine, mirrored(desk.production), actor_id=1)
    return desk


def opened(folder: Path, database: str = "") -> Desk:
    url = database or f"sqlite:///{folder / 'desk.db'}"
    return Desk.open(Settings.read(production=folder / "scenarios.json", database=url, expected_count=31))


def edit(steward: Steward, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Change the file as another program would; returns its bytes."""
    path = steward.desk.production.path
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    steward.desk.production.refresh()
    return path.read_bytes()


def spoil(document: dict[str, Any]) -> None:
    """Three changes in one scenario."""
    document[HOTEL]["name"] = "Hotel"
    document[HOTEL]["phases"][1]["name"] = "Another name"
    document[HOTEL]["phases"][0]["essential_phrases"].append("One more phrase.")


def damage(document: dict[str, Any]) -> None:
    """One name that is only a notice, and minutes that don't add up."""
    document[HOTEL]["name"] = "Hotel (Updated)"
    document[HOTEL]["duration_minutes"] = 59


def scenario_of(steward: Steward, scenario_id: str = HOTEL) -> dict[str, Any]:
    """The record that stands in the file."""
    found: dict[str, Any] = json.loads(steward.desk.production.path.read_bytes())[scenario_id]
    return found
