"""Which runs are looked at, and which of them stand behind one mark of a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from scenario_core.usage.period import Comparison, Grain, Period
from scenario_core.usage.run import Source


class Outcome(StrEnum):
    """How a run stands."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"
    TERMINATED = "terminated"
    OPEN = "open"


class Attempt(StrEnum):
    """Whether a learner runs a scenario for the first time."""

    FIRST = "first"
    REPEAT = "repeat"


LEARNERS_OWN: Final = (Source.APP, Source.IMPORT)
"""What is measured unless somebody asks for more: authors' rehearsals are no learning."""


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """The runs of a period. An empty tuple lets everything through; sample runs are measured alone or not at all."""

    period: Period
    grain: Grain = Grain.WEEK
    comparison: Comparison = Comparison.FORMER
    stores: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    difficulties: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    sources: tuple[Source, ...] = LEARNERS_OWN

    def __post_init__(self) -> None:
        if not self.sources or (Source.SAMPLE in self.sources and len(self.sources) > 1):
            raise ValueError("sample runs are measured alone, and others without them")

    @property
    def is_sample(self) -> bool:
        """Whether made-up runs are looked at."""
        return self.sources == (Source.SAMPLE,)


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of a chart: what narrows the filtered runs to those behind it. None narrows nothing.

    `begins` and `ends` are days, both included. `reached` is a phase, counted from 1, in which the runs have been;
    `passed` one that they have been through. `started` leaves out sources that record finished runs only.
    """

    begins: date | None = None
    ends: date | None = None
    scenario: str | None = None
    store: str | None = None
    category: str | None = None
    difficulty: str | None = None
    outcome: Outcome | None = None
    attempt: Attempt | None = None
    reached: int | None = None
    passed: int | None = None
    started: bool = False
