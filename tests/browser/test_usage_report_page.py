"""The report on usage in a real browser: accessible, within the screen, readable in the dark, silent, and printable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.usage.report import report
from scenario_core.analysis import Analyst
from tests.browser.driving import NARROW, WIDE, Scheme, Size, axe, screenshot
from tests.core.test_exports import seen
from tests.dashboard.usage_data import CHOSEN, MOMENT, hostile_desk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on sample runs of scenarios with hostile titles, as a file."""
    folder = tmp_path_factory.mktemp("report")
    with hostile_desk(folder) as desk:
        analyst = Analyst.configured(desk)
        analyst.refresh()
        (folder / "usage.html").write_bytes(report(analyst, CHOSEN, MOMENT).as_html())
    return folder / "usage.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def test_the_report_is_accessible_and_fits_the_screen(
    path: Path, open_page: Callable[[Size], Page], size: Size, scheme: Scheme
) -> None:
    page = open_page(size)
    page.goto(path.as_uri())
    screenshot(page, f"usage-report-{'wide' if size == WIDE else 'narrow'}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert axe(page) == []
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert axe(page) == []


@pytest.mark.parametrize("scheme", ["dark"])
def test_labels_of_charts_follow_the_scheme(path: Path, page: Page, scheme: Scheme) -> None:
    page.goto(path.as_uri())
    page.emulate_media(color_scheme=scheme)
    label = page.locator("#completion svg text").filter(has_text="100%").first
    assert label.evaluate("it => getComputedStyle(it).fill") == "rgb(230, 236, 241)"


def test_a_browser_finds_the_very_elements_that_are_written(path: Path, page: Page) -> None:
    page.goto(path.as_uri())
    written = [tag for tag in seen(path.read_text(encoding="utf-8")).elements if not tag.startswith("/")]
    found = page.evaluate("[...document.querySelectorAll('*')].map(it => it.localName.toLowerCase())")
    assert found == written
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(it => it.id)")
    assert len(set(ids)) == len(ids)
    assert page.title() == "Scenario Desk: usage"


def test_paper_shows_the_tables_that_the_screen_keeps_folded(path: Path, page: Page) -> None:
    page.goto(path.as_uri())
    expect(page.locator("#completion table")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("#completion table")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.pdf().startswith(b"%PDF")
