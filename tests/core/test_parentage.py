"""A copy and its origin: what differs, what changed in the origin since, and taking that over piece by piece."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.custom.tables import RECORDS
from scenario_core.errors import PermissionDeniedError, ScenarioNotFoundError
from scenario_core.scenario import ConversationScenario
from scenario_core.stewardship import parentage, restoring, states
from scenario_core.stewardship.parentage import OriginChange, Parentage
from scenario_core.stewardship.steward import Steward
from tests.factories import ADMIN, OWNER, STRANGER, phase_document, scenario_document

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def copy_id(manager: Steward) -> str:
    """A copy of the production scenario `one`."""
    with manager.desk.builder() as service:
        return service.duplicate_scenario("one", ADMIN).scenario_id


def edit_origin(steward: Steward, edit: Edit) -> None:
    record = steward.desk.production.scenarios["one"].model_dump(mode="json")
    edit(record)
    steward.desk.production.save_scenario(ConversationScenario.model_validate_json(json.dumps(record)))


def edit_copy(steward: Steward, copy_id: str, edit: Edit) -> None:
    with steward.desk.builder() as service:
        stored = service.get_scenario(copy_id, ADMIN)
        record = stored.scenario.model_dump(mode="json")
        edit(record)
        service.update_scenario(copy_id, ADMIN, record, expected_version=stored.version)


def put(field: str, value: Any) -> Edit:
    return lambda record: record.update({field: value})


def put_in_phase(place: int, field: str, value: Any) -> Edit:
    return lambda record: record["phases"][place].update({field: value})


def taken(steward: Steward, found: Parentage, *changes: OriginChange) -> dict[str, Any]:
    units = tuple(each.taking for each in changes if each.taking is not None)
    restoring.apply(steward, parentage.plan_taking(steward, found.scenario_id, units))
    return states.read(steward, f"scenario:{found.scenario_id}").record(found.scenario_id)


def fields(found: Parentage) -> list[str]:
    return [each.field for each in found.since or ()]


def test_a_fresh_copy_differs_in_nothing(manager: Steward, copy_id: str) -> None:
    found = parentage.look(manager, copy_id)
    assert (found.differences, found.since) == ((), ())


def test_what_the_author_changed_is_told_from_what_changed_in_the_origin(manager: Steward, copy_id: str) -> None:
    edit_copy(manager, copy_id, put("setting", "A castle"))
    edit_origin(manager, put("description", "A longer evening in a restaurant."))
    found = parentage.look(manager, copy_id)
    assert {each.unit.field: each.is_own for each in found.differences} == {"setting": True, "description": False}
    (change,) = found.since or ()
    assert (change.field, change.is_conflict) == ("description", False)
    assert found.open_changes == (change,)


def test_one_change_of_the_origin_is_taken_over_and_nothing_else(manager: Steward, copy_id: str) -> None:
    edit_copy(manager, copy_id, put("setting", "A castle"))
    edit_origin(manager, put("description", "A longer evening in a restaurant."))
    edit_origin(manager, put_in_phase(0, "description", "The host leads you to a table by the window."))
    found = parentage.look(manager, copy_id)
    assert len(found.since or ()) == 2
    record = taken(manager, found, (found.since or ())[1])
    assert record["setting"] == "A castle"
    assert record["description"] == "An evening in a restaurant."
    assert record["phases"][0]["description"] == "The host leads you to a table by the window."
    again = parentage.look(manager, copy_id)
    assert [each.taking is None for each in again.since or ()] == [False, True]


def test_phases_are_the_same_by_identity_however_they_are_called(manager: Steward, copy_id: str) -> None:
    edit_copy(manager, copy_id, put_in_phase(1, "name", "Choosing the meal"))
    edit_origin(manager, put_in_phase(1, "name", "Ordering food and drinks"))
    edit_origin(
        manager, put_in_phase(1, "essential_phrases", ["A table, please.", "The menu, please.", "Fish, please."])
    )
    found = parentage.look(manager, copy_id)
    mine = states.read(manager, f"scenario:{copy_id}").record(copy_id)["phases"][1]["phase_id"]
    assert sorted(fields(found)) == [f"phases[{mine}].essential_phrases", f"phases[{mine}].name"]
    assert {each.field: each.is_conflict for each in found.since or ()} == {
        f"phases[{mine}].name": True,
        f"phases[{mine}].essential_phrases": False,
    }
    record = taken(manager, found, *found.open_changes)
    assert record["phases"][1]["name"] == "Choosing the meal"
    assert record["phases"][1]["essential_phrases"][2] == "Fish, please."
    assert record["phases"][1]["phase_id"] == mine


def test_a_new_phase_of_the_origin_comes_with_its_place_and_a_removed_one_goes(manager: Steward, copy_id: str) -> None:
    edit_origin(manager, lambda record: record["phases"].insert(1, phase_document("tasting", name="Tasting the wine")))
    found = parentage.look(manager, copy_id)
    assert fields(found) == ["phases[tasting]"]
    record = taken(manager, found, *(found.since or ()))
    assert [phase["name"] for phase in record["phases"]] == ["The greeting", "Tasting the wine", "The ordering"]
    edit_origin(manager, lambda record: record["phases"].pop(0))
    gone = parentage.look(manager, copy_id)
    assert len(taken(manager, gone, *gone.open_changes)["phases"]) == 2


def test_a_change_in_a_phase_that_the_copy_no_longer_has_brings_the_phase_back(manager: Steward, copy_id: str) -> None:
    edit_copy(manager, copy_id, lambda record: record["phases"].append(phase_document("mine", name="My own phase")))
    edit_copy(manager, copy_id, lambda record: record["phases"].pop(1))
    edit_origin(manager, put_in_phase(1, "cultural_notes", "Tipping is usual."))
    (change,) = parentage.look(manager, copy_id).since or ()
    assert change.taking is not None
    assert change.taking.field.startswith("phases[phase_")
    assert change.is_conflict
    record = taken(manager, parentage.look(manager, copy_id), change)
    assert "The ordering" in [phase["name"] for phase in record["phases"]]


def test_what_the_copy_has_already_is_nothing_to_take_over(manager: Steward, copy_id: str) -> None:
    edit_copy(manager, copy_id, put("setting", "By the sea"))
    edit_origin(manager, put("setting", "By the sea"))
    found = parentage.look(manager, copy_id)
    assert found.differences == ()
    assert [(each.field, each.taking) for each in found.since or ()] == [("setting", None)]


def test_of_an_older_copy_nobody_knows_what_changed_in_the_origin(manager: Steward, copy_id: str) -> None:
    with manager.desk.engine.begin() as connection:
        connection.execute(sa.update(RECORDS).values(origin_document=None, origin_phases=None))
    edit_origin(manager, put("setting", "By the sea"))
    found = parentage.look(manager, copy_id)
    assert found.since is None
    assert [each.is_own for each in found.differences] == [None]
    assert found.open_changes == ()


def test_a_copy_of_a_copy_looks_at_the_copy(manager: Steward, copy_id: str) -> None:
    with manager.desk.builder() as service:
        second = service.duplicate_scenario(copy_id, ADMIN, "Second").scenario_id
    edit_copy(manager, copy_id, put("setting", "By the sea"))
    assert fields(parentage.look(manager, second)) == ["setting"]


def test_what_is_no_copy_or_nobody_elses_business_is_refused(manager: Steward) -> None:
    with manager.desk.builder() as service:
        made = service.create_scenario(ADMIN, scenario_document()).scenario_id
        theirs = service.duplicate_scenario("one", STRANGER).scenario_id
        with pytest.raises(ScenarioNotFoundError, match="no copy"):
            parentage.look(manager, made)
        with pytest.raises(ScenarioNotFoundError):
            parentage.look(manager, theirs)
        service.set_visibility(theirs, STRANGER, is_public=True, expected_version=1)
    with pytest.raises(PermissionDeniedError):
        parentage.look(manager, theirs)
    with pytest.raises(PermissionDeniedError):
        states.read(manager, f"copied:{theirs}")


def test_an_origin_that_became_private_says_nothing_more(manager: Steward) -> None:
    with manager.desk.builder() as service:
        source = service.create_scenario(OWNER, scenario_document(setting="Then")).scenario_id
        service.set_visibility(source, OWNER, is_public=True, expected_version=1)
        copy = service.duplicate_scenario(source, ADMIN).scenario_id
        service.set_visibility(source, OWNER, is_public=False, expected_version=2)
    with pytest.raises(ScenarioNotFoundError):
        parentage.look(manager, copy)
    assert states.read(manager, f"copied:{copy}").record(copy)["setting"] == "Then"


def test_a_copy_that_was_deleted_and_brought_back_still_knows_its_origin(manager: Steward, copy_id: str) -> None:
    with manager.desk.builder() as service:
        service.delete_scenario(copy_id, ADMIN, expected_version=1)
        service.restore_deleted(copy_id, ADMIN)
    edit_origin(manager, put("setting", "By the sea"))
    assert fields(parentage.look(manager, copy_id)) == ["setting"]


def test_a_public_copy_tells_nobody_of_a_private_origin_and_its_owner_alone_what_that_was(manager: Steward) -> None:
    with manager.desk.builder() as service:
        secret = service.create_scenario(OWNER, scenario_document(name="Secret plan")).scenario_id
        copy = service.duplicate_scenario(secret, OWNER, "Innocent").scenario_id
        service.set_visibility(copy, OWNER, is_public=True, expected_version=1)
        seen = [service.get_scenario(copy, STRANGER), manager.desk.catalogue.resolve(STRANGER, copy).custom]
        assert [each.origin for each in seen if each] == [None, None]
        mine = service.get_scenario(copy, OWNER).origin
        assert mine is not None
        assert mine.title == "Secret plan"
        service.set_visibility(secret, OWNER, is_public=True, expected_version=1)
        told = service.get_scenario(copy, STRANGER).origin
        assert told is not None
        assert (told.title, told.document, told.phases) == ("Secret plan", None, {})
