"""Learners who may be dropping out: engaged, not finished, and absent. As counts only; nobody is named."""

from __future__ import annotations

from typing import Any, Final

import ibis.expr.types as ir
import pandas as pd

from scenario_core.usage.filters import Outcome
from scenario_core.usage.measures.base import Measure, left_out_of, of_enough_learners, small_groups
from scenario_core.usage.period import day_number
from scenario_core.usage.view import View, count_where

ENGAGED_RUNS: Final = 3
"""From how many runs in the period on a learner is engaged."""
ABSENT_DAYS: Final = 14
"""From how many days since the last run on a learner is absent."""


@of_enough_learners
def at_risk(view: View, *, runs: int = ENGAGED_RUNS, days: int = ABSENT_DAYS) -> Measure:
    """One row for each group, each a part of the one before it: `group`, `learners`, `share` of the engaged.

    Engaged: `runs` or more in the period. Not finished: the last run of the period was not completed. Absent: no run,
    of whatever scenario, for `days` or more days before the end of the period or today.
    """
    end = min(day_number(view.chosen.period.last), day_number(view.today))
    people = _people(view)
    engaged = people.runs >= runs
    unfinished = engaged & ~people.finished
    row = view.measured.frame(
        people.agg(
            all=people.count(),
            engaged=count_where(engaged),
            unfinished=count_where(unfinished),
        )
    ).iloc[0]
    absent = people.filter(unfinished).anti_join(_lately(view, end - days + 1), view.learner_keys)
    row["absent"] = view.measured.frame(absent.agg(n=absent.count()))["n"].iloc[0]
    groups = {
        "all": "Learners",
        "engaged": f"Engaged: {runs} runs or more",
        "unfinished": "and the last one not finished",
        "absent": f"and away for {days} days or more",
    }
    counts = {name: int(row[name]) for name in groups}
    frame = pd.DataFrame(
        {
            "group": list(groups.values()),
            "learners": [_told(counts[name], view) for name in groups],
            "share": [_share(counts[name], counts["engaged"], name, view) for name in groups],
        }
    ).astype({"learners": "Int64", "share": "float64"})
    withheld = sum(0 < count < view.smallest_group for count in counts.values())
    left_out = left_out_of(view) | small_groups(withheld, view)
    return Measure("at_risk", frame, counts["all"], left_out, "" if counts["all"] else "No learner in this period.")


def _people(view: View) -> ir.Table:
    """One row for each learner: `runs`, `finished`; of runs that start together, one completed will do."""
    found = view.facts()
    found = found.filter(found.learner.notnull())
    is_done: Any = (found.outcome == Outcome.COMPLETED.value).ifelse(1, 0)
    keys = view.learner_keys
    people = found.group_by(keys).agg(runs=found.count(), last=(found.started_s * 2 + is_done).max())
    return people.select(*keys, "runs", finished=people["last"] % 2 == 1)


def _lately(view: View, since: int) -> ir.Table:
    """Who has run anything, of whatever scenario, from a day to the end of the period."""
    every = view.facts_of_whatever_scenario()
    return (
        every.filter(every.day.between(since, day_number(view.chosen.period.last))).select(view.learner_keys).distinct()
    )


def _told(count: int, view: View) -> int | None:
    return None if 0 < count < view.smallest_group else count


def _share(count: int, engaged: int, name: str, view: View) -> float | None:
    if name == "all" or not engaged or _told(count, view) is None or _told(engaged, view) is None:
        return None
    return count / engaged
