"""A view: the runs of one filter, as one person may see them, ready for the measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from scenario_core.usage.engines import Learners, Measured
from scenario_core.usage.facts import KINDS, LEARNING, NO_SCENARIO, facts, is_possible
from scenario_core.usage.filters import Attempt, Mark, UsageFilter
from scenario_core.usage.period import Period, calendar, day_number, start_of, today_in
from scenario_core.usage.scope import Scope

_A_DAY: Final = timedelta(days=1)
_ATTEMPT: Final = ["kind", "scenario", "learner", "started_s"]
_JOINED: Final = ["scenario", "shown", "store", "category", "difficulty"]


@dataclass(frozen=True)
class Timeline:
    """The facts of the chosen period and of the one of comparison, counted by day, with the columns of `calendar`.

    `learners` keeps who is in them, by `part`, `stretch` and `compared`.
    """

    daily: ir.Table
    learners: Learners


@dataclass(frozen=True)
class View:
    """What the measures are asked of. `moment` is when they are asked; groups below `smallest_group` are withheld."""

    measured: Measured
    scope: Scope
    chosen: UsageFilter
    moment: datetime
    zone: str = "UTC"
    smallest_group: int = 5

    @property
    def today(self) -> date:
        """The day that it is in the time zone."""
        return today_in(self.zone, self.moment)

    @cached_property
    def scenarios(self) -> pd.DataFrame:
        """The scenarios that pass the filter, as `scope.COLUMNS` says."""
        found = self.scope.with_unknown(self.measured.scenario_ids)
        chosen = self.chosen
        wanted = {
            "store": chosen.stores, "category": chosen.categories, "difficulty": chosen.difficulties,
            "shown": chosen.scenarios,
        }  # fmt: skip
        for column, values in wanted.items():
            if values:
                found = found[found[column].isin(values)]
        return found.reset_index(drop=True)

    @cached_property
    def titles(self) -> dict[str, str]:
        """The title of each scenario that is shown."""
        return dict(zip(self.scenarios["shown"], self.scenarios["title"], strict=True))

    @property
    def former(self) -> Period | None:
        """The period that the chosen one is held against."""
        return self.chosen.period.compared(self.chosen.comparison)

    def facts(self, period: Period | None = None) -> ir.Table:
        """The facts that pass the filter, with `shown`, `store`, `category` and `difficulty` of their scenarios.

        Those of the chosen period if none is given.
        """
        return self._inside(self.facts_of_all_time, period)

    def daily(self, period: Period | None = None) -> ir.Table:
        """The same as `facts`, counted as `usage.daily` says."""
        return self._inside(self.daily_of_all_time, period)

    @cached_property
    def facts_of_all_time(self) -> ir.Table:
        """The facts that pass the filter, of whatever period, those without a readable start among them."""
        return self.measured.named("passing", narrowed(self._passing(self.measured.facts), self.chosen.within))

    @cached_property
    def daily_of_all_time(self) -> ir.Table:
        """The same as `facts_of_all_time`, counted."""
        return self.measured.named("passing_daily", narrowed(self._passing(self.measured.daily), self.chosen.within))

    @cached_property
    def counts(self) -> dict[str, int]:
        """What several measures ask of the filtered runs: how many there are, and how many lack something.

        `undated`: without a readable start, of whatever period. All others are of the chosen period: `runs`, `starts`,
        `finished_only`, `anonymous` (without a learner), `unphased` (without known phases), `unattempted` (neither a
        first attempt nor a repeat), and `deepest`, the most phases that a scenario had.
        """
        every = self.daily_of_all_time
        inside = every.day.notnull() & every.day.between(*self.chosen.period.bounds)
        started = inside & ~every.finished_only
        phased = every.phases_completed.notnull() & (every.total_phases.fill_null(0) > 0)
        row = self.measured.frame(
            every.agg(
                runs=runs_where(every, inside),
                starts=runs_where(every, started),
                finished_only=runs_where(every, inside & every.finished_only),
                anonymous=inside.ifelse(every.anonymous, 0).sum().fill_null(0).cast("int64"),
                unphased=runs_where(every, started & ~phased),
                unattempted=runs_where(every, started & every.attempt.isnull()),
                deepest=(started & phased).ifelse(every.total_phases, 0).max().fill_null(0),
                undated=runs_where(every, every.day.isnull()),
            )
        ).iloc[0]
        return {str(name): int(value) for name, value in row.items()}

    @cached_property
    def learners_by_scenario(self) -> Learners:
        """Who is behind the facts of the chosen period, by `shown`, `attempt` and `finished_only`."""
        attempts, kinds = 2 + bool(self.counts["unattempted"]), 1 + bool(self.counts["finished_only"])
        return self.measured.learners(
            "learners_by_scenario", self.facts(), ["shown", "attempt", "finished_only"],
            self.scenarios["shown"].nunique() * attempts * kinds,
        )  # fmt: skip

    @cached_property
    def has_enough_learners(self) -> bool:
        """Whether the chosen period has no run, or runs of so many learners that anything may be told of them."""
        groups = self.learners_by_scenario.groups
        count = self.measured.frame(groups.agg(n=self.learners_by_scenario.count(groups)))["n"].iloc[0]
        return not self.counts["runs"] or int(count) >= self.smallest_group

    @cached_property
    def shown(self) -> ir.Table:
        """What is shown of scenarios: `shown`, `store`, `category`, `difficulty` and the declared `language`."""
        columns = ["shown", "store", "category", "difficulty", "language"]
        return self.measured.table("shown_scenario", self.scenarios[columns].drop_duplicates("shown"))

    @cached_property
    def timeline(self) -> Timeline:
        """What is drawn over time, and held against another period."""
        days = calendar(self.chosen.period, self.former, self.chosen.grain, self.today)
        keys = ["part", "stretch", "compared"]
        table = self.measured.table("calendar", days)
        found = self.facts_of_all_time.inner_join(table, "day")
        learners = self.measured.learners("learners_over_time", found, keys, len(days[keys].drop_duplicates()))
        return Timeline(self.daily_of_all_time.inner_join(table, "day"), learners)

    @cached_property
    def kinds(self) -> list[str]:
        """The kinds of facts that can pass the filter."""
        return sorted({KINDS.get(source.value, LEARNING) for source in self.chosen.sources})

    @property
    def learner_keys(self) -> list[str]:
        """The columns that tell learners apart: those of different kinds are different ones."""
        return ["learner"] if len(self.kinds) == 1 else ["kind", "learner"]

    def facts_of_whatever_scenario(self) -> ir.Table:
        """All facts of the filter's kinds, whatever else it says, of the scenarios that the person may see."""
        every = self.measured.facts.filter(self.measured.facts.kind.isin(self.kinds))
        if self.scope.sees_all:
            return every
        return every.semi_join(self.measured.table("visible", self.scope.scenarios[["scenario"]]), "scenario")

    def marked(self, mark: Mark) -> ir.Table:
        """The facts behind a mark."""
        return self.whole_runs([], mark) if mark.needs_whole_runs else narrowed(self.facts(), mark)

    def whole_runs(
        self, keep: Sequence[str], mark: Mark | None = None, seconds: tuple[int, int] | None = None
    ) -> ir.Table:
        """The facts of the chosen period, without `attempt`, and beside them the columns of the runs that `keep` names.

        They are read from the runs themselves, which costs more than `facts`. `seconds` says between which two, since
        1970 and both included, those begin that are wanted.
        """
        mark = mark or Mark()
        first, last = self.chosen.period.first, self.chosen.period.last
        runs = self.measured.runs
        if seconds is None:
            # Wider by a day: where clocks go back at midnight, an hour of a day follows the next day's start.
            begin, end = start_of(first - _A_DAY, self.zone), start_of(last + 2 * _A_DAY, self.zone)
        else:
            begin, end = (datetime.fromtimestamp(second, UTC) for second in (seconds[0], seconds[1] + 1))
        runs = _of_whole_runs(
            runs.filter(runs.started_at >= ibis.timestamp(begin), runs.started_at < ibis.timestamp(end)), mark
        )
        found = self._inside(self._passing(facts(runs, self.zone, keep, (first, last))))
        for part in (mark, self.chosen.within):
            found = self._of_attempt(narrowed(found, replace(part, attempt=None)), part.attempt)
        return found

    def _of_attempt(self, found: ir.Table, attempt: Attempt | None) -> ir.Table:
        """Those of facts without `attempt` that are first attempts, or repeats."""
        if attempt is None:
            return found
        attempts = self.measured.facts
        attempts = attempts.filter(attempts.attempt == Attempt.FIRST.value).select(_ATTEMPT).distinct()
        first_ones = self.measured.place.with_pseudonyms(attempts)
        if attempt is Attempt.FIRST:
            return found.semi_join(first_ones, _ATTEMPT)
        known = found.filter(found.learner.notnull(), found.scenario != NO_SCENARIO)
        return known.anti_join(first_ones, _ATTEMPT)

    def _inside(self, found: ir.Table, period: Period | None = None) -> ir.Table:
        return found.filter(found.day.between(*(period or self.chosen.period).bounds))

    def _passing(self, found: ir.Table) -> ir.Table:
        found = found.filter(found.source.isin([source.value for source in self.chosen.sources]))
        if self.chosen.languages:
            found = found.filter(found.language.isin(self.chosen.languages))
        return found.inner_join(self._dimension, "scenario")

    @cached_property
    def _dimension(self) -> ir.Table:
        return self.measured.table("dimension", self.scenarios[_JOINED])


