"""The measures over sample runs, and the same questions put to pandas, SQLite and PostgreSQL in plain terms.

`BENCH_RUNS` says how many runs; the figures that are promised are for 10 million, of which the page shows twelve weeks.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from time import perf_counter

import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest

from dashboard.charts.figures import SECTIONS
from scenario_core.analysis import Analyst
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.settings import Settings
from scenario_core.stewardship.sample_runs import add_sample
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.filters import UsageFilter
from scenario_core.usage.measures import MEASURES
from scenario_core.usage.period import start_of
from tests.benchmarks.copies import Benchmark
from tests.factories import SHIPPED
from tests.postgres import PostgresServer

RUNS = int(os.environ.get("BENCH_RUNS") or 1_000_000)
DRAWN = ["totals", *(name for column in SECTIONS["overview"] for name in column)]
COLUMNS = ["scenario_id", "learner", "started_at", "end_reason"]
FIGURES = {
    "per week": "SELECT {week} AS w, count(*), count(DISTINCT learner) FROM r WHERE started_at >= {first} GROUP BY 1",
    "per scenario": (
        "SELECT scenario_id, count(*), count(DISTINCT learner), "
        "sum(CASE WHEN end_reason = 'completed' THEN 1 ELSE 0 END) FROM r WHERE started_at >= {first} GROUP BY 1"
    ),
}


@dataclass(frozen=True)
class Sampled:
    """A desk with sample runs, and how long its engine took to read them."""

    analyst: Analyst
    chosen: UsageFilter
    read_seconds: float

    @property
    def first(self) -> datetime:
        return start_of(self.chosen.period.first, "UTC")


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    folder = tmp_path_factory.mktemp("sampled")
    path = folder / "scenarios.json"
    path.write_bytes(SHIPPED.read_bytes())
    desk = Desk.open(Settings(production=path, database=f"sqlite:///{folder / 'desk.db'}", usage=folder / "usage"))
    schema.upgrade(desk.engine)
    add_sample(Steward.configured(desk), RUNS, 1)
    analyst = Analyst.configured(desk)
    began = perf_counter()
    analyst.refresh()
    yield Sampled(analyst, analyst.default_filter(), perf_counter() - began)
    analyst.engine.close()
    desk.close()


@pytest.fixture(scope="module")
def plain(sampled: Sampled) -> pd.DataFrame:
    """The four columns that the plain questions need, in memory."""
    frame: pd.DataFrame = pq.read_table(sampled.analyst.desk.settings.usage / "sample", columns=COLUMNS).to_pandas()
    return frame


def ask_all(sampled: Sampled, chosen: UsageFilter) -> dict[str, float]:
    """The seconds of each default measure."""
    took = {}
    with sampled.analyst.view(chosen) as view:
        for name in DRAWN:
            began = perf_counter()
            MEASURES[name](view)
            took[name] = perf_counter() - began
    return took


def seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def test_measures_of_the_overview(benchmark: Benchmark, sampled: Sampled) -> None:
    took = benchmark.pedantic(ask_all, (sampled, sampled.chosen), rounds=3, warmup_rounds=1)
    one = replaced(sampled.chosen, categories=("travel",))
    benchmark.extra_info |= {
        "runs": RUNS,
        "read_seconds": sampled.read_seconds,
        "default_seconds": sum(took.values()),
        "limit_default_seconds": 1.5,
        "filter_change_seconds": sum(ask_all(sampled, one).values()),
        "limit_filter_change_seconds": 0.7,
        "resident_megabytes": psutil.Process().memory_info().rss / 1e6,
        "limit_resident_megabytes": 1500,
        **{f"seconds_{name}": value for name, value in took.items()},
    }


def test_the_same_in_pandas(benchmark: Benchmark, sampled: Sampled, plain: pd.DataFrame) -> None:
    def ask() -> None:
        inside = plain[plain["started_at"] >= sampled.first]
        weeks = inside["started_at"].astype("int64") // (7 * 86_400 * 1_000_000)
        inside.groupby(weeks)["learner"].agg(["size", "nunique"])
        done = inside["end_reason"] == "completed"
        inside.assign(done=done).groupby("scenario_id").agg(
            n=("learner", "size"), l=("learner", "nunique"), d=("done", "sum")
        )

    benchmark.pedantic(ask, rounds=1)
    benchmark.extra_info |= _beside(sampled, benchmark.stats["median"])


def test_the_same_in_sqlite(benchmark: Benchmark, sampled: Sampled, plain: pd.DataFrame, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "plain.db")) as connection:
        connection.execute("CREATE TABLE r (scenario_id TEXT, learner TEXT, started_at INTEGER, end_reason TEXT)")
        rows = plain.assign(started_at=plain["started_at"].astype("int64") // 1_000_000).itertuples(index=False)
        connection.executemany("INSERT INTO r VALUES (?, ?, ?, ?)", rows)
        connection.execute("CREATE INDEX i ON r (started_at)")
        first = int(sampled.first.astimezone(UTC).timestamp())
        asked = [text.format(week="started_at / 604800", first=first) for text in FIGURES.values()]
        benchmark.pedantic(lambda: [connection.execute(each).fetchall() for each in asked], rounds=1)
    benchmark.extra_info |= _beside(sampled, benchmark.stats["median"])


def test_the_same_in_postgresql(
    benchmark: Benchmark, sampled: Sampled, plain: pd.DataFrame, postgres_server: PostgresServer
) -> None:
    with postgres_server.fresh_database() as name, postgres_server.connect(name) as connection:
        connection.execute("CREATE TABLE r (scenario_id text, learner text, started_at timestamptz, end_reason text)")
        text = StringIO()
        plain.to_csv(text, index=False, header=False)
        with connection.cursor().copy("COPY r FROM STDIN (FORMAT csv)") as copy:
            copy.write(text.getvalue())
        connection.execute("CREATE INDEX ON r (started_at)")
        connection.execute("ANALYZE r")
        first = f"'{sampled.first.isoformat()}'"
        asked = [each.format(week="date_trunc('week', started_at)", first=first).encode() for each in FIGURES.values()]
        benchmark.pedantic(lambda: [connection.execute(each).fetchall() for each in asked], rounds=1)
    benchmark.extra_info |= _beside(sampled, benchmark.stats["median"])


def _beside(sampled: Sampled, plainly: float) -> dict[str, float | int]:
    """The project's own answers to the same two questions, intervals and all, in the same run."""
    with sampled.analyst.view(sampled.chosen) as view:
        own = seconds(lambda: [MEASURES[name](view) for name in ("over_time", "completion")])
    return {"runs": RUNS, "seconds": plainly, "own_seconds": own, "times_as_long_as_own": plainly / own}
