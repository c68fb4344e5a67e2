"""Coverage: what the catalogue offers by category, difficulty and language, and what of it nobody runs."""

from __future__ import annotations

import pandas as pd

from scenario_core.usage.measures.base import Measure, left_out_of, whole, withhold
from scenario_core.usage.view import View

KEYS = ["category", "difficulty", "language"]


def coverage(view: View) -> Measure:
    """One row for each combination that the catalogue offers.

    Columns: `category`, `difficulty`, `language` (declared), `scenarios`, `unrun` (those that nobody ran in the
    period), `runs`, `learners`, `unrun_titles` (a list).

    The scenarios add up to those of the catalogue that pass the filter, whatever their language is practised in.
    """
    listed = view.scenarios[view.scenarios["listed"]]
    found = view.daily()
    counts = view.measured.frame(found.group_by(scenario=found.shown).agg(runs=found.runs.sum().cast("int64")))
    every = listed.merge(counts, on="scenario", how="left")
    every["runs"] = every["runs"].fillna(0).astype("int64")
    every["unrun"] = every["runs"] == 0
    titles = every[every["unrun"]].groupby(KEYS)["title"].agg(sorted)
    frame = every.groupby(KEYS, as_index=False).agg(
        scenarios=("scenario", "count"), unrun=("unrun", "sum"), runs=("runs", "sum")
    )
    frame = frame.merge(_learners(view, listed), on=KEYS, how="left").fillna({"learners": 0})
    frame = whole(frame, "scenarios", "unrun", "runs", "learners")
    frame["unrun_titles"] = [titles.get(tuple(key), []) for key in frame[KEYS].itertuples(index=False)]
    unlisted = int(counts.loc[~counts["scenario"].isin(listed["scenario"]), "runs"].sum())
    frame, withheld = withhold(frame, view, kept=[*KEYS, "scenarios", "unrun", "unrun_titles"])
    left_out = left_out_of(view) | withheld
    if unlisted:
        left_out["runs of scenarios that the catalogue does not list"] = unlisted
    absent = "" if len(listed) else "No scenario of the catalogue passes the filter."
    n = int(every["runs"].sum()) if view.has_enough_learners else 0
    return Measure("coverage", frame, n, left_out, absent)


def _learners(view: View, listed: pd.DataFrame) -> pd.DataFrame:
    """How many learners ran anything of each combination."""
    learners = view.learners_by_scenario
    groups = learners.groups.inner_join(view.shown, "shown")
    groups = groups.filter(groups.shown.isin(listed["scenario"].tolist() or [""]))
    return view.measured.frame(groups.group_by(*KEYS).agg(learners=learners.count(groups)))
