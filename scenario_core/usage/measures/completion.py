"""Completion per scenario, production against custom, and copies against what they were made from."""

from __future__ import annotations

from typing import Final

import pandas as pd

from scenario_core.scenario import Store
from scenario_core.usage.measures.base import (
    Measure,
    left_out_of,
    of_enough_learners,
    only_finished,
    small_groups,
    tally,
    whole,
    with_rates,
    withhold,
)
from scenario_core.usage.view import View

FEWEST_RANKED: Final = 10
"""From how many starts on a scenario has a rank: below it the interval says more than the rate."""


@of_enough_learners
def completion(view: View, fewest: int = FEWEST_RANKED) -> Measure:
    """One row for each scenario that was started: `scenario`, `title`, `COUNTS`, `rate`, `low`, `high`, `rank`.

    The rank is by rate, from 1, and empty below `fewest` starts.
    """
    frame = _per_scenario(view).rename(columns={"shown": "scenario"})
    frame = frame[frame["starts"] > 0].reset_index(drop=True)
    frame.insert(1, "title", frame["scenario"].map(view.titles))
    n = int(frame["starts"].sum())
    frame, withheld = withhold(frame, view, kept=["scenario", "title"])
    ranked = frame["rate"].where((frame["starts"] >= fewest).fillna(value=False))
    frame["rank"] = ranked.rank(ascending=False, method="min").astype("Int64")
    frame = frame.sort_values(
        ["rank", "starts", "title", "scenario"], ascending=[True, False, True, True], ignore_index=True
    )
    return Measure("completion", frame, n, left_out_of(view, starts=True) | withheld, only_finished(view))


@of_enough_learners
def stores(view: View) -> Measure:
    """Production against custom, one row each.

    Columns: `store`, `scenarios` (how many were run), `COUNTS`, `rate`, `low`, `high`.
    """
    found = view.daily()
    run = view.measured.frame(found.group_by("store").agg(scenarios=found.shown.nunique()))
    groups = view.learners_by_scenario.groups.inner_join(view.shown, "shown")
    frame = run.merge(tally(view, found, groups, view.learners_by_scenario, ["store"]), on="store")
    frame = with_rates(whole(frame, "scenarios"))
    frame["store"] = frame["store"].replace({"": "unknown"})
    order = [Store.PRODUCTION.value, Store.CUSTOM.value, "unknown"]
    frame = frame.sort_values("store", key=lambda column: column.map(order.index), ignore_index=True)
    n = int(frame["runs"].sum())
    frame, withheld = withhold(frame, view, kept=["store"])
    return Measure("stores", frame, n, left_out_of(view, starts=True) | withheld, only_finished(view))


@of_enough_learners
def copies(view: View) -> Measure:
    """Copies beside what they were made from, where both were started: one row for each original.

    Columns: `origin`, `title`, `copies` (how many were started), `origin_starts`, `origin_completed`, `origin_rate`,
    `copies_starts`, `copies_completed`, `copies_rate`, `difference` (of the rates; above 0 the copies do better).
    """
    every = _per_scenario(view).merge(
        view.scenarios[["shown", "origin"]].drop_duplicates("shown"), on="shown", how="left"
    )
    every = every[every["starts"] > 0]
    small = every["learners"] < view.smallest_group
    every = every[~small]
    copied = every[every["origin"].fillna("") != ""]
    pooled = copied.groupby("origin", as_index=False).agg(
        copies=("shown", "count"), copies_starts=("starts", "sum"), copies_completed=("completed", "sum")
    )
    origins = every.set_index("shown")[["starts", "completed"]].add_prefix("origin_")
    frame = pooled.merge(origins, left_on="origin", right_index=True, how="inner")
    for side in ("origin", "copies"):
        frame[f"{side}_rate"] = frame[f"{side}_completed"].astype("float64") / frame[f"{side}_starts"].astype("float64")
    frame["difference"] = frame["copies_rate"] - frame["origin_rate"]
    frame.insert(1, "title", frame["origin"].map(view.titles))
    frame = frame[
        [
            "origin", "title", "copies", "origin_starts", "origin_completed", "origin_rate", "copies_starts",
            "copies_completed", "copies_rate", "difference",
        ]
    ].sort_values(["difference", "origin"], ignore_index=True)  # fmt: skip
    n = int(frame["origin_starts"].sum() + frame["copies_starts"].sum())
    absent = "" if len(frame) else "No copy and its original were both started by enough learners in this period."
    left_out = left_out_of(view, starts=True) | small_groups(int(small.sum()), view)
    return Measure("copies", frame, n, left_out, absent)


def _per_scenario(view: View) -> pd.DataFrame:
    learners = view.learners_by_scenario
    return with_rates(tally(view, view.daily(), learners.groups, learners, ["shown"]))
