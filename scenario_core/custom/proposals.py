"""Proposals to production: authors propose their own scenarios, content managers answer.

Proposing shows content managers the scenario as it stands at that moment. The scenario itself stays as private as it
is: later changes are seen by nobody until the proposal is brought to them, and withdrawing takes the sight away again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit, limits, proposal_records
from scenario_core.custom.access import Access, ReadProduction
from scenario_core.custom.columns import now
from scenario_core.custom.new_scenarios import plain
from scenario_core.custom.proposal_records import (
    UNDER_REVIEW,
    EventKind,
    Proposal,
    ProposalEntry,
    ProposalEvent,
    ProposalState,
    new_proposal_id,
)
from scenario_core.custom.records import CustomScenario, document_of
from scenario_core.custom.withdrawing import is_being_published
from scenario_core.errors import (
    Fault,
    InvalidQueryError,
    InvalidScenarioError,
    PermissionDeniedError,
    ProposalNotFoundError,
    ProposalStateError,
)
from scenario_core.people import Operation, Person, Subject, may
from scenario_core.scenario import Store

LONGEST_TEXT: Final = 4000
PAGE: Final = 50
FOR_MANAGERS: Final = frozenset(ProposalState) - {ProposalState.WITHDRAWN}
"""What content managers see: what was withdrawn is its author's alone again."""
WITHDRAWABLE: Final = UNDER_REVIEW | {ProposalState.DECLINED}


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """A stretch of a list of proposals. `counts` says how many there are in each state, be it asked for or not."""

    entries: tuple[ProposalEntry, ...]
    counts: dict[ProposalState, int]
    total: int


