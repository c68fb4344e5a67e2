"""Keeping, rating, collecting and finding scenarios again, in a real browser: with the mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from scenario_core.bootstrap import Desk
from scenario_core.settings import Settings
from tests.browser.driving import NARROW, WIDE, Size, axe, idle, screenshot, visit
from tests.browser.serving import Server
from tests.browser.stewarding import press
from tests.factories import ADMIN, STRANGER, scenario_document

pytestmark = pytest.mark.slow
HOTEL, TABLE, STALL = "hotel_check_in", "restaurant_dinner_reservation", "market_fruit_and_cheese"
HOTEL_TITLE, TABLE_TITLE = "Late Arrival at the Harbour Hotel", "A Table for Saturday Night"
TOASTS = ("aria-dialog-name",)
"""Streamlit's own toasts have no name."""
PATH = "00000000-0000-4000-8000-00000000c0de"


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


@pytest.fixture
def desk(own_server: Server) -> Iterator[Desk]:
    """What the server serves, for what others do meanwhile."""
    folder: Path = own_server.folder
    made = Desk.open(
        Settings(production=folder / "scenarios.json", database=f"sqlite:///{folder / 'desk.db'}", usage=folder / "u")
    )
    yield made
    made.close()


def titles(page: Page) -> list[str]:
    return page.locator(".collection .name a").all_inner_texts()


def tool(page: Page, name: str, title: str) -> Locator:
    return page.get_by_role("button", name=f"{name}: {title}")


def focused(page: Page) -> str:
    """What the focus is on, inside of a component too."""
    found: str = page.evaluate(
        "() => { let at = document.activeElement;"
        " while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
        " return at?.getAttribute('aria-label') ?? at?.innerText ?? '' }"
    )
    return found


def test_what_is_kept_rated_and_collected_is_found_again(own_server: Server, page: Page) -> None:
    visit(page, f"{own_server.url}/discover")
    expect(page.get_by_text("Nothing yet. Open a scenario and choose Bookmark")).to_be_visible()
    visit(page, f"{own_server.url}/scenario?id={HOTEL}")
    press(page, "Bookmark")
    expect(page.get_by_role("button", name="Bookmarked")).to_be_visible()
    press(page, "Label")
    box = page.get_by_role("combobox", name="Labels")
    box.fill("week 1")
    box.press("Enter")
    idle(page)
    page.keyboard.press("Escape")
    press(page, "Collect")
    page.get_by_role("textbox", name="Title").fill("A Weekend Away")
    page.get_by_text("A learning path").click()
    press(page, "Make it and add this")
    expect(page.get_by_role("checkbox", name="A Weekend Away")).to_be_checked()
    assert axe(page, without_rules=TOASTS) == []
    screenshot(page, f"collect-{page.viewport_size['width'] if page.viewport_size else 0}")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Reviews").click()
    idle(page)
    expect(page.get_by_role("heading", name="Nobody has rated it yet")).to_be_visible()
    page.get_by_text("4 ★").click()
    page.get_by_label("Review (optional)").fill("Clear phases.\nThe partner is patient.")
    press(page, "Rate")
    expect(page.get_by_role("heading", name="★ 4.0 of 5 from 1 rating")).to_be_visible()
    expect(page.locator(".reviews")).to_contain_text("The partner is patient.")
    assert axe(page, without_rules=TOASTS) == []
    screenshot(page, f"reviews-{page.viewport_size['width'] if page.viewport_size else 0}")
    visit(page, f"{own_server.url}/discover")
    expect(page.get_by_role("link", name=HOTEL_TITLE)).to_be_visible()
    page.locator(".st-key-discover_label").get_by_text("week 1").click()
    idle(page)
    expect(page).to_have_url(re.compile(r"label=week(\+|%20)1"))
    page.reload()
    idle(page)
    expect(page.get_by_role("link", name=HOTEL_TITLE)).to_be_visible()
    page.get_by_role("link", name="A Weekend Away").click()
    idle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("A Weekend Away")
    assert titles(page) == [HOTEL_TITLE]
    page.get_by_role("link", name=HOTEL_TITLE).click()
    idle(page)
    press(page, "Bookmarked")
    expect(page.get_by_role("button", name="Bookmark", exact=True)).to_be_visible()


def test_reviews_of_others_are_read_as_text_and_more_of_them_on_request(
    own_server: Server, desk: Desk, page: Page
) -> None:
    with desk.builder() as service:
        for person in range(20, 32):
            service.ratings.rate(HOTEL, person, 4, f"<b>Review</b> of {person}")
    visit(page, f"{own_server.url}/scenario?id={HOTEL}")
    page.get_by_role("tab", name="Reviews").click()
    idle(page)
    expect(page.locator(".reviews li")).to_have_count(10)
    expect(page.locator(".reviews b")).to_have_count(0)
    press(page, "More reviews")
    expect(page.locator(".reviews li")).to_have_count(12)
    expect(page.locator(".reviews")).to_contain_text("<b>Review</b> of 20")


