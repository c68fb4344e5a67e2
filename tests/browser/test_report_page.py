"""The report as a page of its own, in a real browser: valid, accessible, within the screen, silent, and printable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from scenario_core.integrity import Report
from scenario_core.integrity.reports import FORMATS, Artifact
from tests.browser.driving import NARROW, WIDE, Scheme, Size, axe, screenshot
from tests.core.report_examples import HOSTILE, audited, clean_report, hostile_report, large_report, mixed_report
from tests.core.test_exports import seen

pytestmark = pytest.mark.slow
PAGES: Final = ("damaged", "clean", "mixed", "large", "hostile")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports as files: a real run over a damaged catalogue, and others that are hard to show."""
    made = tmp_path_factory.mktemp("reports")
    with audited(tmp_path_factory.mktemp("audited")) as (report, artifact, _):
        _write(made / "damaged.html", report, artifact)
    _write(made / "clean.html", clean_report())
    _write(made / "mixed.html", mixed_report(), Artifact("data/scenarios/scenarios.json"))
    _write(made / "large.html", *large_report())
    _write(made / "hostile.html", hostile_report("\n".join(HOSTILE)))
    return made


def _write(path: Path, report: Report, artifact: Artifact | None = None) -> None:
    path.write_bytes(FORMATS["html"].encoded(report, artifact))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
@pytest.mark.parametrize("name", PAGES)
def test_a_report_is_accessible_and_fits_the_screen(
    folder: Path, open_page: Callable[[Size], Page], name: str, size: Size, scheme: Scheme
) -> None:
    page = open_page(size)
    page.goto((folder / f"{name}.html").as_uri())
    screenshot(page, f"report-{name}-{'wide' if size == WIDE else 'narrow'}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert axe(page) == []
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    if name != "large":
        assert axe(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_browser_finds_the_very_elements_that_are_written(folder: Path, page: Page, name: str) -> None:
    path = folder / f"{name}.html"
    page.goto(path.as_uri())
    written = [tag for tag in seen(path.read_text(encoding="utf-8")).elements if not tag.startswith("/")]
    assert page.evaluate("[...document.querySelectorAll('*')].map(it => it.localName)") == written
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(it => it.id)")
    assert len(set(ids)) == len(ids)
    assert page.evaluate("document.doctype.name + document.compatMode") == "htmlCSS1Compat"
    assert page.title() == "Scenario Desk: the checks"


@pytest.mark.parametrize("name", ["damaged", "large"])
def test_paper_shows_what_the_screen_keeps_folded(folder: Path, page: Page, name: str) -> None:
    page.goto((folder / f"{name}.html").as_uri())
    hidden = "[...document.querySelectorAll('li, .explained p')].filter(it => !it.checkVisibility()).length"
    assert page.evaluate(hidden) > 0
    page.emulate_media(media="print")
    assert page.evaluate(hidden) == 0
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.pdf().startswith(b"%PDF")


def test_the_table_leads_to_what_a_check_found(folder: Path, page: Page) -> None:
    page.goto((folder / "damaged.html").as_uri())
    page.get_by_role("link", name="Production records valid").click()
    expect(page.locator("#IC102 h2")).to_be_in_viewport()
    page.locator("#IC102").get_by_text("Why it matters, and how to mend it").click()
    expect(page.get_by_text("nobody can practise it")).to_be_visible()


def test_a_page_of_ten_thousand_findings_is_short_and_quick(folder: Path, page: Page) -> None:
    page.goto((folder / "large.html").as_uri())
    assert page.evaluate("performance.getEntriesByType('navigation')[0].domComplete") < 3_000
    assert page.evaluate("document.documentElement.scrollHeight") < 3 * WIDE[1]
    page.locator("#IC102 summary").last.click()
    expect(page.get_by_text("4800 more: this page shows the first 200 findings of a check.")).to_be_visible()
