"""The phase funnel: how far runs come, and where they are left."""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from scenario_core.usage.filters import Outcome
from scenario_core.usage.measures.base import (
    Measure,
    counted,
    left_out_of,
    of_enough_learners,
    only_finished,
    whole,
    withhold,
)
from scenario_core.usage.view import View, runs_where

DEEPEST: Final = 20
"""Scenarios with more phases are counted up to this one."""


@of_enough_learners
def funnel(view: View) -> Measure:
    """One row for each phase, by its place: of all runs that have such a phase, how many reached and passed it.

    Columns: `position` (from 1), `phase` (its name, where one scenario is chosen), `started` (runs of scenarios that
    have so many phases), `runs` (that reached it), `passed`, `completed`, `abandoned`, `terminated` and `open` (runs
    that stopped in it, completed ones in their last), `learners` (that reached it), `overall_rate` (reached of
    started), `step_rate` (passed of reached). Where the next phase is withheld, so is how many went on to it.
    """
    left_out = left_out_of(view, starts=True) | counted({"runs whose phases are not known": view.counts["unphased"]})
    absent = only_finished(view)
    deepest = min(view.counts["deepest"], DEEPEST)
    if not deepest:
        return Measure("funnel", pd.DataFrame(columns=_COLUMNS), 0, left_out, absent or "No run in this period.")
    frame = _steps(view, deepest)
    frame.insert(1, "phase", _names(view, deepest))
    frame["overall_rate"] = _share(frame["runs"], frame["started"])
    frame["step_rate"] = _share(frame["passed"], frame["runs"])
    n = int(frame["started"].max())
    frame, withheld = withhold(frame[_COLUMNS], view, kept=["position", "phase"])
    before = frame["withheld"].shift(-1, fill_value=False)
    frame[_NEXT] = frame[_NEXT].mask(before)
    return Measure("funnel", frame, n, left_out | withheld, absent)


_NEXT: Final = ["passed", "completed", "abandoned", "terminated", "open", "step_rate"]
"""The columns of a phase from which follows how many reached the next one: withheld where that is."""
_COLUMNS: Final = [
    "position", "phase", "started", "runs", "passed", "completed", "abandoned", "terminated", "open", "learners",
    "overall_rate", "step_rate",
]  # fmt: skip


def _steps(view: View, deepest: int) -> pd.DataFrame:
    """All steps out of two small tables: runs by how far they came, and learners by how far they came."""
    found = _phased(view.daily(), deepest)
    runs = view.measured.frame(
        found.group_by("total", "reached", "outcome").agg(
            runs=found.runs.sum().cast("int64"), passed=runs_where(found, found.phases_completed >= found.reached)
        )
    )
    learners = view.measured.learners("learners_by_phase", _phased(view.facts(), deepest), ["reached"], deepest + 1)
    groups = learners.groups
    counts = {str(place): learners.count(groups, groups.reached >= place) for place in range(1, deepest + 1)}
    people = view.measured.frame(groups.agg(**counts)).iloc[0]
    rows = [_step(runs, position) | {"learners": people[str(position)]} for position in range(1, deepest + 1)]
    return whole(pd.DataFrame(rows), *(name for name in rows[0] if name != "position"))


def _phased(found: ir.Table, deepest: int) -> ir.Table:
    """Those of facts whose start and phases are known, with `reached` and `total`, counted up to the deepest one."""
    found = found.filter(~found.finished_only, found.phases_completed.notnull(), found.total_phases.notnull())
    reached = ibis.least(found.phases_completed + 1, found.total_phases, deepest)
    return found.mutate(reached=reached, total=ibis.least(found.total_phases, deepest))


def _step(runs: pd.DataFrame, position: int) -> dict[str, Any]:
    here, beyond = runs[runs["reached"] == position], runs[runs["reached"] > position]
    ends = {each.value: int(here.loc[here["outcome"] == each.value, "runs"].sum()) for each in Outcome}
    return {
        "position": position,
        "started": int(runs.loc[runs["total"] >= position, "runs"].sum()),
        "runs": int(here["runs"].sum() + beyond["runs"].sum()),
        "passed": int(here["passed"].sum() + beyond["runs"].sum()),
    } | ends


def _names(view: View, count: int) -> list[str]:
    """The phases' names where one scenario is chosen; a scenario that was shortened may have fewer than its runs."""
    chosen = view.chosen.scenarios
    names = list(view.scope.phases(chosen)["name"]) if len(chosen) == 1 else []
    return [names[place] if place < len(names) else f"Phase {place + 1}" for place in range(count)]


def _share(part: pd.Series[Any], of: pd.Series[Any]) -> pd.Series[Any]:
    return (part.astype("float64") / of.astype("float64").where(of > 0)).astype("float64")
