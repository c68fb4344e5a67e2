"""Noticing that another program has changed the production file: the audit log says at least that it did."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.proposal_records import ProposalState
from scenario_core.custom.proposal_tables import PROPOSALS
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import DatabaseError
from scenario_core.integrity import history
from scenario_core.production.document import Document
from scenario_core.scenario import Store
from scenario_core.stewardship import publishing
from scenario_core.stewardship.publishing import PUBLISH, REVERT
from scenario_core.stewardship.steward import Steward

RESTORE: Final = "restore_backup"
OUTSIDE: Final = "edited_outside"
"""The operations of audit entries that say what the production file holds from then on: as `after_sha256`."""


def notice_outside_change(steward: Steward, revision: str | None) -> None:
    """Add to the audit log that another program has changed production, if this is not the latest revision known.

    Known are the revisions that runs of the checks looked at, and those that restores, publications and former entries
    of this kind left; the latest of them counts. What publishing or taking back has left where it was
    interrupted is no change by another program. Call it before production is written, and when it is looked at. Where
    nothing is known yet, or the database does not answer, nothing is noticed.

    Args:
        steward: who looks.
        revision: the SHA-256 of the file as it stands, None where there is none.
    """
    try:
        known = _latest_known(steward.desk.engine)
        is_ours = known is None or known[0] == revision or _is_unfinished(steward, known[0], revision)
    except DatabaseError:
        return
    if known and not is_ours:
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


def _is_unfinished(steward: Steward, before: str | None, revision: str | None) -> bool:
    """Whether the file is the former one but for the record of a proposal that was being published or taken back."""
    served = steward.desk.production.state
    if before is None or served.loaded.revision != revision:
        return False
    former = publishing.kept_document(steward, before)
    name = None if former is None else _only_change(former, served.loaded.document)
    if name is None:
        return False
    present = publishing.digest_in(served, name)
    begun = sa.select(PROPOSALS.c.state, PROPOSALS.c.record_sha256, PROPOSALS.c.former).where(
        PROPOSALS.c.production_id == name, PROPOSALS.c.state.in_((ProposalState.OPEN, ProposalState.PUBLISHED))
    )
    with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
        return any(present == _left(*row) for row in connection.execute(begun))


def _left(state: str, record_sha256: str | None, former: str | None) -> str | None:
    """The digest of what publishing leaves in the file, or taking back what is published."""
    if state == ProposalState.OPEN:
        return record_sha256
    return None if former is None else publishing.digest(former.encode())


def _only_change(old: Document, new: Document) -> str | None:
    """The id of the one record in which two files differ; None where it is another number of them."""
    sides = [{entry.key: each.value(entry) for entry in each.entries} for each in (old, new)]
    changed = [name for name in sides[0].keys() | sides[1].keys() if sides[0].get(name) != sides[1].get(name)]
    return changed[0] if len(changed) == 1 else None
