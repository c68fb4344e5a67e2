"""The difference of two files of 10,000 scenarios of about 4 KB, 1 % of them changed, beside other ways to find it.

Each result carries its ratio to reading both files, warm in the page cache, in the same run.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import deepdiff
import jsondiff
import orjson
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from scenario_core.integrity.diff import diff_documents, diff_records

SCENARIOS = 10_000
CHANGED = SCENARIOS // 100
SHARE_FOR_OTHERS = 4  # other libraries get a quarter of the scenarios: the whole takes them half a minute each
WORDS = (
    *("reservation", "window", "please", "waiter", "évening", "señor", "menü", "table", "予約", "to", "for"),
    *("the", "a", "quiet", "order", "would", "like", "café", "two"),
)

pytestmark = pytest.mark.benchmark(group=f"difference of two files of {SCENARIOS:,} scenarios")


@dataclass(frozen=True)
class Files:
    """Two files on disk and the median time that reading both takes."""

    old: Path
    new: Path
    read_seconds: float

    def read(self) -> tuple[bytes, bytes]:
        return self.old.read_bytes(), self.new.read_bytes()

    def parsed(self) -> tuple[Any, Any]:
        old, new = self.read()
        return orjson.loads(old), orjson.loads(new)


def sentence(random: Random, words: int) -> str:
    return " ".join(random.choices(WORDS, k=words))


def phase(random: Random, phase_id: str) -> dict[str, Any]:
    return {
        "phase_id": phase_id,
        "name": sentence(random, 3),
        "description": sentence(random, 10),
        "expected_duration_minutes": random.randint(2, 8),
        "key_vocabulary": [sentence(random, 1) for _ in range(4)],
        "essential_phrases": [sentence(random, 6) for _ in range(4)],
        "learning_objectives": [sentence(random, 6) for _ in range(2)],
        "success_criteria": [sentence(random, 6) for _ in range(2)],
        "cultural_notes": None,
    }


def scenario(random: Random, scenario_id: str) -> dict[str, Any]:
    return {
        "scenario_id": scenario_id,
        "name": sentence(random, 4),
        "category": "restaurant",
        "difficulty": "beginner",
        "description": sentence(random, 20),
        "user_role": "customer",
        "ai_role": "waiter",
        "setting": sentence(random, 10),
        "duration_minutes": 20,
        "phases": [phase(random, f"phase_{number}") for number in range(4)],
        "prerequisites": [],
        "learning_outcomes": [sentence(random, 5) for _ in range(3)],
        "vocabulary_focus": [sentence(random, 1) for _ in range(3)],
        "cultural_context": {"tipping": sentence(random, 8)},
        "is_active": True,
        "created_at": "2025-12-20T14:46:22",
        "updated_at": "2025-12-20T14:46:22",
    }


def changed(document: dict[str, Any], random: Random) -> dict[str, Any]:
    """A copy in which 1 % of the scenarios have an inserted phase, a new phrase or a new number, in turn."""
    result = dict(document)
    for turn, scenario_id in enumerate(random.sample(list(document), CHANGED)):
        record = result[scenario_id] = copy.deepcopy(document[scenario_id])
        if turn % 3 == 0:
            record["phases"].insert(1, phase(random, "inserted"))
        elif turn % 3 == 1:
            record["phases"][2]["essential_phrases"][1] = "changed"
        else:
            record["duration_minutes"] += 1
    return result


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    random = Random(20251220)
    folder = tmp_path_factory.mktemp("diff")
    old = {f"scenario_{number}": scenario(random, f"scenario_{number}") for number in range(SCENARIOS)}
    paths = folder / "old.json", folder / "new.json"
    for path, document in zip(paths, (old, changed(old, random)), strict=True):
        path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    return Files(*paths, read_seconds=median(seconds_to_read(*paths) for _ in range(9)))


def seconds_to_read(*paths: Path) -> float:
    start = perf_counter()
    held = [path.read_bytes() for path in paths]
    seconds = perf_counter() - start
    assert all(held)
    return seconds


def measure(
    benchmark: BenchmarkFixture, files: Files, run: Callable[[], Any], *, rounds: int = 9, share: int = 1, **notes: Any
) -> Any:
    """Time a call and keep its ratio to reading both files; there is no time if benchmarks are disabled.

    A call that was given one in `share` of the scenarios counts `share` times.
    """
    warmups = 1 if rounds > 1 else 0
    result = benchmark.pedantic(run, rounds=rounds, warmup_rounds=warmups)  # type: ignore[no-untyped-call]
    if benchmark.stats:
        ratio = share * benchmark.stats.stats.median / files.read_seconds
        benchmark.extra_info["times_reading_both_files"] = round(ratio, 2)
    benchmark.extra_info.update(scenarios=SCENARIOS // share, ratio_scaled_linearly_by=share, **notes)
    return result


def measure_other(benchmark: BenchmarkFixture, files: Files, compare: Callable[[Any, Any], Any]) -> Any:
    """Time another library, once, on the first scenarios of both files, parsed."""
    old, new = (dict(list(side.items())[: SCENARIOS // SHARE_FOR_OTHERS]) for side in files.parsed())
    return measure(
        benchmark, files, lambda: compare(old, new), rounds=1, share=SHARE_FOR_OTHERS, timed="comparing parsed records"
    )


def test_reading_both_files(benchmark: BenchmarkFixture, files: Files) -> None:
    measure(benchmark, files, files.read, bytes_a_scenario=files.old.stat().st_size // SCENARIOS)


def test_diff_documents_without_reading(benchmark: BenchmarkFixture, files: Files) -> None:
    old, new = files.read()
    diff = measure(benchmark, files, lambda: diff_documents(old, new), timed="parsing what differs, comparing")
    assert len(diff.changed) == CHANGED


def test_diff_documents_with_reading(benchmark: BenchmarkFixture, files: Files) -> None:
    diff = measure(
        benchmark, files, lambda: diff_documents(*files.read()), timed="reading, parsing what differs, comparing"
    )
    assert len(diff.changed) == CHANGED


def test_diff_documents_of_equal_bytes(benchmark: BenchmarkFixture, files: Files) -> None:
    old, new = files.old.read_bytes(), files.old.read_bytes()
    assert measure(benchmark, files, lambda: diff_documents(old, new), timed="checking, comparing").is_empty


def test_diff_records_of_parsed_documents(benchmark: BenchmarkFixture, files: Files) -> None:
    old, new = files.parsed()
    diff = measure(benchmark, files, lambda: diff_records(old, new), rounds=3, timed="comparing parsed records")
    assert len(diff.changed) == CHANGED


def test_orjson_loads_of_both(benchmark: BenchmarkFixture, files: Files) -> None:
    old, new = files.read()
    measure(benchmark, files, lambda: (orjson.loads(old), orjson.loads(new)), rounds=3, timed="parsing")


def test_deepdiff_of_parsed_documents(benchmark: BenchmarkFixture, files: Files) -> None:
    found = measure_other(benchmark, files, deepdiff.DeepDiff)
    benchmark.extra_info["changes_reported"] = sum(len(changes) for changes in found.values())


def test_jsondiff_of_parsed_documents(benchmark: BenchmarkFixture, files: Files) -> None:
    found = measure_other(benchmark, files, jsondiff.diff)
    benchmark.extra_info["scenarios_reported"] = len(found)
