"""Retention: how many learners of each week come back in the weeks after it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pandas as pd

from scenario_core.usage.measures.base import Measure, counted, left_out_of, of_enough_learners
from scenario_core.usage.period import DAYS_A_WEEK, EPOCH, Grain, Period, day_number, day_of, stretch_of
from scenario_core.usage.view import View

WEEKS: Final = 12
"""How many weeks after the first one are followed."""
_MONDAY: Final = (7 - EPOCH.weekday()) % 7
"""The first Monday since 1970, in days: weeks are counted from it."""


@of_enough_learners
def retention(view: View) -> Measure:
    """One row for each week of first runs and each week after it, up to `WEEKS`.

    The first run of a learner is the first one ever, whatever the filter; what counts as coming back is a run that
    passes it, of learners who had one in their first week. Columns: `cohort` (the Monday of the first week), `learners`
    (who began then), `week` (0 is the first),
    `active` (of them), `rate`, `is_mature` (the week is over; else `active` and `rate` are empty), `runs`.
    """
    cohorts = _whole_weeks(view)
    empty = pd.DataFrame(columns=["cohort", "learners", "week", "active", "rate", "is_mature"])
    if cohorts is None:
        return Measure("retention", empty, 0, absent="The period holds no whole week that is over.")
    sizes, active = _cells(view, cohorts)
    withheld = _withheld(sizes, view)
    rows = []
    for cohort in sorted(sizes):
        small = cohort in withheld
        for week in range(WEEKS + 1):
            mature = _is_over(cohort + timedelta(weeks=week), view)
            count = active.get((cohort, week), 0) if mature and not small else None
            size = None if small else sizes[cohort]
            rate = count / size if count is not None and size else None
            rows.append((cohort, size, week, count, rate, mature))
    frame = pd.DataFrame(rows, columns=empty.columns).astype(
        {"learners": "Int64", "active": "Int64", "rate": "float64"}
    )
    left_out = left_out_of(view) | counted({"runs without a learner": view.counts["anonymous"]})
    if withheld:
        left_out[f"weeks in which fewer than {view.smallest_group} learners began"] = len(withheld)
    absent = "" if sizes else "Nobody ran a first scenario in this period."
    return Measure("retention", frame, sum(sizes.values()), left_out, absent)


def average_retention(frame: pd.DataFrame) -> pd.DataFrame:
    """The weighted average of each week over all groups for which it is mature: `week`, `learners`, `active`, `rate`.

    Large groups weigh more, and what is not mature does not count.
    """
    mature = frame[frame["is_mature"] & frame["active"].notna()]
    found = mature.groupby("week", as_index=False).agg(learners=("learners", "sum"), active=("active", "sum"))
    found["rate"] = found["active"].astype("float64") / found["learners"].astype("float64")
    return found


def _whole_weeks(view: View) -> Period | None:
    """The whole weeks of the period that are over."""
    first = stretch_of(view.chosen.period.first + timedelta(days=6), Grain.WEEK)
    end = min(view.chosen.period.last, view.today - timedelta(days=1)) + timedelta(days=1)
    last = stretch_of(end, Grain.WEEK) - timedelta(days=1)
    return Period(first, last) if first <= last else None


def _withheld(sizes: dict[date, int], view: View) -> set[date]:
    """The weeks that are too small to be told, and with one that would be alone the smallest of the others."""
    small = {cohort for cohort, size in sizes.items() if size < view.smallest_group}
    others = sizes.keys() - small
    if len(small) == 1 and others:
        small.add(min(others, key=lambda cohort: (sizes[cohort], cohort)))
    return small


def _is_over(monday: date, view: View) -> bool:
    return monday + timedelta(weeks=1) <= view.today


def _cells(view: View, cohorts: Period) -> tuple[dict[date, int], dict[tuple[date, int], int]]:
    """How many learners began in each week, and how many of them were active in each week after it."""
    first, last = cohorts.bounds
    keys = view.learner_keys
    begun = view.measured.first_days
    begun = begun.filter(begun.kind.isin(view.kinds), begun.first_day.between(first, last)).select(*keys, "first_day")
    found = view.facts_of_all_time
    end = day_number(view.today)
    found = found.filter(found.day.between(first, end), found.learner.notnull())
    found = found.select(*keys, "day").inner_join(begun, keys)
    week_of_day = ((found.day - _MONDAY) // DAYS_A_WEEK).cast("int64")
    week_of_first = ((found.first_day - _MONDAY) // DAYS_A_WEEK).cast("int64")
    pairs = found.select(*keys, cohort=week_of_first, week=week_of_day - week_of_first).distinct()
    pairs = pairs.semi_join(pairs.filter(pairs.week == 0), keys)
    counts = view.measured.frame(pairs.group_by("cohort", "week").agg(active=lambda table: table.count()))
    active = {
        (day_of(int(cohort) * DAYS_A_WEEK + _MONDAY), int(week)): int(number)
        for cohort, week, number in counts[["cohort", "week", "active"]].itertuples(index=False)
    }
    sizes = {cohort: number for (cohort, week), number in active.items() if week == 0}
    return sizes, active