class Proposals:
    """Reached through `ScenarioBuilderService.proposals`. What publishes is `stewardship.proposals`.

    Every method raises `ProposalNotFoundError` where the person may not know of the proposal.
    """

    def __init__(self, access: Access, read_production: ReadProduction) -> None:
        self._access = access
        self._read_production = read_production

    def propose(
        self,
        scenario_id: str,
        user_id: int,
        *,
        expected_version: int,
        replace: bool = False,
        text: str = "",
        proposal_id: str | None = None,
    ) -> Proposal:
        """Propose a scenario of one's own for production: as a new one, or in the place of what it was copied from.

        Asking twice with one `proposal_id` (of `new_proposal_id`) makes one proposal, so that a double click does no
        harm.

        Raises:
            StaleVersionError: it has changed since it was looked at.
            InvalidScenarioError: it is not within the authoring limits, or the text is too long.
            InvalidQueryError: it is to replace something and is no copy of a production scenario.
            ProposalStateError: a proposal of it is under review already.
        """
        with self._access.writing() as connection:
            _, stored = self._access.at_version(connection, scenario_id, user_id, Operation.PROPOSE, expected_version)
            under_review = self._under_review(connection, scenario_id)
            if under_review is not None and under_review.proposal_id == proposal_id:
                return self._seen(connection, proposal_id, user_id)
            if under_review is not None:
                raise ProposalStateError(
                    f"Proposal {under_review.proposal_id} of this scenario is under review already.",
                    hint="Bring that one to the current version, or withdraw it first.",
                )
            origin_id = _production_origin(stored)
            if replace and origin_id is None:
                raise InvalidQueryError(
                    "It is no copy of a production scenario, so that it has none to replace.",
                    hint="Propose it as a new scenario.",
                )
            known = proposal_id is not None and proposal_records.find(connection, proposal_id) is not None
            proposal_id = new_proposal_id() if proposal_id is None or known else proposal_id
            proposal_records.insert(
                connection,
                proposal_id,
                scenario_id=scenario_id,
                proposer_id=user_id,
                origin_id=origin_id,
                replaces=origin_id if replace else None,
                **_frozen(stored),
            )
            proposal_records.say(connection, proposal_id, user_id, EventKind.PROPOSED, _said(text, needed=False))
            detail = {"proposal": proposal_id, "version": stored.version, "replaces": origin_id if replace else None}
            audit.write(connection, user_id, "propose", Store.CUSTOM, scenario_id, detail)
            return self._seen(connection, proposal_id, user_id)

    def update(
        self, proposal_id: str, user_id: int, *, expected_version: int, replace: bool | None = None, text: str = ""
    ) -> Proposal:
        """Bring a proposal under review to the current version of its scenario; it is open again after that.

        Args:
            proposal_id: the proposal.
            user_id: who proposed it.
            expected_version: the version of the proposal that was looked at.
            replace: whether it is to replace what it was copied from; None leaves it as it was.
            text: what its author says about it.

        Raises:
            ScenarioNotFoundError: the scenario is gone.
            StaleVersionError: the proposal has changed since.
            InvalidScenarioError: the scenario is not within the authoring limits, or the text is too long.
            InvalidQueryError: it is to replace something and is no copy of a production scenario.
            ProposalStateError: it is not under review any more.
        """
        with self._access.writing() as connection:
            found = self._mine(connection, proposal_id, user_id, expected_version)
            scenario_id = found.entry.scenario_id
            _, stored = self._access.scenario(connection, scenario_id, user_id, Operation.PROPOSE, lock=True)
            replaces = found.entry.replaces if replace is None else found.origin_id if replace else None
            if replace and replaces is None:
                raise InvalidQueryError("It is no copy of a production scenario, so that it has none to replace.")
            values = {**_frozen(stored), "state": ProposalState.OPEN.value, "replaces": replaces}
            proposal_records.change(connection, found, **values)
            proposal_records.say(connection, proposal_id, user_id, EventKind.UPDATED, _said(text, needed=False))
            detail = {"proposal": proposal_id, "version": stored.version, "replaces": replaces}
            audit.write(connection, user_id, "update_proposal", Store.CUSTOM, scenario_id, detail)
            return self._seen(connection, proposal_id, user_id)

    def withdraw(self, proposal_id: str, user_id: int, *, expected_version: int) -> Proposal:
        """Take a proposal back; content managers no longer see it, nor what it holds. It needs no role.

        Raises:
            StaleVersionError: it has changed since it was looked at.
            ProposalStateError: it is neither under review nor declined.
        """
        with self._access.writing() as connection:
            found = self._mine(
                connection, proposal_id, user_id, expected_version, Operation.WITHDRAW_PROPOSAL, WITHDRAWABLE
            )
            return self._answered(connection, found, user_id, EventKind.WITHDRAWN, "withdraw_proposal")

    def comment(self, proposal_id: str, user_id: int, text: str) -> ProposalEvent:
        """Say something about a proposal that one sees, whatever its state.

        Raises:
            InvalidScenarioError: there is no text, or it is too long.
        """
        with self._access.writing() as connection:
            found = self._seen(connection, proposal_id, user_id, lock=True)
            if found.entry.proposer_id != user_id:
                self._access.require(user_id, Operation.REVIEW)
            proposal_records.say(connection, proposal_id, user_id, EventKind.COMMENTED, _said(text))
            detail = {"proposal": proposal_id}
            audit.write(connection, user_id, "comment_proposal", Store.CUSTOM, found.entry.scenario_id, detail)
            return proposal_records.events(connection, proposal_id)[-1]

    def ask(self, proposal_id: str, user_id: int, text: str, *, expected_version: int) -> Proposal:
        """Ask the author of an open proposal for changes.

        Raises:
            PermissionDeniedError: the person is no content manager.
            InvalidScenarioError: there is no text that says which, or it is too long.
            StaleVersionError: it has changed since it was looked at.
            ProposalStateError: it is not open.
        """
        with self._access.writing() as connection:
            found = self._reviewed(connection, proposal_id, user_id, expected_version, {ProposalState.OPEN})
            kind = EventKind.CHANGES_ASKED_FOR
            return self._answered(connection, found, user_id, kind, "ask_for_changes", _said(text))

    def decline(self, proposal_id: str, user_id: int, text: str, *, expected_version: int) -> Proposal:
        """Decline a proposal that is under review.

        Raises:
            PermissionDeniedError: the person is no content manager.
            InvalidScenarioError: there is no text that says why, or it is too long.
            StaleVersionError: it has changed since it was looked at.
            ProposalStateError: it is not under review any more.
        """
        with self._access.writing() as connection:
            found = self._reviewed(connection, proposal_id, user_id, expected_version, UNDER_REVIEW)
            return self._answered(connection, found, user_id, EventKind.DECLINED, "decline_proposal", _said(text))

    def get(self, proposal_id: str, user_id: int) -> Proposal:
        """A proposal that the person sees: one's own, or as a content manager any that was not withdrawn."""
        with self._access.reading() as connection:
            return self._seen(connection, proposal_id, user_id)

    def events(self, proposal_id: str, user_id: int) -> list[ProposalEvent]:
        """What was done with a proposal and said about it, in order."""
        with self._access.reading() as connection:
            self._seen(connection, proposal_id, user_id)
            return proposal_records.events(connection, proposal_id)

    def list_own(
        self, user_id: int, *, states: Collection[ProposalState] = (), limit: int = PAGE, skip: int = 0
    ) -> ProposalPage:
        """The person's own proposals, the latest change first; in these states, or in all."""
        with self._access.reading() as connection:
            return _page(connection, frozenset(ProposalState), states, user_id, limit, skip)

    def list_all(
        self, user_id: int, *, states: Collection[ProposalState] = (), limit: int = PAGE, skip: int = 0
    ) -> ProposalPage:
        """Everybody's proposals but those withdrawn, the latest change first; in these states, or in all.

        Raises:
            PermissionDeniedError: the person is no content manager.
        """
        with self._access.reading() as connection:
            self._access.require(user_id, Operation.REVIEW)
            return _page(connection, FOR_MANAGERS, states, None, limit, skip)

    def latest_of(self, scenario_id: str, user_id: int) -> ProposalEntry | None:
        """The latest proposal of a scenario of one's own, None where there is none."""
        with self._access.reading() as connection:
            self._access.scenario(connection, scenario_id, user_id, Operation.PROPOSE)
            return proposal_records.latest_of(connection, scenario_id)

    def published_as(self, production_id: str, user_id: int) -> ProposalEntry | None:
        """The proposal that a production scenario comes from; None where it comes from none that the person sees."""
        with self._access.reading() as connection:
            found = proposal_records.published_as(connection, audit.storable(production_id))
            return found if found is not None and sees(self._access.person(user_id), found) else None

    def _seen(self, connection: sa.Connection, proposal_id: str, user_id: int, *, lock: bool = False) -> Proposal:
        found = proposal_records.find(connection, audit.storable(proposal_id), lock=lock)
        if found is None or not sees(self._access.person(user_id), found.entry):
            raise ProposalNotFoundError(proposal_id)
        return found

    def _mine(
        self,
        connection: sa.Connection,
        proposal_id: str,
        user_id: int,
        expected: int,
        operation: Operation = Operation.PROPOSE,
        states: Collection[ProposalState] = UNDER_REVIEW,
    ) -> Proposal:
        """One's own proposal, held, in one of these states and at this version."""
        found = self._seen(connection, proposal_id, user_id, lock=True)
        subject = Subject(found.entry.scenario_id, Store.CUSTOM, found.entry.proposer_id)
        decision = may(self._access.person(user_id), operation, subject)
        if not decision.allowed:
            raise PermissionDeniedError(
                f"Only its author may do this to a proposal: {decision.rule}.", rule=decision.rule
            )
        require_state(found, states)
        proposal_records.require_version(found, expected)
        self._require_nothing_to_finish(connection, found)
        return found

    def _reviewed(
        self,
        connection: sa.Connection,
        proposal_id: str,
        user_id: int,
        expected: int,
        states: Collection[ProposalState],
    ) -> Proposal:
        """A proposal that a content manager answers, held, in one of these states and at this version."""
        found = self._seen(connection, proposal_id, user_id, lock=True)
        self._access.require(user_id, Operation.REVIEW)
        require_state(found, states)
        proposal_records.require_version(found, expected)
        self._require_nothing_to_finish(connection, found)
        return found

    def _require_nothing_to_finish(self, connection: sa.Connection, found: Proposal) -> None:
        """Refuse while production already holds the proposal and only the database does not say so yet."""
        if is_being_published(connection, found, self._read_production):
            raise ProposalStateError(
                f"Proposal {found.proposal_id} is being published, or that was interrupted.",
                hint="A content manager has to publish it again first, which finishes it; then it can be taken back.",
            )

    def _answered(
        self, connection: sa.Connection, found: Proposal, user_id: int, kind: EventKind, operation: str, text: str = ""
    ) -> Proposal:
        proposal_records.change(connection, found, state=ProposalState(kind.value).value)
        proposal_records.say(connection, found.proposal_id, user_id, kind, text)
        detail = {"proposal": found.proposal_id}
        audit.write(connection, user_id, operation, Store.CUSTOM, found.entry.scenario_id, detail)
        return self._seen(connection, found.proposal_id, user_id)

    @staticmethod
    def _under_review(connection: sa.Connection, scenario_id: str) -> ProposalEntry | None:
        latest = proposal_records.latest_of(connection, scenario_id)
        return latest if latest is not None and latest.state in UNDER_REVIEW else None


