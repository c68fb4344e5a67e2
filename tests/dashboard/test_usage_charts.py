"""The figures of usage: each draws its frame, can be picked, can be read without eyes, and holds on both surfaces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest

from dashboard.charts import theme
from dashboard.charts.figure import Figure, unlike
from dashboard.charts.figures import SECTIONS, figure
from dashboard.charts.over_time import over_time
from scenario_core.analysis import Analyst
from scenario_core.analysis.markers import Marker
from scenario_core.bootstrap import Desk
from scenario_core.usage.filters import Mark
from scenario_core.usage.measures import MEASURES
from tests.dashboard.usage_data import CHOSEN, HOSTILE, MOMENT, UNTIL, figures_of, hostile_desk

SURFACES = {"light": "#FFFFFF", "dark": "#11171D"}
ONE = replace(CHOSEN, scenarios=("scenario_1",))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("charts")
    with hostile_desk(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def figures(desk: Desk) -> dict[str, Figure]:
    drawn = figures_of(Analyst.configured(desk), CHOSEN)
    one = figures_of(Analyst.configured(desk), ONE)
    made = {name: each.figure for name, each in drawn.items()}
    return made | {f"{name} of one": each.figure for name, each in one.items()}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def data_of(chart: Any) -> list[list[dict[str, Any]]]:
    return list(chart.to_dict()["datasets"].values())


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_every_colour_of_a_mark_holds_on_both_surfaces(surface: str) -> None:
    colours = {theme.DONE, theme.BEFORE, *theme.OUTCOMES.values(), *theme.LEVELS.values()}
    assert {colour for colour in colours if contrast(colour, surface) < 3} == set()


def test_figures_in_cells_can_be_read_on_every_shade() -> None:
    pale, dark = theme.HEAT
    assert contrast("#17212B", pale) > 7
    assert contrast("#FFFFFF", dark) > 7


def test_every_section_shows_figures_of_measures_that_exist() -> None:
    named = {name for section in SECTIONS.values() for column in section for name in column}
    assert named == set(MEASURES) - {"totals"}


def test_every_chart_is_valid_and_draws_the_rows_of_its_frame(figures: dict[str, Figure]) -> None:
    drawn = {name: each for name, each in figures.items() if each.chart is not None}
    assert len(drawn) >= 15
    for name, each in drawn.items():
        alt.Chart.from_dict(each.chart.to_dict())
        rows = max(data_of(each.chart), key=len)
        assert len(rows) <= len(each.frame), name
        columns = set(rows[0]) & set(each.frame.columns)
        assert len(columns) >= 3, name


def test_every_figure_says_in_words_what_it_shows_or_why_it_shows_nothing(figures: dict[str, Figure]) -> None:
    for name, each in figures.items():
        assert len(each.text) > 20, name
        assert each.notes or each.chart is None, name


def test_marks_are_found_by_what_a_browser_sends(figures: dict[str, Figure]) -> None:
    picking = {name: each for name, each in figures.items() if each.marks}
    assert {"over_time", "completion", "funnel", "first_attempts", "coverage", "stores"} <= set(picking)
    for each in picking.values():
        assert len(each.marks) == len(each.frame)
        for label, mark in each.marks.items():
            sent = json.loads(json.dumps(dict(each.rows[label]), default=str))
            assert each.mark_of(sent) == mark
        assert each.mark_of({each.picks[0]: "nowhere"}) is None


def test_what_is_picked_stands_out(desk: Desk) -> None:
    whole = figures_of(Analyst.configured(desk), CHOSEN)["completion"].figure
    picked = figures_of(Analyst.configured(desk), CHOSEN, Mark(scenario="scenario_0"))["completion"].figure
    assert str(theme.FADED) not in json.dumps(whole.chart.to_dict()["layer"])
    assert str(theme.FADED) in json.dumps(picked.chart.to_dict()["layer"])


def test_markers_stand_in_the_stretch_that_holds_their_day(desk: Desk) -> None:
    analyst = Analyst.configured(desk)
    analyst.refresh()
    with analyst.view(CHOSEN, moment=MOMENT) as view:
        measure = MEASURES["over_time"](view)
    found = over_time(
        measure, "starts", [Marker(UNTIL, "Note", HOSTILE[0]), Marker(UNTIL.replace(year=2020), "Edit", "x")]
    )
    [rows] = [rows for rows in data_of(found.chart) if rows and "kind" in rows[0]]
    assert [(row["label"], row["text"]) for row in rows] == [("23 Nov", HOSTILE[0])]


def test_the_period_of_comparison_is_drawn_only_where_there_is_one(desk: Desk) -> None:
    analyst = Analyst.configured(desk)
    analyst.refresh()
    with analyst.view(CHOSEN, moment=MOMENT) as view:
        measure = MEASURES["over_time"](view)
    alone = replace(
        measure, frame=measure.frame[[name for name in measure.frame if not str(name).startswith("before_")]]
    )
    assert len(figure(measure).chart.to_dict()["layer"]) == 2
    assert len(figure(alone).chart.to_dict()["layer"]) == 1


def test_titles_that_are_alike_are_told_apart_by_their_ids() -> None:
    frame = pd.DataFrame({"title": ["A", "A", "B"], "scenario": ["one", "two", "three"]})
    assert unlike(frame, "title", "scenario") == ["A (one)", "A (two)", "B"]
