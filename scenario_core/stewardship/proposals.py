"""Publishing proposals to production and taking that back: plan, then apply; finished where it was interrupted.

Where a production scenario comes from is kept with the proposal and in the audit log, not in the record: the file is
read by other programs, and a copy, a restore or a rename of the record would carry such a field to where it is wrong.

Publishing is two transactions. The first notes what is about to be written. The second holds the proposal while the
file is saved, and then marks it, writes the audit log and brings the mirror along. Whatever stops the second one, be
it the end of the process, leaves the note: planning again finds what production holds, and applying does the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from scenario_core import mirror
from scenario_core.custom import audit, proposal_records
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.proposal_records import Proposal, ProposalState, Publication
from scenario_core.custom.proposals import require_state
from scenario_core.errors import ProductionReadOnlyError, ProposalStateError, ScenarioNotFoundError, StalePlanError
from scenario_core.integrity.diff import canonical
from scenario_core.integrity.snapshot import mirrored
from scenario_core.people import Operation, Subject, require
from scenario_core.production import State
from scenario_core.scenario import ConversationScenario, Store
from scenario_core.stewardship import proposed, publishing
from scenario_core.stewardship.noticing import notice_outside_change
from scenario_core.stewardship.proposed import Candidate
from scenario_core.stewardship.publishing import PUBLISH, REVERT
from scenario_core.stewardship.steward import Steward


@dataclass(frozen=True)
class PublishPlan:
    """What publishing would do.

    Attributes:
        proposal: The proposal as it was looked at.
        candidate: What would stand in production.
        served: The production that was looked at.
        is_written: Whether the file holds it already, since publishing was interrupted after that.
        expected_count: How many production scenarios the settings say there must be, None where they don't.
    """

    proposal: Proposal
    candidate: Candidate
    served: State = field(repr=False)
    is_written: bool
    expected_count: int | None = None

    @property
    def miscounted(self) -> str:
        """What the checks will say of the number of scenarios after that; empty where they have nothing to say."""
        number = len(self.served.loaded.scenarios) + (0 if self.is_written else 1)
        if self.candidate.former is not None or self.expected_count in {None, number}:
            return ""
        return (
            f"the settings expect {self.expected_count} production scenarios, and there will be {number}: "
            "bring expected_count up to date, or the checks report it"
        )

    @property
    def fingerprint(self) -> str:
        """What tells this plan from every other one."""
        made = self.candidate.scenario.model_dump(mode="json")
        return _mark([self.proposal.proposal_id, self.proposal.version, self.served.loaded.revision, made])

    def sentences(self) -> list[str]:
        """The plan for people."""
        if self.is_written:
            return [
                f"production already holds {self.candidate.production_id}: publishing was interrupted after that",
                "mark the proposal as published, and bring the mirror and the audit log along",
            ]
        return [*self.candidate.sentences(), *filter(None, [self.miscounted])]


@dataclass(frozen=True)
class RevertPlan:
    """What taking a publication back would do.

    Attributes:
        proposal: The proposal as it was looked at.
        publication: What is to be taken back.
        former: The scenario that would come back, None where the one that was added would be removed.
        served: The production that was looked at.
        is_done: Whether production already is as it was before, so that only the proposal is to be marked.
    """

    proposal: Proposal
    publication: Publication
    former: ConversationScenario | None
    served: State = field(repr=False)
    is_done: bool

    @property
    def fingerprint(self) -> str:
        """What tells this plan from every other one."""
        return _mark(["revert", self.proposal.proposal_id, self.proposal.version, self.served.loaded.revision])

    def sentences(self) -> list[str]:
        """The plan for people."""
        name = self.publication.production_id
        if self.is_done:
            return [f"production already holds of {name} what it held before; mark the proposal as taken back"]
        if self.publication.former is None:
            return [f"remove {name} from production"]
        return [f"bring {name} back as it was before it was replaced"]


def get(steward: Steward, proposal_id: str) -> Proposal:
    """A proposal that the person sees.

    Raises:
        ProposalNotFoundError: there is none that the person may know of.
        DatabaseError: it does not answer, or is not of this version.
    """
    with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
        found = proposal_records.find(connection, audit.storable(proposal_id))
    return publishing.seen(steward, found, proposal_id)


def preview(steward: Steward, proposal: Proposal, production_id: str | None = None) -> Candidate:
    """What a proposal would make of production as it is served now, or what it has made of it; also for its author.

    Raises:
        ScenarioNotFoundError: what it is to replace is not in production.
    """
    served = steward.desk.production.state
    done, left = proposal.publication, publishing.left_by(proposal, served)
    if done is not None and proposal.state in {ProposalState.PUBLISHED, ProposalState.TAKEN_BACK}:
        return proposed.of(proposal, done.production_id, publishing.former_of(done, served))
    if left is not None:
        return proposed.of(proposal, left.production_id, served.loaded.scenarios.get(left.production_id))
    found = proposed.candidate(proposal, served, production_id)
    if found.former is None and found.production_id == proposal.origin_id:
        raise ScenarioNotFoundError(
            found.production_id, hint="It is no longer in production: choose a new id, and it is added."
        )
    return found


def is_interrupted(steward: Steward, proposal: Proposal) -> bool:
    """Whether publishing it was interrupted after production was written, so that it is to be finished."""
    return publishing.left_by(proposal, steward.desk.production.state) is not None


def suggest(steward: Steward, proposal: Proposal) -> str:
    """A new id for production from the title, that neither the file nor the database knows.

    Raises:
        DatabaseError: it does not answer, or is not of this version.
    """
    taken: Collection[str] = {*proposed.taken_in(steward.desk.production.state)}
    with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
        while proposal_records.is_taken(
            connection, name := proposed.suggested_id(proposal.scenario, taken), proposal.entry.scenario_id
        ):
            taken = {*taken, name}
    return name


def plan(steward: Steward, proposal_id: str, production_id: str | None = None) -> PublishPlan:
    """What publishing an open proposal would do.

    Args:
        steward: who asks.
        proposal_id: the proposal.
        production_id: the id to use: that of what it is a copy of, which is then replaced, or a new one. By default
            what the author asks for, and for an addition a new one from the title. Where publishing was interrupted
            after the file was written, its id stays.

    Raises:
        PermissionDeniedError: the person is no content manager.
        ProposalStateError: the proposal is not open.
        InvalidScenarioError: the id can't be that of a new production scenario, or the scenario breaks a rule of it.
        InvalidQueryError: the id is taken.
        ScenarioNotFoundError: what it is to replace is not in production.
        ProductionReadOnlyError: production is served from a backup.
        DatabaseError: it does not answer, or is not of this version.
    """
    _require_rights(steward)
    found = get(steward, proposal_id)
    require_state(found, {ProposalState.OPEN})
    served, expected = _served(steward), steward.desk.settings.expected_count
    left = publishing.left_by(found, served)
    if left is not None:
        made = proposed.of(found, left.production_id, publishing.former_of(left, served))
        if proposed.is_written(served, made):
            return PublishPlan(found, made, served, is_written=True, expected_count=expected)
    made = preview(steward, found, production_id)
    if made.former is None:
        if production_id is None:
            made = proposed.of(found, suggest(steward, found), None)
        proposed.require_id(made.production_id)
        with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
            publishing.require_free(connection, found, made.production_id, served)
    proposed.require_fit(made)
    return PublishPlan(found, made, served, is_written=False, expected_count=expected)


def publish(steward: Steward, planned: PublishPlan) -> Proposal:
    """Do what was planned: save, mark, log and mirror. What is replaced is kept as a backup.

    Raises:
        PermissionDeniedError: the person is no content manager.
        StalePlanError: production has moved since the plan was made; nothing was changed.
        StaleVersionError, ProposalStateError, ProposalNotFoundError: the proposal has; nothing was changed.
        ProductionError: the file can't be written; nothing was changed.
        DatabaseError: nothing was changed, or the file was saved and the rest is still to do: plan and publish again.
    """
    _require_rights(steward)
    proposal, made, served = planned.proposal, planned.candidate, planned.served
    version = proposal.version
    if not planned.is_written:
        _require_unmoved(steward, served)
        notice_outside_change(steward, served.loaded.revision)
        version = publishing.note(steward, proposal, made, served)
    with publishing.holding(steward, proposal.proposal_id, version, ProposalState.OPEN) as (connection, found):
        done = publishing.saved(steward, made, served, found, is_written=planned.is_written)
        values = {"backup": done.backup, "after_sha256": done.after_sha256, "record_sha256": done.record_sha256}
        proposal_records.change(connection, found, state=ProposalState.PUBLISHED.value, **values)
        publishing.record(connection, steward, found, PUBLISH, done)
        mirror.follow(connection, mirrored(steward.desk.production), actor_id=steward.user_id)
    return get(steward, proposal.proposal_id)


def plan_revert(steward: Steward, proposal_id: str) -> RevertPlan:
    """What it would take to take a publication back, and nothing else.

    Raises:
        PermissionDeniedError: the person is no content manager.
        ProposalStateError: the proposal is not published, or what it published has been changed since.
        ProductionReadOnlyError: production is served from a backup.
        DatabaseError: it does not answer, or is not of this version.
    """
    _require_rights(steward)
    found = get(steward, proposal_id)
    require_state(found, {ProposalState.PUBLISHED})
    publication = found.publication
    if publication is None:
        raise ProposalStateError(f"What publishing {proposal_id} did is not known.", hint="Restore from a backup.")
    served = _served(steward)
    present = publishing.digest_in(served, publication.production_id)
    former = publication.former
    is_done = present == (None if former is None else publishing.digest(former.encode()))
    if not is_done and present != publication.record_sha256:
        raise ProposalStateError(
            f"{publication.production_id} has been changed or removed since it was published.",
            hint=f"Compare production with {publication.backup or 'a backup'}, and choose what to bring back.",
        )
    return RevertPlan(found, publication, publishing.former_of(publication, served), served, is_done)


def revert(steward: Steward, planned: RevertPlan) -> Proposal:
    """Take a publication back: the record that it replaced stands there again, or the one that it added is gone.

    Raises:
        PermissionDeniedError: the person is no content manager.
        StalePlanError: production has moved since the plan was made; nothing was changed.
        StaleVersionError, ProposalStateError, ProposalNotFoundError: the proposal has; nothing was changed.
        ProductionError: the file can't be written; nothing was changed.
        DatabaseError: nothing was changed, or the file was saved and the rest is still to do: plan and revert again.
    """
    _require_rights(steward)
    proposal, served, production = planned.proposal, planned.served, steward.desk.production
    name = planned.publication.production_id
    if not planned.is_done:
        _require_unmoved(steward, served)
        notice_outside_change(steward, served.loaded.revision)
    held = publishing.holding(steward, proposal.proposal_id, proposal.version, ProposalState.PUBLISHED)
    with held as (connection, found):
        kept = None if planned.is_done else publishing.taken_back(steward, planned.publication, served)
        done = Publication(name, served.loaded.revision, backup=kept, after_sha256=production.revision)
        proposal_records.change(connection, found, state=ProposalState.TAKEN_BACK.value)
        publishing.record(connection, steward, found, REVERT, done)
        gone = () if name in production.scenarios else (name,)
        mirror.follow(connection, mirrored(production), actor_id=steward.user_id, retire=gone)
    return get(steward, proposal.proposal_id)


def _require_rights(steward: Steward) -> None:
    steward.require(Operation.REVIEW)
    require(steward.person, Operation.EDIT_PRODUCTION, Subject("production", Store.PRODUCTION))


def _served(steward: Steward) -> State:
    """Production as it stands in its file now.

    Raises:
        ProductionReadOnlyError: it is served from elsewhere.
    """
    steward.desk.production.refresh()
    served = steward.desk.production.state
    if not served.source.is_file:
        raise ProductionReadOnlyError(
            f"Nothing can be published while the production file can't be read. {served.source.reason}",
            hint="Restore production from a backup first.",
        )
    return served


def _require_unmoved(steward: Steward, served: State) -> None:
    """Refuse early, before anything is noted; the save itself asks again."""
    steward.desk.production.refresh()
    if steward.desk.production.revision != served.loaded.revision:
        raise StalePlanError("Production has moved since the plan was made.", hint="Plan again.")


def _mark(parts: list[Any]) -> str:
    return hashlib.sha256(canonical(parts).encode()).hexdigest()[:16]
