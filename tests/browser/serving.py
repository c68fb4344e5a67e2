"""The servers of browser tests: the real dashboard, in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Final

import psutil

from tests.browser import loaded
from tests.factories import ROOT
from tests.processes import COMMAND_LINE, free_port

START_SECONDS: Final = 60
STOP_SECONDS: Final = 15

Start = Callable[[dict[str, str], Path], psutil.Process]
"""Starts a process with an environment; what it prints is appended to a file."""


class Server:
    """A server in a process of its own on a port of this machine; `restart` keeps the port."""

    def __init__(self, port: int, start: Start, folder: Path, *, health: str = "/health", **environment: str) -> None:
        """What it prints is appended to `server.log` in the folder."""
        self.port = port
        self.folder = folder
        self._start = start
        self._health = health
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("SCENARIO_DESK_", "STREAMLIT_"))
        }
        self._environment = kept | environment
        self._process: psutil.Process | None = None

    @property
    def url(self) -> str:
        """The address of the first page, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that serves now."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    @property
    def log(self) -> str:
        """All that the process has printed since the first start."""
        path = self.folder / "server.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def start(self) -> None:
        """Start it and wait until it answers."""
        if self._process is not None:
            raise RuntimeError("the server runs already")
        self._process = self._start(self._environment, self.folder / "server.log")
        until = time.monotonic() + START_SECONDS
        while _is_alive(self._process) and time.monotonic() < until:
            with suppress(OSError):
                status, _ = self.get(self._health)
                if status == 200:
                    return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the server ended or did not answer within {START_SECONDS} s: {self.log}")

    def stop(self) -> None:
        """End it as Ctrl+C does; does nothing where it does not run."""
        if self._process is not None and _is_alive(self._process):
            self._process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
            with suppress(psutil.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it at once, as a crash does; does nothing where it does not run."""
        if self._process is not None:
            with suppress(psutil.NoSuchProcess):
                self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """End it and start it again at the same address."""
        self.stop()
        self.start()

    def headers(self, path: str) -> Message:
        """The headers of an HTTP route's answer."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            found: Message = answer.headers
            return found

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of an HTTP route."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, answer.read()


def spawned(command: Sequence[str], environment: dict[str, str], log: Path) -> psutil.Popen:
    """A program started as a shell starts it, in the project's folder."""
    with log.open("ab") as sink:
        return psutil.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)


@contextmanager
def dashboard(
    folder: Path, *, production: Path, database_url: str, is_spawned: bool = False, **environment: str
) -> Iterator[Server]:
    """The real dashboard, as `scenario-desk run` starts it, until the end. Sample runs only where asked for.

    Unless it is to be spawned, it is forked from a process that has loaded its modules, and so ready much earlier.
    """
    port = free_port()
    arguments = ("run", "--port", str(port))
    can_fork = hasattr(os, "fork") and not is_spawned
    server = Server(
        port,
        partial(loaded.call, arguments) if can_fork else partial(spawned, (*COMMAND_LINE, *arguments)),
        folder,
        **{
            "SCENARIO_DESK_PRODUCTION": str(production),
            "SCENARIO_DESK_DATABASE": database_url,
            "SCENARIO_DESK_USAGE": str(folder / "usage"),
            "SCENARIO_DESK_SAMPLE_RUNS": "0",
            **environment,
        },
    )
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
