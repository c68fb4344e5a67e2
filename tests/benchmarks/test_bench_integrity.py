"""The checks over 10,000 scenarios: the structural ones, all of them, and all once more after one edit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

import pytest

from scenario_core import integrity, mirror
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.integrity import Report, StoredResults
from scenario_core.integrity.reports import FORMATS
from scenario_core.integrity.snapshot import mirrored
from scenario_core.settings import Settings
from tests.benchmarks.copies import Benchmark, as_file
from tests.core.report_examples import large_report

SCENARIOS = 10_000
ROUNDS = 3


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("many")
    (folder / "scenarios.json").write_bytes(as_file(SCENARIOS))
    database = f"sqlite:///{folder / 'desk.db'}"
    made = Desk.open(Settings.read(production=folder / "scenarios.json", database=database, expected_count=SCENARIOS))
    made.production.create_baseline()
    schema.upgrade(made.engine)
    mirror.apply(made.engine, mirrored(made.production), actor_id=1)
    yield made
    made.close()


def run(desk: Desk, *, only: str = "", kept: bool = False) -> Report:
    results = StoredResults(desk.engine) if kept else None
    report = integrity.run(desk.snapshot(), select=integrity.selection(only=[only] if only else ()), results=results)
    assert not report.not_run
    return report


def reading_seconds(desk: Desk) -> float:
    """How long it takes to read the file and every row of the two tables, and to do nothing with them."""
    path = Path(str(desk.engine.url.database))
    started = perf_counter()
    json.loads(desk.production.path.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        for table in ("scenarios", "scenario_phases"):
            connection.execute(f"SELECT * FROM {table}").fetchall()
        connection.execute("PRAGMA integrity_check").fetchall()
    return perf_counter() - started


def test_structural_checks(benchmark: Benchmark, desk: Desk) -> None:
    report = benchmark.pedantic(run, args=(desk,), kwargs={"only": "IC"}, rounds=ROUNDS)
    assert report.light == "green"
    median = benchmark.stats.stats.median
    benchmark.extra_info |= {
        "seconds": median,
        "limit_seconds": 2.0,
        "ratio_to_reading_everything": median / reading_seconds(desk),
    }


def test_all_checks_cold(benchmark: Benchmark, desk: Desk) -> None:
    benchmark.pedantic(run, args=(desk,), rounds=1)
    benchmark.extra_info |= {"seconds": benchmark.stats.stats.median, "limit_seconds": 30.0}


def test_all_checks_after_one_edit(benchmark: Benchmark, desk: Desk) -> None:
    run(desk, kept=True)
    number = 0

    def edit() -> tuple[tuple[Desk], dict[str, bool]]:
        nonlocal number
        number += 1
        changed = desk.production.scenarios[f"copy_{number}"].model_copy(update={"setting": f"Elsewhere {number}"})
        desk.production.save_scenario(changed)
        desk.production.create_baseline()
        mirror.apply(desk.engine, mirrored(desk.production), actor_id=1)
        return (desk,), {"kept": True}

    benchmark.pedantic(run, setup=edit, rounds=ROUNDS)
    benchmark.extra_info |= {"seconds": benchmark.stats.stats.median, "limit_seconds": 2.0}


@pytest.mark.parametrize("name", FORMATS)
def test_ten_thousand_findings_as(benchmark: Benchmark, name: str) -> None:
    report, artifact = large_report()
    benchmark.pedantic(FORMATS[name].encoded, args=(report, artifact), rounds=ROUNDS)
    benchmark.extra_info |= {"seconds": benchmark.stats.stats.median}
