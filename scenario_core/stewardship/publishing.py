"""The steps of publishing a proposal and of taking that back: what is noted, what is written, what is recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit, proposal_records, schema
from scenario_core.custom.engine import translated_errors
from scenario_core.custom.proposal_records import EventKind, Proposal, ProposalState, Publication
from scenario_core.custom.proposals import require_state, sees
from scenario_core.errors import (
    BackupError,
    InvalidQueryError,
    InvalidScenarioError,
    ProductionChangedError,
    ProductionUnreadableError,
    ProposalNotFoundError,
    StalePlanError,
)
from scenario_core.production import State, exact_json, io, rendering
from scenario_core.production.document import Document
from scenario_core.production.style import Style
from scenario_core.scenario import ConversationScenario, Store
from scenario_core.stewardship import proposed, states
from scenario_core.stewardship.proposed import Candidate
from scenario_core.stewardship.steward import Steward

PUBLISH: Final = "publish_proposal"
REVERT: Final = "revert_proposal"
"""The operations of audit entries that say what publishing and taking back left in production."""
_COMPACT: Final = (",", ":")


def seen(steward: Steward, found: Proposal | None, proposal_id: str) -> Proposal:
    """The proposal, if the person may know of it.

    Raises:
        ProposalNotFoundError: there is none, or not for this person.
    """
    if found is None or not sees(steward.person, found.entry):
        raise ProposalNotFoundError(proposal_id)
    return found


def require_free(connection: sa.Connection, proposal: Proposal, production_id: str, served: State) -> None:
    """Do nothing if neither the file nor the database knows this id, other than from the same scenario.

    Raises:
        InvalidQueryError: one of them does.
    """
    if production_id in proposed.taken_in(served):
        raise InvalidQueryError(
            f"The id {production_id!r} is taken by another production scenario.", hint="Choose another id."
        )
    if proposal_records.is_taken(connection, production_id, proposal.entry.scenario_id):
        raise InvalidQueryError(
            f"The id {production_id!r} is taken in the database: by a row of the mirror, by a custom scenario, or by "
            "ratings, bookmarks, labels and collections of a scenario that had it.",
            hint="Choose another id, or retire a row of the mirror first: `scenario-desk migrate --retire`.",
        )


def note(steward: Steward, proposal: Proposal, made: Candidate, served: State) -> int:
    """Note with the proposal what is about to be written; returns the proposal's version after that.

    Where an earlier try was interrupted after it had written, what stood there before that try stays noted.
    """
    document = served.loaded.document
    style, raw = Style.of(document.data), b""
    if made.former is not None:
        raw = document.value(document.latest()[made.production_id])
    written = rendering.rendered(style, made.scenario, made.former, raw)
    values: dict[str, Any] = {"record_sha256": digest(written)}
    if left_by(proposal, served) is None:
        values |= {"production_id": made.production_id, "before_sha256": served.loaded.revision}
        values["former"] = None if made.former is None else raw.decode()
    with translated_errors(), steward.desk.engine.begin() as connection:
        found = _held(connection, steward, proposal.proposal_id, proposal.version, ProposalState.OPEN)
        if made.former is None:
            require_free(connection, proposal, made.production_id, served)
        proposal_records.change(connection, found, **values)
        return found.version + 1


def left_by(proposal: Proposal, served: State) -> Publication | None:
    """What an interrupted try to publish has left in production; None where nothing is left of it, or never was."""
    begun = proposal.publication
    if begun is None or not proposal.is_under_review:
        return None
    return begun if digest_in(served, begun.production_id) == begun.record_sha256 else None


@contextmanager
def holding(
    steward: Steward, proposal_id: str, version: int, state: ProposalState
) -> Iterator[tuple[sa.Connection, Proposal]]:
    """A transaction that holds the proposal, while it is at this version and in this state."""
    with translated_errors(), steward.desk.engine.begin() as connection:
        schema.lock(connection)
        schema.require_current(connection)
        yield connection, _held(connection, steward, proposal_id, version, state)


def saved(steward: Steward, made: Candidate, served: State, noted: Proposal, *, is_written: bool) -> Publication:
    """Save it, unless that was done before an interruption; returns what was done.

    Raises:
        StalePlanError: production is no longer what was looked at; nothing was written.
        ProductionError: it can't be written.
    """
    production, begun = steward.desk.production, noted.publication
    before = begun.before_sha256 if begun else served.loaded.revision
    kept = states.named_by_hash(steward, before)
    if not is_written:
        with _stale_if_moved():
            backup = production.save_scenario(made.scenario, replacing=served.loaded.revision)
        kept = backup.name if backup and before == served.loaded.revision else kept
    after = production.state
    return Publication(
        made.production_id,
        before,
        former=begun.former if begun else None,
        backup=kept,
        after_sha256=after.loaded.revision,
        record_sha256=digest_in(after, made.production_id),
    )


def taken_back(steward: Steward, publication: Publication, served: State) -> str | None:
    """Remove the record or put the former one back, byte for byte; returns the backup of what stood there.

    Raises:
        StalePlanError: production is no longer what was looked at; nothing was written.
        ProductionError: it can't be written.
    """
    production, name = steward.desk.production, publication.production_id
    with _stale_if_moved():
        whole = _whole_file_before(steward, publication, served)
        if whole is None and publication.former is None:
            kept = production.delete_scenario(name, replacing=served.loaded.revision)
        else:
            data = whole or served.loaded.document.spliced(name, (publication.former or "").encode())
            kept = production.replace_file(data, replacing=served.loaded.revision)
    return kept.name if kept else None


def record(connection: sa.Connection, steward: Steward, proposal: Proposal, operation: str, done: Publication) -> None:
    """Say who did it: in the conversation, and in the audit log with where the scenario comes from and whose it is."""
    kind = EventKind.PUBLISHED if operation == PUBLISH else EventKind.TAKEN_BACK
    proposal_records.say(connection, proposal.proposal_id, steward.user_id, kind, done.production_id)
    detail: dict[str, Any] = {
        "proposal": proposal.proposal_id,
        "proposed_from": proposal.entry.scenario_id,
        "author": proposal.entry.proposer_id,
        "version": proposal.scenario_version,
        "before": done.backup,
        "before_sha256": done.before_sha256,
        "after_sha256": done.after_sha256,
    }
    audit.write(connection, steward.user_id, operation, Store.PRODUCTION, done.production_id, detail)


def former_of(publication: Publication, served: State) -> ConversationScenario | None:
    """The scenario that was replaced, None where one was added."""
    if publication.former is None:
        return None
    name = publication.production_id
    data = b"{%s: %s}" % (json.dumps(name).encode(), publication.former.encode())
    return io.parse(served.loaded.path, data).scenarios.get(name)


def kept_document(steward: Steward, sha256: str) -> Document | None:
    """The file as it was at this revision, None where no backup keeps it so that it can be read."""
    kept = states.named_by_hash(steward, sha256)
    if kept is None or kept == states.PRODUCTION:
        return None
    try:
        data = steward.desk.production.read_backup(kept)
        return Document.parse(data) if hashlib.sha256(data).hexdigest() == sha256 else None
    except (BackupError, ProductionUnreadableError):
        return None


def digest_in(served: State, production_id: str) -> str | None:
    """The digest of the record with this id, None where there is none."""
    document = served.loaded.document
    entry = document.latest().get(production_id)
    return None if entry is None else digest(document.value(entry))


def digest(raw: bytes) -> str:
    """A hash of a record that does not depend on how it is laid out."""
    with suppress(ValueError, InvalidScenarioError):
        raw = exact_json.dumps(exact_json.loads(raw, ""), separators=_COMPACT)
    return hashlib.sha256(raw).hexdigest()


def _whole_file_before(steward: Steward, publication: Publication, served: State) -> bytes | None:
    """The file as publishing found it, while its backup is there and nothing else has changed since; None otherwise."""
    if served.loaded.revision != publication.after_sha256:
        return None
    before = kept_document(steward, publication.before_sha256)
    if before is None:
        return None
    others = [_others(document, publication.production_id) for document in (before, served.loaded.document)]
    return before.data if others[0] == others[1] else None


def _others(document: Document, production_id: str) -> list[tuple[str, bytes]]:
    return [(entry.key, document.value(entry)) for entry in document.entries if entry.key != production_id]


def _held(
    connection: sa.Connection, steward: Steward, proposal_id: str, version: int, state: ProposalState
) -> Proposal:
    found = seen(steward, proposal_records.find(connection, proposal_id, lock=True), proposal_id)
    require_state(found, {state})
    proposal_records.require_version(found, version)
    return found


@contextmanager
def _stale_if_moved() -> Iterator[None]:
    try:
        yield
    except ProductionChangedError as error:
        raise StalePlanError("Production has moved since the plan was made.", hint="Plan again.") from error
