from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.factories import ROOT
from tests.java import JavaMissingError, find_java, java

START_AND_STOP = """
import time
import psutil
from tests.spark import running_spark
with running_spark() as session:
    print(session.sql("SELECT 41 + 1").first()[0])
    children = psutil.Process().children(recursive=True)
def still_working():
    return [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
end = time.monotonic() + 10  # Java's own children end when they find that it is gone
while still_working() and time.monotonic() < end:
    time.sleep(0.05)
print(len(children), len(still_working()))
"""


@pytest.mark.slow
def test_spark_answers_in_utc_through_ibis(spark: Any, tmp_path: Path) -> None:
    moment = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)
    table = pa.table({"at": pa.array([moment, None], pa.timestamp("us", tz="UTC")), "words": [["a", "b"], []]})
    pq.write_table(table, tmp_path / "runs.parquet")
    runs = ibis.pyspark.connect(spark).read_parquet(str(tmp_path / "runs.parquet"))
    counted = runs.aggregate(n=runs.count(), day=runs.at.max().day(), hour=runs.at.max().hour())
    assert counted.to_pyarrow().to_pylist() == [{"n": 2, "day": 29, "hour": 23}]


@pytest.mark.slow
def test_a_spark_that_ends_leaves_no_process() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", START_AND_STOP], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer, children = done.stdout.splitlines()
    started, left = map(int, children.split())
    assert (answer, left) == ("42", 0)
    assert started > 0


def test_a_java_home_without_java_is_named_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(JavaMissingError, match="JAVA_HOME names"):
        java()


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.22"])
def test_an_old_java_is_none(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_java() is None


def test_without_java_and_without_a_way_to_install_it_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(JavaMissingError, match="apt-get install openjdk-17-jre-headless"):
        java()
