"""One report for everyone, kept fresh in the background, so that no page ever waits long for the checks.

Runs have a place in the history where a person has asked for them, and once when the server starts. What is checked
again by itself, because a store has changed or time has passed, has none: the trend would show who looked at a page.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from scenario_core.errors import ScenarioDeskError
from scenario_core.integrity import Report
from scenario_core.people import Operation, Person, require
from scenario_core.progress import Progress

__all__ = ["Checked", "Keeper", "Run", "Running", "StoppedError"]

LONGEST_WAIT: Final = 6.0
"""Seconds from the beginning of the very first run for which a page waits for it."""
SHORT_WAIT: Final = 0.5
"""Seconds for which a page waits for a newer report than it has."""
FRESH_SECONDS: Final = 60.0
SHARE: Final = 20
"""Checking again by itself takes at most one part in so many of the time."""
logger = logging.getLogger(__name__)


class StoppedError(Exception):
    """Somebody has stopped the run."""


class Run(Protocol):
    """Runs the checks, as somebody, with or without a place in the history."""

    def __call__(self, person: Person, *, record: bool, progress: Progress) -> Report:
        """The report; what `progress` raises ends the run."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """A report. `number` tells it from every other one; it is outdated once a store has changed."""

    report: Report
    at: datetime
    number: int
    is_outdated: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """How far a run is. `person` is who has asked for it, None where nobody did; `total` is 0 until it is known."""

    number: int
    person: Person | None
    done: int = 0
    total: int = 0
    began: float = 0.0


@dataclass
class _Job:
    running: Running
    stamp: object
    thread: threading.Thread
    is_stopped: bool = False


class Keeper:
    """Holds the latest report and at most one run. Safe to share between threads."""

    def __init__(self, run: Run, stamp: Callable[[], object], *, fresh_seconds: float = FRESH_SECONDS) -> None:
        """`stamp` changes whenever production does."""
        self._run = run
        self._stamp = stamp
        self._fresh_seconds = fresh_seconds
        self._lock = threading.RLock()
        self._checked: Checked | None = None
        self._checked_stamp: object = None
        self._finished = 0.0
        self._took = 0.0
        self._changes = 0
        self._runs = 0
        self._declined: object = None
        self._job: _Job | None = None
        self._is_closed = False
        self._problem = ""

    @property
    def running(self) -> Running | None:
        """The run that is going on."""
        job = self._job
        return job.running if job is not None else None

    @property
    def problem(self) -> str:
        """Why the last run came to nothing; empty where it did not."""
        return self._problem

    def latest(self, person: Person) -> Checked | None:
        """The latest report, None while there is none; starts a run where it is outdated.

        Raises:
            PermissionDeniedError: the person may not check.
        """
        require(person, Operation.CHECK)
        with self._lock:
            if self._is_due():
                self._start(person, asked=False)
        self._wait()
        with self._lock:
            found = self._checked
            return None if found is None else replace(found, is_outdated=self._checked_stamp != self._now())

    def start(self, person: Person) -> None:
        """Check now, with a place in the history; a run that somebody has asked for already is that run.

        Raises:
            PermissionDeniedError: the person may not check.
        """
        require(person, Operation.CHECK)
        with self._lock:
            if self._job is not None and self._job.running.person is not None:
                return
            self._abandon()
            self._start(person, asked=True)

    def stop(self) -> None:
        """End the run that is going on; the report stays as it was."""
        with self._lock:
            self._abandon()
            self._finished = time.monotonic()
            self._declined = self._now()
            if self._checked is None:
                self._problem = "The run was stopped."

    def changed(self, change: Callable[[Report], Report] | None = None) -> None:
        """A store has changed: what began before is of no use any more.

        `change` makes the latest report right at once as far as that is possible; the next run does so as a whole.
        """
        with self._lock:
            self._changes += 1
            if self._checked is not None and change is not None:
                report = change(self._checked.report)
                self._checked = replace(self._checked, report=report, number=self._checked.number + 1)
            job = self._job
            if job is not None:
                self._abandon()
                if job.running.person is not None:
                    self._start(job.running.person, asked=True)

    def close(self) -> None:
        """End whatever runs, and wait for its end."""
        with self._lock:
            job = self._job
            self._is_closed = True
            self._abandon()
        if job is not None:
            job.thread.join()

    def _now(self) -> object:
        return self._stamp(), self._changes

    def _is_due(self) -> bool:
        if self._job is not None or self._is_closed:
            return False
        if self._checked is None:
            return not self._problem or self._age() > self._fresh_seconds
        if self._checked_stamp != (now := self._now()):
            return now != self._declined
        return self._age() > max(self._fresh_seconds, SHARE * self._took)

    def _age(self) -> float:
        return time.monotonic() - self._finished

    def _start(self, person: Person, *, asked: bool) -> None:
        self._runs += 1
        record = asked or self._checked is None
        running = Running(self._runs, person if asked else None, began=time.monotonic())
        thread = threading.Thread(target=self._work, args=(person, record), name=f"checks-{self._runs}", daemon=True)
        self._job = _Job(running, self._now(), thread)
        thread.start()

    def _abandon(self) -> None:
        if self._job is not None:
            self._job.is_stopped = True
            self._job = None

    def _wait(self) -> None:
        job = self._job
        if job is None:
            return
        if self._checked is None:
            until = job.running.began + LONGEST_WAIT
        elif job.running.person is not None:
            return
        else:
            until = time.monotonic() + SHORT_WAIT
        job.thread.join(max(0.0, until - time.monotonic()))

    def _work(self, person: Person, record: bool) -> None:  # noqa: FBT001 - a thread passes it by position
        with self._lock:
            job = self._job
        if job is None or job.thread is not threading.current_thread():
            return

        def progress(done: int, total: int) -> None:
            if job.is_stopped:
                raise StoppedError
            job.running = replace(job.running, done=done, total=total)

        report, problem = None, ""
        try:
            report = self._run(person, record=record, progress=progress)
        except StoppedError:
            return
        except ScenarioDeskError as error:
            problem = str(error)
        except Exception:
            logger.exception("The checks could not be run.")
            problem = "The checks could not be run; the server's log holds the details."
        with self._lock:
            if self._job is not job:
                return
            self._job = None
            self._finished = time.monotonic()
            self._took = self._finished - job.running.began
            self._problem = problem
            if report is not None:
                self._checked = Checked(report, datetime.now(UTC), (self._checked.number if self._checked else 0) + 1)
                self._checked_stamp = job.stamp
