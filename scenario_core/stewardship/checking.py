"""Running the checks as somebody: with the waivers that hold, what was found before, and a place in the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from scenario_core import integrity
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import DatabaseError
from scenario_core.integrity import Report, StoredResults, Waiver, history, waivers
from scenario_core.integrity.audit import Select, everything
from scenario_core.people import Operation
from scenario_core.progress import Progress, silent
from scenario_core.stewardship.restoring import RESTORE
from scenario_core.stewardship.steward import Steward

OUTSIDE: Final = "edited_outside"
"""The operation of an audit entry about a change that another program made, found by a run of the checks."""


def check(
    steward: Steward,
    *,
    expected_count: int | None = None,
    database: bool = True,
    select: Select = everything,
    given_waivers: Sequence[Waiver] = (),
    record: bool = True,
    progress: Progress = silent,
) -> Report:
    """Ask the checks.

    Args:
        steward: who asks.
        expected_count: how many production scenarios there must be, if another number than the settings'.
        database: whether to look at the database; without it only production is checked.
        select: which checks to ask; a selection has no place in the history.
        given_waivers: waivers from elsewhere, such as a file, beside those in the database.
        record: whether to keep a place in the history, where the database can be written.
        progress: told how far it is; what it raises ends the run.

    Raises:
        PermissionDeniedError: the person may not check.
    """
    steward.require(Operation.CHECK)
    desk = steward.desk
    engine = desk.engine if database else None
    report = integrity.run(
        desk.snapshot(expected_count, database=database),
        select=select,
        waivers=(*given_waivers, *_stored_waivers(steward, database=database)),
        results=StoredResults(engine) if engine is not None else None,
        progress=progress,
    )
    if record and engine is not None and select is everything:
        _notice_outside_change(steward, report)
        history.record(engine, report, steward.user_id)
    return report


def _notice_outside_change(steward: Steward, report: Report) -> None:
    """Where another program has changed the file since the last run, the audit log says at least that it did."""
    engine = steward.desk.engine
    restores = sa.select(AUDIT.c.detail).where(AUDIT.c.operation == RESTORE).order_by(AUDIT.c.id.desc()).limit(1)
    try:
        former = next((run.revision for run in history.runs(engine, 1)), report.revision)
        with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
            restored = connection.scalar(restores) or {}
    except DatabaseError:
        return
    known = {former, restored.get("after_sha256")}
    if steward.desk.production.source.is_file and report.revision not in known:
        steward.log(OUTSIDE, before_sha256=former, after_sha256=report.revision)


def _stored_waivers(steward: Steward, *, database: bool) -> Sequence[Waiver]:
    """None where the database does not answer: the checks that need it say so themselves."""
    try:
        return waivers.listed(steward.desk.engine) if database else ()
    except DatabaseError:
        return ()
