"""Figures in cells: retention by week, and what the catalogue covers."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import theme
from dashboard.charts.figure import Figure, percent, records, said
from dashboard.words import plural
from scenario_core.usage.filters import Mark
from scenario_core.usage.measures import Measure, average_retention

__all__ = ["coverage", "retention"]

AVERAGE = "All, weighted"


def retention(measure: Measure) -> Figure:
    """One row for each week of first runs; cells of weeks that are not over are blank."""
    frame = measure.frame.copy()
    frame["cohort"] = frame["cohort"].astype("str")
    average = average_retention(frame).assign(cohort=AVERAGE, is_mature=True)
    drawn = pd.concat([frame[frame["rate"].notna()], average], ignore_index=True)
    sizes = frame.drop_duplicates("cohort").set_index("cohort")["learners"]
    drawn["label"] = [name if name == AVERAGE else f"{name} ({int(sizes[name]):,})" for name in drawn["cohort"]]
    chart = _cells(drawn) if len(average) and measure.n else None
    text = measure.absent or "Of those who began, came back: " + "; ".join(
        f"week {int(row['week'])}: {percent(row['rate'])}" for row in records(average) if row["week"] > 0
    )
    notes = (
        f"{measure.n:,} learners, by the Monday of the week of their first run; week 0 is that week.",
        "Blank: the week is not over yet. The average weighs each group by its learners.",
        *said(measure.left_out),
    )
    return Figure("retention", "Who comes back", drawn, chart, text, notes)


def _cells(drawn: pd.DataFrame) -> Any:
    drawn = drawn[drawn["week"] > 0]
    order = [*sorted(label for label in drawn["label"].unique() if label != AVERAGE), AVERAGE]
    base = alt.Chart(drawn, width="container", height=theme.rows(len(order), 24)).encode(
        x=alt.X("week:O", title="Weeks after the first", axis=alt.Axis(labelAngle=0, grid=False)),
        y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelOverlap=False, grid=False)),
    )
    top = max(0.01, float(drawn["rate"].max()))
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color("rate:Q", legend=None, scale=alt.Scale(domain=[0, top], range=theme.HEAT)),
        tooltip=[
            alt.Tooltip("cohort:N", title="Began in the week of"),
            alt.Tooltip("week:O", title="Weeks after"),
            alt.Tooltip("active:Q", title="Came back", format=","),
            alt.Tooltip("learners:Q", title="of", format=","),
            alt.Tooltip("rate:Q", title="Share", format=".1%"),
        ],
    )
    return theme.finished(alt.layer(cells, _figures(base, "format(datum.rate, '.0%')", "datum.rate", top)))


def coverage(measure: Measure, picked: Mark | None = None) -> Figure:
    """One cell for each category and difficulty: how many scenarios there are, and how many of them nobody ran."""
    frame = measure.frame.groupby(["category", "difficulty"], as_index=False).agg(
        scenarios=("scenarios", "sum"), unrun=("unrun", "sum"),
        runs=("runs", lambda counts: counts.sum(skipna=False)),
        languages=("language", lambda names: ", ".join(sorted(set(names)))),
        unrun_titles=("unrun_titles", lambda lists: "; ".join(name for names in lists for name in names)[:500]),
    )  # fmt: skip
    frame["key"] = frame["category"] + "/" + frame["difficulty"]
    labels = [f"{row['category']}, {row['difficulty']}" for row in records(frame)]
    marks = {
        label: Mark(category=row["category"], difficulty=row["difficulty"])
        for label, row in zip(labels, records(frame), strict=True)
    }
    chosen = f"{picked.category}/{picked.difficulty}" if picked and picked.category else None
    total, unrun = int(frame["scenarios"].sum()), int(frame["unrun"].sum())
    text = measure.absent or f"{plural(total, 'scenario')}, {unrun:,} of them not run by anybody in this period." + (
        " Not run: " + "; ".join(name for name in frame["unrun_titles"] if name) + "." if unrun else ""
    )
    notes = (text, f"{measure.n:,} runs of scenarios in the catalogue.", *said(measure.left_out))
    chart = _coverage(frame, chosen) if len(frame) else None
    return Figure("coverage", "What the catalogue covers", frame, chart, text, notes, marks, ("key",))


def _coverage(frame: pd.DataFrame, chosen: str | None) -> Any:
    levels = [level for level in theme.LEVELS if level in set(frame["difficulty"])]
    levels += sorted(set(frame["difficulty"]) - set(levels))
    base = alt.Chart(frame, width="container", height=theme.rows(frame["category"].nunique(), 30)).encode(
        x=alt.X("difficulty:N", sort=levels, title=None, axis=alt.Axis(labelAngle=0, grid=False, orient="top")),
        y=alt.Y("category:N", title=None, axis=alt.Axis(labelOverlap=False, grid=False)),
    )
    top = max([1.0, *frame["runs"].dropna().astype("float64")])
    cells = (
        base.mark_rect(cornerRadius=2)
        .encode(
            color=alt.Color("runs:Q", legend=None, scale=alt.Scale(domain=[0, top], range=theme.HEAT)),
            opacity=theme.bold(chosen, "key"),
            tooltip=[
                "category:N", "difficulty:N", alt.Tooltip("languages:N", title="Languages"),
                alt.Tooltip("scenarios:Q", title="Scenarios"), alt.Tooltip("unrun:Q", title="Nobody ran"),
                alt.Tooltip("unrun_titles:N", title="Namely"), alt.Tooltip("runs:Q", title="Runs", format=","),
            ],
        )
        .add_params(theme.picking("key"))
    )  # fmt: skip
    said_in = "datum.scenarios + (datum.unrun ? ' (' + datum.unrun + ' not run)' : '')"
    return theme.finished(alt.layer(cells, _figures(base, said_in, "datum.runs", top)))


def _figures(base: Any, said_in: str, value: str, top: float) -> Any:
    """The figure in each cell, dark on pale cells and white on dark ones."""
    colour = alt.condition(f"{value} > {theme.READABLE * top}", alt.value("#FFFFFF"), alt.value("#17212B"))
    return base.transform_calculate(said=said_in).mark_text(fontSize=12).encode(text="said:N", color=colour)