def test_more_like_this_says_why_and_leads_there(own_server: Server, page: Page) -> None:
    visit(page, f"{own_server.url}/scenario?id={TABLE}")
    tile = page.locator(".tile").first
    tile.scroll_into_view_if_needed()
    expect(tile.locator(".note")).to_have_text(re.compile(r"^Shares \d+ words?: \w+"))
    screenshot(page, f"similar-{page.viewport_size['width'] if page.viewport_size else 0}")
    title = tile.locator(".name a").inner_text()
    tile.locator(".name a").click()
    idle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_a_learning_path_is_ordered_noted_and_mended_by_keyboard_alone(
    own_server: Server, desk: Desk, page: Page
) -> None:
    with desk.builder() as service:
        service.collections.create(ADMIN, "A Weekend Away", is_path=True, collection_id=PATH)
        for name in (HOTEL, TABLE, STALL):
            service.collections.add(PATH, ADMIN, name)
    visit(page, f"{own_server.url}/collection?id={PATH}")
    before = titles(page)
    down = tool(page, "Move down", HOTEL_TITLE)
    down.focus()
    for place in (2, 3):
        page.keyboard.press("Enter")
        expect(page.locator(".collection [role=status]")).to_have_text(f"{HOTEL_TITLE}: now at place {place} of 3")
        idle(page)
        assert focused(page) == f"Move down: {HOTEL_TITLE}"
    assert titles(page) == [*before[1:], HOTEL_TITLE]
    page.keyboard.press("Enter")  # it is the last one already
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-place='2'] .name")).to_have_text(HOTEL_TITLE)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert focused(page) == f"Note on {HOTEL_TITLE}"
    page.keyboard.type("After midnight.")
    page.keyboard.press("Tab")
    idle(page)
    visit(page, f"{own_server.url}/collection?id={PATH}")
    expect(page.get_by_label(f"Note on {HOTEL_TITLE}")).to_have_value("After midnight.")
    tool(page, "Remove", HOTEL_TITLE).focus()
    page.keyboard.press("Space")
    expect(tool(page, "Remove", HOTEL_TITLE)).to_have_count(0)
    undo = page.get_by_role("button", name="Undo")
    undo.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-place='2'] .name")).to_have_text(HOTEL_TITLE)
    expect(page.get_by_label(f"Note on {HOTEL_TITLE}")).to_have_value("After midnight.")


def test_readers_of_a_shared_collection_see_what_they_may_read_and_change_nothing(
    own_server: Server, desk: Desk, page: Page
) -> None:
    with desk.builder() as service:
        private = service.create_scenario(ADMIN, scenario_document(name="Not for You")).scenario_id
        service.collections.create(ADMIN, "A Weekend Away", collection_id=PATH)
        for name in (HOTEL, private, TABLE):
            service.collections.add(PATH, ADMIN, name)
    visit(page, f"{own_server.url}/collection?id={PATH}")
    assert titles(page) == [HOTEL_TITLE, "Not for You", TABLE_TITLE]
    press(page, "Share")
    expect(page.get_by_role("button", name="Make private")).to_be_visible()
    visit(page, f"{own_server.url}/discover?as={STRANGER}")
    tile = page.locator(".tile", has_text="A Weekend Away")
    expect(tile.locator(".facts")).to_have_text(re.compile("Collection · 2 scenarios · by"))
    tile.get_by_role("link").click()
    idle(page)
    assert f"as={STRANGER}" in page.url
    assert titles(page) == [HOTEL_TITLE, TABLE_TITLE]
    expect(page.get_by_role("button", name=re.compile("Move|Remove|Share|Delete"))).to_have_count(0)
    assert "Not for You" not in page.content()
    visit(page, f"{own_server.url}/collection?id={PATH}&as={ADMIN}")
    press(page, "Delete")
    expect(page).to_have_url(re.compile("show=collections"))
    visit(page, f"{own_server.url}/collection?id={PATH}&as={STRANGER}")
    expect(page.get_by_text("There is no collection")).to_be_visible()
    visit(page, f"{own_server.url}/discover?show=collections&as={ADMIN}")
    press(page, "Bring back")
    page.get_by_role("link", name="A Weekend Away").click()
    idle(page)
    assert titles(page) == [HOTEL_TITLE, "Not for You", TABLE_TITLE]
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible()
