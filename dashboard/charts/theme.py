"""How the charts of usage look: colours that hold on light and dark surfaces, sizes, and what all of them share."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

__all__ = [
    "BEFORE",
    "DONE",
    "FADED",
    "HEAT",
    "LEVELS",
    "OUTCOMES",
    "PICK",
    "READABLE",
    "bold",
    "finished",
    "on_surface",
    "picking",
    "rows",
]  # fmt: skip

DONE: Final = "#1B8A8F"
BEFORE: Final = "#8593A0"
OUTCOMES: Final = {"completed": DONE, "abandoned": "#C8641B", "terminated": "#8C6BC8", "open": BEFORE}
"""Told apart by people who see red and green alike; each reaches 3:1 on the light and on the dark surface."""
LEVELS: Final = {"beginner": "#4A86C5", "intermediate": DONE, "advanced": "#C8641B", "native": "#8C6BC8"}
HEAT: Final = ["#E8F3F3", "#064A4E"]
"""From little to much. Cells carry their figure, so that nothing hangs on the shade alone."""
READABLE: Final = 0.55
"""From which share of the darkest shade on a figure in a cell is white."""
FADED: Final = 0.25
_AXIS: Final = 44
_INK: Final = "#17212B"
_INK_ON_DARK: Final = "#E6ECF1"
PICK: Final = "pick"
"""The name of the selection by which a mark is picked."""


def picking(*names: str) -> alt.Parameter:
    """The selection of one mark by some of its columns; a click beside all marks takes it back."""
    made: alt.Parameter = alt.selection_point(name=PICK, fields=list(names), on="click", clear="dblclick", toggle=False)
    return made


def bold(picked: str | None, column: str) -> Any:
    """Full strength for what is picked, and for all where nothing is."""
    if picked is None:
        return alt.value(1)
    return alt.condition(alt.datum[column] == picked, alt.value(1), alt.value(FADED))


def on_surface(chart: Any, *, is_dark: bool) -> Any:
    """The chart with words that can be read on the dark or on the light surface; Streamlit's theme sees to the axes."""
    return chart.configure_text(color=_INK_ON_DARK if is_dark else _INK)


def rows(count: int, each: int) -> int:
    """The height in pixels of a chart with so many rows, below which the axis has its own room."""
    return each * count + _AXIS


def finished(chart: Any) -> Any:
    """The chart without a frame around it and with quiet axes."""
    return (
        chart.configure_view(strokeOpacity=0)
        .configure_axis(domain=False, ticks=False, gridOpacity=0.4, labelFontSize=12, titleFontSize=12)
        .configure_axisX(labelPadding=6)
        .configure_axisY(labelPadding=6)
    )
