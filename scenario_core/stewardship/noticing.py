"""Noticing that another program has changed the production file: the audit log says at least that it did."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import DatabaseError
from scenario_core.integrity import history
from scenario_core.scenario import Store
from scenario_core.stewardship.steward import Steward

RESTORE: Final = "restore_backup"
OUTSIDE: Final = "edited_outside"
PUBLISH: Final = "publish_proposal"
REVERT: Final = "revert_proposal"
"""The operations of audit entries that say what the production file holds from then on: as `after_sha256`."""


def notice_outside_change(steward: Steward, revision: str | None) -> None:
    """Add to the audit log that another program has changed production, if this is not the latest revision known.

    Known are the revisions that runs of the checks looked at, and those that restores, publications and former entries
    of this kind left; the latest of them counts. Call it before production is written, and when it is looked at. Where
    nothing is known yet, or the database does not answer, nothing is noticed.

    Args:
        steward: who looks.
        revision: the SHA-256 of the file as it stands, None where there is none.
    """
    try:
        known = _latest_known(steward.desk.engine)
    except DatabaseError:
        return
    if known and known[0] != revision:
        steward.log(OUTSIDE, before_sha256=known[0], after_sha256=revision)


def _latest_known(engine: sa.Engine) -> tuple[str | None] | None:
    """The latest revision that is known, itself None where the file was known to be gone; None where none is known."""
    written = (
        sa.select(AUDIT.c.at, AUDIT.c.detail)
        .where(AUDIT.c.store == Store.PRODUCTION.value, AUDIT.c.operation.in_((RESTORE, OUTSIDE, PUBLISH, REVERT)))
        .order_by(AUDIT.c.id.desc())
        .limit(1)
    )
    run = next(iter(history.runs(engine, 1)), None)
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        entry = connection.execute(written).first()
    if entry is not None and isinstance(entry.detail, dict) and (run is None or entry.at >= run.at):
        return (entry.detail.get("after_sha256"),)
    return (run.revision,) if run else None
