"""Authors, content managers and proposals to test with."""

from __future__ import annotations

import json
from typing import Any, Final

import sqlalchemy as sa

from scenario_core import integrity
from scenario_core.bootstrap import Desk
from scenario_core.custom.directory import add_person
from scenario_core.custom.proposal_records import Proposal
from scenario_core.custom.tables import SCENARIOS
from scenario_core.people import Role
from scenario_core.stewardship import proposals
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


def publish(steward: Steward, found: Proposal, production_id: str | None = None) -> Proposal:
    return proposals.publish(steward, proposals.plan(steward, found.proposal_id, production_id))


def bytes_of(steward: Steward) -> bytes:
    return steward.desk.production.path.read_bytes()


def record_of(steward: Steward, scenario_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes_of(steward))[scenario_id]
    return found


def structural(steward: Steward) -> list[str]:
    """What the structural checks find, apart from the approved backup that production differs from by now."""
    report = integrity.run(steward.desk.snapshot(), select=integrity.selection(only=["IC"]))
    return [str(each) for each in report.findings if each.code not in {"IC103", "IC104"}] + [
        outcome.problem for outcome in report.not_run
    ]


def mirrored_ids(desk: Desk) -> set[str]:
    with desk.engine.connect() as connection:
        return set(connection.scalars(sa.select(SCENARIOS.c.scenario_id).where(SCENARIOS.c.is_system_scenario)))
