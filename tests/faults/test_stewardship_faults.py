"""Content managers' work killed in the middle: production and its approved backup are always one complete state."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scenario_core import integrity
from scenario_core.integrity import Severity
from scenario_core.stewardship import repairs, states
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import HOTEL, make_intact, opened

KILLS = int(os.environ.get("FAULTS") or 20)
RESTORE_AND_APPROVE_FOREVER = """
import os, sys
from itertools import count
from pathlib import Path
from scenario_core.stewardship import restoring
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import opened

def work_forever(folder):
    steward = Steward.configured(opened(folder))
    spoiled = next(file.name for file in steward.desk.production.backup_files() if file.kind == "kept")
    for turn in count():
        if turn == 1:
            print(os.getpid(), flush=True)
        for target, source in (("production", spoiled), ("backup", "production"), ("production", sys.argv[2])):
            plan = restoring.plan(steward, target, source)
            restoring.apply(steward, plan, deletions=len(plan.deletions))

for line in sys.stdin:
    worker = os.fork()
    if worker == 0:
        work_forever(Path(sys.argv[1]))
    print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]), flush=True)
"""


@pytest.mark.slow
def test_a_restore_killed_at_any_instant_leaves_whole_states_and_can_be_done_again(tmp_path: Path) -> None:
    desk = make_intact(tmp_path)
    sound = desk.production.read_file()
    first = desk.production.create_backup()
    document = json.loads(sound)
    document[HOTEL]["name"] = "Hotel"
    del document["restaurant_dinner_reservation"]
    desk.production.path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    spoiled = desk.production.read_file()
    desk.production.create_backup()
    desk.close()
    chance = random.Random(3)
    command = [sys.executable, "-c", RESTORE_AND_APPROVE_FOREVER, str(tmp_path), first.name]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as starter:
        assert starter.stdin is not None
        assert starter.stdout is not None
        for _ in range(KILLS):
            starter.stdin.write("another\n")
            starter.stdin.flush()
            worker = int(starter.stdout.readline())
            time.sleep(chance.random() * 0.1)
            os.kill(worker, signal.SIGKILL)
            assert int(starter.stdout.readline()) == -signal.SIGKILL
            assert (tmp_path / "scenarios.json").read_bytes() in {sound, spoiled}
            assert (tmp_path / "scenarios.json.backup").read_bytes() in {sound, spoiled}
    steward = Steward.configured(opened(tmp_path))
    assert len(steward.desk.production.backup_files()) > KILLS, "nothing was written, so that nothing was tested"
    assert [backup.name for backup in steward.desk.production.list_backups() if backup.problem] == []
    planned = repairs.plan(steward, "restore_backup", first.name)
    repairs.apply(steward, planned, deletions=planned.deletions)
    approval = repairs.plan(steward, "approve_baseline")
    repairs.apply(steward, approval, deletions=approval.deletions)
    assert states.read(steward, "production").data == states.read(steward, "backup").data == sound
    report = integrity.run(steward.desk.snapshot(), select=integrity.selection(only=["IC"]))
    assert [str(finding) for finding in report.findings if finding.severity is Severity.ERROR] == []
    steward.desk.close()
