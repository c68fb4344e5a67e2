"""Vocabulary: which words of a scenario its learners practise, and which they never reach."""

from __future__ import annotations

import pandas as pd

from scenario_core.usage.filters import Mark
from scenario_core.usage.measures.base import Measure, left_out_of, of_enough_learners, whole
from scenario_core.usage.view import View, runs_where

COLUMNS = ["scenario", "title", "position", "word", "runs", "of", "rate"]


@of_enough_learners
def vocabulary(view: View) -> Measure:
    """One row for each word of the scenarios that were run in the period, the least practised first.

    Columns: `scenario`, `title`, `position` (its phase, from 1), `word`, `runs` (in which it was used), `of` (runs of
    the scenario whose source tells words), `rate`. Words that are in no phase now are left out and counted.
    """
    told = _told(view)
    enough = told[told["learners"] >= view.smallest_group]
    runs = view.whole_runs(["vocabulary"])
    used = runs.select("shown", word=runs.vocabulary).unnest("word")
    counts = view.measured.frame(used.group_by("shown", "word").agg(runs=used.count()))
    counts = counts.rename(columns={"shown": "scenario"})
    phases = view.scope.phases(enough["scenario"])
    words = phases[["scenario", "position", "vocabulary"]].explode("vocabulary").dropna(subset="vocabulary")
    words = words.rename(columns={"vocabulary": "word"}).drop_duplicates(["scenario", "word"])
    frame = words.merge(counts, on=["scenario", "word"], how="left").merge(enough, on="scenario")
    frame["runs"] = frame["runs"].fillna(0)
    frame["title"] = frame["scenario"].map(view.titles)
    frame["rate"] = frame["runs"].astype("float64") / frame["of"].astype("float64")
    frame = whole(frame, "position", "runs", "of")
    frame = frame.sort_values(["rate", "title", "scenario", "position", "word"], ignore_index=True)[COLUMNS]
    left_out = left_out_of(view) | _uncounted(view, told, enough, counts, words)
    absent = "" if len(frame) else "No source tells which words were used in this period."
    return Measure("vocabulary", frame, int(enough["of"].sum()), left_out, absent)


def _told(view: View) -> pd.DataFrame:
    """Of each scenario, how many runs tell words, and how many learners these are of: `scenario`, `of`, `learners`."""
    worded = Mark(worded=True)
    counted = view.daily()
    counts = counted.filter(counted.worded).group_by("shown").agg(of=lambda table: table.runs.sum().cast("int64"))
    learners = view.measured.learners(
        "learners_worded", view.marked(worded), ["shown"], view.scenarios["shown"].nunique()
    )
    people = learners.groups.group_by("shown").agg(learners=learners.count(learners.groups))
    told = view.measured.frame(counts).merge(view.measured.frame(people), on="shown", how="left")
    return told.fillna({"learners": 0}).rename(columns={"shown": "scenario"})


def _uncounted(
    view: View, told: pd.DataFrame, enough: pd.DataFrame, counts: pd.DataFrame, words: pd.DataFrame
) -> dict[str, int]:
    found = view.daily()
    silent = view.measured.frame(found.agg(n=runs_where(found, ~found.worded)))["n"].iloc[0]
    elsewhere = counts[counts["scenario"].isin(enough["scenario"])].merge(words, on=["scenario", "word"], how="left")
    reasons = {
        "runs whose words are not known": int(silent),
        f"scenarios run by fewer than {view.smallest_group} learners": len(told) - len(enough),
        "words that no phase holds now": int(elsewhere["position"].isna().sum()),
    }
    return {reason: count for reason, count in reasons.items() if count}
