"""The import of a Parquet file of runs, beside DuckDB's own copy of the same file into one other file.

`BENCH_RUNS` says how many runs; the figures that are promised are for 10 million.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import duckdb
import pytest

from scenario_core.usage import imports
from scenario_core.usage.dataset import Dataset
from tests.benchmarks.copies import Benchmark
from tests.factories import migrated

RUNS = int(os.environ.get("BENCH_RUNS") or 1_000_000)
IMPORT = """
import resource, sys
from pathlib import Path
from scenario_core.custom.engine import create_engine
from scenario_core.usage import imports
from scenario_core.usage.dataset import Dataset
folder = Path(sys.argv[1])
dataset = Dataset(create_engine(f"sqlite:///{folder / 'memory.db'}"), folder / "memory")
imports.apply(dataset, imports.ParquetFile(Path(sys.argv[2])), frozenset(), actor_id=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of 200,000 learners over two years, in about the order of their starts; 3 of 100 are open."""
    path = tmp_path_factory.mktemp("runs") / "runs.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"""COPY (
            SELECT uuid()::VARCHAR AS run_id, 'scenario_' || (i * 7919 % 31) AS scenario_id, 'production' AS store,
              substr(sha256((hash(i * 31) % 200000)::VARCHAR), 1, 16) AS learner,
              ['en', 'es', 'fr', 'de'][1 + (hash(i) % 4)::INT] AS language, 'import' AS source,
              TIMESTAMP '2024-12-01' + to_microseconds((i * {63_072_000_000_000 // RUNS})::BIGINT) AS started_at,
              CASE WHEN hash(i + 1) % 100 < 97 THEN
                started_at + to_seconds((120 + hash(i + 2) % 1500)::INT) END AS ended_at,
              CASE WHEN ended_at IS NULL THEN NULL ELSE
                ['completed', 'abandoned', 'terminated'][1 + (hash(i + 3) % 3)::INT] END AS end_reason,
              (hash(i + 4) % 5)::INT AS phases_completed, 4 AS total_phases, 'phase_' || phases_completed AS last_phase,
              [100.0, 200, 300, (hash(i) % 400)::DOUBLE][1:phases_completed] AS phase_seconds,
              ['menu', 'table', 'bill', 'water'][1:(hash(i) % 5)::INT] AS vocabulary,
              ['Ask for things politely'][1:(hash(i) % 2)::INT] AS objectives,
              (hash(i) % 100) / 100.0 AS success_rate, (hash(i) % 100)::DOUBLE AS completion_score
            FROM range({RUNS}) AS t(i)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)""")
    return path


def copy_seconds(file: Path, target: Path) -> float:
    """How long DuckDB takes to read the file and write it again, unchecked and in one piece."""
    started = perf_counter()
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * FROM '{file}') TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    return perf_counter() - started


def test_import_of_a_parquet_file(benchmark: Benchmark, file: Path, tmp_path: Path) -> None:
    with migrated(f"sqlite:///{tmp_path / 'desk.db'}") as engine:
        dataset = Dataset(engine, tmp_path / "usage")
        source = imports.ParquetFile(file)
        done = benchmark.pedantic(lambda: imports.apply(dataset, source, frozenset(), actor_id=1), rounds=1)
        assert done.new == RUNS
        started = perf_counter()
        imports.apply(dataset, source, frozenset(), actor_id=1)
        again = perf_counter() - started
    with migrated(f"sqlite:///{tmp_path / 'memory.db'}"):
        command = [sys.executable, "-c", IMPORT, str(tmp_path), str(file)]
        said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    copy = copy_seconds(file, tmp_path / "copy.parquet")
    seconds = benchmark.stats.stats.median
    benchmark.extra_info |= {
        "runs": RUNS,
        "runs_per_second": RUNS / seconds,
        "seconds_per_300000_runs": seconds / RUNS * 300_000,
        "limit_seconds_per_300000_runs": 1.0,
        "ratio_to_plain_copy": seconds / copy,
        "same_file_again_ms": again * 1000,
        "process_megabytes": int(said.stdout) / 1024,
        "limit_process_megabytes": 1500,
    }
