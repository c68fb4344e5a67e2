"""Finding scenarios and working on many, in a real browser: by mouse, by keyboard, by address."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import NARROW, WIDE, Size, Watch, idle, visit
from tests.browser.serving import Server
from tests.browser.steps import duplicate, listed, open_facet, search, tick

pytestmark = pytest.mark.slow


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


def test_a_scenario_is_found_by_typing_filtering_and_opening(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/catalogue")
    search(page, "hotel")
    assert "q=hotel" in page.url
    found = listed(page)
    open_facet(page, "Category")
    page.get_by_label("Travel").check()
    idle(page)
    assert "category=travel" in page.url
    assert 0 < len(listed(page)) < len(found)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Late Arrival at the Harbour Hotel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Late Arrival at the Harbour Hotel")


def test_back_and_forward_walk_through_what_was_seen(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/catalogue")
    everything = listed(page)
    open_facet(page, "Level")
    page.get_by_label("Beginner").check()
    idle(page)
    narrowed = listed(page)
    page.get_by_role("link", name=narrowed[0]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(narrowed[0])
    page.go_back()
    idle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Catalogue")
    assert listed(page) == narrowed
    page.go_back()
    idle(page)
    assert listed(page) == everything
    page.go_forward()
    idle(page)
    assert listed(page) == narrowed


def test_an_address_shows_the_same_list_after_a_reload_and_to_others(
    server: Server, open_page: Callable[[Size], Page]
) -> None:
    page = open_page(WIDE)
    visit(page, f"{server.url}/catalogue?level=beginner&sort=duration&order=down&layout=tiles")
    found = listed(page)
    page.reload()
    idle(page)
    assert listed(page) == found
    other = open_page(WIDE)
    visit(other, page.url)
    assert listed(other) == found


def test_columns_and_orders_are_chosen_and_kept_in_the_address(
    server: Server, open_page: Callable[[Size], Page]
) -> None:
    page = open_page(WIDE)  # a phone shows cards, which have no headings
    visit(page, f"{server.url}/catalogue")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Id", exact=True).or_(page.get_by_text("Id", exact=True)).first.click()
    idle(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="Id", exact=True)).to_be_visible()
    page.get_by_role("button", name="Minutes").click()
    idle(page)
    assert "sort=duration" in page.url
    expect(page.get_by_role("columnheader", name="Minutes")).to_have_attribute("aria-sort", "ascending")


def test_the_keyboard_alone_finds_ticks_and_opens(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/catalogue")
    page.get_by_label("Search").focus()
    page.keyboard.type("hotel")
    page.wait_for_url(re.compile("q=hotel"))
    idle(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page).startswith("Select Late"):
            break
    page.keyboard.press("Space")
    idle(page)
    expect(page.get_by_text("1 scenario selected")).to_be_visible()
    assert focused(page).startswith("Select Late")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Late Arrival at the Harbour Hotel")


def focused(page: Page) -> str:
    return str(
        page.evaluate("""() => {
            let it = document.activeElement
            while (it?.shadowRoot?.activeElement) it = it.shadowRoot.activeElement
            return it?.getAttribute('aria-label') || it?.innerText || ''
        }""")
    )


def test_ticks_stay_from_page_to_page_and_name_what_is_meant(own_server: Server, page: Page) -> None:
    visit(page, f"{own_server.url}/scenario?id=hotel_check_in")
    duplicate(page)
    visit(page, f"{own_server.url}/catalogue")
    search(page, "harbour")
    for box in page.get_by_role("checkbox", name="Select Late Arrival").all():
        box.check()
        idle(page)
    search(page, "kitchen")
    expect(page.get_by_text("2 scenarios selected")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("production: duplicate it and change the copy")).to_be_visible()
    dialog.get_by_role("button", name="Delete 1").click()
    idle(page)
    expect(page.get_by_text("Deleted 1 scenario.")).to_be_visible()
    search(page, "harbour")
    assert len(listed(page)) == 1
    page.get_by_role("button", name="Undo").click()
    idle(page)
    assert len(listed(page)) == 2


def test_tags_are_put_on_and_filter_the_list(own_server: Server, page: Page) -> None:
    visit(page, f"{own_server.url}/scenario?id=hotel_check_in")
    duplicate(page)
    visit(page, f"{own_server.url}/catalogue?store=mine")
    tick(page, "Late Arrival")
    page.get_by_role("button", name="Tag", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tags, separated by commas").fill("Exam, warm-up")
    dialog.get_by_label("Tags, separated by commas").press("Tab")
    idle(page)
    dialog.get_by_role("button", name="Put on").click()
    idle(page)
    visit(page, f"{own_server.url}/catalogue?tag=exam")
    assert listed(page) == ["Late Arrival at the Harbour Hotel"]


def test_a_view_is_saved_shared_opened_by_others_and_deleted(
    own_server: Server, open_page: Callable[[Size], Page]
) -> None:
    page = open_page(WIDE)
    visit(page, f"{own_server.url}/catalogue?category=travel&level=beginner")
    found = listed(page)
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Save this view as").fill("Easy trips")
    page.get_by_text("Share with everyone").click()
    page.get_by_role("button", name="Save view").click()
    idle(page)
    other = open_page(WIDE)
    visit(other, f"{own_server.url}/catalogue?as=8")
    other.get_by_role("button", name="Views").click()
    other.get_by_role("button", name="Easy trips").click()
    idle(other)
    assert listed(other) == found
    assert "as=8" in other.url
    expect(other.get_by_role("button", name="Delete the view Easy trips")).to_have_count(0)


def test_two_scenarios_are_compared_side_by_side(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/catalogue?category=travel")
    tick(page, "Late Arrival")
    tick(page, "Stranded")
    page.get_by_role("button", name="Compare").click()
    idle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    expect(page.get_by_text("Setting").first).to_be_visible()
    before = page.url
    page.get_by_role("button", name="Swap").click()
    idle(page)
    assert page.url != before


def test_what_is_listed_can_be_taken_away_as_a_table(server: Server, page: Page, watch: Watch) -> None:
    del watch
    visit(page, f"{server.url}/catalogue?category=travel")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV table").click()
    content = download.value.path().read_text(encoding="utf-8-sig")
    assert content.splitlines()[0].startswith("scenario_id,title")
    assert "hotel_check_in" in content


def test_pages_are_numbered_and_an_address_beyond_the_last_shows_the_last(own_server: Server, page: Page) -> None:
    visit(page, f"{own_server.url}/scenario?id=hotel_check_in")
    for _ in range(1):
        duplicate(page)
    visit(page, f"{own_server.url}/catalogue?page=99")
    assert len(listed(page)) == 32
