"""What can go wrong with a catalogue: each damage is a function that is given the desk."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from scenario_core import mirror
from scenario_core.bootstrap import Desk
from scenario_core.custom.tables import MIRROR_CONTEXT
from scenario_core.integrity.snapshot import mirrored

DAY = 24 * 60 * 60


def sql(*statements: str, protected: bool = False) -> Callable[[Desk], None]:
    """Run statements as any program could, or inside the mirror's own context."""

    def damage(desk: Desk) -> None:
        with desk.engine.begin() as connection:
            if protected:
                connection.execute(sa.insert(MIRROR_CONTEXT).values(id=1))
            for statement in statements:
                connection.exec_driver_sql(statement)
            if protected:
                connection.execute(sa.delete(MIRROR_CONTEXT))

    return damage


def without_foreign_keys(*statements: str) -> Callable[[Desk], None]:
    def damage(desk: Desk) -> None:
        with desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT", sqlite_begin="") as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            for statement in statements:
                connection.exec_driver_sql(statement)

    return damage


def edit(
    change: Callable[[dict[str, Any]], object], *, approve: bool = False, sync: bool = False
) -> Callable[[Desk], None]:
    """Change the file; approve it too, or mirror it too, so that only what is under test differs."""

    def damage(desk: Desk) -> None:
        path = desk.production.path
        document = json.loads(path.read_bytes())
        change(document)
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        desk.production.refresh()
        if approve:
            desk.production.create_baseline()
        if sync:
            mirror.apply(desk.engine, mirrored(desk.production), actor_id=1, retire=True)

    return damage


def text(change: Callable[[str], str], name: str = "scenarios.json") -> Callable[[Desk], None]:
    def damage(desk: Desk) -> None:
        path = desk.production.path.with_name(name)
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
        desk.production.refresh()

    return damage


def both(*damages: Callable[[Desk], None]) -> Callable[[Desk], None]:
    def damage(desk: Desk) -> None:
        for each in damages:
            each(desk)

    return damage


def without_backup(desk: Desk) -> None:
    desk.production.path.with_name("scenarios.json.backup").unlink()


def old_backup(desk: Desk) -> None:
    path = desk.production.path.with_name("scenarios.json.backup")
    moment = path.stat().st_mtime - 45 * DAY
    os.utime(path, (moment, moment))


def damaged_kept_backup(desk: Desk) -> None:
    kept = desk.production.create_backup()
    kept.path.write_bytes(kept.path.read_bytes().replace(b"Harbour", b"Haarbor", 1))


def torn_index(desk: Desk) -> None:
    """Take the rows of an index away under SQLite, as a damaged disk would."""
    with desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT", sqlite_begin="") as connection:
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        connection.exec_driver_sql(
            "UPDATE sqlite_master SET sql = 'CREATE INDEX ix_scenarios_category ON scenarios (title)' "
            "WHERE name = 'ix_scenarios_category'"
        )
    desk.engine.dispose()


def twice(document: str) -> str:
    """The first record once more, under the same key."""
    record = json.loads(document)["restaurant_dinner_reservation"]
    copy = json.dumps({"restaurant_dinner_reservation": {**record, "setting": "Elsewhere"}}, ensure_ascii=False)
    return document.rstrip().removesuffix("}").rstrip() + "," + copy.strip()[1:]
