"""Restoring: one field, one scenario or everything, planned, applied, logged and undone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario_core.errors import (
    BackupError,
    InvalidQueryError,
    InvalidScenarioError,
    NotConfirmedError,
    ScenarioNotFoundError,
    StalePlanError,
    StaleVersionError,
)
from scenario_core.integrity.diff import SCENARIO_ORDER, WHOLE, Unit, units
from scenario_core.stewardship import audit_log, backups, repairs, restoring, states
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.states import State
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import DINNER, HOTEL, edit, scenario_of, spoil
from tests.factories import OWNER, builder, scenario_document


def test_one_field_is_restored_and_every_other_line_stays(steward: Steward) -> None:
    before = edit(steward, spoil)
    done = restoring.apply(steward, restoring.plan(steward, "production", "backup", [Unit(HOTEL, "name")]))
    after = steward.desk.production.path.read_bytes()
    changed = [pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]]
    assert [new.strip() for _, new in changed] == [b'"name": "Late Arrival at the Harbour Hotel",']
    assert done.scenario_ids == (HOTEL,)


def test_each_unit_alone_and_all_together_lead_to_the_approved_state(steward: Steward) -> None:
    edit(steward, spoil)
    for unit in units(restoring.offered(steward, "production", "backup")):
        restoring.apply(steward, restoring.plan(steward, "production", "backup", [unit]))
    assert states.compare(states.read(steward, "backup"), states.read(steward, "production")).is_empty


def test_undoing_a_restore_gives_back_every_byte(steward: Steward) -> None:
    before = edit(steward, spoil)
    done = restoring.apply(steward, restoring.plan(steward, "production", "backup", [Unit(HOTEL, WHOLE)]))
    assert done.kept
    after = states.read(steward, "production").revision
    restoring.apply(steward, restoring.plan_undo(steward, done.kept, after=after))
    assert steward.desk.production.path.read_bytes() == before


def test_undoing_is_refused_once_somebody_has_worked_on(steward: Steward) -> None:
    edit(steward, spoil)
    done = restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    after = states.read(steward, "production").revision
    edit(steward, lambda it: it[DINNER].update(setting="Elsewhere"))
    assert done.kept
    with pytest.raises(StalePlanError, match="has changed since"):
        restoring.plan_undo(steward, done.kept, after=after)


def test_a_scenario_that_is_gone_comes_back_in_its_place(steward: Steward) -> None:
    original = steward.desk.production.path.read_bytes()
    edit(steward, lambda it: it.pop(HOTEL))
    restoring.apply(steward, restoring.plan_scenarios(steward, "production", "backup", [HOTEL]))
    assert steward.desk.production.path.read_bytes() == original


def test_a_scenario_that_the_source_lacks_is_not_restored(steward: Steward) -> None:
    with pytest.raises(BackupError, match="no scenario never"):
        restoring.plan_scenarios(steward, "production", "backup", ["never"])


def test_the_order_alone_can_be_restored(steward: Steward) -> None:
    original = steward.desk.production.path.read_bytes()
    edit(steward, lambda it: it.update({HOTEL: it.pop(HOTEL)}))
    restoring.apply(steward, restoring.plan(steward, "production", "backup", [SCENARIO_ORDER]))
    assert steward.desk.production.path.read_bytes() == original


def test_a_change_of_production_can_be_approved_field_by_field(steward: Steward) -> None:
    edit(steward, spoil)
    restoring.apply(steward, restoring.plan(steward, "backup", "production", [Unit(HOTEL, "name")]))
    left = states.compare(states.read(steward, "backup"), states.read(steward, "production"))
    assert set(left.changed[HOTEL].fields) == {
        "phases[check_in].essential_phrases", "phases[ask_about_room].name",
    }  # fmt: skip
    assert json.loads(states.read(steward, "backup").data)[HOTEL]["name"] == "Hotel"


def test_what_the_mirror_still_holds_can_be_taken_back(steward: Steward) -> None:
    edit(steward, spoil)
    restoring.apply(steward, restoring.plan(steward, "production", "mirror", [Unit(HOTEL, "name")]))
    assert scenario_of(steward)["name"] == "Late Arrival at the Harbour Hotel"


def test_a_file_that_is_broken_beyond_reading_is_restored_as_a_whole(steward: Steward) -> None:
    original = steward.desk.production.path.read_bytes()
    broken = original[: len(original) // 2].replace(b"{", b"[", 1)
    steward.desk.production.path.write_bytes(broken)
    steward.desk.production.refresh()
    planned = repairs.plan(steward, "restore_backup")
    assert "can't be read as it is" in planned.sentences[0]
    repairs.apply(steward, planned)
    assert steward.desk.production.path.read_bytes() == original
    assert any(file.path.read_bytes() == broken for file in steward.desk.production.backup_files())


def test_a_record_that_cannot_be_read_survives_the_restore_of_another(steward: Steward) -> None:
    def damage(document: dict[str, Any]) -> None:
        spoil(document)
        document[DINNER]["category"] = "cooking"

    edit(steward, damage)
    restoring.apply(steward, restoring.plan(steward, "production", "backup", [Unit(HOTEL, "name")]))
    assert scenario_of(steward, DINNER)["category"] == "cooking"


def test_a_restore_that_would_break_a_rule_of_production_changes_nothing(steward: Steward) -> None:
    before = steward.desk.production.path.read_bytes()
    document = json.loads(before)
    document[HOTEL]["category"] = "cooking"
    source = State.of_file("upload.json", json.dumps(document).encode())
    with pytest.raises(InvalidScenarioError, match="one of restaurant"):
        restoring.plan(steward, "production", source, [Unit(HOTEL, "category")])
    assert steward.desk.production.path.read_bytes() == before


@pytest.mark.parametrize("target", ["production", "backup"])
def test_a_stale_plan_is_refused_and_nothing_is_written(steward: Steward, target: str) -> None:
    edit(steward, spoil)
    source = "backup" if target == "production" else "production"
    planned = restoring.plan(steward, target, source)
    if target == "production":
        edit(steward, lambda it: it[DINNER].update(setting="Elsewhere"))
    else:
        backups.approve(steward)
    held = states.read(steward, target).data
    with pytest.raises(StalePlanError, match="moved since"):
        restoring.apply(steward, planned, deletions=len(planned.deletions))
    assert states.read(steward, target).data == held


def test_deletions_must_be_counted(steward: Steward) -> None:
    before = edit(steward, lambda it: it.update(tea_break={**it[HOTEL], "scenario_id": "tea_break"}))
    planned = repairs.plan(steward, "restore_backup")
    assert planned.deletions == 1
    for typed in (0, 2):
        with pytest.raises(NotConfirmedError, match="1 scenario would be deleted"):
            repairs.apply(steward, planned, deletions=typed)
    assert steward.desk.production.path.read_bytes() == before
    repairs.apply(steward, planned, deletions=1)
    assert "tea_break" not in steward.desk.production.scenarios


def test_an_unknown_difference_and_an_unknown_target_are_refused(steward: Steward) -> None:
    with pytest.raises(StalePlanError, match="no difference"):
        restoring.plan(steward, "production", "backup", [Unit(HOTEL, "name")])
    with pytest.raises(InvalidQueryError, match="can't be changed"):
        restoring.plan(steward, "mirror", "backup")


def test_restores_stand_in_the_audit_log_with_the_difference_that_they_made(steward: Steward) -> None:
    edit(steward, spoil)
    restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    entry = audit_log.entries(steward)[0]
    assert (entry.operation, entry.scenario_id, entry.actor_id) == ("restore_backup", HOTEL, 1)
    found = audit_log.difference(steward, entry)
    assert found
    before, after = found
    changed = states.compare(states.read(steward, before), states.read(steward, after))
    assert changed.summary() == entry.detail["summary"] == "1 changed in 3 fields"


def test_a_change_by_another_program_is_noticed_once(steward: Steward) -> None:
    check(steward)
    edit(steward, spoil)
    for _ in range(2):
        check(steward)
    outside = [entry for entry in audit_log.entries(steward) if entry.operation == "edited_outside"]
    assert len(outside) == 1
    restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    check(steward)
    assert len([entry for entry in audit_log.entries(steward) if entry.operation == "edited_outside"]) == 1


def test_a_copy_differs_from_its_origin_in_what_its_author_changed_alone(steward: Steward, copy_id: str) -> None:
    found = states.compare(states.read(steward, f"origin:{copy_id}"), states.read(steward, f"scenario:{copy_id}"))
    assert found.changed[copy_id].fields == ("name", "setting")


def test_a_field_of_the_origin_or_of_a_former_version_is_taken_into_a_custom_scenario(
    steward: Steward, copy_id: str
) -> None:
    for source in (f"origin:{copy_id}", f"revision:{copy_id}@1"):
        planned = restoring.plan(steward, f"scenario:{copy_id}", source, [Unit(copy_id, "setting")])
        done = restoring.apply(steward, planned)
        now = states.read(steward, f"scenario:{copy_id}")
        assert now.record(copy_id)["setting"] == scenario_of(steward)["setting"]
        assert now.record(copy_id)["name"] == "A night at the inn"
        assert done.kept
        undo = restoring.plan(steward, f"scenario:{copy_id}", done.kept)
        restoring.apply(steward, undo)


def test_a_save_in_between_makes_the_plan_for_a_custom_scenario_stale(steward: Steward, copy_id: str) -> None:
    planned = restoring.plan(steward, f"scenario:{copy_id}", f"origin:{copy_id}")
    with steward.desk.builder() as service:
        document = {**service.get_scenario(copy_id, 1).scenario.model_dump(mode="json"), "setting": "A castle"}
        service.update_scenario(copy_id, 1, document, expected_version=2)
    with pytest.raises(StaleVersionError):
        restoring.apply(steward, planned)


def test_a_private_scenario_of_another_person_is_no_state_and_no_target(steward: Steward) -> None:
    with builder(steward.desk.engine) as service:
        private = service.create_scenario(OWNER, scenario_document(name="Secret")).scenario_id
        service.update_scenario(private, OWNER, scenario_document(name="Secret still"), expected_version=1)
    for name in (f"scenario:{private}", f"origin:{private}", f"revision:{private}@1"):
        with pytest.raises(ScenarioNotFoundError):
            states.read(steward, name)
    with pytest.raises(ScenarioNotFoundError):
        restoring.plan(steward, f"scenario:{private}", "backup")
    assert all(entry.scenario_id != private for entry in audit_log.entries(steward))
    assert audit_log.count(steward) == len(audit_log.entries(steward))
    with builder(steward.desk.engine) as service:
        service.set_visibility(private, OWNER, is_public=True, expected_version=2)
    assert any(entry.scenario_id == private for entry in audit_log.entries(steward))


@pytest.mark.parametrize("name", ["revision:x", "revision:@1", "revision:x@last"])
def test_a_name_that_names_nothing_says_what_was_expected(steward: Steward, name: str) -> None:
    with pytest.raises(InvalidQueryError, match="revision:ID@VERSION"):
        states.read(steward, name)
