"""Exports of runs from the page: each person has one at a time, which goes on whether or not anybody looks."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from dashboard.usage.jobs import Job
from dashboard.usage.private_files import PrivateFolder
from scenario_core.errors import ScenarioDeskError
from scenario_core.people import Operation
from scenario_core.progress import Progress
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.imports import Form

__all__ = ["MIMES", "Export", "Exports", "Made", "most_runs"]

KEPT_SECONDS: Final = 3600.0
"""For how long a file is kept that was made."""
LARGEST: Final = 500_000_000
"""Bytes of a file that a browser is sent, since the server holds it in memory meanwhile."""
_BYTES_A_RUN: Final[Mapping[Form, int]] = {Form.CSV: 500, Form.JSONL: 750, Form.PARQUET: 100, Form.XAPI: 2_000}
"""About as much as a run with everything in it takes."""
MIMES: Final[Mapping[Form, str]] = {
    Form.CSV: "text/csv",
    Form.JSONL: "application/jsonl",
    Form.PARQUET: "application/vnd.apache.parquet",
    Form.XAPI: "application/jsonl",
}
"""The forms that there are, and what browsers call them."""
_NAMES: Final[Mapping[Form, str]] = {Form.XAPI: "runs-xapi.jsonl"}


def most_runs(form: Form) -> int:
    """How many runs can be exported in a form."""
    return LARGEST // _BYTES_A_RUN[form]


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made: where it lies, what it is called, how many runs and bytes it has."""

    path: Path
    name: str
    runs: int
    size: int


@dataclass(frozen=True, slots=True)
class Export:
    """How an export stands.

    Attributes:
        form: In which form.
        share: How much of it is done, 0 to 1.
        is_running: Whether it goes on.
        is_stopping: Whether it was told to stop and has not ended yet.
        made: The file, once it is there.
        problem: Why it came to nothing.
    """

    form: Form
    share: float
    is_running: bool
    is_stopping: bool
    made: Made | None
    problem: ScenarioDeskError | None


@dataclass(frozen=True, slots=True)
class _Held:
    form: Form
    folder: Path
    job: Job[Made]
    timer: threading.Timer


class Exports:
    """The exports of everyone, by the person's number. Safe to share between threads."""

    def __init__(self, *, kept_seconds: float = KEPT_SECONDS) -> None:
        self._kept_seconds = kept_seconds
        self._files = PrivateFolder()
        self._lock = threading.RLock()
        self._held: dict[int, _Held] = {}

    def of(self, user_id: int) -> Export | None:
        """The export of a person; None where there is none, or it was stopped."""
        with self._lock:
            held = self._held.get(user_id)
            if held is None:
                return None
            job, is_running = held.job, held.job.is_running
            if not is_running and job.was_stopped:
                self._drop(user_id)
                return None
            return Export(held.form, job.share, is_running, job.is_stopping, job.result, job.problem)

    def start(self, steward: Steward, form: Form) -> None:
        """Export all runs in a form, in the place of what was exported before, unless an export goes on.

        Raises:
            PermissionDeniedError: the person may not manage runs.
        """
        steward.require(Operation.MANAGE_RUNS)
        with self._lock:
            held = self.of(steward.user_id)
            if held is not None and held.is_running:
                return
            self.forget(steward.user_id)
            folder = self._files.new()
            job = Job(f"export of runs for {steward.user_id}", partial(_made, steward, form, folder))
            timer = threading.Timer(self._kept_seconds, self._expire, (steward.user_id, job))
            timer.daemon = True
            timer.start()
            self._held[steward.user_id] = _Held(form, folder, job, timer)

    def stop(self, user_id: int) -> None:
        """Stop what goes on; nothing is kept of it."""
        with self._lock:
            if held := self._held.get(user_id):
                held.job.stop()

    def wait(self, user_id: int, seconds: float) -> None:
        """Wait for the end of what goes on, at most so long."""
        if held := self._held.get(user_id):
            held.job.wait(seconds)

    def forget(self, user_id: int) -> None:
        """Remove the file, unless it is being made."""
        with self._lock:
            held = self._held.get(user_id)
            if held is not None and not held.job.is_running:
                self._drop(user_id)

    def close(self) -> None:
        """Stop everything, wait for its end, and remove all files."""
        with self._lock:
            every = list(self._held.values())
        for held in every:
            held.timer.cancel()
            held.job.stop()
        for held in every:
            held.job.wait()
        self._files.close()

    def _expire(self, user_id: int, job: Job[Made]) -> None:
        with self._lock:
            held = self._held.get(user_id)
            if held is not None and held.job is job:
                self.forget(user_id)

    def _drop(self, user_id: int) -> None:
        held = self._held.pop(user_id)
        held.timer.cancel()
        shutil.rmtree(held.folder, ignore_errors=True)


def _made(steward: Steward, form: Form, folder: Path, progress: Progress) -> Made:
    path = folder / "runs"
    runs = run_imports.export(steward, form, path, progress=progress)
    return Made(path, _NAMES.get(form, f"runs.{form}"), runs, path.stat().st_size)
