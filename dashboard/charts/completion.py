"""Completion: of scenarios, of first attempts by declared difficulty, of the two stores, and of copies."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import pandas as pd

from dashboard.charts import theme
from dashboard.charts.figure import Figure, percent, records, said, unlike
from dashboard.words import plural
from scenario_core.usage.filters import Attempt, Mark
from scenario_core.usage.measures import Measure, unexpected

__all__ = ["copies", "first_attempts", "per_scenario", "stores"]

MOST: Final = 30
_ROW: Final = 24
_RATE: Final = alt.Axis(format="%", title=None, tickCount=5)
_INTERVAL: Final = "Dot: the share of starts that were completed. Line: its 95 % interval (Wilson)."


def per_scenario(measure: Measure, picked: Mark | None = None) -> Figure:
    """One row for each scenario: its rate with its interval, and of how many starts."""
    frame = measure.frame[measure.frame["starts"].notna()].head(MOST).reset_index(drop=True)
    frame["label"] = unlike(frame, "title", "scenario")
    marks = {row["label"]: Mark(scenario=row["scenario"], started=True) for row in records(frame)}
    chart = _rates(frame, "label", "scenario", picked.scenario if picked else None) if len(frame) else None
    notes = _counted(measure)
    if len(measure.frame) > len(frame):
        notes += (f"{len(frame)} of {len(measure.frame)} scenarios; a filter brings the others.",)
    if frame["rank"].isna().any():
        notes += ("Without a rank: too few starts to say more than the interval does.",)
    return Figure(
        "completion", "Completion per scenario", frame, chart, _described(frame, "label"), notes, marks, ("scenario",)
    )


def first_attempts(measure: Measure, picked: Mark | None = None) -> Figure:
    """First attempts and repeats of each declared difficulty."""
    frame = measure.frame[measure.frame["starts"].notna()].reset_index(drop=True)
    frame["label"] = [
        f"{row['difficulty'].capitalize()}, {'first attempt' if row['attempt'] == Attempt.FIRST else 'repeats'}"
        for row in records(frame)
    ]
    marks = {
        row["label"]: Mark(
            difficulty="" if row["difficulty"] == "unknown" else row["difficulty"], attempt=Attempt(row["attempt"]),
            started=True,
        )
        for row in records(frame)
    }  # fmt: skip
    frame["key"] = frame["difficulty"] + "/" + frame["attempt"]
    key = f"{picked.difficulty or 'unknown'}/{picked.attempt.value}" if picked and picked.attempt else None
    chart = _rates(frame, "label", "key", key) if len(frame) else None
    text = " ".join([_described(frame, "label"), *unexpected(measure.frame)])
    return Figure(
        "first_attempts", "First attempts by declared difficulty", frame, chart, text,
        (*unexpected(measure.frame), *_counted(measure)), marks, ("key",),
    )  # fmt: skip


def stores(measure: Measure, picked: Mark | None = None) -> Figure:
    """Production against custom."""
    frame = measure.frame[measure.frame["starts"].notna()].reset_index(drop=True)
    frame["label"] = [
        f"{row['store'].capitalize()} ({plural(int(row['scenarios']), 'scenario')})" for row in records(frame)
    ]
    marks = {
        row["label"]: Mark(store="" if row["store"] == "unknown" else row["store"], started=True)
        for row in records(frame)
    }
    chosen = (picked.store or "unknown") if picked and picked.store is not None else None
    chart = _rates(frame, "label", "store", chosen) if len(frame) else None
    return Figure(
        "stores", "Production against custom", frame, chart, _described(frame, "label"), _counted(measure), marks,
        ("store",),
    )  # fmt: skip


def copies(measure: Measure, picked: Mark | None = None) -> Figure:
    """Copies beside what they were made from: a line from the original's rate to that of its copies."""
    frame = measure.frame.head(MOST).reset_index(drop=True)
    frame["label"] = unlike(frame, "title", "origin")
    marks = {row["label"]: Mark(scenario=row["origin"], started=True) for row in records(frame)}
    chosen = picked.scenario if picked else None
    chart = None
    if len(frame):
        y = alt.Y("label:N", sort=list(frame["label"]), title=None, axis=alt.Axis(labelOverlap=False, labelLimit=220))
        base = alt.Chart(frame, width="container", height=theme.rows(len(frame), _ROW))
        line = base.mark_rule(strokeWidth=2, color=theme.BEFORE).encode(
            y=y, x=alt.X("origin_rate:Q", axis=_RATE, scale=alt.Scale(domain=[0, 1])), x2="copies_rate:Q"
        )
        tooltip = [
            "title:N",
            alt.Tooltip("origin_rate:Q", title="Original", format=".0%"),
            alt.Tooltip("origin_starts:Q", title="of starts", format=","),
            alt.Tooltip("copies_rate:Q", title="Copies", format=".0%"),
            alt.Tooltip("copies_starts:Q", title="of starts", format=","),
        ]
        origin = base.mark_point(filled=True, size=70, color=theme.BEFORE).encode(
            y=y, x="origin_rate:Q", tooltip=tooltip
        )
        made = base.mark_point(filled=True, size=110, color=theme.DONE, shape="diamond").encode(
            y=y, x="copies_rate:Q", opacity=theme.bold(chosen, "origin"), tooltip=tooltip
        )
        chart = theme.finished(alt.layer(line, origin, made.add_params(theme.picking("origin"))))
    text = "; ".join(
        f"{row['label']}: original {percent(row['origin_rate'])}, copies {percent(row['copies_rate'])}"
        for row in records(frame)
    )
    key = ("Grey dot: the original. Teal diamond: its copies together.", *_counted(measure))
    notes = key if len(frame) else said(measure.left_out)
    return Figure(
        "copies", "Copies against their originals", frame, chart, text or measure.absent, notes, marks, ("origin",)
    )


