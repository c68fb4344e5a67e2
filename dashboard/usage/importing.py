"""Imports of runs from the page: each person has one at a time, which goes on whether or not anybody looks.

What was chosen is checked first; nothing changes until the person wants what was found.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import BinaryIO, Final

from dashboard.usage.chosen import OWN_DATABASE, Chosen, kept, opened, removed
from dashboard.usage.jobs import Job
from dashboard.usage.private_files import PrivateFolder
from scenario_core.errors import ScenarioDeskError, UsageError
from scenario_core.people import Operation
from scenario_core.progress import Progress
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.imports import Form, ImportPlan

__all__ = ["Import", "Imports", "Step"]

KEPT_SECONDS: Final = 3600.0
"""For how long a file is kept that nobody does anything with."""
LOOKED_AT: Final = 0.4
"""How far an import reports to be when its source was looked at, which is all that a check does."""


class Step(StrEnum):
    """Where an import is."""

    CHOSEN = "chosen"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Import:
    """How an import stands.

    Attributes:
        chosen: What it reads.
        step: Where it is.
        plan: What it would do, or has done.
        share: How much of the present step is done, 0 to 1.
        is_stopping: Whether it was told to stop and has not ended yet.
        was_stopped: Whether the last step was stopped; nothing was kept of it.
        problem: Why the last step came to nothing.
    """

    chosen: Chosen
    step: Step = Step.CHOSEN
    plan: ImportPlan | None = None
    share: float = 0.0
    is_stopping: bool = False
    was_stopped: bool = False
    problem: ScenarioDeskError | None = None

    @property
    def is_running(self) -> bool:
        """Whether it works."""
        return self.step in {Step.CHECKING, Step.IMPORTING}

    @property
    def wanted(self) -> int:
        """How many runs the plan would put in, or has put in."""
        return 0 if self.plan is None else self.plan.new + self.plan.closed


_BACK: Final = {Step.CHECKING: Step.CHOSEN, Step.IMPORTING: Step.CHECKED}
_ON: Final = {Step.CHECKING: Step.CHECKED, Step.IMPORTING: Step.IMPORTED}


class Imports:
    """The imports of everyone, by the person's number. Safe to share between threads."""

    def __init__(self, changed: Callable[[], None], *, kept_seconds: float = KEPT_SECONDS) -> None:
        """`changed` is called when runs have come in."""
        self._changed = changed
        self._kept_seconds = kept_seconds
        self._files = PrivateFolder()
        self._lock = threading.RLock()
        self._held: dict[int, Import] = {}
        self._jobs: dict[int, Job[ImportPlan]] = {}
        self._timers: dict[int, threading.Timer] = {}

    def of(self, user_id: int) -> Import | None:
        """The import of a person; None where there is none."""
        with self._lock:
            self._settle(user_id)
            held, job = self._held.get(user_id), self._jobs.get(user_id)
            if held is None or job is None:
                return held
            share = job.share / LOOKED_AT if held.step is Step.CHECKING else job.share
            return replace(held, share=min(1.0, share), is_stopping=job.is_stopping)

    def choose(self, steward: Steward, name: str, file: BinaryIO) -> None:
        """Keep a file of which the form is told by its content, in the place of what was chosen before.

        Raises:
            PermissionDeniedError: the person may not manage runs.
            UsageError: the person's import is working, or there is no room for the file.
        """
        steward.require(Operation.MANAGE_RUNS)
        with self._lock:
            self.forget(steward.user_id)
            self._hold(steward.user_id, Import(kept(self._files, name, file)))

    def choose_own(self, steward: Steward) -> None:
        """Choose the records that the existing app keeps in this project's database.

        Raises:
            PermissionDeniedError: the person may not manage runs.
            UsageError: the person's import is working.
        """
        steward.require(Operation.MANAGE_RUNS)
        with self._lock:
            self.forget(steward.user_id)
            self._hold(steward.user_id, Import(Chosen(OWN_DATABASE, Form.APP)))

    def check(self, steward: Steward, form: Form | None = None, *, ignore_unknown: bool = False) -> None:
        """Find out what an import of what is chosen would do; `form` is None for that of the content."""

        def begun(held: Import) -> Import:
            chosen = replace(held.chosen, form=form or held.chosen.form, ignore_unknown=ignore_unknown)
            return Import(chosen, Step.CHECKING)

        def work(chosen: Chosen, progress: Progress) -> ImportPlan:
            with opened(steward, chosen) as source:
                return run_imports.plan(steward, source, progress)

        self._begin(steward, begun, work)

    def apply(self, steward: Steward, *, leave_out_faulty: bool = False) -> None:
        """Import what was checked; what was chosen is not needed any more then."""

        def begun(held: Import) -> Import:
            return Import(held.chosen, Step.IMPORTING, held.plan)

        def work(chosen: Chosen, progress: Progress) -> ImportPlan:
            with opened(steward, chosen) as source:
                done = run_imports.apply(steward, source, leave_out_faulty=leave_out_faulty, progress=progress)
            self._changed()
            removed(chosen)
            return done

        self._begin(steward, begun, work)

    def back(self, user_id: int) -> None:
        """Let what was checked be checked again, in another way."""
        with self._lock:
            held = self.of(user_id)
            if held is not None and held.step is Step.CHECKED:
                self._held[user_id] = Import(held.chosen)

    def stop(self, user_id: int) -> None:
        """Stop what goes on; nothing is kept of it."""
        with self._lock:
            if job := self._jobs.get(user_id):
                job.stop()

    def wait(self, user_id: int, seconds: float) -> None:
        """Wait for the end of what goes on, at most so long."""
        if job := self._jobs.get(user_id):
            job.wait(seconds)

    def forget(self, user_id: int) -> None:
        """Remove what was chosen and found.

        Raises:
            UsageError: the person's import is working.
        """
        with self._lock:
            held = self.of(user_id)
            if held is None:
                return
            if held.is_running:
                raise UsageError(f"{held.chosen.name} is being worked on.", hint="Stop it first, or wait for its end.")
            self._drop(user_id)

    def close(self) -> None:
        """Stop everything, wait for its end, and remove all files."""
        with self._lock:
            jobs = list(self._jobs.values())
            for timer in self._timers.values():
                timer.cancel()
        for job in jobs:
            job.stop()
        for job in jobs:
            job.wait()
        self._files.close()

    def _begin(
        self,
        steward: Steward,
        begun: Callable[[Import], Import],
        work: Callable[[Chosen, Progress], ImportPlan],
    ) -> None:
        """Begin the next step, unless one goes on: the second click of a double click asks for nothing more."""
        steward.require(Operation.MANAGE_RUNS)
        with self._lock:
            held = self.of(steward.user_id)
            if held is None or held.is_running:
                return
            held = begun(held)
            self._hold(steward.user_id, held)
            self._jobs[steward.user_id] = Job(f"import of runs for {steward.user_id}", partial(work, held.chosen))

    def _settle(self, user_id: int) -> None:
        """Take over what an ended job has come to."""
        job = self._jobs.get(user_id)
        if job is None or job.is_running:
            return
        del self._jobs[user_id]
        held = self._held[user_id]
        if job.result is not None:
            held = Import(held.chosen, _ON[held.step], job.result)
        else:
            held = replace(held, step=_BACK[held.step], was_stopped=job.was_stopped, problem=job.problem)
        self._hold(user_id, held)

    def _hold(self, user_id: int, held: Import) -> None:
        self._held[user_id] = held
        if timer := self._timers.pop(user_id, None):
            timer.cancel()
        timer = threading.Timer(self._kept_seconds, self._expire, (user_id, held))
        timer.daemon = True
        timer.start()
        self._timers[user_id] = timer

    def _expire(self, user_id: int, held: Import) -> None:
        with self._lock:
            current = self.of(user_id)
            if current is not None and current.is_running:
                self._hold(user_id, self._held[user_id])
            elif current is held:
                self._drop(user_id)

    def _drop(self, user_id: int) -> None:
        removed(self._held.pop(user_id).chosen)
        if timer := self._timers.pop(user_id, None):
            timer.cancel()
