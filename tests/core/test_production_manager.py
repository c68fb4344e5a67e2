"""The manager: one state in memory, and a fall-back that always says that it is one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenario_core.errors import (
    BackupError,
    InvalidScenarioError,
    ProductionChangedError,
    ProductionReadOnlyError,
    ScenarioNotFoundError,
)
from scenario_core.production import ScenarioManager
from tests.factories import SHIPPED, catalogue_document, scenario, write_production


@pytest.fixture
def manager(tmp_path: Path) -> ScenarioManager:
    made = ScenarioManager(write_production(tmp_path / "scenarios.json", catalogue_document("one", "two", "three")))
    made.initialize()
    return made


def rename(manager: ScenarioManager, scenario_id: str, name: str) -> None:
    found = manager.get(scenario_id)
    assert found is not None
    manager.save_scenario(found.model_copy(update={"name": name}))


def name_of(manager: ScenarioManager, scenario_id: str) -> str:
    found = manager.get(scenario_id)
    assert found is not None
    return found.name


def test_scenarios_can_be_read_but_not_put_in_from_outside(manager: ScenarioManager) -> None:
    assert list(manager.scenarios) == ["one", "two", "three"]
    with pytest.raises(TypeError):
        manager.scenarios["four"] = scenario("four")  # type: ignore[index]


def test_the_service_file_says_that_it_is_served_from_the_file(manager: ScenarioManager) -> None:
    assert manager.source.is_file
    assert str(manager.path) in manager.source.reason


def test_saving_and_deleting_are_seen_by_the_next_reader(manager: ScenarioManager) -> None:
    rename(manager, "one", "New name")
    manager.save_scenario(scenario("four"))
    manager.delete_scenario("two")
    again = ScenarioManager(manager.path)
    assert list(again.scenarios) == ["one", "three", "four"] == list(manager.scenarios)
    assert name_of(again, "one") == "New name"


def test_deleting_what_is_not_there_is_an_error(manager: ScenarioManager) -> None:
    with pytest.raises(ScenarioNotFoundError):
        manager.delete_scenario("none")


def test_a_manager_whose_file_moved_refuses_to_save_until_it_has_read_again(manager: ScenarioManager) -> None:
    other = ScenarioManager(manager.path)
    rename(other, "one", "By the other")
    with pytest.raises(ProductionChangedError):
        rename(manager, "two", "By the first")
    assert manager.refresh()
    rename(manager, "two", "By the first")
    assert (name_of(manager, "one"), name_of(manager, "two")) == ("By the other", "By the first")


def test_refreshing_an_unchanged_file_keeps_the_same_objects(manager: ScenarioManager) -> None:
    before = manager.scenarios
    assert not manager.refresh()
    assert manager.scenarios is before


def test_a_broken_file_is_served_from_the_newest_readable_backup_saying_so(manager: ScenarioManager) -> None:
    rename(manager, "one", "First")
    rename(manager, "one", "Second")
    newest = manager.list_backups()[0]
    newest.path.write_bytes(newest.path.read_bytes() + b" ")
    manager.path.write_text("{ broken")
    manager.initialize()
    assert manager.source.kind == "backup"
    assert manager.list_backups()[1].name in manager.source.reason
    assert "Expecting" in manager.source.reason
    assert name_of(manager, "one") == "Title of one"


def test_the_baseline_serves_where_no_backup_was_kept(manager: ScenarioManager) -> None:
    manager.create_baseline()
    manager.path.unlink()
    manager.initialize()
    assert manager.source.path.name == "scenarios.json.backup"
    assert list(manager.scenarios) == ["one", "two", "three"]


def test_without_any_backup_three_predefined_scenarios_are_served_saying_so(tmp_path: Path) -> None:
    manager = ScenarioManager(tmp_path / "none.json")
    manager.initialize()
    assert list(manager.scenarios) == ["restaurant_dinner_reservation", "hotel_check_in", "clothing_shopping"]
    assert manager.source.kind == "predefined"
    assert "3 predefined scenarios" in manager.source.reason


def test_the_predefined_scenarios_are_those_that_ship() -> None:
    shipped = ScenarioManager(SHIPPED)
    for name, each in ScenarioManager(Path("none.json")).scenarios.items():
        assert each == shipped.get(name)


def test_nothing_is_saved_while_a_backup_is_served(manager: ScenarioManager) -> None:
    manager.create_baseline()
    manager.path.write_text("{ broken")
    manager.initialize()
    with pytest.raises(ProductionReadOnlyError, match="backup restore"):
        rename(manager, "one", "New")
    with pytest.raises(ProductionReadOnlyError):
        manager.delete_scenario("one")
    assert manager.path.read_text() == "{ broken"


def test_restoring_the_whole_file_keeps_the_broken_one(manager: ScenarioManager) -> None:
    baseline = manager.create_baseline()
    manager.path.write_text("{ broken")
    manager.initialize()
    manager.restore_all(baseline)
    assert manager.source.is_file
    assert list(manager.scenarios) == ["one", "two", "three"]
    assert any(each.path.read_text() == "{ broken" for each in manager.list_backups())


def test_restoring_one_scenario_brings_back_its_bytes_and_leaves_the_others(manager: ScenarioManager) -> None:
    original = manager.path.read_bytes()
    baseline = manager.create_baseline()
    rename(manager, "one", "Kept")
    rename(manager, "two", "Lost")
    manager.restore_scenario("two", baseline)
    assert manager.path.read_bytes() == original.replace(b"Title of one", b"Kept")


def test_a_record_that_can_not_be_read_is_mended_by_restoring_it(manager: ScenarioManager) -> None:
    original = manager.path.read_bytes()
    baseline = manager.create_baseline()
    start = original.index(b'"two": {')
    manager.path.write_bytes(original[:start] + original[start:].replace(b'"beginner",', b'"beginner', 1))
    manager.initialize()
    assert [fault.scenario_id for fault in manager.errors] == ["two"]
    manager.restore_scenario("two", baseline)
    assert manager.path.read_bytes() == original
    assert manager.errors == ()


def test_a_record_that_can_not_be_read_is_not_overwritten_by_a_new_scenario(manager: ScenarioManager) -> None:
    document = catalogue_document("one", "two")
    document["two"]["category"] = "cooking"
    write_production(manager.path, document)
    manager.initialize()
    with pytest.raises(InvalidScenarioError, match="can't be read"):
        manager.save_scenario(scenario("two"))


def test_a_scenario_that_the_backup_lacks_is_refused_and_nothing_is_restored(manager: ScenarioManager) -> None:
    baseline = manager.create_baseline()
    manager.delete_scenario("one")
    before = manager.path.read_bytes()
    with pytest.raises(BackupError, match="never"):
        manager.restore_scenarios(["one", "never"], baseline)
    assert manager.path.read_bytes() == before


def test_a_damaged_backup_is_named_and_never_used(manager: ScenarioManager) -> None:
    kept = manager.create_backup()
    kept.path.write_text("{}")
    listed = manager.list_backups()[0]
    assert "does not match the hash" in listed.problem
    with pytest.raises(BackupError, match="does not match"):
        manager.restore_all(listed)


def test_a_broken_file_is_not_approved_as_the_baseline(manager: ScenarioManager) -> None:
    manager.create_baseline()
    manager.path.write_text("{ broken")
    with pytest.raises(Exception, match="Expecting"):
        manager.create_baseline()
    assert json.loads(manager.read_baseline()).keys() == {"one", "two", "three"}


def test_a_linked_file_is_written_where_it_really_is_with_its_permissions(tmp_path: Path) -> None:
    real = write_production(tmp_path / "real" / "scenarios.json", catalogue_document("one"))
    real.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(real)
    manager = ScenarioManager(link)
    rename(manager, "one", "Through the link")
    assert link.is_symlink()
    assert "Through the link" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640
