"""A desk with sample runs of scenarios whose titles try to be more than text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from dashboard.charts.figure import Figure
from dashboard.charts.figures import figure
from dashboard.usage.about import About
from scenario_core.analysis import Analyst
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.settings import Settings
from scenario_core.stewardship.sample_runs import add_sample
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.filters import Mark, UsageFilter
from scenario_core.usage.measures import MEASURES
from scenario_core.usage.period import Period, start_of
from scenario_core.usage.run import Source
from tests.factories import scenario_document, write_production

UNTIL: Final = date(2026, 11, 28)
CHOSEN: Final = UsageFilter(Period(date(2026, 8, 31), UNTIL), sources=(Source.SAMPLE,))
MOMENT: Final = start_of(UNTIL, "UTC")
ZONE: Final = "Europe/Berlin"
HOSTILE: Final = [
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=1">',
    "]]></desc></title></svg><b>bold</b><!--",
    '=HYPERLINK("http://localhost/x")',
    "@SUM(A1)",
    "nul \x00 bell \x07 escape \x1b[31m",
    "user \u202eresu\u202c \u200fmarked, עברית",
    '{{ 7 * 7 }} {% raw %} # no comment, "quoted"',
]


@contextmanager
def hostile_desk(folder: Path, runs: int = 3_000, **settings: Any) -> Iterator[Desk]:
    """Scenarios with hostile titles, phases and words, and sample runs of them."""
    found = [scenario_document(f"scenario_{place}", name=title) for place, title in enumerate(HOSTILE)]
    for document, title in zip(found, HOSTILE, strict=True):
        for phase in document["phases"]:
            phase["name"] = title
            phase["key_vocabulary"] = [title, *phase["key_vocabulary"]]
    path = write_production(folder / "scenarios.json", {each["scenario_id"]: each for each in found})
    given: dict[str, Any] = {"production": path, "database": f"sqlite:///{folder / 'desk.db'}", "time_zone": ZONE}
    given |= {"usage": folder / "usage"}
    desk = Desk.open(Settings.read(**(given | settings)))
    schema.upgrade(desk.engine)
    if runs:
        add_sample(Steward.configured(desk), runs, 7, until=UNTIL)
    yield desk
    desk.close()


@dataclass(frozen=True)
class Drawn:
    """A figure and what its files say."""

    figure: Figure
    about: About


def figures_of(analyst: Analyst, chosen: UsageFilter, picked: Mark | None = None) -> dict[str, Drawn]:
    """Every figure of a filter, as the page draws them."""
    analyst.refresh()
    with analyst.view(chosen, moment=MOMENT) as view:
        measures = {name: MEASURES[name](view) for name in MEASURES if name != "totals"}
        titles = view.titles
    made = {name: figure(measure, picked) for name, measure in measures.items()}
    return {
        name: Drawn(each, About.of(each, measures[name], chosen, MOMENT, ZONE, picked=picked, titles=titles))
        for name, each in made.items()
    }
