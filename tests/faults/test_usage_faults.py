"""Processes killed while they import and compact: every run counts exactly once, and the next one finishes the work."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from scenario_core.custom.usage_tables import RUN_BATCHES
from scenario_core.usage import imports
from scenario_core.usage.compaction import compact
from scenario_core.usage.dataset import Dataset
from tests.core.run_examples import json_lines, open_run, run_of, stored
from tests.factories import migrated
from tests.faults.killing import kill_one, python

KILLS = int(os.environ.get("FAULTS") or 20)
FILES = 12
RUNS_A_FILE = 200
MOMENTS = ("before the first", "after the first")
"""When a worker can be killed: at once, or as soon as it has moved something, however slow the machine is."""
STARTER = """
import sys
from pathlib import Path
from scenario_core.custom.engine import create_engine
from scenario_core.usage import compaction, imports
from scenario_core.usage.dataset import Dataset
from tests.faults.killing import at_work, fork_for_each_line

folder = Path(sys.argv[2])

def import_all(moment):
    dataset = Dataset(create_engine(f"sqlite:///{folder / 'desk.db'}"), folder / "usage")
    if moment == "before the first":
        at_work()
    for path in sorted(folder.glob("*.jsonl")):
        if imports.apply(dataset, imports.JsonLinesFile(path), frozenset(), actor_id=1).import_id is not None:
            at_work()
    at_work()
    while True:
        imports.apply(dataset, imports.JsonLinesFile(path), frozenset(), actor_id=1)

def compact_forever(moment):
    compaction.AT_ONCE = 20
    dataset = Dataset(create_engine(f"sqlite:///{folder / 'desk.db'}"), folder / "usage")
    if moment == "before the first":
        at_work()
    while True:
        compaction.compact(dataset, lambda *_: at_work())

fork_for_each_line({"import": import_all, "compact": compact_forever}[sys.argv[1]])
"""
RECORD_FOREVER = """
import sys, time
from itertools import count
from pathlib import Path
from scenario_core.custom.engine import create_engine
from scenario_core.scenario import Store
from scenario_core.usage import recorder
from scenario_core.usage.run import EndReason
from tests.factories import scenario

folder = Path(sys.argv[1])
engine = create_engine(f"sqlite:///{folder / 'desk.db'}")
dinner = scenario()
with (folder / "recorded.txt").open("a") as log:
    for number in count():
        with engine.begin() as connection:
            run_id = recorder.start(connection, number % 7 + 1, dinner, Store.PRODUCTION)
        log.write(run_id + "\\n")
        log.flush()
        time.sleep(0.01)
        if number % 3:
            with engine.begin() as connection:
                recorder.finish(connection, run_id, EndReason.COMPLETED)
"""


def ids(dataset: Dataset) -> list[str]:
    return [run["run_id"] for run in stored(dataset)]


def assert_no_litter(dataset: Dataset) -> None:
    listed = {dataset.path_of(file) for file in dataset.files()}
    assert set(dataset.folder.rglob("*.parquet")) == listed
    assert list(dataset.folder.glob("staging-*")) == []
    with dataset.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(RUN_BATCHES)).scalar_one() == 0


@pytest.mark.slow
def test_an_import_killed_at_any_instant_is_in_wholly_or_not_at_all(tmp_path: Path) -> None:
    """Each file ends a run that the file before left open."""
    for number in range(FILES):
        runs = [run_of(f"{number:02}-{place}") for place in range(RUNS_A_FILE)]
        closing = [run_of(f"{number - 1:02}-open")] if number else []
        json_lines(tmp_path / f"{number:02}.jsonl", [*runs, *closing, open_run(f"{number:02}-open")])
    chance, seen = random.Random(5), set()
    with migrated(f"sqlite:///{tmp_path / 'desk.db'}") as engine, python(STARTER, "import", tmp_path) as starter:
        dataset = Dataset(engine, tmp_path / "usage")
        for turn in range(KILLS):
            kill_one(starter, chance.random() * 0.8, MOMENTS[turn % 2])
            found = ids(dataset)
            assert len(found) == len(set(found))
            counts = Counter(run_id.split("-")[0] for run_id in found)
            assert set(counts.values()) <= {RUNS_A_FILE + 1}
            seen.add(len(counts))
        assert len(seen) > 1, "no import came between two kills, so that nothing was tested"
        for path in sorted(tmp_path.glob("*.jsonl")):
            imports.apply(dataset, imports.JsonLinesFile(path), frozenset(), actor_id=1)
        assert Counter(run_id.split("-")[0] for run_id in ids(dataset)) == {
            f"{number:02}": RUNS_A_FILE + 1 for number in range(FILES)
        }
        assert [run["run_id"] for run in stored(dataset) if run["end_reason"] is None] == [f"{FILES - 1:02}-open"]
        with dataset.writing():
            assert_no_litter(dataset)


@pytest.mark.slow
def test_compactions_killed_at_any_instant_lose_no_run_that_is_recorded_meanwhile(tmp_path: Path) -> None:
    log = tmp_path / "recorded.txt"
    log.touch()
    chance = random.Random(6)
    with migrated(f"sqlite:///{tmp_path / 'desk.db'}") as engine:
        dataset = Dataset(engine, tmp_path / "usage")
        with python(STARTER, "compact", tmp_path) as starter, python(RECORD_FOREVER, tmp_path):
            deadline = time.monotonic() + 60
            while len(log.read_text().splitlines()) < 100 and time.monotonic() < deadline:
                time.sleep(0.05)
            for turn in range(KILLS):
                kill_one(starter, chance.random() * 0.6, MOMENTS[turn % 2])
                recorded = log.read_text().splitlines()
                found = ids(dataset)
                assert len(found) == len(set(found))
                assert set(recorded) <= set(found)
        recorded = log.read_text().splitlines()
        files = len(dataset.files())
        assert recorded
        assert files > 1, "nothing was compacted, so that nothing was tested"
        compact(dataset)
        assert set(recorded) <= set(ids(dataset))
        assert len(ids(dataset)) == len(set(ids(dataset)))
        assert dataset.contents().fresh["end_reason"].null_count == dataset.contents().fresh.num_rows
        assert_no_litter(dataset)
