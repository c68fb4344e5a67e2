"""What is learned, and who may be dropping out."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import pandas as pd

from dashboard.charts import theme
from dashboard.charts.figure import Figure, percent, records, said, unlike
from scenario_core.usage.filters import Mark
from scenario_core.usage.measures import Measure

__all__ = ["at_risk", "vocabulary"]

MOST: Final = 30
MOST_WORDS: Final = 80


def vocabulary(measure: Measure, picked: Mark | None = None) -> Figure:
    """The words of one scenario, each with how often it was used; of several, how many of their words never were."""
    never = int((measure.frame["runs"] == 0).sum()) if len(measure.frame) else 0
    text = measure.absent or (
        f"{len(measure.frame):,} words in the scenarios that were run; {never:,} of them were never used by a learner."
    )
    notes = (text, f"{measure.n:,} runs whose source tells words.", *said(measure.left_out))
    if measure.frame["scenario"].nunique() > 1:
        frame, chart, marks = _by_scenario(measure.frame, picked)
        keys: tuple[str, ...] = ("scenario",)
    else:
        frame, keys = _words(measure.frame), ("word",)
        marks = {row["label"]: Mark(scenario=row["scenario"], word=row["word"]) for row in records(frame)}
        chart = _word_chart(frame, picked.word if picked else None) if len(frame) else None
    return Figure("vocabulary", "Words practised and never reached", frame, chart, text, notes, marks, keys)


def _by_scenario(words: pd.DataFrame, picked: Mark | None) -> tuple[pd.DataFrame, Any, dict[str, Mark]]:
    words = words.assign(never=words["runs"] == 0)
    frame = words.groupby(["scenario", "title"], as_index=False).agg(
        words=("word", "count"), never=("never", "sum"), of=("of", "first")
    )
    lists = words[words["never"]].groupby("scenario")["word"].agg(", ".join)
    frame["never_reached"] = frame["scenario"].map(lists).fillna("")
    frame["practised"] = frame["words"] - frame["never"]
    frame = frame.sort_values(["never", "title"], ascending=[False, True], ignore_index=True).head(MOST)
    frame["label"] = unlike(frame, "title", "scenario")
    marks = {row["label"]: Mark(scenario=row["scenario"], worded=True) for row in records(frame)}
    y = alt.Y(
        "label:N", sort=list(frame["label"]), title=None, axis=alt.Axis(labelOverlap=False, labelLimit=220, grid=False)
    )
    scale = alt.Scale(domain=[0, float(frame["words"].max()) * 1.9])
    base = alt.Chart(frame, width="container", height=theme.rows(len(frame), 24))
    tooltip = [
        alt.Tooltip("title:N", title="Scenario"), alt.Tooltip("practised:Q", title="Words practised"),
        alt.Tooltip("never:Q", title="Never reached"), alt.Tooltip("never_reached:N", title="Namely"),
        alt.Tooltip("of:Q", title="Runs", format=","),
    ]  # fmt: skip
    axis = alt.Axis(title="Words", tickMinStep=1, tickCount=6)
    every = base.mark_bar(color=theme.OUTCOMES["abandoned"], cornerRadiusEnd=2, height={"band": 0.65}).encode(
        y=y, x=alt.X("words:Q", axis=axis, scale=scale), tooltip=tooltip
    )
    used = base.mark_bar(color=theme.DONE, height={"band": 0.65}).encode(
        y=y,
        x=alt.X("practised:Q", scale=scale, title="Words"),
        opacity=theme.bold(picked.scenario if picked else None, "scenario"),
        tooltip=tooltip,
    )
    said_of = base.transform_calculate(
        said="datum.never ? datum.never + ' never: ' + truncate(datum.never_reached, 34) : 'all practised'"
    ).mark_text(align="left", dx=6, fontSize=12)
    texts = said_of.encode(y=y, x=alt.X("words:Q", scale=scale, title="Words"), text="said:N")
    return frame, theme.finished(alt.layer(every, used.add_params(theme.picking("scenario")), texts)), marks


def _words(words: pd.DataFrame) -> pd.DataFrame:
    frame = words.sort_values(["position", "word"], ignore_index=True).head(MOST_WORDS)
    return frame.assign(label=[f"{row['position']}. {row['word']}" for row in records(frame)])


def _word_chart(frame: pd.DataFrame, chosen: str | None) -> Any:
    y = alt.Y(
        "label:N", sort=list(frame["label"]), title=None, axis=alt.Axis(labelOverlap=False, labelLimit=260, grid=False)
    )
    top = max(0.05, float(frame["rate"].max()))
    scale = alt.Scale(domain=[0, top * 1.3])
    axis = alt.Axis(format="%", title="Of the scenario's runs", tickCount=4)
    base = alt.Chart(frame, width="container", height=theme.rows(len(frame), 22))
    bars = base.mark_bar(color=theme.DONE, cornerRadiusEnd=2, height={"band": 0.6}).encode(
        y=y,
        x=alt.X("rate:Q", axis=axis, scale=scale),
        opacity=theme.bold(chosen, "word"),
        tooltip=[
            alt.Tooltip("word:N", title="Word"), alt.Tooltip("position:Q", title="Phase"),
            alt.Tooltip("runs:Q", title="Used in runs", format=","), alt.Tooltip("of:Q", title="of", format=","),
        ],
    )  # fmt: skip
    words = base.transform_calculate(said="datum.runs ? format(datum.runs, ',') : 'never'")
    texts = words.mark_text(align="left", dx=5, fontSize=12)
    bars = bars.add_params(theme.picking("word"))
    return theme.finished(alt.layer(bars, texts.encode(y=y, x=alt.X("rate:Q", scale=scale, axis=axis), text="said:N")))


def at_risk(measure: Measure) -> Figure:
    """How many learners are engaged, did not finish, and have been away."""
    frame = measure.frame[measure.frame["learners"].notna()].reset_index(drop=True)
    chart = None
    if len(frame) and measure.n:
        y = alt.Y(
            "group:N",
            sort=list(frame["group"]),
            title=None,
            axis=alt.Axis(labelOverlap=False, labelLimit=230, grid=False),
        )
        scale = alt.Scale(domain=[0, float(frame["learners"].max()) * 1.25])
        x = alt.X("learners:Q", title=None, axis=None, scale=scale)
        base = alt.Chart(frame, width="container", height=34 * len(frame))
        bars = base.mark_bar(color=theme.OUTCOMES["abandoned"], cornerRadiusEnd=2, height={"band": 0.6}).encode(
            y=y, x=x
        )
        words = base.transform_calculate(
            said="format(datum.learners, ',') + (isValid(datum.share) ? ' (' + format(datum.share, '.0%') + ')' : '')"
        ).mark_text(align="left", dx=6, fontSize=12)
        chart = theme.finished(alt.layer(bars, words.encode(y=y, x=x, text="said:N")))
    text = measure.absent or "; ".join(
        f"{row['group']}: {int(row['learners']):,} ({percent(row['share'])})" for row in records(frame)
    )
    notes = ("Counts only: who they are is not shown.", *said(measure.left_out))
    return Figure("at_risk", "Learners who may be dropping out", frame, chart, text, notes)
