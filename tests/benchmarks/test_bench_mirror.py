"""The first and the second mirror of 10,000 scenarios, beside the driver's own `executemany` of the same rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
import sqlalchemy as sa

from scenario_core import mirror
from scenario_core.custom.engine import create_engine
from scenario_core.mirror import MirrorPlan, Production
from tests.benchmarks.copies import Benchmark, scenarios
from tests.factories import migrated

SCENARIOS = 10_000
ROUNDS = 5


@pytest.fixture(scope="module")
def production() -> Production:
    return Production(scenarios(SCENARIOS), "a" * 64)


def raw_seconds(full: Path, target: Path) -> float:
    """How long SQLite takes to insert the very rows of a mirror into tables of the same form, without triggers."""
    with closing(sqlite3.connect(full)) as source, closing(sqlite3.connect(target)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        rows = {}
        for table in ("scenarios", "scenario_phases"):
            for (statement,) in source.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL "
                "ORDER BY type DESC",
                (table,),
            ):
                raw.execute(statement)
            rows[table] = source.execute(f"SELECT * FROM {table}").fetchall()
        raw.commit()
        started = perf_counter()
        for table, values in rows.items():
            marks = ", ".join("?" * len(values[0]))
            raw.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
        raw.commit()
        return perf_counter() - started


def mirrored(engine: sa.Engine, production: Production) -> MirrorPlan:
    return mirror.apply(engine, production, actor_id=1)


def test_first_mirror_into_sqlite(benchmark: Benchmark, production: Production, tmp_path: Path) -> None:
    raw = []
    count = 0

    def fresh() -> tuple[tuple[sa.Engine, Production], dict[str, object]]:
        nonlocal count
        if count:
            raw.append(raw_seconds(tmp_path / f"{count}.db", tmp_path / f"raw{count}.db"))
        count += 1
        with migrated(f"sqlite:///{tmp_path / f'{count}.db'}"):
            pass
        return (create_engine(f"sqlite:///{tmp_path / f'{count}.db'}"), production), {}

    benchmark.pedantic(mirrored, setup=fresh, rounds=ROUNDS)
    raw.append(raw_seconds(tmp_path / f"{count}.db", tmp_path / "raw_last.db"))
    benchmark.extra_info |= {
        "executemany_ms": median(raw) * 1000,
        "ratio_to_executemany": benchmark.stats.stats.median / median(raw),
        "limit_ratio_to_executemany": 3.0,
    }


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
def test_second_mirror_without_changes(benchmark: Benchmark, production: Production, engine: sa.Engine) -> None:
    started = perf_counter()
    mirrored(engine, production)
    first = perf_counter() - started
    made = benchmark.pedantic(mirrored, args=(engine, production), rounds=ROUNDS)
    assert made.unchanged == SCENARIOS
    benchmark.extra_info |= {
        "first_ms": first * 1000,
        "ratio_to_first": benchmark.stats.stats.median / first,
        "limit_ratio_to_first": 0.1,
    }


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
def test_full_comparison_field_by_field(benchmark: Benchmark, production: Production, engine: sa.Engine) -> None:
    mirrored(engine, production)
    assert benchmark.pedantic(mirror.plan, args=(engine, production), rounds=3).is_empty
