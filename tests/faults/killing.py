"""Workers to kill: each is forked from a process that has loaded what they need, so that it is at work at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from tests.factories import ROOT


@cache
def at_work() -> None:
    """Called by a worker when it may be killed; once is enough."""
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()


def fork_for_each_line(work: Callable[[str], object]) -> None:
    """Called by the process that has loaded everything: fork a worker that takes the line, and say how it ended."""
    for line in sys.stdin:
        worker = os.fork()
        if worker == 0:
            work(line.strip())
            signal.pause()  # whoever is done early waits for its end
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])}\n")
        sys.stdout.flush()


@contextmanager
def python(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A process of such code, ended at the end."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def kill_one(starter: subprocess.Popen[str], seconds: float, line: str = "") -> None:
    """Start a worker that takes the line, and kill it so many seconds after it has said that it is at work."""
    assert starter.stdin is not None
    assert starter.stdout is not None
    starter.stdin.write(f"{line}\n")
    starter.stdin.flush()
    worker = int(starter.stdout.readline())
    time.sleep(seconds)
    os.kill(worker, signal.SIGKILL)
    assert int(starter.stdout.readline()) == -signal.SIGKILL, "the worker ended by itself"
