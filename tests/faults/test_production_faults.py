"""Processes killed and files broken on purpose: production is always one complete version."""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import stat
from contextlib import ExitStack
from pathlib import Path

import pytest

from scenario_core.errors import ProductionError
from scenario_core.production import ScenarioIO, ScenarioManager
from scenario_core.production.io import _rendered, parse
from tests.factories import catalogue_document, write_production
from tests.faults.killing import kill_one, python

KILLS = int(os.environ.get("FAULTS") or 40)
START_WRITERS = """
import os, sys
from itertools import count
from scenario_core.production import ScenarioManager
from tests.faults.killing import at_work, fork_for_each_line

def rename_forever(_):
    manager = ScenarioManager(sys.argv[1])
    for number in count(1):
        for name, scenario in list(manager.scenarios.items()):
            manager.save_scenario(scenario.model_copy(update={"name": f"{name} {os.getpid()} {number}"}))
            if number == 1 and name == "s0":
                at_work()

fork_for_each_line(rename_forever)
"""
ADD_MANY = """
import sys
from scenario_core.errors import ProductionChangedError
from scenario_core.production import ScenarioManager
from tests.factories import scenario
manager = ScenarioManager(sys.argv[1])
refused = 0
manager.initialize()
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    while True:
        try:
            manager.save_scenario(scenario(f"{sys.argv[2]}_{number}"))
            break
        except ProductionChangedError:
            refused += 1
            manager.refresh()
print(refused)
"""


@pytest.mark.slow
def test_a_process_killed_at_any_instant_of_saving_leaves_one_complete_version(tmp_path: Path) -> None:
    path = write_production(tmp_path / "scenarios.json", catalogue_document(*(f"s{number}" for number in range(40))))
    chance = random.Random(1)
    with python(START_WRITERS, path) as starter:
        for _ in range(KILLS):
            kill_one(starter, chance.random() * 0.05)
            loaded = ScenarioIO.load_scenarios_from_file(path)
            assert (len(loaded), loaded.errors) == (40, ())
    manager = ScenarioManager(path)
    assert [backup.name for backup in manager.list_backups() if backup.problem] == []
    manager.save_scenario(manager.scenarios["s0"].model_copy(update={"name": "After all"}))
    left = [each.name for folder in (tmp_path, tmp_path / "backups") for each in folder.glob(".scenario-desk-*")]
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize("writers", [2, 4])
def test_processes_that_save_at_once_lose_no_update(tmp_path: Path, writers: int) -> None:
    path = write_production(tmp_path / "scenarios.json", catalogue_document("first"))
    with ExitStack() as stack:
        running = [stack.enter_context(python(ADD_MANY, path, f"w{number}", 30)) for number in range(writers)]
        for each in running:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in running:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        refused = [int(each.communicate(timeout=120)[0]) for each in running]
    loaded = ScenarioIO.load_scenarios_from_file(path)
    assert len(loaded) == 1 + 30 * writers
    assert sum(refused) > 0, "the writers never met, so that nothing was tested"


def small(scenario_id: str) -> dict[str, object]:
    phase = {"phase_id": "p", "name": "n", "expected_duration_minutes": 1, "key_vocabulary": ["x"]}
    return {
        "scenario_id": scenario_id,
        "name": f"Title of {scenario_id}",
        "category": "travel",
        "difficulty": "beginner",
        "user_role": "a",
        "ai_role": "b",
        "duration_minutes": 5,
        "phases": [phase],
        "cultural_context": {"k": "v"},
    }


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["", '"', "{", "}", "]", ",", "\n", "x"])
def test_one_wrong_character_in_a_record_hides_no_other_and_outlives_a_save_of_another(wrong: str) -> None:
    whole = json.dumps({name: small(name) for name in ("one", "two", "three")}, indent=2)
    for place in range(whole.index('"two": {'), whole.index('"three": {') - len(",\n  ")):
        broken = whole[:place] + wrong + whole[place + 1 :]
        loaded = parse(Path("x.json"), broken.encode())
        assert {"one", "three"} <= loaded.keys()
        assert loaded.errors or broken_is_json(broken)
        renamed = {**loaded, "three": loaded["three"].model_copy(update={"name": "Ein neuer Name"})}
        assert _rendered(renamed, loaded).decode() == broken.replace("Title of three", "Ein neuer Name")


def broken_is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_a_folder_that_the_disk_does_not_confirm_is_an_error_and_never_half_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_production(tmp_path / "scenarios.json", catalogue_document("one", "two"))
    manager = ScenarioManager(path)
    changed = manager.scenarios["one"].model_copy(update={"name": "New"})
    flush = os.fsync

    def flush_files_only(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        flush(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", flush_files_only)
        with pytest.raises(ProductionError, match="does not confirm it: Input/output"):
            manager.save_scenario(changed)
    loaded = ScenarioIO.load_scenarios_from_file(path)
    assert (len(loaded), loaded.errors) == (2, ())
    manager.refresh()
    manager.save_scenario(changed)
    assert ScenarioIO.load_scenarios_from_file(path)["one"].name == "New"


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = write_production(tmp_path / "scenarios.json", catalogue_document(*(f"s{number}" for number in range(20))))
    before = path.read_bytes()
    code = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from scenario_core.errors import ProductionError
from scenario_core.production import ScenarioManager
manager = ScenarioManager({str(path)!r})
changed = manager.scenarios["s0"].model_copy(update={{"name": "x"}})
resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) // 2}, {len(before) // 2}))
try:
    manager.save_scenario(changed)
except ProductionError as error:
    print(error)
"""
    with python(code) as process:
        said = process.communicate(timeout=60)[0]
    assert "can't be written: File too large" in said
    assert path.read_bytes() == before
    assert list(tmp_path.rglob(".scenario-desk-*")) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
