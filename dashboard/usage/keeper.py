"""What the measures see, kept fresh in the background, and what they said, kept for as long as it holds."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from scenario_core.analysis import Analyst
from scenario_core.errors import ScenarioDeskError, UsageEngineError
from scenario_core.usage.compaction import compact, waiting
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.engines import Engine
from scenario_core.usage.filters import UsageFilter
from scenario_core.usage.measures import MEASURES, Measure

__all__ = ["COMPACT_FROM", "UsageKeeper"]

COMPACT_FROM: Final = 10_000
"""From how many ended runs in the database on they are compacted without being asked to."""
FRESH_SECONDS: Final = 5.0
LONGEST_WAIT: Final = 6.0
"""Seconds from the beginning of the first reading for which a page waits for it."""
SHORT_WAIT: Final = 0.5
KEPT_SECONDS: Final = 300.0
"""For how long an answer holds although nothing was run: titles of custom scenarios may have changed meanwhile."""
MOST_KEPT: Final = 1_000
_Key = tuple[object, ...]
logger = logging.getLogger(__name__)


class UsageKeeper:
    """Holds one engine. Safe to share between threads."""

    def __init__(
        self, engine: Engine, dataset: Dataset, warm: Callable[[UsageKeeper], None] = lambda _keeper: None
    ) -> None:
        """`warm` asks what the next visitor will ask first; it is called in the background when runs have changed."""
        self._warm = warm
        self.engine = engine
        self.dataset = dataset
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._began = 0.0
        self._finished = float("-inf")
        self._revision: str | None = None
        self._progress = (0, 0)
        self._is_outdated = False
        self._is_closed = False
        self._background: threading.Thread | None = None
        self._problem: ScenarioDeskError | None = None
        self._kept: OrderedDict[_Key, tuple[float, Measure]] = OrderedDict()

    @property
    def progress(self) -> tuple[int, int]:
        """How many runs of how many the reading that goes on has taken in."""
        return self._progress

    def look(self) -> str | None:
        """The revision of the runs that measures see; None while they are read for the first time.

        Raises:
            ScenarioDeskError: they could not be read, and never were.
        """
        with self._lock:
            is_due = self._is_outdated or time.monotonic() - self._finished > FRESH_SECONDS
            if self._thread is None and is_due and not self._is_closed:
                self._began = time.monotonic()
                self._is_outdated = False
                self._thread = threading.Thread(target=self._read, name="usage", daemon=True)
                self._thread.start()
            thread = self._thread
        if thread is not None:
            wait = SHORT_WAIT if self._revision else self._began + LONGEST_WAIT - time.monotonic()
            thread.join(max(0.0, wait))
        if self._revision is None and self._problem is not None:
            raise self._problem
        return self._revision

    def changed(self) -> None:
        """Runs were imported or removed: they are read again at the next look."""
        with self._lock:
            self._is_outdated = True

    def measures(
        self, analyst: Analyst, wanted: Mapping[str, tuple[str, UsageFilter]], today: date
    ) -> dict[str, Measure]:
        """The measures that are wanted, each by its name and filter, for one person; computed where none is kept.

        Raises:
            PermissionDeniedError: usage is not for this person to see.
            ScenarioDeskError: the runs can't be read.
        """
        person, production = analyst.person, analyst.desk.production.revision
        keys: dict[str, _Key] = {
            figure: (self._revision, production, person.user_id, person.roles, today, name, chosen)
            for figure, (name, chosen) in wanted.items()
        }
        found = {figure: kept for figure, key in keys.items() if (kept := self._held(key)) is not None}
        missing = [figure for figure in wanted if figure not in found]
        for chosen in dict.fromkeys(wanted[figure][1] for figure in missing):
            with analyst.view(chosen) as view:
                for figure in missing:
                    name, own = wanted[figure]
                    if own == chosen:
                        found[figure] = MEASURES[name](view)
                        self._keep(keys[figure], found[figure])
        return found

    def close(self) -> None:
        """Wait for what runs, and end the engine."""
        with self._lock:
            self._is_closed = True
        for thread in (self._thread, self._background):
            if thread is not None:
                thread.join()
        self.engine.close()

    def _held(self, key: _Key) -> Measure | None:
        with self._lock:
            at, kept = self._kept.get(key, (float("-inf"), None))
            return kept if time.monotonic() - at < KEPT_SECONDS else None

    def _keep(self, key: _Key, measure: Measure) -> None:
        with self._lock:
            self._kept[key] = (time.monotonic(), measure)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _read(self) -> None:
        problem: ScenarioDeskError | None = None
        revision = None
        try:
            revision = self.engine.refresh(self._tell)
        except ScenarioDeskError as error:
            logger.warning("usage can't be read: %s", error)
            problem = error
        except Exception:
            logger.exception("usage can't be read")
            problem = UsageEngineError("Usage can't be read; the server's log holds the details.")
        with self._lock:
            changed = revision is not None and revision != self._revision
            self._revision = revision or self._revision
            self._problem = problem
            self._finished = time.monotonic()
            self._thread = None
            self._progress = (0, 0)
            is_idle = self._background is None or not self._background.is_alive()
            if problem is None and is_idle and not self._is_closed:
                self._background = threading.Thread(
                    target=self._prepare, args=(changed,), name="usage-prepare", daemon=True
                )
                self._background.start()

    def _prepare(self, changed: bool) -> None:  # noqa: FBT001 - a thread passes it by position
        """Ask what the next visitor will ask, and compact what has gathered."""
        try:
            if changed:
                self._warm(self)
            if waiting(self.dataset.engine) >= COMPACT_FROM:
                compact(self.dataset)
        except ScenarioDeskError as error:
            logger.warning("usage can't be prepared: %s", error)
        except Exception:
            logger.exception("usage can't be prepared")

    def _tell(self, done: int, total: int) -> None:
        self._progress = (done, total)
