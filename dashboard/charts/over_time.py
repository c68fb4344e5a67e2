"""Starts, completions, learners and minutes over time, with what happened to the scenarios meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import altair as alt
import pandas as pd

from dashboard.charts import theme
from dashboard.charts.figure import Figure, records, said
from scenario_core.analysis.markers import Marker
from scenario_core.usage.filters import Mark, Outcome
from scenario_core.usage.measures import Measure
from scenario_core.usage.measures.over_time import BEFORE

__all__ = ["SERIES", "over_time"]

SERIES: Final = {"starts": "Starts", "completions": "Completions", "learners": "Learners", "minutes": "Minutes"}
_BEHIND: Final = {
    "starts": Mark(started=True), "completions": Mark(outcome=Outcome.COMPLETED), "learners": Mark(),
    "minutes": Mark(possible=True),
}  # fmt: skip
"""Which runs of a stretch a bar counts."""
KINDS: Final = ("Edit", "Share", "Note")
_SHAPES: Final = ("diamond", "triangle-up", "circle")
_COLOURS: Final = ("#C8641B", "#8C6BC8", "#4A86C5")
_HEIGHT: Final = 240


def over_time(
    measure: Measure, series: str = "starts", markers: Sequence[Marker] = (), picked: Mark | None = None
) -> Figure:
    """One bar for each stretch; one that is not over is hollow, and a grey line is the period of comparison."""
    frame = measure.frame.assign(begins=measure.frame["begins"].astype("str"), ends=measure.frame["ends"].astype("str"))
    labels = _labels(frame)
    marks = {
        label: replace(_BEHIND[series], begins=date.fromisoformat(begins), ends=date.fromisoformat(ends))
        for label, begins, ends in zip(labels, frame["begins"], frame["ends"], strict=True)
    }
    chosen = picked.begins.isoformat() if picked and picked.begins else None
    notes = (f"{measure.n:,} runs.", *said(measure.left_out))
    if not frame["is_whole"].all():
        notes += ("Hollow: not a whole stretch, since it is not over yet or the period cuts it; it is not compared.",)
    chart = _chart(frame.assign(label=labels), series, markers, chosen) if measure.n else None
    return Figure(
        "over_time", f"{SERIES[series]} over time", frame, chart, _described(frame, series, labels), notes, marks,
        ("begins",),
    )  # fmt: skip


def _chart(frame: pd.DataFrame, series: str, markers: Sequence[Marker], chosen: str | None) -> Any:
    order = list(frame["label"])
    axis = alt.Axis(title=None, labelAngle=0, labelOverlap="greedy", labelSeparation=10)
    x = alt.X("label:N", sort=order, axis=axis, scale=alt.Scale(domain=order, padding=0.15))
    highest = [float(frame[name].max()) for name in _drawn(frame, series) if frame[name].notna().any()]
    top = max([1.0, *highest])
    scale = alt.Scale(domain=[0, top * (1.15 if markers else 1.02)])
    y = alt.Y(f"{series}:Q", title=None, axis=alt.Axis(tickCount=4, format=",.0f"), scale=scale)
    base = alt.Chart(frame, height=_HEIGHT, width="container")
    bars = (
        base.mark_bar(color=theme.DONE, stroke=theme.DONE, strokeWidth=1.5, cornerRadiusEnd=2)
        .encode(
            x=x,
            y=y,
            fillOpacity=alt.condition(alt.datum.is_whole, alt.value(1), alt.value(0.12)),
            opacity=theme.bold(chosen, "begins"),
            tooltip=_tooltip(frame, series),
        )
        .add_params(theme.picking("begins"))
    )
    layers = [bars]
    if f"{BEFORE}{series}" in frame:
        line = base.mark_line(
            color=theme.BEFORE, strokeDash=[4, 3], aria=False, point={"size": 18, "color": theme.BEFORE, "aria": False}
        )
        layers.append(line.encode(x=x, y=alt.Y(f"{BEFORE}{series}:Q", title=None, scale=scale)))
    if markers:
        layers.append(_markers(frame, markers, x))
    return theme.finished(alt.layer(*layers))


def _drawn(frame: pd.DataFrame, series: str) -> list[str]:
    return [name for name in (series, f"{BEFORE}{series}") if name in frame]


def _markers(frame: pd.DataFrame, markers: Sequence[Marker], x: alt.X) -> Any:
    stretches = list(zip(frame["label"], frame["begins"], frame["ends"], strict=True))
    rows = [
        {"label": label, "kind": marker.kind, "day": marker.day.isoformat(), "text": marker.text}
        for marker in markers
        for label, begins, ends in stretches
        if begins <= marker.day.isoformat() <= ends
    ]
    return (
        alt.Chart(pd.DataFrame(rows, columns=["label", "kind", "day", "text"]))
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            x=x,
            y=alt.value(6),
            shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=list(KINDS), range=list(_SHAPES))),
            color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=list(KINDS), range=list(_COLOURS))),
            tooltip=[alt.Tooltip("day:N", title="Day"), "kind:N", alt.Tooltip("text:N", title="What")],
        )
    )


def _tooltip(frame: pd.DataFrame, name: str) -> list[alt.Tooltip]:
    shown = [
        alt.Tooltip("begins:N", title="From"),
        alt.Tooltip("ends:N", title="To"),
        alt.Tooltip(f"{name}:Q", title=SERIES[name], format=",.0f"),
    ]
    if f"{BEFORE}{name}" in frame:
        shown.append(alt.Tooltip(f"{BEFORE}{name}:Q", title="Compared with", format=",.0f"))
    return shown


def _labels(frame: pd.DataFrame) -> list[str]:
    """What each stretch is called: its first day, with the year where the period spans more than one."""
    days = [date.fromisoformat(begins) for begins in frame["begins"]]
    years = {day.year for day in days}
    return [f"{day.day} {day:%b}" + (f" {day.year}" if len(years) > 1 else "") for day in days]


def _described(frame: pd.DataFrame, series: str, labels: list[str]) -> str:
    told = frame.assign(label=labels)
    rows = [row for row in records(told[["label", series]]) if pd.notna(row[series])]
    if not rows:
        return "There is nothing to show over time."
    most, least = max(rows, key=lambda row: row[series]), min(rows, key=lambda row: row[series])
    name = SERIES[series].lower()
    return (
        f"{SERIES[series]} from {labels[0]} to {labels[-1]}. Most {name}: {most[series]:,.0f} ({most['label']}); "
        f"fewest: {least[series]:,.0f} ({least['label']})."
    )
