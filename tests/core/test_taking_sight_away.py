"""What its owner no longer wants seen is seen no more: deleted scenarios, declined proposals, roles that were lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from scenario_core.custom.proposal_records import Proposal, ProposalState
from scenario_core.custom.service import ScenarioBuilderService
from scenario_core.errors import PermissionDeniedError, ProposalNotFoundError, ProposalStateError, StaleVersionError
from scenario_core.people import Role
from scenario_core.stewardship import proposals
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import proposed, publish
from tests.core.test_rights import Everyone
from tests.factories import ADMIN, OWNER, builder, scenario_document

Delete = Callable[[ScenarioBuilderService, str], object]
DELETIONS: dict[str, Delete] = {
    "one": lambda it, name: it.delete_scenario(name, OWNER, expected_version=1),
    "batch": lambda it, name: it.batch.apply(OWNER, "delete", [name]),
}


def delete(steward: Steward, found: Proposal, how: str) -> None:
    with steward.desk.builder() as service:
        DELETIONS[how](service, found.entry.scenario_id)


@pytest.mark.parametrize("how", DELETIONS)
@pytest.mark.parametrize("is_asked", [True, False])
def test_a_deleted_scenario_is_neither_published_nor_seen(manager: Steward, how: str, *, is_asked: bool) -> None:
    found = proposed(manager.desk)
    planned = proposals.plan(manager, found.proposal_id)
    if is_asked:
        with manager.desk.builder() as service:
            service.proposals.ask(found.proposal_id, ADMIN, "Why?", expected_version=1)
    delete(manager, found, how)
    with manager.desk.builder() as service:
        assert service.proposals.list_all(ADMIN).entries == ()
        assert service.proposals.get(found.proposal_id, OWNER).state is ProposalState.WITHDRAWN
    with pytest.raises(ProposalNotFoundError):
        proposals.plan(manager, found.proposal_id)
    with pytest.raises((ProposalNotFoundError, ProposalStateError, StaleVersionError)):
        proposals.publish(manager, planned)


def test_what_production_already_holds_is_finished_though_its_scenario_is_deleted(
    manager: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise ConnectionError("gone")

    found = proposed(manager.desk)
    with monkeypatch.context() as patch:
        patch.setattr("scenario_core.mirror.follow", lost)
        with pytest.raises(ConnectionError):
            publish(manager, found)
    delete(manager, found, "one")
    assert publish(manager, found).state is ProposalState.PUBLISHED


def test_a_declined_proposal_can_be_withdrawn_and_a_published_one_not(manager: Steward) -> None:
    declined, done = proposed(manager.desk), publish(manager, proposed(manager.desk))
    with manager.desk.builder() as service:
        service.proposals.decline(declined.proposal_id, ADMIN, "No.", expected_version=1)
        service.proposals.withdraw(declined.proposal_id, OWNER, expected_version=2)
        with pytest.raises(ProposalNotFoundError):
            service.proposals.get(declined.proposal_id, ADMIN)
        with pytest.raises(ProposalStateError):
            service.proposals.withdraw(done.proposal_id, OWNER, expected_version=done.version)


@pytest.mark.parametrize("role", list(Role))
def test_no_role_is_needed_to_make_private_what_is_ones_own(sqlite_engine: sa.Engine, role: Role) -> None:
    with builder(sqlite_engine, directory=Everyone(Role.AUTHOR)) as service:
        made = service.create_scenario(OWNER, scenario_document())
        found = service.proposals.propose(made.scenario_id, OWNER, expected_version=1)
        held = service.collections.create(OWNER, "Mine")
        held = service.collections.set_visibility(held.collection_id, OWNER, is_public=True, expected_version=1)
    with builder(sqlite_engine, directory=Everyone(role)) as service:
        assert service.proposals.withdraw(found.proposal_id, OWNER, expected_version=1).state == "withdrawn"
        name = held.collection_id
        assert not service.collections.set_visibility(name, OWNER, is_public=False, expected_version=2).is_public
        if role in {Role.VIEWER, Role.ANALYST}:
            with pytest.raises(PermissionDeniedError):
                service.collections.set_visibility(name, OWNER, is_public=True, expected_version=3)
