"""`scenario-desk run` for real: it sets up what is missing, serves this machine only, and ends when it is told to."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import ROOT, SHIPPED
from tests.processes import COMMAND_LINE, free_port

SECONDS_TO_START = 60
pytestmark = pytest.mark.slow


def get(port: int, path: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.status, answer.read()


def websocket_status(port: int, host: str) -> int:
    """What the server answers to a page that wants the app's data under this host name."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {
        "Host": f"{host}:{port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "c2NlbmFyaW8gZGVzayAxMg==",
    }
    connection.request("GET", "/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process and its port, answering."""
    production = tmp_path / "scenarios.json"
    production.write_bytes(SHIPPED.read_bytes())
    port = free_port()
    options = ["--production", str(production), "--database", f"sqlite:///{tmp_path / 'desk.db'}"]
    command = [*COMMAND_LINE, *options, "run", "--port", str(port)]
    environment = os.environ | {"SCENARIO_DESK_USAGE": str(tmp_path / "usage")}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    deadline = time.monotonic() + SECONDS_TO_START
    try:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                get(port, "/health")
                break
            except OSError:
                time.sleep(0.2)
        yield process, port
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_run_sets_up_serves_and_ends_on_ctrl_c(server: tuple[subprocess.Popen[str], int]) -> None:
    process, port = server
    status, body = get(port, "/health")
    assert (status, json.loads(body)["status"]) == (200, "ok")
    assert get(port, "/")[0] == 200
    assert websocket_status(port, "127.0.0.1") == 101
    assert websocket_status(port, "elsewhere.example") == 403
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[0]
    assert f"http://127.0.0.1:{port}" in said
    assert "31 to insert" in said
    assert "Traceback" not in said
