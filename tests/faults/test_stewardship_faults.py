"""Content managers' work killed in the middle: production and its approved backup are always one complete state."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from scenario_core import integrity
from scenario_core.integrity import Severity
from scenario_core.stewardship import repairs, states
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import HOTEL, make_intact, opened
from tests.faults.killing import kill_one, python

KILLS = int(os.environ.get("FAULTS") or 20)
RESTORE_AND_APPROVE_FOREVER = """
import sys
from itertools import count
from pathlib import Path
from scenario_core.stewardship import restoring
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import opened
from tests.faults.killing import at_work, fork_for_each_line

def work_forever(_):
    steward = Steward.configured(opened(Path(sys.argv[1])))
    sound, spoiled = sys.argv[2:]
    for turn in count():
        if turn == 1:
            at_work()
        for target, source in (("production", spoiled), ("backup", "production"), ("production", sound)):
            plan = restoring.plan(steward, target, source)
            restoring.apply(steward, plan, deletions=len(plan.deletions))

fork_for_each_line(work_forever)
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
    second = desk.production.create_backup()
    desk.close()
    chance = random.Random(3)
    with python(RESTORE_AND_APPROVE_FOREVER, tmp_path, first.name, second.name) as starter:
        for _ in range(KILLS):
            kill_one(starter, chance.random() * 0.1)
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
