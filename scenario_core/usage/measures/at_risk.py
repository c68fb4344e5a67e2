"""Learners who may be dropping out: engaged, not finished, and absent. As counts only; nobody is named."""

from __future__ import annotations

from typing import Any, Final

import ibis.expr.types as ir
import pandas as pd

from scenario_core.usage.filters import Outcome
from scenario_core.usage.measures.base import Measure, left_out_of
from scenario_core.usage.period import day_number
from scenario_core.usage.view import View, count_where

ENGAGED_RUNS: Final = 3
"""From how many runs in the period on a learner is engaged."""
ABSENT_DAYS: Final = 14
"""From how many days since the last run on a learner is absent."""


def at_risk(view: View, *, runs: int = ENGAGED_RUNS, days: int = ABSENT_DAYS) -> Measure:
    """One row for each group, each a part of the one before it: `group`, `learners`, `share` of the engaged.

    Engaged: `runs` or more in the period. Not finished: the last run of the period was not completed. Absent: no run,
    of whatever scenario, for `days` or more days before the end of the period or today.
    """
    end = min(day_number(view.chosen.period.last), day_number(view.today))
    people = _people(view)
    engaged = people.runs >= runs
    unfinished = engaged & ~people.finished
    absent = unfinished & (people.last_day <= end - days)
    row = view.measured.frame(
        people.agg(
            all=people.count(),
            engaged=count_where(engaged),
            unfinished=count_where(unfinished),
            absent=count_where(absent),
        )
    ).iloc[0]
    groups = {
        "all": "Learners",
        "engaged": f"Engaged: {runs} runs or more",
        "unfinished": "of these, the last run was not finished",
        "absent": f"of these, absent for {days} days or more: at risk",
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
    left_out = left_out_of(view)
    if withheld:
        left_out[f"groups of fewer than {view.smallest_group} learners"] = withheld
    return Measure("at_risk", frame, counts["all"], left_out, "" if counts["all"] else "No learner in this period.")


def _people(view: View) -> ir.Table:
    """One row for each learner: `runs`, `last_day`, `finished`; of runs that start together, one completed will do."""
    found = view.facts()
    found = found.filter(found.learner.notnull())
    keys = ["kind", "learner"]
    people = found.group_by(keys).agg(runs=found.count(), last_day=found.day.max(), last_s=found.started_s.max())
    last = found.inner_join(people, [*keys, found.started_s == people.last_s])
    done: Any = last.group_by(keys).agg(done=count_where(last.outcome == Outcome.COMPLETED.value))
    joined = people.inner_join(done, keys)
    return joined.select("kind", "learner", "runs", "last_day", finished=joined.done > 0)


def _told(count: int, view: View) -> int | None:
    return None if 0 < count < view.smallest_group else count


def _share(count: int, engaged: int, name: str, view: View) -> float | None:
    if name == "all" or not engaged or _told(count, view) is None or _told(engaged, view) is None:
        return None
    return count / engaged