def sees(person: Person, entry: ProposalEntry) -> bool:
    """Whether the person may know of a proposal: its author, and content managers until it is withdrawn."""
    return entry.proposer_id == person.user_id or (
        entry.state in FOR_MANAGERS and may(person, Operation.REVIEW).allowed
    )


def require_state(found: Proposal, states: Collection[ProposalState]) -> None:
    """Do nothing while the proposal is in one of these states.

    Raises:
        ProposalStateError: it is in another one.
    """
    if found.state not in states:
        wanted = " or ".join(repr(state.words) for state in sorted(states))
        raise ProposalStateError(
            f"Proposal {found.proposal_id} has the state {found.state.words!r}; this needs {wanted}.",
            hint="Look at it again.",
        )


def _page(
    connection: sa.Connection,
    visible: Collection[ProposalState],
    states: Collection[ProposalState],
    proposer_id: int | None,
    limit: int,
    skip: int,
) -> ProposalPage:
    wanted = frozenset(states) & frozenset(visible) if states else frozenset(visible)
    counts = proposal_records.count(connection, states=visible, proposer_id=proposer_id)
    found = proposal_records.page(connection, states=wanted, proposer_id=proposer_id, limit=limit, skip=skip)
    return ProposalPage(tuple(found), counts, sum(counts.get(state, 0) for state in wanted))


def _frozen(stored: CustomScenario) -> dict[str, Any]:
    """What a proposal keeps of a scenario as it stands."""
    scenario = plain(limits.require_within_limits(document_of(stored)))
    return {
        "document": scenario.model_dump(mode="json"),
        "title": scenario.name,
        "scenario_version": stored.version,
        "frozen_at": now().replace(microsecond=0),
        "origin_phases": stored.origin.phases if stored.origin else {},
    }


def _production_origin(stored: CustomScenario) -> str | None:
    origin = stored.origin
    return origin.scenario_id if origin is not None and origin.store is Store.PRODUCTION else None


def _said(text: str, *, needed: bool = True) -> str:
    """A text as it is stored.

    Raises:
        InvalidScenarioError: it is needed and empty, or too long.
    """
    said = audit.storable(text).strip()
    if len(said) > LONGEST_TEXT or (needed and not said):
        shortest = 1 if needed else 0
        found = f"{len(said):,} characters" if said else "nothing"
        raise InvalidScenarioError([Fault("/text", f"{shortest} to {LONGEST_TEXT:,} characters", found)])
    return said
