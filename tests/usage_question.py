"""What the plain-Python reference of the measures is asked: runs, what is known of their scenarios, and a filter."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from scenario_core.usage.filters import Mark, UsageFilter
from scenario_core.usage.period import Grain, Period

Row = dict[str, Any]
OUTCOMES: Final = ("completed", "abandoned", "terminated", "open")
LEVELS: Final = ("beginner", "intermediate", "advanced", "native")
COUNTS: Final = ("runs", "starts", "completions", "learners", "minutes", *OUTCOMES)


@dataclass(frozen=True)
class Run:
    """One run, as a file or a row of the database holds it."""

    run_id: str
    scenario: str | None = None
    learner: str | None = None
    language: str | None = "en"
    source: str = "app"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    phases_completed: int | None = None
    total_phases: int | None = None
    phase_seconds: Sequence[float] | None = None
    minutes: float | None = None
    vocabulary: Sequence[str] | None = None
    finished_only: bool = False

    @property
    def kind(self) -> str:
        return self.source if self.source in {"sample", "rehearsal"} else "learning"

    @property
    def outcome(self) -> str:
        return self.end_reason or "open"

    @property
    def second(self) -> int | None:
        return None if self.started_at is None else whole_second(self.started_at)

    @property
    def seconds(self) -> float | None:
        """The time spent, as the source tells it, or from start to end."""
        if self.minutes is not None:
            return self.minutes * 60
        if self.second is None or self.ended_at is None:
            return None
        return whole_second(self.ended_at) - self.second


@dataclass(frozen=True)
class Known:
    """One scenario, as the asking person may see it."""

    scenario: str
    shown: str
    title: str
    store: str = ""
    category: str = ""
    difficulty: str = ""
    language: str = ""
    planned: float | None = None
    origin: str = ""
    listed: bool = False


@dataclass(frozen=True)
class Phase:
    """One phase of a scenario that the asking person may read."""

    name: str
    planned: float | None
    words: Sequence[str]


@dataclass(frozen=True)
class Question:
    """All runs, what is known of their scenarios, and what is asked of them."""

    runs: Sequence[Run]
    known: Sequence[Known]
    phases: dict[str, Sequence[Phase]]
    chosen: UsageFilter
    zone: str
    today: date
    smallest_group: int = 5

    def day(self, run: Run) -> date | None:
        return None if run.started_at is None else run.started_at.astimezone(ZoneInfo(self.zone)).date()

    def scenarios(self) -> dict[str, Known]:
        """Those that pass the filter, by what runs call them."""
        chosen = self.chosen
        wanted = ((chosen.stores, "store"), (chosen.categories, "category"), (chosen.difficulties, "difficulty"),
                  (chosen.scenarios, "shown"))  # fmt: skip
        return {
            each.scenario: each
            for each in self.known
            if all(not values or getattr(each, name) in values for values, name in wanted)
        }

    def titles(self) -> dict[str, str]:
        return {each.shown: each.title for each in self.known}

    def of(self, run: Run) -> Known:
        return self.scenarios()[run.scenario or ""]

    def passing(self) -> list[Run]:
        """The runs that pass the filter, whenever they were."""
        scenarios = self.scenarios()
        sources = {source.value for source in self.chosen.sources}
        languages = self.chosen.languages
        return [
            run
            for run in self.runs
            if run.source in sources
            and (not languages or run.language in languages)
            and (run.scenario or "") in scenarios
            and self.is_meant(run, self.chosen.within)
        ]

    def is_meant(self, run: Run, mark: Mark) -> bool:
        """Whether a run, of a scenario that passes the filter, is behind a mark."""
        known, day = self.of(run), self.day(run) or date.min
        done, total = run.phases_completed, run.total_phases
        phased = done is not None and total is not None
        seconds = dict(enumerate(run.phase_seconds or (), start=1))
        return all((
            mark.begins is None or mark.begins <= day,
            mark.ends is None or day <= mark.ends,
            mark.scenario is None or known.shown == mark.scenario,
            mark.store is None or known.store == mark.store,
            mark.category is None or known.category == mark.category,
            mark.difficulty is None or known.difficulty == mark.difficulty,
            mark.outcome is None or run.outcome == mark.outcome,
            mark.attempt is None or self.attempt(run) == mark.attempt,
            mark.reached is None or (phased and done >= mark.reached - 1 and total >= mark.reached),  # type: ignore[operator]  # phased
            mark.passed is None or (phased and done >= mark.passed and total >= mark.passed),  # type: ignore[operator]  # phased
            mark.timed is None or ((done or 0) >= mark.timed and is_possible(seconds.get(mark.timed))),
            mark.word is None or mark.word in (run.vocabulary or ()),
            not mark.started or not run.finished_only,
            not mark.possible or is_possible(run.seconds),
            not mark.worded or run.vocabulary is not None,
        ))  # fmt: skip

    def inside(self, period: Period | None = None) -> list[Run]:
        """The runs that pass the filter and began in a period; in the chosen one if none is given."""
        asked = period or self.chosen.period
        return [run for run in self.passing() if (day := self.day(run)) and asked.first <= day <= asked.last]

    def attempt(self, run: Run) -> str | None:
        """Whether it is the learner's first run of the scenario ever, among the runs of its kind."""
        if run.learner is None or run.second is None or not run.scenario:
            return None
        same = (each for each in self.runs if (each.kind, each.scenario, each.learner) == _who_and_what(run))
        return "first" if run.second == min(each.second for each in same if each.second is not None) else "repeat"


