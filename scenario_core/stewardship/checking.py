"""Running the checks as somebody: with the waivers that hold, what was found before, and a place in the history."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from scenario_core import integrity
from scenario_core.errors import DatabaseError, ProductionUnreadableError
from scenario_core.integrity import Report, StoredResults, Waiver, history, waivers
from scenario_core.integrity.audit import Select, everything
from scenario_core.people import Operation
from scenario_core.production import State, io
from scenario_core.progress import Progress, silent
from scenario_core.stewardship.noticing import notice_outside_change
from scenario_core.stewardship.steward import Steward


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
    """Ask the checks about the production file as it is now, also where it has been changed since it was loaded.

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
    desk.production.refresh()
    snapshot = desk.snapshot(expected_count, database=database)
    if record and engine is not None and select is everything:
        _notice(steward, snapshot.production)
    report = integrity.run(
        snapshot,
        select=select,
        waivers=(*given_waivers, *_stored_waivers(steward, database=database)),
        results=StoredResults(engine) if engine is not None else None,
        progress=progress,
    )
    if record and engine is not None and select is everything:
        history.record(engine, report, steward.user_id, snapshot.now)
    return report


def _notice(steward: Steward, production: State) -> None:
    """Where the file can't be read, what is served is not what stands there."""
    if production.source.is_file:
        notice_outside_change(steward, production.loaded.revision)
        return
    try:
        present = io.current_bytes(steward.desk.production.path)
    except ProductionUnreadableError:
        return
    notice_outside_change(steward, None if present is None else hashlib.sha256(present).hexdigest())


def _stored_waivers(steward: Steward, *, database: bool) -> Sequence[Waiver]:
    """None where the database does not answer: the checks that need it say so themselves."""
    try:
        return waivers.listed(steward.desk.engine) if database else ()
    except DatabaseError:
        return ()
