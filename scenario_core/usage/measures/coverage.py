"""Coverage: what the catalogue offers by category, difficulty and language, and what of it nobody runs."""

from __future__ import annotations

import pandas as pd

from scenario_core.usage.measures.base import Measure, left_out_of, whole, withhold
from scenario_core.usage.view import View, count_where

KEYS = ["category", "difficulty", "language"]


def coverage(view: View) -> Measure:
    """One row for each combination that the catalogue offers.

    Columns: `category`, `difficulty`, `language` (declared), `scenarios`, `unrun` (those that nobody ran in the
    period), `runs`, `learners`, `unrun_titles` (a list).

    The scenarios add up to those of the catalogue that pass the filter, whatever their language is practised in.
    """
    listed = view.scenarios[view.scenarios["listed"]]
    found = view.facts()
    counts = view.measured.frame(found.group_by(scenario=found.shown).agg(runs=found.count()))
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
    unlisted = view.measured.frame(found.agg(n=count_where(~found.shown.isin(listed["scenario"].tolist() or [""]))))[
        "n"
    ].iloc[0]
    frame, withheld = withhold(frame, view, kept=[*KEYS, "scenarios", "unrun", "unrun_titles"])
    left_out = left_out_of(view) | withheld
    if unlisted:
        left_out["runs of scenarios that the catalogue does not list"] = int(unlisted)
    absent = "" if len(listed) else "No scenario of the catalogue passes the filter."
    return Measure("coverage", frame, int(every["runs"].sum()), left_out, absent)


def _learners(view: View, listed: pd.DataFrame) -> pd.DataFrame:
    """How many learners ran anything of each combination."""
    declared = view.measured.table(
        "declared", listed[["scenario", "language"]].rename(columns={"language": "declared"})
    )
    found = view.facts().inner_join(declared, "scenario")
    counts = found.group_by("category", "difficulty", language=found.declared).agg(
        learners=view.measured.count_learners(found, len(listed[KEYS].drop_duplicates()))
    )
    return view.measured.frame(counts)[[*KEYS, "learners"]]