def is_possible(seconds: float | None) -> bool:
    return seconds is not None and 0 < seconds <= 4 * 3600


def told(reasons: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in reasons.items() if count}


def learners(runs: Iterable[Run]) -> int:
    return len({run.learner for run in runs if run.learner is not None})


def share(part: int, of: int) -> float | None:
    return part / of if of else None


def beginning(day: date, grain: Grain) -> date:
    """The first day of the calendar's day, week or month."""
    if grain is Grain.MONTH:
        return date(day.year, day.month, 1)
    return day - timedelta(days=day.weekday() if grain is Grain.WEEK else 0)


def following(begins: date, grain: Grain) -> date:
    """The last day of the calendar's day, week or month."""
    if grain is Grain.MONTH:
        return date(begins.year + begins.month // 12, begins.month % 12 + 1, 1) - timedelta(days=1)
    return begins + timedelta(days=6 if grain is Grain.WEEK else 0)


def whole_second(moment: datetime) -> int:
    """Seconds since 1970, cut and not rounded."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def grouped(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def _who_and_what(run: Run) -> tuple[str, str | None, str | None]:
    return run.kind, run.scenario, run.learner


def tally(runs: Iterable[Run]) -> Row:
    every = list(runs)
    starts = [run for run in every if not run.finished_only]
    counts = {
        "runs": len(every),
        "starts": len(starts),
        "completions": sum(run.outcome == "completed" for run in every),
        "learners": learners(every),
        "minutes": sum(run.seconds or 0 for run in every if is_possible(run.seconds)) / 60,
    }
    return counts | {outcome: sum(run.outcome == outcome for run in starts) for outcome in OUTCOMES}


def rates(counts: Row) -> Row:
    """The share of starts that were completed, with its score interval as the root of a quadratic equation."""
    x, n = counts["completed"], counts["starts"]
    if not n:
        return {"rate": None, "low": None, "high": None}
    z = statistics.NormalDist().inv_cdf(0.975)
    a, b, c = n + z * z, -(2 * x + z * z), x * x / n
    root = math.sqrt(max(b * b - 4 * a * c, 0))
    return {"rate": x / n, "low": (-b - root) / (2 * a), "high": (-b + root) / (2 * a)}


def withhold(rows: Sequence[Row], kept: Sequence[str], asked: Question) -> tuple[list[Row], dict[str, int]]:
    """Small groups without their figures, and with one that would be alone the smallest of the others."""
    small = small_ones(rows, asked, kept[:2])
    count = {f"groups of fewer than {asked.smallest_group} learners": len(small)} if small else {}
    return [hidden(row, kept, is_hidden=number in small) for number, row in enumerate(rows)], count


def small_ones(rows: Sequence[Row], asked: Question, order: Sequence[str]) -> list[int]:
    """The places of small groups, and with one that would be alone that of the smallest of the others."""
    small = [number for number, row in enumerate(rows) if is_small(row, asked)]
    others = [number for number, row in enumerate(rows) if row["runs"] and number not in small]
    if len(small) == 1 and others:
        small.append(
            min(others, key=lambda number: (rows[number]["learners"], *(rows[number][name] for name in order)))
        )
    return small


def hidden(row: Row, kept: Sequence[str], *, is_hidden: bool) -> Row:
    told_of = {name: None if is_hidden and name not in kept else value for name, value in row.items()}
    return told_of | {"withheld": is_hidden}


def is_small(counts: Row, asked: Question) -> bool:
    return bool(counts["runs"]) and counts["learners"] < asked.smallest_group
