"""The dashboard in a process that was forked from one with all of its libraries loaded, so that it starts at once."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any, Final

from tests.factories import ROOT

CONTEXT: Final[Any] = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
"""Elsewhere a fork is missing or not safe, so that every process loads the libraries by itself."""
CONTEXT.set_forkserver_preload(["tests.browser.loaded", __name__])


class ForkedDesk:
    """`scenario-desk` in a process of its own, with what tests need of `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start it with this environment alone; what it prints is appended to `log`."""
        self._process = CONTEXT.Process(
            target=_become_scenario_desk, args=([*arguments], dict(environment), log), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid or 0

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        code: int | None = self._process.exitcode
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, as Ctrl+C does."""
        os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end for so many seconds.

        Raises:
            TimeoutExpired: it has not ended.
        """
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise TimeoutExpired("scenario-desk", timeout or 0)
        return code

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._process.kill()


def _become_scenario_desk(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["-c", *arguments]
    with log.open("ab") as sink:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(sink.fileno(), stream.fileno())

    from scenario_core.cli import main  # noqa: PLC0415 - the process that starts this one has no use for it

    main(arguments)
