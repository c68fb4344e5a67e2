"""Storing and reading proposals, without asking who may: `proposals` and the stewards do that."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.columns import now
from scenario_core.custom.discovery_tables import BOOKMARKS, COLLECTION_ITEMS, LABELS, RATINGS
from scenario_core.custom.proposal_tables import PROPOSAL_EVENTS, PROPOSALS
from scenario_core.custom.records import dumps
from scenario_core.custom.tables import RECORDS, SCENARIOS
from scenario_core.errors import StaleVersionError
from scenario_core.scenario import ConversationScenario


class ProposalState(StrEnum):
    """Where a proposal stands. The first two are under review, all others are the end of it."""

    OPEN = "open"
    CHANGES_ASKED_FOR = "changes_asked_for"
    PUBLISHED = "published"
    TAKEN_BACK = "taken_back"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> str:
        """What it is called: `changes asked for`."""
        return self.value.replace("_", " ")


class EventKind(StrEnum):
    """What was done with a proposal."""

    PROPOSED = "proposed"
    UPDATED = "updated"
    COMMENTED = "commented"
    CHANGES_ASKED_FOR = "changes_asked_for"
    PUBLISHED = "published"
    TAKEN_BACK = "taken_back"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


IS_PUBLISHED: Final = PROPOSALS.c.state == ProposalState.PUBLISHED.value
_KEPT: Final = (RATINGS, BOOKMARKS, LABELS, COLLECTION_ITEMS)
UNDER_REVIEW: Final = frozenset({ProposalState.OPEN, ProposalState.CHANGES_ASKED_FOR})
_SUMMARY: Final = (
    "proposal_id", "scenario_id", "proposer_id", "title", "replaces", "production_id", "state", "version",
    "created_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProposalEntry:
    """One line of a list of proposals. `production_id` is known once it was published."""

    proposal_id: str
    scenario_id: str
    proposer_id: int
    title: str
    replaces: str | None
    production_id: str | None
    state: ProposalState
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing did, or, while the proposal is still under review, what it had begun to do.

    Attributes:
        production_id: The id in production.
        before_sha256: The SHA-256 of the production file that was replaced.
        former: The record that was replaced, byte for byte as it stood; None where one was added.
        backup: The backup that keeps the file that was replaced; None where it is not known.
        after_sha256: The SHA-256 of the file after that.
        record_sha256: The SHA-256 of the record that was written.
    """

    production_id: str
    before_sha256: str
    former: str | None = None
    backup: str | None = None
    after_sha256: str | None = None
    record_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A scenario as its author has proposed it for production.

    Attributes:
        entry: Its line in a list.
        scenario: The scenario as it stood at `frozen_at`, under its custom id.
        scenario_version: The version of the custom scenario that was frozen.
        frozen_at: When.
        origin_id: The production scenario that it is a copy of, which it may replace; None for every other one.
        origin_phases: The phase ids of that one by those of the proposal, of phases that were copied.
        publication: What publishing did or had begun to do, None where it never began.
    """

    entry: ProposalEntry
    scenario: ConversationScenario
    scenario_version: int
    frozen_at: datetime
    origin_id: str | None
    origin_phases: Mapping[str, str]
    publication: Publication | None

    @property
    def proposal_id(self) -> str:
        """Its id."""
        return self.entry.proposal_id

    @property
    def state(self) -> ProposalState:
        """Where it stands."""
        return self.entry.state

    @property
    def version(self) -> int:
        """What moves with every change of it."""
        return self.entry.version

    @property
    def is_under_review(self) -> bool:
        """Whether it still can be published."""
        return self.state in UNDER_REVIEW


@dataclass(frozen=True, slots=True)
class ProposalEvent:
    """Something that was done with a proposal, or said about it."""

    at: datetime
    actor_id: int
    kind: EventKind
    text: str


def find(connection: sa.Connection, proposal_id: str, *, lock: bool = False) -> Proposal | None:
    """A proposal, or None. `lock` holds it until the transaction ends."""
    mine = PROPOSALS.c.proposal_id == proposal_id
    if lock:
        connection.execute(sa.select(PROPOSALS.c.version).where(mine).with_for_update())
    row = connection.execute(sa.select(PROPOSALS).where(mine)).mappings().first()
    return _proposal(row) if row else None


def require_version(found: Proposal, expected: int) -> None:
    """Do nothing while the proposal is at this version.

    Raises:
        StaleVersionError: it is at another one.
    """
    if found.version != expected:
        raise StaleVersionError(f"proposal {found.proposal_id}", expected=expected, current=found.version)


def new_proposal_id() -> str:
    """An id that no other proposal has."""
    return secrets.token_hex(4)


def insert(connection: sa.Connection, proposal_id: str, **values: Any) -> None:
    """Store a new proposal, open, at version 1."""
    moment = now()
    standing = {"state": ProposalState.OPEN.value, "version": 1, "created_at": moment, "updated_at": moment}
    connection.execute(sa.insert(PROPOSALS).values(proposal_id=proposal_id, **standing, **values))


def change(connection: sa.Connection, stored: Proposal, **values: Any) -> None:
    """Change a proposal, which moves its version."""
    mine = PROPOSALS.c.proposal_id == stored.proposal_id
    moved = {"version": stored.version + 1, "updated_at": now()}
    connection.execute(sa.update(PROPOSALS).where(mine).values(**moved, **values))


def say(connection: sa.Connection, proposal_id: str, actor_id: int, kind: EventKind, text: str = "") -> None:
    """Add to what was done and said."""
    values = {"proposal_id": proposal_id, "at": now(), "actor_id": actor_id, "kind": kind.value, "text": text}
    connection.execute(sa.insert(PROPOSAL_EVENTS).values(**values))


def events(connection: sa.Connection, proposal_id: str) -> list[ProposalEvent]:
    """What was done and said, in order."""
    mine = PROPOSAL_EVENTS.c.proposal_id == proposal_id
    rows = connection.execute(sa.select(PROPOSAL_EVENTS).where(mine).order_by(PROPOSAL_EVENTS.c.event_id)).mappings()
    return [ProposalEvent(row["at"], row["actor_id"], EventKind(row["kind"]), row["text"]) for row in rows]


def page(
    connection: sa.Connection, *, states: Collection[ProposalState], proposer_id: int | None, limit: int, skip: int
) -> list[ProposalEntry]:
    """Proposals in these states, one person's or everybody's, the latest change first."""
    query = sa.select(*(PROPOSALS.c[name] for name in _SUMMARY)).where(*_wanted(states, proposer_id))
    query = query.order_by(PROPOSALS.c.updated_at.desc(), PROPOSALS.c.proposal_id).limit(limit).offset(skip)
    return [_entry(row) for row in connection.execute(query).mappings()]


def count(
    connection: sa.Connection, *, states: Collection[ProposalState], proposer_id: int | None
) -> dict[ProposalState, int]:
    """How many proposals there are in each of these states."""
    number = sa.func.count()
    query = sa.select(PROPOSALS.c.state, number).where(*_wanted(states, proposer_id)).group_by(PROPOSALS.c.state)
    return {ProposalState(state): total for state, total in connection.execute(query)}


def latest_of(connection: sa.Connection, scenario_id: str) -> ProposalEntry | None:
    """The latest proposal of a custom scenario."""
    query = sa.select(*(PROPOSALS.c[name] for name in _SUMMARY)).where(PROPOSALS.c.scenario_id == scenario_id)
    row = connection.execute(query.order_by(PROPOSALS.c.created_at.desc()).limit(1)).mappings().first()
    return _entry(row) if row else None


def published_as(connection: sa.Connection, production_id: str) -> ProposalEntry | None:
    """The latest proposal that was published under this id and not taken back."""
    query = sa.select(*(PROPOSALS.c[name] for name in _SUMMARY)).where(
        PROPOSALS.c.production_id == production_id, IS_PUBLISHED
    )
    row = connection.execute(query.order_by(PROPOSALS.c.updated_at.desc()).limit(1)).mappings().first()
    return _entry(row) if row else None


def is_author(connection: sa.Connection, production_id: str, person_id: int) -> bool:
    """Whether a proposal of this person was published under this id and not taken back."""
    query = sa.select(PROPOSALS.c.proposal_id).where(
        PROPOSALS.c.production_id == production_id, PROPOSALS.c.proposer_id == person_id, IS_PUBLISHED
    )
    return connection.execute(query).first() is not None


def is_taken(connection: sa.Connection, production_id: str, proposed_from: str) -> bool:
    """Whether a new production scenario, proposed from this custom one, may not have this id.

    A row of the database may have it, be it of the mirror or custom, or have had it before it was deleted; another
    scenario may have been published under it; or people may keep something of one that had it, which would pass to
    the new one.
    """
    if _any_has(connection, (SCENARIOS, RECORDS), production_id):
        return True
    published = sa.select(PROPOSALS.c.scenario_id).where(
        PROPOSALS.c.production_id == production_id,
        PROPOSALS.c.state.in_([ProposalState.PUBLISHED.value, ProposalState.TAKEN_BACK.value]),
    )
    sources = set(connection.scalars(published))
    return sources != {proposed_from} if sources else _any_has(connection, _KEPT, production_id)


def _any_has(connection: sa.Connection, tables: Collection[sa.Table], scenario_id: str) -> bool:
    queries = (sa.select(sa.literal(1)).where(table.c.scenario_id == scenario_id).limit(1) for table in tables)
    return any(connection.execute(query).first() for query in queries)


def _wanted(states: Collection[ProposalState], proposer_id: int | None) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = [PROPOSALS.c.state.in_([state.value for state in states])]
    return wanted if proposer_id is None else [*wanted, PROPOSALS.c.proposer_id == proposer_id]


def _entry(row: sa.RowMapping) -> ProposalEntry:
    values = {name: row[name] for name in _SUMMARY}
    return ProposalEntry(**{**values, "state": ProposalState(row["state"])})


def _proposal(row: sa.RowMapping) -> Proposal:
    publication = None
    if row["production_id"]:
        publication = Publication(
            row["production_id"], row["before_sha256"], row["former"], row["backup"], row["after_sha256"],
            row["record_sha256"],
        )  # fmt: skip
    return Proposal(
        _entry(row),
        ConversationScenario.model_validate_json(dumps(row["document"])),
        row["scenario_version"],
        row["frozen_at"],
        row["origin_id"],
        row["origin_phases"],
        publication,
    )
