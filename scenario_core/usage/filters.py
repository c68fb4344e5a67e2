"""Which runs are looked at, and which of them stand behind one mark of a chart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

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
class Mark:
    """One mark of a chart: what narrows the filtered runs to those behind it. None narrows nothing.

    `begins` and `ends` are days, both included. `reached` is a phase, counted from 1, in which the runs have been;
    `passed` one that they have been through, and `timed` one whose time is known and possible. `word` was used in them.
    `started` leaves out sources that record finished runs only, `possible` impossible times, and `worded` sources that
    do not tell words.
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
    timed: int | None = None
    word: str | None = None
    started: bool = False
    possible: bool = False
    worded: bool = False

    @property
    def needs_whole_runs(self) -> bool:
        """Whether facts alone do not tell which runs are meant."""
        return self.timed is not None or self.word is not None


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """The runs of a period. An empty tuple lets everything through; sample runs are measured alone or not at all.

    `within` narrows the runs, whenever they were, to those behind a mark, as far as facts tell them.
    """

    period: Period
    grain: Grain = Grain.WEEK
    comparison: Comparison = Comparison.FORMER
    stores: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    difficulties: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    sources: tuple[Source, ...] = LEARNERS_OWN
    within: Mark = Mark()

    def __post_init__(self) -> None:
        if not self.sources or (Source.SAMPLE in self.sources and len(self.sources) > 1):
            raise ValueError("sample runs are measured alone, and others without them")

    @property
    def is_sample(self) -> bool:
        """Whether made-up runs are looked at."""
        return self.sources == (Source.SAMPLE,)

    def narrowed(self, mark: Mark) -> UsageFilter:
        """The filter narrowed to what a mark of a chart means, as far as facts tell it."""
        chosen = {
            "scenarios": mark.scenario, "stores": mark.store, "categories": mark.category,
            "difficulties": mark.difficulty,
        }  # fmt: skip
        changes: dict[str, Any] = {name: (value,) for name, value in chosen.items() if value is not None}
        if mark.begins is not None and mark.ends is not None:
            changes["period"] = Period(mark.begins, mark.ends)
        rest = Mark(
            outcome=mark.outcome,
            attempt=mark.attempt,
            reached=mark.reached,
            passed=mark.passed or mark.timed,
            started=mark.started,
            possible=mark.possible,
            worded=mark.worded or mark.word is not None,
        )
        return replace(self, **changes, within=rest)
