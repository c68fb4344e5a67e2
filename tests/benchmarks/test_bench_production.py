"""Loading and validating 10,000 production scenarios, beside parsing the same bytes and nothing else."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter

import orjson
import pytest

from scenario_core.production import ScenarioIO
from tests.benchmarks.copies import Benchmark, as_file

SCENARIOS = 10_000
ROUNDS = 7


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("production") / "scenarios.json"
    path.write_bytes(as_file(SCENARIOS))
    return path


def test_load_and_validate(benchmark: Benchmark, file: Path) -> None:
    data = file.read_bytes()
    parsing = []
    for _ in range(ROUNDS):
        started = perf_counter()
        orjson.loads(data)
        parsing.append(perf_counter() - started)
    loaded = benchmark.pedantic(ScenarioIO.load_scenarios_from_file, args=(file,), rounds=ROUNDS, warmup_rounds=1)
    assert (len(loaded), loaded.errors) == (SCENARIOS, ())
    benchmark.extra_info |= {
        "megabytes": len(data) / 1e6,
        "orjson.loads_ms": median(parsing) * 1000,
        "ratio_to_orjson.loads": benchmark.stats.stats.median / median(parsing),
        "limit_ratio_to_orjson.loads": 2.5,
    }


def test_save_one_changed_scenario(benchmark: Benchmark, file: Path) -> None:
    def prepared() -> tuple[tuple[object, ...], dict[str, object]]:
        loaded = ScenarioIO.load_scenarios_from_file(file)
        changed = loaded["copy_7"].model_copy(update={"name": f"{loaded['copy_7'].name}!"})
        return ({**loaded, "copy_7": changed}, file), {"based_on": loaded}

    benchmark.pedantic(ScenarioIO.save_scenarios_to_file, setup=prepared, rounds=3)
