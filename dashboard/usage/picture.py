"""The chart of a figure as Vega-Lite with its data inside, of a fixed width and with a look of its own."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import pandas as pd

from dashboard.charts.figure import Figure
from dashboard.usage.about import About
from scenario_core.exports.sheets import plain_rows
from scenario_core.integrity.reports.content import visible

__all__ = ["LIGHT", "Look", "spec_of", "visible_spec"]

WIDTH: Final = 720
"""How wide the marks are drawn, in points; labels and titles come beside it."""
_LINE: Final = 118
_MOST_LINES: Final = 4
_FONT: Final = "'Source Sans 3', 'Segoe UI', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
"""The first of these that a machine has; names with spaces or digits are quoted, or a PNG has no text at all."""


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of what is not data. Where pages change them after their own scheme, they go by these values."""

    ink: str
    soft: str
    grid: str
    paper: str | None


LIGHT: Final = Look("#17202A", "#55626E", "#D5DCE2", "#FFFFFF")


def spec_of(figure: Figure, about: About | None, look: Look) -> dict[str, Any]:
    """The chart as Vega-Lite, titled where there is something to say about it."""
    spec: dict[str, Any] = _with_data(figure.chart).to_dict()
    spec |= {"width": WIDTH, "background": look.paper or "transparent", "padding": 16 if about else 4}
    if about is not None:
        spec["title"] = _title(figure, about, look)
    else:
        # Whoever draws it without a title says in words what it shows; a label at each mark would repeat that.
        spec["config"] = _merged(spec.get("config", {}), {"aria": False, "mark": {"aria": False}})
    spec["config"] = _merged(spec.get("config", {}), _config(look))
    return spec


def visible_spec(value: Any) -> Any:
    """The same with a code for every sign that no picture shows, or that would turn the reading around."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(name): visible_spec(each) for name, each in value.items()}
    return [visible_spec(each) for each in value] if isinstance(value, list) else value


def _with_data(chart: Any) -> Any:
    """The chart with its rows written into it.

    Altair would leave that to a setting of the whole process, which Streamlit changes while it draws.
    """
    made = chart.copy(deep=True)
    if isinstance(made.data, pd.DataFrame):
        made.data = alt.InlineData(values=plain_rows(made.data))
    if isinstance(made, alt.LayerChart):
        made.layer = [_with_data(each) for each in made.layer]
    return made


def _title(figure: Figure, about: About, look: Look) -> dict[str, Any]:
    told = dict(about.filters)
    lines = [told.get("Period", ""), f"Compared with {told.get('Compared with', 'nothing')}"]
    lines.append(f"Runs: {told.get('Runs', '')}. Filters: {told.get('Filters', 'none')}")
    lines += [f"Picked: {about.picked}"] if about.picked else []
    lines.append(" ".join(about.notes))
    wrapped = [part for line in lines for part in _wrapped(line)]
    wrapped.append(f"Made at {about.made_at.isoformat(' ')}, time zone {told.get('Time zone', 'UTC')}")
    return {
        "text": ("Sample data: " if about.is_sample else "") + " ".join(figure.title.split()),
        "subtitle": wrapped,
        "anchor": "start",
        "offset": 14,
        "color": look.ink,
        "subtitleColor": look.soft,
    }


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, _LINE, max_lines=_MOST_LINES, placeholder=" …")


def _config(look: Look) -> dict[str, Any]:
    return {
        "font": _FONT,
        "title": {"fontSize": 16, "subtitleFontSize": 11, "subtitleLineHeight": 15, "subtitlePadding": 6},
        "axis": {"labelColor": look.ink, "titleColor": look.soft, "gridColor": look.grid, "titleFontWeight": "normal"},
        "legend": {"labelColor": look.ink, "titleColor": look.soft},
        "text": {"color": look.ink},
    }


def _merged(given: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Both together; what the chart itself says holds."""
    merged = own | given
    for name in own.keys() & given.keys():
        if isinstance(own[name], dict) and isinstance(given[name], dict):
            merged[name] = _merged(given[name], own[name])
    return merged
