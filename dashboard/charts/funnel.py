"""The phase funnel."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import pandas as pd

from dashboard.charts import theme
from dashboard.charts.figure import Figure, percent, records, said
from scenario_core.usage.filters import Mark
from scenario_core.usage.measures import Measure

__all__ = ["funnel"]

_ROOM: Final = 0.3
"""From which share of the longest bar on there is room for words in a bar."""


def funnel(measure: Measure, picked: Mark | None = None) -> Figure:
    """One bar for each phase: the runs that reached it, and of them those that went on."""
    frame = measure.frame[measure.frame["runs"].notna()].reset_index(drop=True)
    frame["label"] = [f"{row['position']}. {row['phase']}" for row in records(frame)]
    marks = {row["label"]: Mark(reached=int(row["position"]), started=True) for row in records(frame)}
    chart = (
        _chart(frame, picked.reached if picked else None) if len(frame) and measure.n and not measure.absent else None
    )
    text = "; ".join(
        f"{row['label']}: reached by {int(row['runs']):,} of {int(row['started']):,} ({percent(row['overall_rate'])}), "
        f"{percent(row['step_rate'])} of these went on"
        for row in records(frame)
    )
    notes = (
        f"{measure.n:,} starts. Dark: went on to the next phase or finished. Pale: stopped here, or still in it.",
        *said(measure.left_out),
    )
    told = measure.absent or text or "There is nothing to show."
    return Figure("funnel", "How far runs come", frame, chart, told, notes, marks, ("position",))


def _chart(frame: pd.DataFrame, chosen: int | None) -> Any:
    y = alt.Y(
        "label:N", sort=list(frame["label"]), title=None, axis=alt.Axis(labelOverlap=False, labelLimit=220, grid=False)
    )
    top = float(frame["started"].max())
    scale = alt.Scale(domain=[0, top * 1.5])
    base = alt.Chart(frame, width="container", height=max(60, 34 * len(frame)))
    tooltip = [
        alt.Tooltip("label:N", title="Phase"),
        alt.Tooltip("runs:Q", title="Reached", format=","),
        alt.Tooltip("passed:Q", title="Went on", format=","),
        *(alt.Tooltip(f"{name}:Q", title=f"{name.capitalize()} here", format=",") for name in theme.OUTCOMES),
        alt.Tooltip("learners:Q", title="Learners", format=","),
    ]
    x = alt.X("runs:Q", title=None, axis=None, scale=scale)
    reached = base.mark_bar(color=theme.DONE, opacity=0.3, cornerRadiusEnd=2, height={"band": 0.7}).encode(
        y=y, x=x, tooltip=tooltip
    )
    opacity = (
        alt.value(1)
        if chosen is None
        else alt.condition(alt.datum.position == chosen, alt.value(1), alt.value(theme.FADED))
    )
    passed = base.mark_bar(color=theme.DONE, cornerRadiusEnd=2, height={"band": 0.7}).encode(
        y=y, x=alt.X("passed:Q", scale=scale, title=None), opacity=opacity, tooltip=tooltip
    )
    outside = base.transform_calculate(said="format(datum.runs, ',') + ' (' + format(datum.overall_rate, '.0%') + ')'")
    inside = base.transform_filter(f"datum.passed > {_ROOM * top}").transform_calculate(
        said="format(datum.step_rate, '.0%') + ' went on'"
    )
    texts = [
        outside.mark_text(align="left", dx=6, fontSize=12).encode(y=y, x=x, text="said:N"),
        inside.mark_text(align="left", dx=8, fontSize=12, color="#FFFFFF").encode(y=y, text="said:N", x=alt.value(0)),
    ]
    return theme.finished(alt.layer(reached.add_params(theme.picking("position")), passed, *texts))
