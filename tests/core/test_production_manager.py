"""The manager: one state in memory, and a fall-back that always says that it is one."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scenario_core.errors import (
    BackupError,
    InvalidScenarioError,
    ProductionChangedError,
    ProductionLockedError,
    ProductionReadOnlyError,
    ProductionUnreadableError,
    ScenarioNotFoundError,
)
from scenario_core.production import ScenarioIO, ScenarioManager, atomic
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


def test_an_edit_that_keeps_size_and_time_is_noticed(manager: ScenarioManager) -> None:
    before = manager.path.stat()
    manager.path.write_bytes(manager.path.read_bytes().replace(b"Title of one", b"TITLE of one"))
    os.utime(manager.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert manager.refresh()
    assert name_of(manager, "one") == "TITLE of one"


def test_what_was_saved_is_remembered_before_another_process_can_replace_it(
    manager: ScenarioManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = manager._stamp
    locked = []

    def stamp_by_another_process() -> object:
        try:
            with atomic.locked(manager.path, seconds=0):
                locked.append(False)
        except ProductionLockedError:
            locked.append(True)
        return stamp()

    monkeypatch.setattr(manager, "_stamp", stamp_by_another_process)
    rename(manager, "one", "New")
    assert locked == [True]


def test_readers_in_other_threads_see_one_whole_state_at_a_time(manager: ScenarioManager) -> None:
    stop = threading.Event()

    def read() -> set[tuple[str, ...]]:
        seen = set()
        while not stop.is_set():
            manager.refresh()
            seen.add(tuple(manager.scenarios))
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for _ in range(10):
            manager.save_scenario(scenario("four"))
            manager.delete_scenario("four")
        stop.set()
    assert set().union(*(reader.result() for reader in readers)) <= {
        ("one", "two", "three"),
        ("one", "two", "three", "four"),
    }


def test_threads_that_save_at_once_lose_no_update(manager: ScenarioManager) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: manager.save_scenario(scenario(f"s{number}")), range(20)))
    assert len(ScenarioManager(manager.path).scenarios) == 23


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


@pytest.mark.parametrize("name", ["scenarios-20259999T000000.000000Z-0123456789abcdef.json", "scenarios-mine.json"])
def test_a_file_that_only_looks_like_a_backup_does_not_stop_the_fall_back(manager: ScenarioManager, name: str) -> None:
    kept = manager.create_backup()
    kept.path.with_name(name).write_text("{}")
    manager.path.write_text("{ broken")
    manager.initialize()
    assert manager.source.path == kept.path


def test_a_backup_that_is_gone_is_listed_as_such_and_does_not_stop_the_fall_back(manager: ScenarioManager) -> None:
    kept = manager.create_backup()
    newer = kept.path.with_name("scenarios-29990101T000000.000000Z-0123456789abcdef.json")
    newer.symlink_to(manager.path.with_name("nowhere"))
    manager.path.write_text("{ broken")
    manager.initialize()
    assert manager.source.path == kept.path
    assert [each.problem for each in manager.list_backups()] == ["No such file or directory", ""]


def test_a_file_that_is_mended_by_hand_is_served_again(manager: ScenarioManager) -> None:
    sound = manager.path.read_bytes()
    manager.path.write_text("{ broken")
    assert manager.refresh()
    assert manager.source.kind == "predefined"
    manager.path.write_bytes(sound)
    assert manager.refresh()
    assert manager.source.is_file
    assert list(manager.scenarios) == ["one", "two", "three"]


def test_a_folder_in_the_place_of_the_file_is_said_to_be_one(tmp_path: Path) -> None:
    manager = ScenarioManager(tmp_path)
    assert "Is a directory" in manager.source.reason
    with pytest.raises(ProductionUnreadableError, match="Is a directory"):
        ScenarioIO.save_scenarios_to_file({"one": scenario("one")}, tmp_path)


def test_a_link_in_a_circle_is_served_from_the_predefined_scenarios(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to(tmp_path / "b.json")
    (tmp_path / "b.json").symlink_to(tmp_path / "a.json")
    assert ScenarioManager(tmp_path / "a.json").source.kind == "predefined"


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


def test_a_record_that_can_not_be_read_is_not_overwritten_by_a_new_scenario(manager: ScenarioManager) -> None:
    document = catalogue_document("one", "two")
    document["two"]["category"] = "cooking"
    write_production(manager.path, document)
    manager.initialize()
    with pytest.raises(InvalidScenarioError, match="can't be read"):
        manager.save_scenario(scenario("two"))


def test_a_damaged_backup_is_named_and_never_used(manager: ScenarioManager) -> None:
    kept = manager.create_backup()
    kept.path.write_text("{}")
    listed = manager.list_backups()[0]
    assert "does not match the hash" in listed.problem
    with pytest.raises(BackupError, match="does not match"):
        manager.read_backup(listed.name)


def test_a_broken_file_is_not_approved_as_the_baseline(manager: ScenarioManager) -> None:
    manager.create_baseline()
    manager.path.write_text("{ broken")
    with pytest.raises(Exception, match="Expecting"):
        manager.create_baseline()
    assert json.loads(manager.read_baseline()).keys() == {"one", "two", "three"}


def test_a_link_and_its_file_share_one_lock_and_their_backups(tmp_path: Path) -> None:
    real = write_production(tmp_path / "real" / "scenarios.json", catalogue_document("one"))
    link = tmp_path / "link.json"
    link.symlink_to(real)
    with (
        atomic.locked(real),
        pytest.raises(ProductionLockedError, match="has been writing"),
        atomic.locked(link, seconds=0),
    ):
        pass
    kept = ScenarioManager(link).create_backup()
    assert ScenarioManager(real).list_backups() == [kept] == ScenarioManager(link).list_backups()


def test_only_what_was_left_behind_for_the_same_file_is_removed(tmp_path: Path) -> None:
    names = ("a.json", "a.json-b.json")
    for name in names:
        write_production(tmp_path / name, catalogue_document("one"))
    left = {name: tmp_path / f".scenario-desk-{name}-0123abc_" for name in names}
    for each in left.values():
        each.write_text("half a file")
    rename(ScenarioManager(tmp_path / "a.json"), "one", "New")
    assert [each.exists() for each in left.values()] == [False, True]


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
