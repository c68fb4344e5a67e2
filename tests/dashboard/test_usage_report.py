"""The report holds what the page shows, needs nothing else, and runs nothing of what people wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.charts.figures import SECTIONS, TITLES
from dashboard.usage.files import drawn
from dashboard.usage.report import Report, report
from scenario_core.analysis import Analyst
from scenario_core.errors import PermissionDeniedError
from scenario_core.exports.sheets import plain_rows
from scenario_core.integrity.reports.content import visible
from scenario_core.people import Person, Role
from scenario_core.usage.filters import LEARNERS_OWN
from scenario_core.usage.measures import MEASURES
from tests.core.test_exports import Seen, flat, seen
from tests.dashboard.usage_data import CHOSEN, HOSTILE, MOMENT, ZONE, hostile_desk


@pytest.fixture(scope="module")
def analyst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analyst]:
    with hostile_desk(tmp_path_factory.mktemp("desk")) as desk:
        made = Analyst.configured(desk)
        made.refresh()
        yield made


@pytest.fixture(scope="module")
def made(analyst: Analyst) -> Report:
    return report(analyst, CHOSEN, MOMENT)


@pytest.fixture(scope="module")
def page(made: Report) -> Seen:
    return seen(made.as_html().decode())


def test_it_holds_every_figure_once_in_its_section(made: Report, page: Seen) -> None:
    ids = [value for tag, name, value in page.values if (tag, name) == ("section", "id")]
    assert sorted(ids) == sorted(flat(name) for name in MEASURES if name != "totals")
    assert {title for title, _ in made.sections} == {TITLES[section] for section in SECTIONS}
    titles = [entry.figure.title for entry in (*made.entries.values(), *made.series)]
    assert [title for title in titles if title not in page.nodes] == []


def test_each_figure_has_its_chart_its_notes_and_its_table_or_says_why_not(made: Report, page: Seen) -> None:
    charts = [entry for entry in (*made.entries.values(), *made.series) if entry.figure.chart is not None]
    labels = [value for tag, name, value in page.values if (tag, name) == ("svg", "aria-label")]
    assert sorted(labels) == sorted(flat(visible(entry.figure.text)) for entry in charts)
    for entry in made.entries.values():
        said = [*entry.figure.notes, *([entry.absent] if entry.figure.chart is None else [])]
        assert [text for text in said if visible(text) not in page.nodes] == []
        assert len(entry.table.rows) == len(entry.figure.frame)
    assert page.elements.count("table") == sum(1 for entry in made.entries.values() if len(entry.figure.frame))


def test_it_says_which_runs_it_is_of_and_that_they_are_made_up(made: Report, page: Seen) -> None:
    told = dict(made.about.filters)
    assert told["Time zone"] == ZONE
    assert [text for name, text in told.items() if name != "Sample" and text not in page.nodes] == []
    assert "2026-11-28 01:00:00+01:00" in page.nodes
    assert f"{made.runs:,} runs" in page.nodes
    assert any(text.startswith("Sample data") for text in page.nodes)


def test_the_key_figures_are_those_of_the_totals(made: Report, page: Seen) -> None:
    row = made.totals.frame.set_index("period").loc["chosen"]
    strip = {each.label: each for each in made.key_figures}
    assert list(strip) == ["Starts", "Completions", "Learners", "Minutes", "Completed"]
    assert strip["Starts"].value == f"{row['starts']:,}"
    assert strip["Completed"].value == f"{100 * row['rate']:.1f} %"
    assert re.fullmatch(r"[+-]\d+ %", strip["Starts"].change)
    assert re.fullmatch(r"\d+\.\d % to \d+\.\d %, [+-]\d+\.\d points", strip["Completed"].change)
    assert [each.value for each in made.key_figures if each.value not in page.nodes] == []


def test_it_needs_no_script_and_nothing_from_elsewhere(made: Report, page: Seen) -> None:
    assert set(page.elements).isdisjoint({"script", "link", "img", "iframe", "object", "image", "use", "a", "base"})
    assert [name for name in page.attributes if name.startswith("on") or "href" in name or name == "src"] == []
    html = made.as_html().decode()
    assert set(re.findall(r"url\(([^)]*)\)", html)) <= set(re.findall(r"url\((#clip\d+)\)", html))
    assert "default-src 'none'" in html
    places = set(re.findall(r'="(https?://[^"]*)"', html))
    assert places <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_titles_that_try_to_be_more_stay_text(made: Report, page: Seen) -> None:
    titles = set(made.entries["completion"].figure.frame["title"])
    assert len(titles) > 4
    assert [title for title in titles if visible(title) not in page.nodes] == []
    assert set(HOSTILE) >= titles
    html = made.as_html().decode()
    assert "\u202e" not in html
    assert "\x00" not in html


def test_its_json_holds_the_very_rows_that_are_drawn(made: Report) -> None:
    told = json.loads(made.as_json())
    for name, entry in made.entries.items():
        assert told["figures"][name]["rows"] == plain_rows(drawn(entry.figure))
        assert told["figures"][name]["n"] == entry.about.counted


def test_a_group_that_is_too_small_is_told_nothing_of(analyst: Analyst) -> None:
    settings = analyst.desk.settings.model_copy(update={"smallest_group": 1_000})
    cautious = replace(analyst, desk=replace(analyst.desk, settings=settings))
    made = report(cautious, CHOSEN, MOMENT)
    text = seen(made.as_html().decode()).text
    assert made.key_figures == []
    assert "Fewer than 1000 learners ran anything here" in text


def test_without_runs_it_is_still_a_page_and_no_sample(analyst: Analyst) -> None:
    made = report(analyst, replace(CHOSEN, sources=LEARNERS_OWN), MOMENT)
    page = seen(made.as_html().decode())
    assert made.runs == 0
    assert not any(text.startswith("Sample data") for text in page.nodes)
    assert "0 runs" in page.nodes


def test_who_may_not_see_usage_gets_no_report(analyst: Analyst) -> None:
    viewer = replace(analyst, person=Person(9, frozenset({Role.VIEWER})))
    with pytest.raises(PermissionDeniedError):
        report(viewer, CHOSEN, MOMENT)
