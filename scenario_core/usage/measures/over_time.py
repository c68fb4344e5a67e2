"""Starts, completions, learners and minutes over time, against another period."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import ibis.expr.types as ir
import pandas as pd

from scenario_core.usage.measures.base import (
    COUNTS,
    WHOLE,
    Measure,
    left_out_of,
    of_enough_learners,
    tally,
    too_small,
    whole,
    with_rates,
    withheld_altogether,
    withhold,
)
from scenario_core.usage.period import Part, Period, stretches
from scenario_core.usage.view import View

BEFORE: Final = "before_"
"""Begins the names of the columns that belong to the period of comparison."""


@of_enough_learners
def over_time(view: View) -> Measure:
    """One row for each stretch of the chosen period; days on which nothing happened are zeros.

    Columns: `begins`, `ends`, `is_whole` (false: cut by the period or not over yet), `COUNTS`, and each once more
    behind `before_` for the stretch in the same place of the period of comparison, empty where `is_whole` is false.
    """
    every = _tally(view, ["part", "stretch"])
    frame = stretches(view.chosen.period, view.chosen.grain, view.today)
    frame = frame.merge(_of_part(every, Part.CHOSEN), on="stretch", how="left").fillna(dict.fromkeys(COUNTS, 0))
    if view.former is not None:
        before = _of_part(every, Part.BEFORE)
        names = {name: f"{BEFORE}{name}" for name in COUNTS}
        frame = frame.merge(before.rename(columns=names), on="stretch", how="left")
        own = list(names.values())
        frame[own] = frame[own].fillna(0).where(frame["is_whole"])
        frame[own] = frame[own].mask(too_small(frame[f"{BEFORE}runs"], frame[f"{BEFORE}learners"], view))
    frame = frame.drop(columns="stretch")
    frame = whole(frame, *(name for name in frame.columns if name.removeprefix(BEFORE) in WHOLE))
    n = int(frame["runs"].sum())
    frame, withheld = withhold(frame, view, kept=["begins", "ends", "is_whole"])
    return Measure("over_time", frame, n, left_out_of(view) | withheld)


def totals(view: View) -> Measure:
    """The whole period in one row, and two more that can be compared.

    `period` is `chosen`, `finished` (its days before today) or `before` (as many days of the period of comparison).
    Further columns: `first`, `last`, `COUNTS`, `rate`, `low` and `high` of completion.
    """
    chosen = view.chosen.period
    parts = {"chosen": (chosen, _of_part(_tally(view, ["part"]), Part.CHOSEN))}
    finished = chosen.until(view.today - timedelta(days=1))
    if view.former is not None and finished is not None:
        compared = _tally(view, ["part"], only_compared=True)
        before = Period(view.former.first, view.former.first + timedelta(days=finished.days - 1))
        parts["finished"] = finished, _of_part(compared, Part.CHOSEN)
        parts["before"] = before, _of_part(compared, Part.BEFORE)
    rows = [
        {"period": name, "first": part.first, "last": part.last} | _only_row(counts)
        for name, (part, counts) in parts.items()
    ]
    frame = with_rates(whole(pd.DataFrame(rows), *WHOLE))
    n = int(frame["runs"].iloc[0])
    small = (frame["runs"] > 0) & (frame["learners"] < view.smallest_group)
    figures = [*COUNTS, "rate", "low", "high"]
    frame = frame.assign(**{name: frame[name].mask(small) for name in figures}, withheld=small)
    found = Measure("totals", frame, n, left_out_of(view))
    return replace(withheld_altogether(found, view), frame=frame) if small.iloc[0] else found


def _tally(view: View, keys: list[str], *, only_compared: bool = False) -> pd.DataFrame:
    def kept(table: ir.Table) -> ir.Table:
        return table.filter(table.compared) if only_compared else table

    line = view.timeline
    return tally(view, kept(line.daily), kept(line.learners.groups), line.learners, keys)


def _of_part(counts: pd.DataFrame, part: Part) -> pd.DataFrame:
    return counts[counts["part"] == part.value].drop(columns="part")


def _only_row(counts: pd.DataFrame) -> dict[str, Any]:
    return {name: 0 if counts.empty else counts[name].iloc[0] for name in COUNTS}