def _rates(frame: pd.DataFrame, label: str, key: str, chosen: str | None) -> Any:
    y = alt.Y(
        f"{label}:N", sort=list(frame[label]), title=None, axis=alt.Axis(labelOverlap=False, labelLimit=220, grid=False)
    )
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(frame, width="container", height=theme.rows(len(frame), _ROW))
    line = base.mark_rule(strokeWidth=3, opacity=0.45, color=theme.DONE).encode(
        y=y, x=alt.X("low:Q", axis=_RATE, scale=scale, title=None), x2="high:Q"
    )
    tooltip = [
        alt.Tooltip(f"{label}:N", title="Of"),
        alt.Tooltip("rate:Q", title="Completed", format=".1%"),
        alt.Tooltip("low:Q", title="at least", format=".1%"),
        alt.Tooltip("high:Q", title="at most", format=".1%"),
        alt.Tooltip("starts:Q", title="Starts", format=","),
        alt.Tooltip("learners:Q", title="Learners", format=","),
    ]
    dot = base.mark_point(filled=True, size=110, color=theme.DONE).encode(
        y=y, x=alt.X("rate:Q", scale=scale, title=None), opacity=theme.bold(chosen, key), tooltip=tooltip
    )
    words = base.transform_calculate(
        said="format(datum.rate, '.0%') + ' of ' + format(datum.starts, ',')",
        place="datum.high > 0.55 ? datum.low : datum.high",
    )
    after = words.transform_filter("datum.high <= 0.55").mark_text(align="left", dx=8, fontSize=12)
    ahead = words.transform_filter("datum.high > 0.55").mark_text(align="right", dx=-8, fontSize=12)
    texts = [each.encode(y=y, x=alt.X("place:Q", scale=scale, title=None), text="said:N") for each in (after, ahead)]
    return theme.finished(alt.layer(line, dot.add_params(theme.picking(key)), *texts))


def _counted(measure: Measure) -> tuple[str, ...]:
    return (f"{measure.n:,} starts. {_INTERVAL}", *said(measure.left_out))


def _described(frame: pd.DataFrame, label: str) -> str:
    if frame.empty:
        return "There is nothing to show."
    return "; ".join(
        f"{row[label]}: {percent(row['rate'])} of {int(row['starts']):,} starts completed "
        f"({percent(row['low'])} to {percent(row['high'])})"
        for row in records(frame)
    )
