"""Usage in a real browser: what is picked narrows the rest and leads to its runs, with the mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import NARROW, WIDE, Size, idle, visit
from tests.browser.serving import Server, dashboard
from tests.browser.stewarding import choose, press
from tests.factories import SHIPPED

pytestmark = pytest.mark.slow
RUNS = "6000"
TITLE = "A Birthday Full of Strangers"


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard that was started on an empty database, for journeys that leave the runs alone."""
    with _served(tmp_path_factory.mktemp("sampled")) as server:
        yield server


@pytest.fixture
def own_sampled(tmp_path: Path) -> Iterator[Server]:
    """The same for one journey alone."""
    with _served(tmp_path) as server:
        yield server


def _served(folder: Path) -> AbstractContextManager[Server]:
    (folder / "scenarios.json").write_bytes(SHIPPED.read_bytes())
    return dashboard(
        folder,
        production=folder / "scenarios.json",
        database_url=f"sqlite:///{folder / 'desk.db'}",
        SCENARIO_DESK_SAMPLE_RUNS=RUNS,
    )


def figure(page: Page, name: str) -> Locator:
    """The frame of a figure, once its chart is drawn."""
    found = page.locator(f".st-key-figure_{name}")
    found.locator("canvas, svg.marks").first.wait_for()
    return found


def key_figure(page: Page, name: str) -> int:
    """A whole number of the strip."""
    metric = page.get_by_test_id("stMetric").filter(has_text=name).first
    return int(metric.get_by_test_id("stMetricValue").inner_text().replace(",", ""))


def click_in_the_middle(page: Page, name: str, x: float, y: float) -> None:
    """Click into a chart, at these shares of its width and height."""
    chart = figure(page, name).get_by_test_id("stVegaLiteChart")
    chart.scroll_into_view_if_needed()
    idle(page)
    box = chart.bounding_box()
    assert box is not None
    chart.click(position={"x": x * box["width"], "y": y * box["height"]})
    idle(page)


def open_more(page: Page, name: str) -> None:
    """Open what else there is to a figure."""
    button = figure(page, name).get_by_role("button", name=re.compile("More"))
    button.scroll_into_view_if_needed()
    idle(page)
    button.click()
    idle(page)


def test_a_bar_that_is_clicked_narrows_the_rest_leads_to_its_runs_and_is_taken_back(
    sampled: Server, page: Page
) -> None:
    visit(page, f"{sampled.url}/usage")
    before = key_figure(page, "Starts")
    click_in_the_middle(page, "over_time", 0.53, 0.6)
    expect(page).to_have_url(re.compile(r"on=begins%3A2\d{3}-\d\d-\d\d%3Bends%3A.*&by=over_time"))
    number = key_figure(page, "Starts")
    assert 0 < number < before
    expect(page.locator(".st-key-usage_picked")).to_contain_text(f"{number:,} runs")
    press(page, "Show the runs")
    expect(page.get_by_role("heading", name=f"{number:,} runs")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    press(page, "Clear")
    expect(page).not_to_have_url(re.compile("[?&]on="))
    visit(page, f"{sampled.url}/usage")
    click_in_the_middle(page, "over_time", 0.53, 0.6)
    click_in_the_middle(page, "over_time", 0.53, 0.6)
    expect(page).not_to_have_url(re.compile("[?&]on="))
    assert key_figure(page, "Starts") == before


def test_a_mark_is_picked_and_its_runs_are_reached_by_keyboard_alone(sampled: Server, page: Page) -> None:
    visit(page, f"{sampled.url}/usage?period=52w")
    more = figure(page, "completion").get_by_role("button", name=re.compile("More"))
    more.focus()
    page.keyboard.press("Enter")
    idle(page)
    box = page.get_by_role("combobox", name="Pick a mark")
    box.focus()
    page.keyboard.type(TITLE)
    page.keyboard.press("Enter")
    idle(page)
    expect(page).to_have_url(re.compile("on=scenario%3A.*by=completion"))
    page.keyboard.press("Escape")
    shown = page.get_by_role("button", name="Show the runs")
    shown.focus()
    page.keyboard.press("Enter")
    idle(page)
    expect(page).to_have_url(re.compile("section=runs"))
    expect(page.get_by_role("heading", name=re.compile(r"^[\d,]+ runs?$"))).to_be_visible()


def test_a_view_survives_a_reload_and_is_kept_under_a_name(sampled: Server, page: Page) -> None:
    visit(page, f"{sampled.url}/usage")
    choose(page, "Compared with", "A year before")
    expect(page).to_have_url(re.compile("against=year"))
    page.get_by_test_id("stMain").get_by_role("radio", name="Learners").first.click()
    idle(page)
    expect(page).to_have_url(re.compile("section=learners"))
    address = page.url
    page.reload()
    idle(page)
    expect(figure(page, "retention")).to_be_visible()
    press(page, "Views")
    name = f"Who stays {page.viewport_size['width'] if page.viewport_size else 0}"
    page.get_by_label("Save this view as").fill(name)
    press(page, "Save view")
    visit(page, f"{sampled.url}/usage")
    press(page, "Views")
    press(page, name)
    assert page.url == address
    visit(page, f"{sampled.url}/catalogue")
    press(page, "Views")
    expect(page.get_by_text(name)).to_have_count(0)


def test_what_is_drawn_is_taken_away_with_its_filters(sampled: Server, page: Page) -> None:
    visit(page, f"{sampled.url}/usage?category=social")
    open_more(page, "completion")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV table").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "category: social" in text
    assert "Made at" in text
    table = pd.read_csv(download.value.path(), comment="#")
    assert TITLE in set(table["title"])
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG picture").click()
    with Image.open(BytesIO(download.value.path().read_bytes())) as picture:
        assert picture.format == "PNG"
        assert picture.width > 500


def test_a_note_is_kept_and_stands_on_the_time_axis(own_sampled: Server, page: Page) -> None:
    visit(page, f"{own_sampled.url}/usage")
    press(page, "Notes")
    page.get_by_label("Note", exact=True).fill("Newsletter <b> sent")
    press(page, "Keep the note")
    expect(page.get_by_text("The note is on the time axis.")).to_be_visible()
    visit(page, f"{own_sampled.url}/usage")
    expect(figure(page, "over_time")).to_be_visible()
    press(page, "Notes")
    expect(page.get_by_text("Newsletter <b> sent").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Delete")).first.click()
    idle(page)
    expect(page.get_by_text("No notes yet.")).to_be_visible()


def test_sample_runs_are_called_made_up_and_go_with_one_click_for_good(own_sampled: Server, page: Page) -> None:
    visit(page, f"{own_sampled.url}/usage")
    expect(page.get_by_text("These runs are made up.")).to_be_visible()
    press(page, "Remove the sample runs")
    expect(page.get_by_text("There are no runs yet.")).to_be_visible()
    page.goto("about:blank")  # a page that stays open would ask a server that is not there
    own_sampled.restart()
    visit(page, f"{own_sampled.url}/usage")
    expect(page.get_by_text("There are no runs yet.")).to_be_visible()
