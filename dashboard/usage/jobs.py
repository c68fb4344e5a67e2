"""Long work of one person in a thread of its own: how far it is, and the way to stop it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from scenario_core.errors import ScenarioDeskError, UsageError
from scenario_core.progress import Progress

__all__ = ["Job"]

Result = TypeVar("Result")
logger = logging.getLogger(__name__)


class _StoppedError(Exception):
    """Somebody has stopped the work."""


class Job(Generic[Result]):
    """Work that begins at once. Exactly one of `result`, `problem` and `was_stopped` holds once it has ended.

    Attributes:
        share: How much of it is done, 0 to 1.
        is_stopping: Whether it was told to stop; work that is done by then ends as if it had not been.
        was_stopped: Whether it ended by that.
        result: What it yielded.
        problem: Why it came to nothing.
    """

    def __init__(self, name: str, work: Callable[[Progress], Result]) -> None:
        """`work` reports its progress; what the report raises must end it and leave nothing behind."""
        self.share = 0.0
        self.is_stopping = False
        self.was_stopped = False
        self.result: Result | None = None
        self.problem: ScenarioDeskError | None = None
        self._name = name
        self._work = work
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Let it end at its next report; it still runs until then."""
        self.is_stopping = True

    def wait(self, seconds: float | None = None) -> None:
        """Wait for its end, at most so long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self.result = self._work(self._report)
        except _StoppedError:
            self.was_stopped = True
        except ScenarioDeskError as error:
            self.problem = error
        except Exception:
            logger.exception("%s failed", self._name)
            self.problem = UsageError("This could not be done; the server's log holds the details.")

    def _report(self, done: int, total: int) -> None:
        if self.is_stopping and done < total:
            raise _StoppedError
        if total:
            self.share = max(self.share, min(1.0, done / total))
