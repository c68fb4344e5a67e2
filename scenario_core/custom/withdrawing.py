"""Taking back what a scenario was proposed for, together with the scenario; and when that is too late."""

from __future__ import annotations

import sqlalchemy as sa

from scenario_core.custom import audit, proposal_records
from scenario_core.custom.access import ReadProduction
from scenario_core.custom.proposal_records import UNDER_REVIEW, EventKind, Proposal, ProposalState
from scenario_core.scenario import Store


def is_being_published(connection: sa.Connection, found: Proposal, read_production: ReadProduction) -> bool:
    """Whether production already holds the proposal and only the database does not say so yet."""
    begun = found.publication
    present = read_production(connection, begun.production_id) if begun else None
    return present is not None and present.updated_at == found.frozen_at


def withdraw_with_scenario(
    connection: sa.Connection, scenario_id: str, actor_id: int, read_production: ReadProduction
) -> None:
    """Withdraw the proposal of a scenario that is being deleted, so that nobody publishes or sees it any more.

    One that production already holds stays, to be finished and taken back.
    """
    latest = proposal_records.latest_of(connection, scenario_id)
    if latest is None or latest.state not in UNDER_REVIEW:
        return
    found = proposal_records.find(connection, latest.proposal_id, lock=True)
    if found is None or not found.is_under_review or is_being_published(connection, found, read_production):
        return
    proposal_records.change(connection, found, state=ProposalState.WITHDRAWN.value)
    proposal_records.say(connection, found.proposal_id, actor_id, EventKind.WITHDRAWN)
    detail = {"proposal": found.proposal_id}
    audit.write(connection, actor_id, "withdraw_proposal", Store.CUSTOM, scenario_id, detail)
