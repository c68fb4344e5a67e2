"""Planned against actual minutes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import altair as alt
import pandas as pd

from dashboard.charts import theme
from dashboard.charts.figure import Figure, records, said, unlike
from scenario_core.usage.filters import Mark, Outcome
from scenario_core.usage.measures import Measure

__all__ = ["durations", "phase_durations"]

MOST: Final = 30
_KEY: Final = "Line: the middle half of the runs. Dot: their median. Bar across: what is planned."


def durations(measure: Measure, picked: Mark | None = None) -> Figure:
    """One row for each scenario, the longest against its plan first."""
    frame = measure.frame[measure.frame["median"].notna()].head(MOST).reset_index(drop=True)
    frame["label"] = unlike(frame, "title", "scenario")
    done = Mark(outcome=Outcome.COMPLETED, possible=True)
    marks = {row["label"]: replace(done, scenario=row["scenario"]) for row in records(frame)}
    chart = _chart(frame, "scenario", picked.scenario if picked else None) if len(frame) else None
    notes = (f"{measure.n:,} completed runs. {_KEY}", *said(measure.left_out))
    if len(measure.frame) > len(frame):
        notes += (f"{len(frame)} of {len(measure.frame)} scenarios; a filter brings the others.",)
    return Figure(
        "durations", "Planned against actual minutes", frame, chart, _described(frame) or measure.absent, notes, marks,
        ("scenario",),
    )  # fmt: skip


def phase_durations(measure: Measure, picked: Mark | None = None) -> Figure:
    """One row for each phase of the chosen scenario."""
    frame = measure.frame.copy()
    if len(frame):
        frame = frame[frame["median"].notna()].reset_index(drop=True)
        frame["label"] = frame["position"].astype("str") + ". " + frame["phase"]
    marks = {row["label"]: Mark(timed=int(row["position"])) for row in records(frame)}
    chosen = str(picked.timed) if picked and picked.timed else None
    chart = _chart(frame, "position", chosen) if len(frame) else None
    notes = (
        () if measure.absent else (f"{measure.n:,} phases that runs have been through. {_KEY}", *said(measure.left_out))
    )
    return Figure(
        "phase_durations", "Minutes in each phase", frame, chart, measure.absent or _described(frame), notes, marks,
        ("position",),
    )  # fmt: skip


def _chart(frame: pd.DataFrame, key: str, chosen: str | None) -> Any:
    y = alt.Y(
        "label:N", sort=list(frame["label"]), title=None, axis=alt.Axis(labelOverlap=False, labelLimit=220, grid=False)
    )
    axis = alt.Axis(title="Minutes", tickCount=6)
    base = alt.Chart(frame, width="container", height=theme.rows(len(frame), 24))
    tooltip = [
        alt.Tooltip("label:N", title="Of"),
        alt.Tooltip("planned:Q", title="Planned", format=".0f"),
        alt.Tooltip("median:Q", title="Median", format=".1f"),
        alt.Tooltip("quartile_1:Q", title="A quarter take less than", format=".1f"),
        alt.Tooltip("quartile_3:Q", title="A quarter take more than", format=".1f"),
        alt.Tooltip("runs:Q", title="Runs", format=","),
    ]
    spread = base.mark_rule(strokeWidth=5, opacity=0.4, color=theme.DONE).encode(
        y=y, x=alt.X("quartile_1:Q", axis=axis, scale=alt.Scale(zero=True)), x2="quartile_3:Q", tooltip=tooltip
    )
    plan = base.mark_tick(thickness=3, size=16, color=theme.OUTCOMES["abandoned"]).encode(
        y=y, x="planned:Q", tooltip=tooltip
    )
    median = base.mark_point(filled=True, size=100, color=theme.DONE).encode(
        y=y, x="median:Q", opacity=theme.bold(chosen, key), tooltip=tooltip
    )
    return theme.finished(alt.layer(spread, plan, median.add_params(theme.picking(key))))


def _described(frame: pd.DataFrame) -> str:
    return "; ".join(
        f"{row['label']}: planned {_minutes(row['planned'])}, median {_minutes(row['median'])} "
        f"({_minutes(row['quartile_1'])} to {_minutes(row['quartile_3'])})"
        for row in records(frame)
    )


def _minutes(value: Any) -> str:
    return "not known" if pd.isna(value) else f"{float(value):.0f} minutes"
