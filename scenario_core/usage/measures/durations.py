"""Planned against actual minutes, of scenarios and of their phases."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import pandas as pd

from scenario_core.usage.facts import LONGEST_SECONDS, is_possible
from scenario_core.usage.filters import Mark, Outcome
from scenario_core.usage.measures.base import Measure, left_out_of, of_enough_learners, whole, withhold
from scenario_core.usage.view import View, count_where, runs_where

IMPOSSIBLE = f"impossible durations (none, or more than {LONGEST_SECONDS // 3600} hours)"
_QUARTILES = {"quartile_1": 0.25, "median": 0.5, "quartile_3": 0.75}


@of_enough_learners
def durations(view: View) -> Measure:
    """Minutes of completed runs, one row for each scenario, the longest against its plan first.

    Columns: `scenario`, `title`, `planned` (minutes), `runs`, `learners`, `quartile_1`, `median`, `quartile_3`
    (minutes), `ratio` (median to planned).
    """
    possible = view.marked(Mark(outcome=Outcome.COMPLETED, possible=True))
    frame = view.measured.frame(possible.group_by("shown").agg(**_spread(possible, possible.seconds)))
    frame = frame.merge(_learners(view, possible), on="shown", how="left").rename(columns={"shown": "scenario"})
    frame["learners"] = frame["learners"].fillna(0)
    planned = view.scenarios.drop_duplicates("shown").set_index("shown")["planned_minutes"]
    frame.insert(1, "title", frame["scenario"].map(view.titles))
    frame.insert(2, "planned", frame["scenario"].map(planned).astype("float64"))
    frame["ratio"] = frame["median"] / frame["planned"].where(frame["planned"] > 0)
    frame = whole(frame, "runs", "learners")
    n = int(frame["runs"].sum())
    frame, withheld = withhold(frame, view, kept=["scenario", "title", "planned"])
    frame = frame.sort_values(["ratio", "title", "scenario"], ascending=[False, True, True], ignore_index=True)
    done = view.daily()
    impossible = (done.outcome == Outcome.COMPLETED.value) & ~done.possible
    excluded = view.measured.frame(done.agg(n=runs_where(done, impossible)))["n"].iloc[0]
    left_out = left_out_of(view) | ({IMPOSSIBLE: int(excluded)} if excluded else {}) | withheld
    return Measure("durations", frame, n, left_out, "" if n else "No run was completed in this period.")


@of_enough_learners
def phase_durations(view: View) -> Measure:
    """Minutes in each phase of the one scenario that is chosen, of runs that have been through it.

    Columns: `position`, `phase` (its name), `planned` (minutes), `runs`, `learners`, `quartile_1`, `median`,
    `quartile_3`, `ratio`.
    """
    if len(view.chosen.scenarios) != 1:
        return Measure("phase_durations", _empty(), 0, absent="Choose one scenario to see the minutes of its phases.")
    times = _phase_times(view)
    possible = times.filter(is_possible(times.seconds))
    spread = _spread(possible, possible.seconds) | {"learners": possible.learner.nunique()}
    frame = view.measured.frame(possible.group_by("position").agg(**spread))
    phases = view.scope.phases(view.chosen.scenarios)
    known = phases[["position", "name", "planned_minutes"]].rename(
        columns={"name": "phase", "planned_minutes": "planned"}
    )
    frame = known.merge(frame, on="position", how="outer").sort_values("position", ignore_index=True)
    frame["phase"] = frame["phase"].fillna("Phase " + frame["position"].astype("str"))
    frame[["runs", "learners"]] = frame[["runs", "learners"]].fillna(0)
    frame["planned"] = frame["planned"].astype("float64")
    frame["ratio"] = frame["median"] / frame["planned"].where(frame["planned"] > 0)
    frame = whole(frame, "runs", "learners")
    n = int(frame["runs"].sum())
    frame, withheld = withhold(frame, view, kept=["position", "phase", "planned"])
    excluded = view.measured.frame(times.agg(n=count_where(~is_possible(times.seconds))))["n"].iloc[0]
    left_out = ({IMPOSSIBLE: int(excluded)} if excluded else {}) | withheld
    return Measure("phase_durations", frame, n, left_out, "" if n else "No source tells the time spent in its phases.")


def _spread(found: ir.Table, seconds: Any) -> dict[str, Any]:
    return {"runs": found.count()} | {name: seconds.quantile(share) / 60 for name, share in _QUARTILES.items()}


def _learners(view: View, found: ir.Table) -> pd.DataFrame:
    """How many learners are behind facts of each scenario: `shown`, `learners`."""
    learners = view.measured.learners("learners_timed", found, ["shown"], view.scenarios["shown"].nunique())
    groups = learners.groups
    return view.measured.frame(groups.group_by("shown").agg(learners=learners.count(groups)))


def _phase_times(view: View) -> ir.Table:
    """One row for each phase that a run has been through: `learner`, `position`, `seconds`."""
    runs = view.whole_runs(["phase_seconds"])
    times = runs.select("learner", "phases_completed", "phase_seconds").unnest("phase_seconds", offset="place")
    times = times.mutate(position=(times.place + 1).cast("int64"), seconds=times.phase_seconds)
    return times.filter(times.position <= times.phases_completed)


def _empty() -> pd.DataFrame:
    names = ["position", "phase", "planned", "runs", "learners", *_QUARTILES, "ratio"]
    return pd.DataFrame(columns=names)
