"""How many findings each run of the checks came to: a small chart of errors, warnings and notices over time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import altair as alt
import pandas as pd

from scenario_core.integrity.history import CheckRun

__all__ = ["RUNS", "chart", "described", "frame"]

RUNS: Final = 30
"""How many runs the chart shows."""
_COUNTED: Final = {"errors": "Errors", "warnings": "Warnings", "notices": "Notices"}
_COLOURS: Final = {"Errors": "#D64545", "Warnings": "#A87900", "Notices": "#4A86C5"}
"""Each reaches 3:1 on the light and on the dark surface."""
_STRIP: Final = 34


def frame(runs: Iterable[CheckRun]) -> pd.DataFrame:
    """One row for each run, the oldest first; `run` is its place among `RUNS`, of which the latest has the last."""
    names = ["run_id", "at", "errors", "warnings", "notices", "waived", "not_run", "new", "mended", "still"]
    rows = [{name: getattr(run, name) for name in names} for run in runs]
    found = pd.DataFrame(rows, columns=names).sort_values("run_id", ignore_index=True)
    found.insert(1, "run", range(RUNS - len(found) + 1, RUNS + 1))
    return found


def chart(found: pd.DataFrame) -> alt.VConcatChart:
    """Three strips, each with a scale of its own, since two errors must be seen beside four thousand notices."""
    title = alt.Title(f"The last {RUNS} runs, the latest on the right", fontSize=13, anchor="start", offset=6)
    strips = [_strip(found, name, label) for name, label in _COUNTED.items()]
    made: alt.VConcatChart = alt.vconcat(*strips, spacing=8).properties(title=title).configure_view(strokeOpacity=0)
    return made


def described(found: pd.DataFrame) -> str:
    """What the chart shows, in words, for those who can't see it."""
    if found.empty:
        return "There are no runs yet."
    first, last = found.iloc[0], found.iloc[-1]
    parts = [f"{title.lower()} from {first[name]} to {last[name]}" for name, title in _COUNTED.items()]
    runs = "1 run" if len(found) == 1 else f"{len(found)} runs"
    return f"Findings in the last {runs}: {', '.join(parts)}. The section Runs holds the same numbers as a table."


def _strip(found: pd.DataFrame, name: str, label: str) -> alt.Chart:
    """One bar for each run; what a bar stands for is told on pointing at it."""
    top = max(1, int(found[name].max()) if len(found) else 1)
    axis = alt.Axis(
        title=label, titleAngle=0, titleAlign="right", titleAnchor="middle", titleFontWeight="normal", titlePadding=8,
        values=[0, top], format="d", gridOpacity=0.5, domain=False, ticks=False, labelFontSize=11, titleFontSize=12,
        minExtent=70, maxExtent=70,
    )  # fmt: skip
    made: alt.Chart = (
        alt.Chart(found, height=_STRIP, width="container", description=f"{label} of each run")
        .mark_bar(color=_COLOURS[label], cornerRadiusEnd=1)
        .encode(
            x=alt.X("run:O", axis=None, scale=alt.Scale(domain=list(range(1, RUNS + 1)), padding=0.15)),
            y=alt.Y(f"{name}:Q", axis=axis, scale=alt.Scale(domain=[0, top])),
            tooltip=[
                alt.Tooltip("at:T", title="Run (UTC)", format="%Y-%m-%d %H:%M"),
                *(alt.Tooltip(f"{each}:Q", title=title) for each, title in _COUNTED.items()),
                alt.Tooltip("waived:Q", title="Waived"),
                alt.Tooltip("new:Q", title="New"),
                alt.Tooltip("mended:Q", title="Mended"),
            ],
        )
    )
    return made
