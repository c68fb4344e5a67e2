"""A view: the runs of one filter, as one person may see them, ready for the measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from scenario_core.usage.engines import Measured
from scenario_core.usage.facts import NO_SCENARIO, facts
from scenario_core.usage.filters import Attempt, Mark, UsageFilter
from scenario_core.usage.period import Period, day_number, start_of, today_in
from scenario_core.usage.scope import Scope

LONGEST_SECONDS: Final = 4 * 3600
"""Longer runs were left open and not spent; they count, but not their minutes."""
_A_DAY: Final = timedelta(days=1)
_ATTEMPT: Final = ["kind", "scenario", "learner", "started_s"]
_JOINED: Final = ["scenario", "shown", "store", "category", "difficulty"]


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
        first, last = (period or self.chosen.period).bounds
        every = self.facts_of_all_time
        return every.filter(every.day.between(first, last))

    @cached_property
    def facts_of_all_time(self) -> ir.Table:
        """The facts that pass the filter, of whatever period, those without a readable start among them."""
        return self.measured.named("passing", self._passing(self.measured.facts))

    @cached_property
    def counts(self) -> dict[str, int]:
        """What several measures ask of the filtered runs: how many there are, and how many lack something.

        `undated`: without a readable start, of whatever period. All others are of the chosen period: `runs`, `starts`,
        `finished_only`, `anonymous` (without a learner), `unphased` (without known phases), `unattempted` (neither a
        first attempt nor a repeat), and `deepest`, the most phases that a scenario had.
        """
        every, inside = self.facts_of_all_time, self.facts()
        started = ~inside.finished_only
        phased = inside.phases_completed.notnull() & (inside.total_phases.fill_null(0) > 0)
        undated = every.filter(every.day.isnull())
        row = self.measured.frame(
            inside.agg(
                runs=inside.count(),
                starts=count_where(started),
                finished_only=count_where(inside.finished_only),
                anonymous=count_where(inside.learner.isnull()),
                unphased=count_where(started & ~phased),
                unattempted=count_where(started & inside.attempt.isnull()),
                deepest=(started & phased).ifelse(inside.total_phases, 0).max().fill_null(0),
            )
        ).iloc[0]
        row["undated"] = self.measured.frame(undated.agg(n=undated.count()))["n"].iloc[0]
        return {str(name): int(value) for name, value in row.items()}

    def facts_of_whatever_scenario(self) -> ir.Table:
        """All facts, whatever the filter, of the scenarios that the person may see."""
        every = self.measured.facts
        if self.scope.sees_all:
            return every
        return every.semi_join(self.measured.table("visible", self.scope.scenarios[["scenario"]]), "scenario")

    def marked(self, mark: Mark) -> ir.Table:
        """The facts behind a mark."""
        found = _narrowed(self.facts(), mark)
        return found if mark.attempt is None else found.filter(found.attempt == mark.attempt.value)

    def whole_runs(self, keep: Sequence[str], mark: Mark | None = None) -> ir.Table:
        """The facts of the chosen period, without `attempt`, and beside them the columns of the runs that `keep` names.

        They are read from the runs themselves, which costs more than `facts`.
        """
        mark = mark or Mark()
        first, last = self.chosen.period.first, self.chosen.period.last
        runs = self.measured.runs
        # Wider by a day: where clocks go back at midnight, an hour of a day follows the next day's start.
        begin, end = start_of(first - _A_DAY, self.zone), start_of(last + 2 * _A_DAY, self.zone)
        runs = runs.filter(runs.started_at >= ibis.timestamp(begin), runs.started_at < ibis.timestamp(end))
        every = self._passing(facts(runs, self.zone, keep, (first, last)))
        found = _narrowed(every.filter(every.day.between(*self.chosen.period.bounds)), mark)
        if mark.attempt is None:
            return found
        attempts = self.measured.facts
        attempts = attempts.filter(attempts.attempt == Attempt.FIRST.value).select(_ATTEMPT).distinct()
        first_ones = self.measured.place.with_pseudonyms(attempts)
        if mark.attempt is Attempt.FIRST:
            return found.semi_join(first_ones, _ATTEMPT)
        known = found.filter(found.learner.notnull(), found.scenario != NO_SCENARIO)
        return known.anti_join(first_ones, _ATTEMPT)

    def _passing(self, found: ir.Table) -> ir.Table:
        found = found.filter(found.source.isin([source.value for source in self.chosen.sources]))
        if self.chosen.languages:
            found = found.filter(found.language.isin(self.chosen.languages))
        return found.inner_join(self._dimension, "scenario")

    @cached_property
    def _dimension(self) -> ir.Table:
        return self.measured.table("dimension", self.scenarios[_JOINED])


def _narrowed(found: ir.Table, mark: Mark) -> ir.Table:
    """What is behind a mark, apart from whether it is a first attempt."""
    conditions: list[Any] = []
    if mark.begins is not None:
        conditions.append(found.day >= day_number(mark.begins))
    if mark.ends is not None:
        conditions.append(found.day <= day_number(mark.ends))
    equal = {
        "shown": mark.scenario, "store": mark.store, "category": mark.category, "difficulty": mark.difficulty,
        "outcome": mark.outcome,
    }  # fmt: skip
    conditions += [found[name] == str(value) for name, value in equal.items() if value is not None]
    if mark.reached is not None:
        conditions += [found.phases_completed >= mark.reached - 1, found.total_phases >= mark.reached]
    if mark.passed is not None:
        conditions += [found.phases_completed >= mark.passed, found.total_phases >= mark.passed]
    if mark.started:
        conditions.append(~found.finished_only)
    return found.filter(*conditions) if conditions else found


def count_where(condition: Any) -> Any:
    """How many rows meet a condition; PostgreSQL has no cast from boolean to bigint, so it is spelled out."""
    return condition.ifelse(1, 0).sum().fill_null(0).cast("int64")


def is_possible(found: ir.Table) -> Any:
    """Whether the time spent can be true: more than nothing, and not more than `LONGEST_SECONDS`."""
    return found.seconds.notnull() & (found.seconds > 0) & (found.seconds <= LONGEST_SECONDS)