def narrowed(found: ir.Table, mark: Mark) -> ir.Table:
    """Those of facts, counted or not, that are behind a mark, as far as facts tell it."""
    conditions: list[Any] = []
    if mark.begins is not None:
        conditions.append(found.day >= day_number(mark.begins))
    if mark.ends is not None:
        conditions.append(found.day <= day_number(mark.ends))
    equal = {
        "shown": mark.scenario, "store": mark.store, "category": mark.category, "difficulty": mark.difficulty,
        "outcome": mark.outcome, "attempt": mark.attempt,
    }  # fmt: skip
    conditions += [found[name] == str(value) for name, value in equal.items() if value is not None]
    if mark.reached is not None:
        conditions += [found.phases_completed >= mark.reached - 1, found.total_phases >= mark.reached]
    if mark.passed is not None:
        conditions += [found.phases_completed >= mark.passed, found.total_phases >= mark.passed]
    if mark.started:
        conditions.append(~found.finished_only)
    conditions += [found[name] for name in ("possible", "worded") if getattr(mark, name)]
    return found.filter(*conditions) if conditions else found


def _of_whole_runs(runs: ir.Table, mark: Mark) -> ir.Table:
    """What is behind a mark, as far as only the runs themselves tell it."""
    if mark.word is not None:
        runs = runs.filter(runs.vocabulary.contains(mark.word))
    if mark.timed is not None:
        is_told = runs.phase_seconds.length() >= mark.timed
        seconds = is_told.ifelse(runs.phase_seconds[mark.timed - 1], None)
        runs = runs.filter(runs.phases_completed >= mark.timed, is_possible(seconds))
    return runs


def count_where(condition: Any) -> Any:
    """How many rows meet a condition; PostgreSQL has no cast from boolean to bigint, so it is spelled out."""
    return condition.ifelse(1, 0).sum().fill_null(0).cast("int64")


def runs_where(counted: ir.Table, condition: Any) -> Any:
    """How many runs meet a condition, of facts that are counted by day."""
    return condition.ifelse(counted.runs, 0).sum().fill_null(0).cast("int64")
