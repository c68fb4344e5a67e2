"""Publishing proposals: what is written where, what is refused, and the way back byte for byte."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core import mirror
from scenario_core.custom.proposal_records import EventKind, ProposalState
from scenario_core.custom.tables import SCENARIOS
from scenario_core.errors import (
    InvalidQueryError,
    InvalidScenarioError,
    PermissionDeniedError,
    ProductionReadOnlyError,
    ProposalNotFoundError,
    ProposalStateError,
    ScenarioDeskError,
    ScenarioNotFoundError,
    StalePlanError,
)
from scenario_core.integrity.snapshot import mirrored
from scenario_core.people import Person, Role
from scenario_core.scenario import Store
from scenario_core.stewardship import audit_log, checking, proposals, proposed, repairs
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import (
    another_manager,
    bytes_of,
    copy_proposed,
    mirrored_ids,
    publish,
    record_of,
    structural,
)
from tests.core.proposal_examples import proposed as added
from tests.core.steward_examples import edit
from tests.factories import ADMIN, OWNER, STRANGER, scenario


def test_an_addition_gets_an_id_of_its_own_and_is_all_that_changes(manager: Steward) -> None:
    before = bytes_of(manager)
    found = added(manager.desk)
    done = publish(manager, found)
    record = record_of(manager, "a_table_by_the_window")
    kept = found.scenario.model_dump(mode="json")
    same = [name for name in kept if name not in {"scenario_id", "created_at", "updated_at"}]
    assert {name: record[name] for name in same} == {name: kept[name] for name in same}
    assert record["created_at"] == record["updated_at"] == found.frozen_at.isoformat()
    assert list(json.loads(bytes_of(manager))) == ["one", "two", "three", "a_table_by_the_window"]
    assert bytes_of(manager).startswith(before[: before.rindex(b"\n}")])
    assert (done.state, done.entry.production_id) == (ProposalState.PUBLISHED, "a_table_by_the_window")
    assert done.publication
    assert manager.desk.production.read_backup(done.publication.backup or "") == before
    assert done.publication.after_sha256 == manager.desk.production.revision
    assert "a_table_by_the_window" in mirrored_ids(manager.desk)
    assert structural(manager) == []


def test_a_replacement_keeps_what_its_author_has_not_written(manager: Steward) -> None:
    def furnish(document: dict[str, Any]) -> None:
        document["two"] |= {"x_voice": "calm", "is_active": False}
        document["two"]["phases"][0]["x_picture"] = "door.png"
        del document["two"]["vocabulary_focus"]

    edit(manager, furnish)
    mirror.apply(manager.desk.engine, mirrored(manager.desk.production), actor_id=ADMIN)
    former = record_of(manager, "two")
    found = copy_proposed(manager.desk)
    edit(manager, lambda it: it["two"].update(x_voice="warm"))
    former["x_voice"] = "warm"
    publish(manager, found)
    assert record_of(manager, "two") == {
        **former, "setting": "By the window", "updated_at": found.frozen_at.replace(tzinfo=None).isoformat(),
    }  # fmt: skip
    assert list(json.loads(bytes_of(manager))) == ["one", "two", "three"]
    assert structural(manager) == []


def test_copied_phases_get_their_ids_back_however_they_are_called_and_new_ones_keep_theirs(manager: Steward) -> None:
    with manager.desk.builder() as service:
        copy = service.duplicate_scenario("two", OWNER)
        document = copy.scenario.model_dump(mode="json")
        first, second = document["phases"]
        document["phases"] = [second, {**first, "phase_id": "farewell", "name": "Farewell"}, {**first, "name": "Hello"}]
        service.update_scenario(copy.scenario_id, OWNER, document, expected_version=1)
        found = service.proposals.propose(copy.scenario_id, OWNER, expected_version=2, replace=True)
    planned = proposals.plan(manager, found.proposal_id)
    assert {change.kind.value for change in planned.candidate.change.changed["two"].changes} == {
        "added", "changed", "moved",
    }  # fmt: skip
    proposals.publish(manager, planned)
    assert [phase["phase_id"] for phase in record_of(manager, "two")["phases"]] == ["ordering", "farewell", "greeting"]


def test_a_copy_can_be_added_beside_its_origin_or_replace_it_as_the_manager_decides(manager: Steward) -> None:
    first, second = copy_proposed(manager.desk, "two"), copy_proposed(manager.desk, "three", STRANGER)
    with manager.desk.builder() as service:
        second = service.proposals.update(second.proposal_id, STRANGER, expected_version=1, replace=False)
    assert proposals.plan(manager, second.proposal_id).candidate.former is None
    publish(manager, first, "two_by_the_window")
    publish(manager, second, "three")
    assert list(json.loads(bytes_of(manager))) == ["one", "two", "three", "two_by_the_window"]
    assert record_of(manager, "two")["setting"] == "A small restaurant"
    assert record_of(manager, "three")["setting"] == "By the window"


def test_where_it_comes_from_and_whose_it_is_stands_in_the_log_and_in_the_conversation(manager: Steward) -> None:
    found = added(manager.desk)
    before = manager.desk.production.revision
    done = publish(manager, found)
    (entry,) = [each for each in audit_log.entries(manager) if each.operation == "publish_proposal"]
    assert (entry.actor_id, entry.store, entry.scenario_id) == (ADMIN, Store.PRODUCTION, "a_table_by_the_window")
    assert done.publication
    assert entry.detail == {
        "proposal": found.proposal_id,
        "proposed_from": found.entry.scenario_id,
        "author": OWNER,
        "version": 1,
        "before": done.publication.backup,
        "before_sha256": before,
        "after_sha256": manager.desk.production.revision,
    }
    assert audit_log.difference(manager, entry) == (done.publication.backup, "production")
    with manager.desk.builder() as service:
        last = service.proposals.events(found.proposal_id, OWNER)[-1]
    assert (last.kind, last.actor_id, last.text) == (EventKind.PUBLISHED, ADMIN, "a_table_by_the_window")
    assert "proposed_from" not in bytes_of(manager).decode()


def test_a_production_scenario_leads_to_its_proposal_for_those_who_see_it(manager: Steward) -> None:
    done = publish(manager, added(manager.desk))
    name = done.entry.production_id or ""
    with manager.desk.builder() as service:
        assert service.proposals.published_as(name, OWNER) == service.proposals.published_as(name, ADMIN) == done.entry
        assert service.proposals.published_as(name, STRANGER) is None
        assert service.proposals.published_as("one", ADMIN) is None
    proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id))
    with manager.desk.builder() as service:
        assert service.proposals.published_as(name, ADMIN) is None


def test_what_was_published_is_no_change_by_another_program(manager: Steward) -> None:
    checking.check(manager)
    done = publish(manager, added(manager.desk))
    proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id))
    checking.check(manager)
    assert "edited_outside" not in {each.operation for each in audit_log.entries(manager)}


@pytest.mark.parametrize("make", [added, copy_proposed])
def test_taking_it_back_gives_back_every_byte(manager: Steward, make: Any) -> None:
    raw = bytes_of(manager).replace(b'"duration_minutes": 10', b'"duration_minutes":   10', 2)
    manager.desk.production.path.write_bytes(raw)
    manager.desk.production.refresh()
    done = publish(manager, make(manager.desk))
    published = bytes_of(manager)
    assert published != raw
    back = proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id))
    assert (bytes_of(manager), back.state) == (raw, ProposalState.TAKEN_BACK)
    assert mirrored_ids(manager.desk) == {"one", "two", "three"}
    assert structural(manager) == []
    (entry,) = [each for each in audit_log.entries(manager) if each.operation == "revert_proposal"]
    assert manager.desk.production.read_backup(entry.detail["before"]) == published
    assert entry.detail["author"] == OWNER
    with pytest.raises(ProposalStateError, match="has the state 'taken back'"):
        proposals.plan_revert(manager, done.proposal_id)


@pytest.mark.parametrize("make", [added, copy_proposed])
def test_taking_it_back_leaves_what_was_done_since(manager: Steward, make: Any) -> None:
    original = record_of(manager, "two")
    done = publish(manager, make(manager.desk))
    edit(manager, lambda it: it["one"].update(setting="Elsewhere"))
    for file in manager.desk.production.backup_files():
        file.path.unlink()
    proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id))
    assert record_of(manager, "one")["setting"] == "Elsewhere"
    assert record_of(manager, "two") == original
    assert list(json.loads(bytes_of(manager))) == ["one", "two", "three"]


def test_what_was_changed_since_is_not_taken_back(manager: Steward) -> None:
    done = publish(manager, copy_proposed(manager.desk))
    edit(manager, lambda it: it["two"].update(setting="Elsewhere"))
    after = bytes_of(manager)
    with pytest.raises(ProposalStateError, match="two has been changed or removed since"):
        proposals.plan_revert(manager, done.proposal_id)
    edit(manager, lambda it: it.pop("two"))
    with pytest.raises(ProposalStateError, match="changed or removed"):
        proposals.plan_revert(manager, done.proposal_id)
    edit(manager, lambda it: it.update(json.loads(after)))
    edit(manager, lambda it: it["two"].update(setting="By the window"))
    assert proposals.plan_revert(manager, done.proposal_id).sentences() == [
        "bring two back as it was before it was replaced"
    ]


def test_other_rows_of_the_mirror_are_not_retired_without_consent(manager: Steward) -> None:
    done = publish(manager, added(manager.desk))
    edit(manager, lambda it: it.pop("one"))
    proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id))
    assert mirrored_ids(manager.desk) == {"one", "two", "three"}
    assert not repairs.plan(manager, "resync_mirror").is_empty


TAKEN = ["one", "custom_table", "Custom_table", "CUSTOM_x", "two words", "Two", "_two", "x__y", "é", "x" * 101]


@pytest.mark.parametrize("production_id", TAKEN)
def test_an_id_that_is_taken_or_has_another_form_is_refused(local: Steward, production_id: str) -> None:
    found = added(local.desk)
    before = bytes_of(local)
    with pytest.raises((InvalidScenarioError, InvalidQueryError)):
        proposals.plan(local, found.proposal_id, production_id)
    assert bytes_of(local) == before


def test_an_id_is_not_taken_from_a_row_of_the_mirror_or_of_a_custom_scenario(manager: Steward) -> None:
    found = added(manager.desk, name="Three")
    edit(manager, lambda it: it.pop("three"))
    assert proposals.plan(manager, found.proposal_id).candidate.production_id == "three_2"
    with pytest.raises(InvalidQueryError, match="taken in the database"):
        proposals.plan(manager, found.proposal_id, "three")
    planned = proposals.plan(manager, found.proposal_id, "unprefixed")
    with manager.desk.engine.begin() as connection:
        values = {"title": "x", "category": "travel", "difficulty": "beginner", "created_by": OWNER}
        connection.execute(sa.insert(SCENARIOS).values(scenario_id="unprefixed", **values))
    with pytest.raises(InvalidQueryError, match="taken in the database"):
        proposals.publish(manager, planned)
    assert "unprefixed" not in json.loads(bytes_of(manager))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A Table, for Two!", "a_table_for_two"),
        ("Café Crème", "cafe_creme"),
        ("Custom Tailor", "restaurant_custom_tailor"),
        ("custom", "restaurant_custom"),
        ("東京", "restaurant_scenario"),
        ("Tea in 東京", "tea_in"),
        ("One", "one_2"),
        ("x" * 70, "x" * 60),
    ],
)
def test_an_id_is_suggested_from_the_title(title: str, expected: str) -> None:
    found = proposed.suggested_id(scenario(name=title), {"one"})
    assert found == expected
    proposed.require_id(found)


def test_a_plan_is_only_good_for_what_was_looked_at(manager: Steward) -> None:
    found = added(manager.desk)
    planned = proposals.plan(manager, found.proposal_id)
    edit(manager, lambda it: it["one"].update(setting="Elsewhere"))
    before = bytes_of(manager)
    with pytest.raises(StalePlanError, match="Production has moved"):
        proposals.publish(manager, planned)
    assert bytes_of(manager) == before
    again = proposals.plan(manager, found.proposal_id)
    assert again.fingerprint != planned.fingerprint
    done = proposals.publish(manager, again)
    back = proposals.plan_revert(manager, done.proposal_id)
    edit(manager, lambda it: it["one"].update(setting="Nowhere"))
    with pytest.raises(StalePlanError, match="Production has moved"):
        proposals.revert(manager, back)


def test_a_proposal_that_moved_after_the_plan_is_not_published(manager: Steward) -> None:
    found = added(manager.desk)
    planned = proposals.plan(manager, found.proposal_id)
    before = bytes_of(manager)
    for change in ("ask", "update", "withdraw"):
        with manager.desk.builder() as service:
            version = service.proposals.get(found.proposal_id, OWNER).version
            if change == "ask":
                service.proposals.ask(found.proposal_id, ADMIN, "Why?", expected_version=version)
            elif change == "update":
                service.proposals.update(found.proposal_id, OWNER, expected_version=version)
            else:
                service.proposals.withdraw(found.proposal_id, OWNER, expected_version=version)
        with pytest.raises(ScenarioDeskError):
            proposals.publish(manager, planned)
    with pytest.raises(ProposalNotFoundError):
        proposals.plan(manager, found.proposal_id)
    assert bytes_of(manager) == before


def test_of_two_managers_who_publish_at_once_exactly_one_does(manager: Steward) -> None:
    stewards = [manager, another_manager(manager.desk)] * 3
    found = added(manager.desk)
    plans = [proposals.plan(each, found.proposal_id, f"table_{number}") for number, each in enumerate(stewards)]

    def attempt(number: int) -> str:
        try:
            done = proposals.publish(stewards[number], plans[number])
        except ScenarioDeskError as error:
            return type(error).__name__
        return done.entry.production_id or ""

    with ThreadPoolExecutor(len(stewards)) as pool:
        results = list(pool.map(attempt, range(len(stewards))))
    published = [each for each in results if each.startswith("table_")]
    assert len(published) == 1, results
    assert list(json.loads(bytes_of(manager))) == ["one", "two", "three", *published]
    events = [each for each in audit_log.entries(manager) if each.operation == "publish_proposal"]
    assert [each.scenario_id for each in events] == published
    assert structural(manager) == []


@pytest.mark.parametrize("role", [None, *(role for role in Role if role not in {Role.CONTENT_MANAGER, Role.ADMIN})])
def test_only_content_managers_publish_and_take_back(local: Steward, role: Role | None) -> None:
    found = added(local.desk)
    done = publish(local, added(local.desk, STRANGER))
    planned, back = proposals.plan(local, found.proposal_id), proposals.plan_revert(local, done.proposal_id)
    other = Steward(local.desk, Person(OWNER, frozenset({role} if role else ())))
    before = bytes_of(local)
    for call in (
        lambda: proposals.plan(other, found.proposal_id),
        lambda: proposals.publish(other, planned),
        lambda: proposals.plan_revert(other, done.proposal_id),
        lambda: proposals.revert(other, back),
    ):
        with pytest.raises(PermissionDeniedError):
            call()
    with pytest.raises(ProposalNotFoundError):
        proposals.get(other, done.proposal_id)
    assert proposals.get(other, found.proposal_id) == found
    assert bytes_of(local) == before


def test_what_it_was_to_replace_may_be_gone(manager: Steward) -> None:
    found = copy_proposed(manager.desk)
    edit(manager, lambda it: it.pop("two"))
    with pytest.raises(ScenarioNotFoundError, match="choose a new id"):
        proposals.plan(manager, found.proposal_id)
    assert proposals.plan(manager, found.proposal_id, "two_again").candidate.former is None


def test_nothing_is_published_while_production_is_served_from_elsewhere(local: Steward) -> None:
    found = added(local.desk)
    local.desk.production.create_backup()
    local.desk.production.path.write_text("{ broken")
    with pytest.raises(ProductionReadOnlyError, match="can't be read"):
        proposals.plan(local, found.proposal_id)


def test_only_an_open_proposal_is_published(local: Steward) -> None:
    found = added(local.desk)
    with local.desk.builder() as service:
        service.proposals.ask(found.proposal_id, ADMIN, "Why?", expected_version=1)
    with pytest.raises(ProposalStateError, match="changes asked for"):
        proposals.plan(local, found.proposal_id)


def test_the_plan_is_told_in_sentences(local: Steward) -> None:
    copy = copy_proposed(local.desk, "two")
    assert proposals.plan(local, copy.proposal_id).sentences() == ["replace two in production", "change setting"]
    assert proposals.plan(local, copy.proposal_id, "new_one").sentences()[0] == "add new_one in production"
    done = publish(local, added(local.desk, STRANGER))
    assert proposals.plan_revert(local, done.proposal_id).sentences() == [
        "remove a_table_by_the_window from production"
    ]
