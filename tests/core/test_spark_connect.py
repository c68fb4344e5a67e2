"""Spark Connect: the distributed engine behind a server, which the tests start themselves."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.core.calling import hand_out, prepared
from tests.java import java
from tests.processes import COMMAND_LINE, free_port
from tests.spark import JAVA_OPTIONS, OPTIONS

SPAN: Final = ("--from", "2026-09-01", "--to", "2026-11-27")
START_SECONDS: Final = 120


@pytest.fixture(scope="module")
def spark_connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running server."""
    java()
    folder, port = tmp_path_factory.mktemp("connect"), free_port()
    options = OPTIONS | {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.extraJavaOptions": " ".join(JAVA_OPTIONS),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "local"),
    }
    import pyspark  # noqa: PLC0415 - most test runs need no Spark

    command = [
        str(Path(pyspark.__file__).parent / "sbin" / "start-connect-server.sh"),
        "--wait",
        "--master",
        "local[2]",
    ]
    command += [word for name, value in options.items() for word in ("--conf", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command,
            env=os.environ
            | {"SPARK_LOG_DIR": str(folder), "SPARK_PID_DIR": str(folder), "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_ready(server, port, folder / "log")
        yield f"sc://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise RuntimeError(f"Spark Connect did not start within {START_SECONDS} s: {log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def home(intact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    sample = ("usage", "sample", "--runs", "500", "--seed", "3", "--until", "2026-11-28")
    return prepared(tmp_path_factory.mktemp("home"), lambda: hand_out(intact), *sample)


def measured(home: Path, engine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND_LINE, "usage", *arguments],
        cwd=home, env=os.environ | {"SCENARIO_DESK_USAGE_ENGINE": engine}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def completion(home: Path, engine: str) -> dict[str, Any]:
    done = measured(home, engine, "measure", "completion", *SPAN, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_a_spark_connect_server_gives_the_figures_that_duckdb_gives(home: Path, spark_connect: str) -> None:
    found, wanted = completion(home, spark_connect), completion(home, "duckdb://")
    assert (found["n"], found["rows"]) == (wanted["n"], wanted["rows"])
    assert wanted["n"] > 100


@pytest.mark.slow
@pytest.mark.parametrize("url", ["sc://127.0.0.1:1/;token=s3cret;user_id=ann", "spark://ann:b@s3cret@127.0.0.1:1"])
def test_a_spark_that_does_not_answer_is_an_error_that_tells_no_secret(home: Path, url: str) -> None:
    done = measured(home, url, "engine")
    assert done.returncode == 2
    assert f"Spark can't be reached at {url.partition('://')[0]}://127.0.0.1:1: " in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
