"""Starts, completions, learners and minutes over time, against another period."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pandas as pd

from scenario_core.usage.measures.base import COUNTS, WHOLE, Measure, left_out_of, tally, whole, with_rates, withhold
from scenario_core.usage.period import Period, day_table, stretches
from scenario_core.usage.view import View

BEFORE: Final = "before_"
"""Begins the names of the columns that belong to the period of comparison."""


def over_time(view: View) -> Measure:
    """One row for each stretch of the chosen period; days on which nothing happened are zeros.

    Columns: `begins`, `ends`, `is_whole` (false: cut by the period or not over yet), `COUNTS`, and each once more
    behind `before_` for the stretch in the same place of the period of comparison, empty where `is_whole` is false.
    """
    period, grain = view.chosen.period, view.chosen.grain
    frame = stretches(period, grain, view.today).merge(_counted(view, period), on="stretch", how="left")
    frame = frame.fillna(dict.fromkeys(COUNTS, 0))
    former = view.former
    if former is not None:
        before = _counted(view, former, like=period).add_prefix(BEFORE)
        frame = frame.merge(before, left_on="stretch", right_on=f"{BEFORE}stretch", how="left")
        names = [f"{BEFORE}{name}" for name in COUNTS]
        frame[names] = frame[names].fillna(0).where(frame["is_whole"])
    frame = frame.drop(columns=["stretch", f"{BEFORE}stretch"], errors="ignore")
    frame = whole(frame, *(name for name in frame.columns if name.removeprefix(BEFORE) in WHOLE))
    n = int(frame["runs"].sum())
    frame, withheld = withhold(frame, view, kept=["begins", "ends", "is_whole"])
    if former is not None:
        small = (frame[f"{BEFORE}runs"] > 0) & (frame[f"{BEFORE}learners"] < view.smallest_group)
        frame[names] = frame[names].mask(small.fillna(value=False).astype("bool"))
    return Measure("over_time", frame, n, left_out_of(view) | withheld)


def totals(view: View) -> Measure:
    """The whole period in one row, and two more that can be compared.

    `period` is `chosen`, `finished` (its days before today) or `before` (as many days of the period of comparison).
    Further columns: `first`, `last`, `COUNTS`, `rate`, `low` and `high` of completion.
    """
    parts: dict[str, Period] = {"chosen": view.chosen.period}
    finished = view.chosen.period.until(view.today - timedelta(days=1))
    if view.former is not None and finished is not None:
        parts["finished"] = finished
        parts["before"] = Period(view.former.first, view.former.first + timedelta(days=finished.days - 1))
    rows = [
        tally(view, view.facts(part)).assign(period=name, first=part.first, last=part.last)
        for name, part in parts.items()
    ]
    frame = with_rates(pd.concat(rows, ignore_index=True)[["period", "first", "last", *COUNTS]])
    n = int(frame["runs"].iloc[0])
    small = (frame["runs"] > 0) & (frame["learners"] < view.smallest_group)
    figures = [*COUNTS, "rate", "low", "high"]
    frame = frame.assign(**{name: frame[name].mask(small) for name in figures}, withheld=small)
    note = {f"fewer than {view.smallest_group} learners, so that nothing is told of them": n} if small.iloc[0] else {}
    return Measure("totals", frame, n, left_out_of(view) | note)


def _counted(view: View, period: Period, like: Period | None = None) -> pd.DataFrame:
    """The counts of each stretch; those of another period are laid out like the chosen one, day by day."""
    days = day_table(like or period, view.chosen.grain)
    if like is not None:
        days["day"] -= (like.first - period.first).days
    calendar = view.measured.table("calendar" if like is None else "former_calendar", days)
    found = view.facts(period).inner_join(calendar, "day")
    return tally(view, found, ["stretch"], days["stretch"].nunique())
