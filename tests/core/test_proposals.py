"""Proposals between an author and content managers: who may do what when, who sees what, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.custom import ScenarioBuilderService
from scenario_core.custom.proposal_records import EventKind, Proposal, ProposalState
from scenario_core.custom.proposal_tables import PROPOSAL_EVENTS, PROPOSALS
from scenario_core.custom.proposals import LONGEST_TEXT
from scenario_core.custom.tables import AUDIT, SCENARIOS
from scenario_core.errors import (
    InvalidQueryError,
    InvalidScenarioError,
    PermissionDeniedError,
    ProposalNotFoundError,
    ProposalStateError,
    ScenarioDeskError,
    ScenarioNotFoundError,
    StaleVersionError,
)
from scenario_core.people import Role
from scenario_core.stewardship import audit_log
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import SECRET, copy_proposed, proposed
from tests.core.test_rights import Everyone
from tests.factories import ADMIN, OWNER, STRANGER, builder, scenario_document

Act = Callable[[ScenarioBuilderService, Proposal, int], Any]
OWN: dict[str, Act] = {
    "update": lambda it, found, who: it.proposals.update(found.proposal_id, who, expected_version=found.version),
    "withdraw": lambda it, found, who: it.proposals.withdraw(found.proposal_id, who, expected_version=found.version),
}
MANAGED: dict[str, Act] = {
    "ask": lambda it, found, who: it.proposals.ask(found.proposal_id, who, "Why?", expected_version=found.version),
    "decline": lambda it, found, who: it.proposals.decline(
        found.proposal_id, who, "No.", expected_version=found.version
    ),
}
SEEN: dict[str, Act] = {
    "comment": lambda it, found, who: it.proposals.comment(found.proposal_id, who, "Well."),
    "get": lambda it, found, who: it.proposals.get(found.proposal_id, who),
    "events": lambda it, found, who: it.proposals.events(found.proposal_id, who),
}
ACTS = {**OWN, **MANAGED, **SEEN}
MANAGERS = {Role.CONTENT_MANAGER, Role.ADMIN}
STATES = ["open", "changes_asked_for", "declined", "withdrawn"]
ALLOWED = {
    "update": {"open", "changes_asked_for"},
    "withdraw": {"open", "changes_asked_for", "declined"},
    "ask": {"open"},
    "decline": {"open", "changes_asked_for"},
    **{name: set(STATES) for name in SEEN},
}


def brought_to(desk: Desk, state: str) -> Proposal:
    """A proposal of the author in this state, by the local person where it needs a content manager."""
    found = proposed(desk, name=f"About a {SECRET}")
    with desk.builder() as service:
        if state == "changes_asked_for":
            return service.proposals.ask(found.proposal_id, ADMIN, "More phrases, please.", expected_version=1)
        if state == "declined":
            return service.proposals.decline(found.proposal_id, ADMIN, "We have one.", expected_version=1)
        return (
            service.proposals.withdraw(found.proposal_id, OWNER, expected_version=1) if state == "withdrawn" else found
        )


@pytest.mark.parametrize(("act", "role", "who", "state"), list(product(ACTS, Role, (OWNER, STRANGER), STATES)))
def test_who_may_do_what_with_a_proposal(local: Steward, act: str, role: Role, who: int, state: str) -> None:
    found = brought_to(local.desk, state)
    own, manager = who == OWNER, role in MANAGERS
    sees = own or (manager and state != "withdrawn")
    may = {
        "update": own and role in {Role.AUTHOR, *MANAGERS},
        "withdraw": own,
        **dict.fromkeys(MANAGED, manager),
        **dict.fromkeys(SEEN, sees),
    }[act]
    with builder(local.desk.engine, directory=Everyone(role)) as service:
        if sees and may and state in ALLOWED[act]:
            ACTS[act](service, found, who)
            return
        with pytest.raises(ScenarioDeskError) as caught:
            ACTS[act](service, found, who)
    if not sees:
        assert str(caught.value) == str(ProposalNotFoundError(found.proposal_id))
        assert SECRET not in str(caught.value)
    else:
        assert isinstance(caught.value, ProposalStateError if may else PermissionDeniedError)


def test_a_proposal_keeps_the_scenario_as_it_stood_whatever_becomes_of_it(manager: Steward) -> None:
    found = proposed(manager.desk)
    scenario_id = found.entry.scenario_id
    with manager.desk.builder() as service:
        document = scenario_document(name="Something Else")
        service.update_scenario(scenario_id, OWNER, document, expected_version=1)
        seen = service.proposals.get(found.proposal_id, ADMIN)
        assert (seen.scenario.name, seen.entry.title, seen.scenario_version) == (*["A Table by the Window"] * 2, 1)
        with pytest.raises(ScenarioNotFoundError):
            service.get_scenario(scenario_id, ADMIN)
        service.delete_scenario(scenario_id, OWNER, expected_version=2)
        assert service.proposals.get(found.proposal_id, OWNER).scenario == seen.scenario
        with pytest.raises(ProposalStateError, match="has the state 'withdrawn'"):
            service.proposals.update(found.proposal_id, OWNER, expected_version=2)


def test_changes_are_asked_for_made_and_brought_to_the_proposal(manager: Steward) -> None:
    found = proposed(manager.desk)
    with manager.desk.builder() as service:
        asked = service.proposals.ask(found.proposal_id, ADMIN, " Which window?\n", expected_version=1)
        assert (asked.state, asked.version) == (ProposalState.CHANGES_ASKED_FOR, 2)
        service.proposals.comment(found.proposal_id, OWNER, "The one to the sea.")
        document = scenario_document(name="A Table by the Sea")
        service.update_scenario(found.entry.scenario_id, OWNER, document, expected_version=1)
        again = service.proposals.update(found.proposal_id, OWNER, expected_version=2, text="Done.")
        said = service.proposals.events(found.proposal_id, ADMIN)
    assert (again.state, again.entry.title, again.scenario_version) == (ProposalState.OPEN, "A Table by the Sea", 2)
    assert [(each.kind, each.actor_id, each.text) for each in said] == [
        (EventKind.PROPOSED, OWNER, ""),
        (EventKind.CHANGES_ASKED_FOR, ADMIN, "Which window?"),
        (EventKind.COMMENTED, OWNER, "The one to the sea."),
        (EventKind.UPDATED, OWNER, "Done."),
    ]


def test_a_scenario_has_one_proposal_under_review_and_any_number_after_that(manager: Steward) -> None:
    found = proposed(manager.desk)
    scenario_id = found.entry.scenario_id
    with manager.desk.builder() as service:
        with pytest.raises(ProposalStateError, match=f"Proposal {found.proposal_id} of this scenario is under review"):
            service.proposals.propose(scenario_id, OWNER, expected_version=1)
        service.proposals.withdraw(found.proposal_id, OWNER, expected_version=1)
        second = service.proposals.propose(scenario_id, OWNER, expected_version=1)
        assert service.proposals.latest_of(scenario_id, OWNER) == second.entry


def test_proposing_twice_under_one_id_is_proposing_once(manager: Steward) -> None:
    with manager.desk.builder() as service:
        made = service.create_scenario(OWNER, scenario_document())
        first, again = (
            service.proposals.propose(made.scenario_id, OWNER, expected_version=1, proposal_id="0badcafe")
            for _ in range(2)
        )
        assert first == again
        assert len(service.proposals.events("0badcafe", OWNER)) == 1
        service.proposals.withdraw("0badcafe", OWNER, expected_version=1)
        other = service.proposals.propose(made.scenario_id, OWNER, expected_version=1, proposal_id="0badcafe")
        assert other.proposal_id != "0badcafe"


def test_of_many_who_propose_one_scenario_at_once_one_does(manager: Steward) -> None:
    with manager.desk.builder() as service:
        scenario_id = service.create_scenario(OWNER, scenario_document()).scenario_id

    def attempt(_: int) -> bool:
        with manager.desk.builder() as service:
            try:
                service.proposals.propose(scenario_id, OWNER, expected_version=1)
            except ProposalStateError:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]


def test_the_database_itself_holds_no_second_proposal_under_review(manager: Steward) -> None:
    found = proposed(manager.desk)
    with manager.desk.engine.connect() as connection:
        row = dict(connection.execute(sa.select(PROPOSALS)).mappings().one())
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.insert(PROPOSALS).values(**{**row, "proposal_id": "another"}))
        connection.rollback()
        values = {**row, "proposal_id": "another", "state": "declined"}
        connection.execute(sa.insert(PROPOSALS).values(**values))
        connection.rollback()
    assert found.state is ProposalState.OPEN


def test_only_a_copy_of_a_production_scenario_can_replace_one(manager: Steward) -> None:
    found = proposed(manager.desk)
    with manager.desk.builder() as service:
        other = service.create_scenario(OWNER, scenario_document(name="Another"))
        copy_of_copy = service.duplicate_scenario(other.scenario_id, OWNER)
        for made in (other, copy_of_copy):
            with pytest.raises(InvalidQueryError, match="no copy of a production scenario"):
                service.proposals.propose(made.scenario_id, OWNER, expected_version=1, replace=True)
        with pytest.raises(InvalidQueryError, match="no copy of a production scenario"):
            service.proposals.update(found.proposal_id, OWNER, expected_version=1, replace=True)
    copy = copy_proposed(manager.desk)
    assert (copy.entry.replaces, copy.origin_id) == ("two", "two")
    with manager.desk.builder() as service:
        changed = service.proposals.update(copy.proposal_id, OWNER, expected_version=1, replace=False)
        assert (changed.entry.replaces, changed.origin_id) == (None, "two")
        kept = service.proposals.update(copy.proposal_id, OWNER, expected_version=2)
        assert kept.entry.replaces is None
        assert (
            service.proposals.update(copy.proposal_id, OWNER, expected_version=3, replace=True).entry.replaces == "two"
        )


def test_what_was_looked_at_must_still_be_so(local: Steward) -> None:
    found = proposed(local.desk)
    with local.desk.builder() as service:
        with pytest.raises(StaleVersionError):
            service.proposals.propose(found.entry.scenario_id, OWNER, expected_version=2)
        service.proposals.ask(found.proposal_id, ADMIN, "Why?", expected_version=1)
        for act in ("update", "withdraw", "decline"):
            with pytest.raises(StaleVersionError, match=r"proposal .* is at version 2"):
                ACTS[act](service, found, OWNER if act in OWN else ADMIN)


def test_what_is_below_the_authoring_limits_can_not_be_proposed(local: Steward) -> None:
    with local.desk.builder() as service:
        made = service.create_scenario(OWNER, scenario_document())
        with local.desk.engine.begin() as connection:
            connection.execute(sa.update(SCENARIOS).where(SCENARIOS.c.created_by == OWNER).values(estimated_duration=1))
        version = service.get_scenario(made.scenario_id, OWNER).version
        with pytest.raises(InvalidScenarioError, match="/duration_minutes"):
            service.proposals.propose(made.scenario_id, OWNER, expected_version=version)


@pytest.mark.parametrize("text", ["", " \n\t", "\x00", "x" * (LONGEST_TEXT + 1)])
def test_a_comment_says_something_and_not_too_much(local: Steward, text: str) -> None:
    found = proposed(local.desk)
    with local.desk.builder() as service:
        for say in (
            lambda: service.proposals.comment(found.proposal_id, OWNER, text),
            lambda: service.proposals.ask(found.proposal_id, ADMIN, text, expected_version=1),
            lambda: service.proposals.decline(found.proposal_id, ADMIN, text, expected_version=1),
        ):
            with pytest.raises(InvalidScenarioError, match="/text"):
                say()
        assert len(service.proposals.events(found.proposal_id, OWNER)) == 1


def test_every_text_comes_back_as_it_was_written(manager: Steward) -> None:
    found = proposed(manager.desk)
    text = "Ein Fenster: 窓, <b>נ</b> \U0001f600 'quoted' \\ %s {x}\nsecond line"
    with manager.desk.builder() as service:
        assert service.proposals.comment(found.proposal_id, OWNER, text).text == text


def test_lists_hold_what_the_person_sees_page_by_page(manager: Steward) -> None:
    made = [proposed(manager.desk, OWNER if number % 2 else STRANGER, name=f"No {number}") for number in range(7)]
    with manager.desk.builder() as service:
        service.proposals.withdraw(made[0].proposal_id, STRANGER, expected_version=1)
        service.proposals.decline(made[1].proposal_id, ADMIN, "No.", expected_version=1)
        everything = service.proposals.list_all(ADMIN)
        assert [each.title for each in everything.entries] == ["No 1", "No 6", "No 5", "No 4", "No 3", "No 2"]
        assert everything.counts == {ProposalState.OPEN: 5, ProposalState.DECLINED: 1}
        still = service.proposals.list_all(ADMIN, states={ProposalState.OPEN}, limit=2, skip=2)
        assert ([each.title for each in still.entries], still.total) == (["No 4", "No 3"], 5)
        assert service.proposals.list_all(ADMIN, states={ProposalState.WITHDRAWN}).total == 0
        own = service.proposals.list_own(STRANGER)
        assert [each.title for each in own.entries] == ["No 0", "No 6", "No 4", "No 2"]
        with pytest.raises(PermissionDeniedError):
            service.proposals.list_all(OWNER)
        assert service.proposals.list_own(ADMIN).entries == ()


def test_a_withdrawn_proposal_is_told_to_nobody_but_its_author(manager: Steward) -> None:
    found = brought_to(manager.desk, "withdrawn")
    with manager.desk.builder() as service:
        assert service.proposals.get(found.proposal_id, OWNER).scenario.name == f"About a {SECRET}"
        for call in (service.proposals.get, service.proposals.events):
            with pytest.raises(ProposalNotFoundError):
                call(found.proposal_id, ADMIN)
        listed = service.proposals.list_all(ADMIN, states=set(ProposalState))
    assert SECRET not in repr(listed)
    assert SECRET not in repr(audit_log.entries(manager))


def test_what_is_done_with_a_proposal_is_logged_and_privately(manager: Steward) -> None:
    found = proposed(manager.desk)
    with manager.desk.builder() as service:
        service.proposals.ask(found.proposal_id, ADMIN, "Why?", expected_version=1)
        service.proposals.update(found.proposal_id, OWNER, expected_version=2)
        service.proposals.comment(found.proposal_id, OWNER, "So.")
        service.proposals.withdraw(found.proposal_id, OWNER, expected_version=3)
    query = sa.select(AUDIT.c.operation).where(AUDIT.c.scenario_id == found.entry.scenario_id).order_by(AUDIT.c.id)
    with manager.desk.engine.connect() as connection:
        assert connection.scalars(query).all() == [
            "create", "propose", "ask_for_changes", "update_proposal", "comment_proposal", "withdraw_proposal",
        ]  # fmt: skip
        assert len(connection.execute(sa.select(PROPOSAL_EVENTS)).all()) == 5
    assert [each.operation for each in audit_log.entries(manager) if each.actor_id == OWNER] == []
