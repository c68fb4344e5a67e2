"""Authors, content managers and proposals to test with."""

from __future__ import annotations

from typing import Any, Final

from scenario_core.bootstrap import Desk
from scenario_core.custom.directory import add_person
from scenario_core.custom.proposal_records import Proposal
from scenario_core.people import Role
from scenario_core.stewardship.steward import Steward
from tests.factories import OWNER, scenario_document

SECRET: Final = "quokka"  # noqa: S105 - no password, a word to look for


def another_manager(desk: Desk) -> Steward:
    """A content manager who is not the local person."""
    return Steward(desk, add_person(desk.engine, desk.directory.person(1), "Second", {Role.CONTENT_MANAGER}))


def proposed(desk: Desk, user_id: int = OWNER, **fields: Any) -> Proposal:
    """A new scenario of an author, proposed as an addition."""
    with desk.builder() as service:
        made = service.create_scenario(user_id, scenario_document(**{"name": "A Table by the Window", **fields}))
        return service.proposals.propose(made.scenario_id, user_id, expected_version=1)


def copy_proposed(desk: Desk, origin: str = "two", user_id: int = OWNER, **fields: Any) -> Proposal:
    """A changed copy of a production scenario, proposed to replace it."""
    with desk.builder() as service:
        copy = service.duplicate_scenario(origin, user_id)
        document = {**copy.scenario.model_dump(mode="json"), "setting": "By the window", **fields}
        saved = service.update_scenario(copy.scenario_id, user_id, document, expected_version=1)
        return service.proposals.propose(saved.scenario_id, user_id, expected_version=2, replace=True)
