"""What the page Usage shows, as one file: no script, nothing from elsewhere, ready to be printed or mailed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from itertools import chain
from typing import Any, Final

import orjson
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from dashboard.charts.figure import NOTHING, Figure, percent, records
from dashboard.charts.figures import SECTIONS, TITLES, figure
from dashboard.charts.over_time import SERIES, over_time
from dashboard.usage.about import About
from dashboard.usage.files import drawn, svg_of
from dashboard.usage.picture import Look
from dashboard.usage.wording import change, points
from scenario_core.analysis import Analyst
from scenario_core.analysis.markers import markers
from scenario_core.custom.columns import now
from scenario_core.exports.sheets import plain_rows
from scenario_core.integrity.reports.content import visible
from scenario_core.usage.filters import UsageFilter
from scenario_core.usage.measures import MEASURES, Measure
from scenario_core.usage.measures.over_time import BEFORE
from scenario_core.usage.period import Period
from scenario_core.usage.wording import period_words

__all__ = ["Report", "report"]

LOOK: Final = Look("#17202b", "#55626f", "#d5dce3", None)
"""Colours that no mark has: the page's style changes them where the reader's screen is dark."""
_SHARES: Final = ("rate", "low", "high", "share")
_OVER_TIME: Final = ("begins", "ends", *SERIES, *(f"{BEFORE}{name}" for name in SERIES))
_WITHHELD: Final = "withheld"


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the strip, and how it differs from the period of comparison; empty where that can't be said."""

    label: str
    value: str
    change: str


@dataclass(frozen=True)
class Table:
    """The rows of a figure as people read them."""

    columns: list[tuple[str, bool]]
    """What each column is called, and whether it holds numbers."""
    rows: list[list[str]]


@dataclass(frozen=True)
class Entry:
    """One figure of the report."""

    figure: Figure
    about: About
    absent: str

    @property
    def svg(self) -> Markup:
        """The chart; it holds what Vega draws and nothing else."""
        if self.figure.chart is None:
            return Markup()
        _, _, rest = svg_of(self.figure, look=LOOK).partition("<svg ")
        label = Markup('<svg role="img" aria-label="{}" ').format(visible(self.figure.text))
        return label + Markup(rest)  # noqa: S704 - vl-convert escapes the texts of its drawing

    @cached_property
    def table(self) -> Table:
        """What is drawn, as a table."""
        frame = drawn(self.figure)
        if self.figure.name == "over_time":
            frame = frame[[name for name in _OVER_TIME if name in frame]]
        names = [name for name in frame.columns if name != _WITHHELD]
        numeric = {name: pd.api.types.is_numeric_dtype(frame[name]) for name in names}
        rows = [[_cell(name, row[name]) for name in names] for row in plain_rows(frame)]
        return Table([(_heading(name), bool(numeric[name])) for name in names], rows)


@dataclass(frozen=True)
class Report:
    """Everything that a report holds."""

    chosen: UsageFilter
    about: About
    totals: Measure
    entries: dict[str, Entry]
    series: tuple[Entry, ...]
    """What else is drawn over time."""
    smallest_group: int

    @property
    def runs(self) -> int:
        """How many runs it is of."""
        return self.totals.n

    @property
    def key_figures(self) -> list[KeyFigure]:
        """The strip; empty where the group is too small to say anything of it."""
        rows = {row["period"]: row for row in records(self.totals.frame)}
        chosen = rows["chosen"]
        if chosen["withheld"]:
            return []
        strip = [
            KeyFigure(label, f"{chosen[name]:,.0f}", _differing(rows, name, change)) for name, label in SERIES.items()
        ]
        said = [f"{percent(chosen['low'], 1)} to {percent(chosen['high'], 1)}"] if pd.notna(chosen["rate"]) else []
        said += [differing] if (differing := _differing(rows, "rate", points)) else []
        return [*strip, KeyFigure("Completed", percent(chosen["rate"], 1), ", ".join(said))]

    @property
    def compared(self) -> str:
        """Which days the key figures are compared over."""
        rows = {row["period"]: row for row in records(self.totals.frame)}
        if "before" not in rows:
            return ""
        finished, before = (
            period_words(Period(rows[name]["first"], rows[name]["last"])) for name in ("finished", "before")
        )
        return f"Compared: {finished} with {before}; a day that is not over is not compared."

    @property
    def sections(self) -> list[tuple[str, list[Entry]]]:
        """The figures as they stand together, each once: the overview keeps what stands nowhere else."""
        places = {name: section for section, columns in SECTIONS.items() for name in chain.from_iterable(columns)}
        return [
            (TITLES[section], [self.entries[name] for name in chain.from_iterable(columns) if places[name] == section])
            for section, columns in SECTIONS.items()
        ]

    def as_html(self) -> bytes:
        """One page that needs nothing else. Every text is escaped, and none turns the reading direction around it."""
        return _template().render(report=self, look=LOOK).encode()

    def as_json(self) -> bytes:
        """The rows of every figure, with what must be known to read them."""
        told: dict[str, Any] = {
            "filter": dict(self.about.filters),
            "made_at": self.about.made_at.isoformat(),
            "sample": self.about.is_sample,
            "totals": plain_rows(self.totals.frame),
            "figures": {
                name: {
                    "title": entry.figure.title,
                    "n": entry.about.counted,
                    "notes": entry.figure.notes,
                    "in_words": entry.figure.text,
                    "absent": entry.absent,
                    "rows": plain_rows(drawn(entry.figure)),
                }
                for name, entry in self.entries.items()
            },
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"


def report(analyst: Analyst, chosen: UsageFilter, moment: datetime | None = None) -> Report:
    """All figures of a filter, as the person may see them. The engine must have been refreshed.

    Raises:
        PermissionDeniedError: usage is not for this person to see.
        ScenarioDeskError: the runs can't be read.
    """
    moment = moment or now()
    with analyst.view(chosen, moment=moment) as view:
        measures = {name: ask(view) for name, ask in MEASURES.items()}
        happened = markers(analyst.desk, analyst.person, view)
        titles = view.titles
    totals = measures.pop("totals")
    zone = analyst.desk.settings.time_zone

    def entry(made: Figure) -> Entry:
        measure = measures[made.name]
        return Entry(made, About.of(made, measure, chosen, moment, zone, titles=titles), measure.absent)

    entries = {name: entry(figure(measure, markers=happened)) for name, measure in measures.items()}
    others = [name for name in SERIES if name != "starts"]
    series = tuple(entry(over_time(measures["over_time"], name, happened)) for name in others)
    about = replace(entries["over_time"].about, notes=(), counted=totals.n)
    return Report(chosen, about, totals, entries, series, analyst.desk.settings.smallest_group)


def _differing(rows: Mapping[str, Mapping[str, Any]], name: str, told: Callable[[Any, Any], str | None]) -> str:
    """How the finished days differ from as many days of the comparison; empty where that can't be said."""
    if "finished" not in rows or "before" not in rows:
        return ""
    return told(rows["finished"][name], rows["before"][name]) or ""


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _cell(column: str, value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and column.endswith(_SHARES):
        return f"{100 * value:.1f} %"
    if isinstance(value, int | float):
        return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return str(value)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("dashboard", "usage"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    return environment.get_template("report.html.j2")
