"""Which proposals wait for the person who looks, in one line each, for the first page."""

from __future__ import annotations

from dashboard import navigate, state, wiring
from dashboard.words import plural
from scenario_core.custom.proposal_records import ProposalState
from scenario_core.errors import DatabaseError
from scenario_core.people import Operation, may

__all__ = ["for_author", "for_manager"]


def for_manager() -> None:
    """How many are open; nothing for who may not answer them."""
    if not may(state.me(), Operation.REVIEW).allowed:
        return
    try:
        with wiring.desk().builder() as service:
            number = service.proposals.list_all(state.user_id(), limit=1).counts.get(ProposalState.OPEN, 0)
    except DatabaseError:
        return
    said = f"{plural(number, 'open proposal')}" if number else "No open proposals"
    navigate.link(navigate.PROPOSALS, said, ":material/rate_review:")


def for_author() -> None:
    """In how many of one's own changes are asked for; nothing where in none."""
    try:
        with wiring.desk().builder() as service:
            counts = service.proposals.list_own(state.user_id(), limit=1).counts
    except DatabaseError:
        return
    wanted = ProposalState.CHANGES_ASKED_FOR
    if number := counts.get(wanted, 0):
        navigate.link(
            navigate.PROPOSALS, f"Changes are asked for in {plural(number, 'proposal')}", ":material/rate_review:",
            whose="mine", state=wanted.value,
        )  # fmt: skip
