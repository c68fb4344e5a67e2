"""Backups as content managers see them: who made them and why, what changed, approval, retention, points in time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import (
    BackupError,
    DatabaseError,
    NotConfirmedError,
    ProductionUnreadableError,
    StalePlanError,
)
from scenario_core.integrity import verdicts
from scenario_core.integrity.diff import diff_documents
from scenario_core.people import Operation
from scenario_core.production import Backup, atomic, backups, io
from scenario_core.production.backups import BackupFile
from scenario_core.scenario import Store
from scenario_core.stewardship.restoring import APPROVE
from scenario_core.stewardship.states import PRODUCTION
from scenario_core.stewardship.steward import Steward

ALL_DAYS: Final = 7
DAILY_DAYS: Final = 90
_TELLING: Final = ("backup", "before", "former")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a backup is there: the operation that made it, and who did that."""

    operation: str
    actor_id: int


@dataclass(frozen=True, slots=True)
class Retention:
    """Which backups would go, and which stay. The approved one is never among them.

    Of the last week all stay, of the last ninety days the latest of each day, of all before that the latest of each
    month; so does the newest of all. What production was and what had been approved are counted apart, and only what
    can be used stands for a day, for a month or for the newest. A file that can't be opened now is left alone.
    """

    remove: tuple[BackupFile, ...]
    keep: tuple[BackupFile, ...]

    @property
    def freed(self) -> int:
        """How many bytes would be freed."""
        return sum(file.size for file in self.remove)


def reasons(steward: Steward, names: Iterable[str]) -> dict[str, Reason]:
    """Why these backups are there, as far as the audit log says; nothing where it can't be read.

    Raises:
        PermissionDeniedError: the person may not manage backups.
    """
    steward.require(Operation.MANAGE_BACKUPS)
    wanted = set(names)
    query = (
        sa.select(AUDIT.c.operation, AUDIT.c.actor_id, AUDIT.c.detail)
        .where(AUDIT.c.store == Store.PRODUCTION.value, AUDIT.c.detail.is_not(None))
        .order_by(AUDIT.c.id.desc())
    )
    found: dict[str, Reason] = {}
    try:
        with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
            for operation, actor_id, detail in connection.execute(query):
                for name in _named(detail) & wanted:
                    found[name] = Reason(operation, actor_id)
    except DatabaseError:
        return {}
    return found


def change_since(steward: Steward, file: BackupFile, former: BackupFile) -> str:
    """What changed from the former backup to this one, in one line; why that can't be told, where it can't.

    Raises:
        PermissionDeniedError: the person may not manage backups.
    """
    steward.require(Operation.MANAGE_BACKUPS)
    try:
        old, new = (backups.read(backups.examine(each)) for each in (former, file))
        return diff_documents(old, new).summary()
    except (BackupError, ProductionUnreadableError) as error:
        return error.message


def create(steward: Steward) -> Backup:
    """Keep a copy of the production file.

    Raises:
        PermissionDeniedError: the person may not manage backups.
        ProductionError: the file can't be read or the copy can't be written.
    """
    steward.require(Operation.MANAGE_BACKUPS)
    made = steward.desk.production.create_backup()
    steward.log("create_backup", backup=made.name, sha256=made.sha256)
    return made


def approve(steward: Steward) -> Backup:
    """Make the production file, as it is now, the approved baseline; the former one is kept.

    Raises:
        PermissionDeniedError: the person may not manage backups.
        ProductionError: the file can't be read as a whole, or the copy can't be written.
    """
    steward.require(Operation.MANAGE_BACKUPS)
    production = steward.desk.production
    present = io.current_bytes(backups.baseline_path(production.path))
    replacing = None if present is None else hashlib.sha256(present).hexdigest()
    made, former = production.approve(production.read_file(), replacing=replacing)
    kept = former.name if former else None
    steward.log(APPROVE, source=PRODUCTION, before=kept, before_sha256=replacing, after_sha256=made.sha256)
    return made


def retention(steward: Steward, now: datetime | None = None) -> Retention:
    """Which backups would go.

    Raises:
        PermissionDeniedError: the person may not manage backups.
    """
    steward.require(Operation.MANAGE_BACKUPS)
    files = [file for file in steward.desk.production.backup_files() if file.kind != "baseline"]
    staying = _staying(files, now or datetime.now(UTC))
    return Retention(
        tuple(file for file in files if file not in staying), tuple(file for file in files if file in staying)
    )


def apply_retention(steward: Steward, planned: Retention, *, deletions: int) -> int:
    """Delete what was planned; returns how many files are gone.

    Raises:
        PermissionDeniedError: the person may not manage backups.
        NotConfirmedError: `deletions` is not the number of files that would go.
        StalePlanError: the backups have changed since the plan was made; nothing was deleted.
        BackupError: one can't be deleted; those before it are gone, which the audit log says.
    """
    steward.require(Operation.MANAGE_BACKUPS)
    if deletions != len(planned.remove):
        raise NotConfirmedError("backup", expected=len(planned.remove), typed=deletions)
    gone: list[str] = []
    try:
        _remove(steward, planned, gone)
    finally:  # the file's lock is given back by now: whoever publishes holds the database and waits for it
        if gone:
            steward.log("delete_backups", count=len(gone), names=gone)
    return len(planned.remove)


def _remove(steward: Steward, planned: Retention, gone: list[str]) -> None:
    """Delete what was planned, and add the names of what is gone, also where not all of it could be deleted."""
    production = steward.desk.production
    with atomic.locked(production.path):
        present = set(production.backup_files())
        if not present >= {*planned.remove, *planned.keep}:
            raise StalePlanError("The backups have changed since the plan was made.", hint="Plan again.")
        try:
            backups.remove(production.path, planned.remove)
        finally:
            gone += [file.name for file in planned.remove if not os.path.lexists(file.path)]


def at(steward: Steward, moment: datetime) -> str:
    """The name of the state that production had at a moment: the earliest backup that was made after it.

    A backup is made of what a save replaces, so it holds what stood there until then. What other programs wrote in
    between, which keep no backup, is not known; before the oldest backup its state is the best that is known.

    Raises:
        PermissionDeniedError: the person may not manage backups.
    """
    steward.require(Operation.MANAGE_BACKUPS)
    files = [file for file in steward.desk.production.backup_files() if file.kind == "kept"]
    later = [file for file in files if file.created_at > moment]
    return min(later, key=lambda file: file.created_at).name if later else PRODUCTION


def _staying(files: Sequence[BackupFile], now: datetime) -> set[BackupFile]:
    """The files that stay, of files with the newest first. Only those are read that may stand for something."""
    staying: set[BackupFile] = set()
    taken: set[tuple[str, str]] = set()
    for file in files:
        age = now - file.created_at
        if age <= timedelta(days=ALL_DAYS):
            staying.add(file)
            continue
        form = "%Y-%m-%d" if age <= timedelta(days=DAILY_DAYS) else "%Y-%m"
        if (file.kind, f"{file.created_at:{form}}") in taken:
            continue
        backup = verdicts.examined(file)
        if backup.problem and backup.sha256:
            continue
        staying.add(file)
        if not backup.problem:
            taken |= {(file.kind, f"{file.created_at:%Y-%m-%d}"), (file.kind, f"{file.created_at:%Y-%m}")}
    return staying


def _named(detail: Any) -> set[str]:
    return {str(detail[key]) for key in _TELLING if detail.get(key)} if isinstance(detail, dict) else set()
