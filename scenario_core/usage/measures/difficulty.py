"""First attempts by declared difficulty: is what says *beginner* easy?"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import ibis.expr.types as ir
import pandas as pd

from scenario_core.usage.filters import Attempt
from scenario_core.usage.measures.base import (
    Measure,
    counted,
    left_out_of,
    of_enough_learners,
    only_finished,
    tally,
    with_rates,
    withhold,
)
from scenario_core.usage.view import View

LEVELS: Final = ("beginner", "intermediate", "advanced", "native")


@of_enough_learners
def first_attempts(view: View) -> Measure:
    """One row for each declared difficulty and attempt.

    Columns: `difficulty`, `attempt` (`first` or `repeat`), `COUNTS`, `rate`, `low`, `high`. A first attempt is the
    first run of a learner in a scenario ever, whatever the filter.
    """
    found, learners = view.daily(), view.learners_by_scenario
    groups = learners.groups.inner_join(view.shown, "shown")
    frame = with_rates(tally(view, _attempts(found), _attempts(groups), learners, ["difficulty", "attempt"]))
    order = {name: place for place, name in enumerate(LEVELS)}
    frame["difficulty"] = frame["difficulty"].replace({"": "unknown"})
    frame = frame.sort_values(
        ["difficulty", "attempt"],
        key=lambda column: column.map(lambda value: (order.get(value, len(order)), value)),
        ignore_index=True,
    )
    n = int(frame.loc[frame["attempt"] == Attempt.FIRST.value, "starts"].sum())
    frame, withheld = withhold(frame, view, kept=["difficulty", "attempt"])
    left_out = left_out_of(view, starts=True) | withheld
    left_out |= counted({"runs without a learner or a scenario": view.counts["unattempted"]})
    return Measure("first_attempts", frame, n, left_out, only_finished(view))


def _attempts(table: ir.Table) -> ir.Table:
    return table.filter(table.attempt.notnull(), ~table.finished_only)


def unexpected(frame: pd.DataFrame) -> list[str]:
    """Levels at which first attempts succeed less often than at the next harder one, in sentences."""
    first = frame[(frame["attempt"] == Attempt.FIRST.value) & frame["rate"].notna()]
    low: dict[str, float] = dict(zip(first["difficulty"], first["low"], strict=True))
    high: dict[str, float] = dict(zip(first["difficulty"], first["high"], strict=True))
    known = [level for level in LEVELS if level in low]
    return [
        f"{easy.capitalize()} is finished less often at the first attempt than {hard}."
        for easy, hard in pairwise(known)
        if high[easy] < low[hard]
    ]
