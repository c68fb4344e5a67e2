"""What content managers do to the production file: permission, action and audit entry in one place."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from scenario_core.bootstrap import Desk
from scenario_core.custom import audit
from scenario_core.custom.engine import translated_errors
from scenario_core.errors import BackupError, DatabaseError
from scenario_core.people import Operation
from scenario_core.production import Backup
from scenario_core.scenario import Store

logger = logging.getLogger(__name__)


def create_backup(desk: Desk, *, baseline: bool = False) -> Backup:
    """Keep a copy of the production file; as the approved baseline if asked.

    Raises:
        PermissionDeniedError: the person may not manage backups.
        BackupError: the file can't be read or the copy can't be written.
    """
    desk.require(Operation.MANAGE_BACKUPS)
    made = desk.production.create_baseline() if baseline else desk.production.create_backup()
    _audit(
        desk, "approve_baseline" if baseline else "create_backup", None, {"backup": made.name, "sha256": made.sha256}
    )
    return made


def restore(desk: Desk, name: str | None = None, scenario_ids: Sequence[str] = ()) -> Backup:
    """Put a backup, or single scenarios of it, in the place of what is there; what was there is kept as a backup.

    Raises:
        PermissionDeniedError: the person may not manage backups.
        BackupError: there is no such backup, it is damaged, or it lacks one of the scenarios; nothing was changed.
        ProductionChangedError: the file was changed meanwhile.
    """
    desk.require(Operation.MANAGE_BACKUPS)
    used = _backup(desk.production.list_backups(), name)
    if scenario_ids:
        desk.production.restore_scenarios(scenario_ids, used)
    else:
        desk.production.restore_all(used)
    for scenario_id in scenario_ids or (None,):
        _audit(desk, "restore_backup", scenario_id, {"backup": used.name, "sha256": used.sha256})
    return used


def _backup(backups: Sequence[Backup], name: str | None) -> Backup:
    for backup in backups:
        if backup.name == name or (name is None and not backup.problem):
            return backup
    wanted = f"named {name!r}" if name else "that can be read"
    raise BackupError(f"There is no backup {wanted}.", hint="See `scenario-desk backup list`.")


def _audit(desk: Desk, operation: str, scenario_id: str | None, detail: dict[str, Any]) -> None:
    """Production works without a database, so a missing entry is logged and not an error."""
    try:
        with translated_errors(), desk.engine.begin() as connection:
            audit.write(connection, desk.settings.user, operation, Store.PRODUCTION, scenario_id, detail)
    except DatabaseError as error:
        logger.warning("not in the audit log: %s by user %s: %s", operation, desk.settings.user, error)
