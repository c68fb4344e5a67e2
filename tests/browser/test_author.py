"""Writing in a real browser: nothing that was typed is lost, whatever happens to page, server or base."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import NARROW, SERVER_GONE, WIDE, Size, Watch, idle, visit
from tests.browser.serving import Server
from tests.browser.steps import duplicate, listed, save

pytestmark = pytest.mark.slow
PRODUCTION = "/scenario?id=hotel_check_in"
AUTOSAVED_MS = 2_000


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


def part(page: Page, name: str) -> None:
    """Open a part of the form."""
    page.get_by_role("radio", name=re.compile(name)).check(force=True)
    idle(page)


def field(page: Page, name: str) -> str:
    return page.get_by_role("textbox", name=name).input_value()


def test_a_production_scenario_is_duplicated_changed_saved_and_shared(
    own_server: Server, page: Page, open_page: Callable[[Size], Page]
) -> None:
    visit(page, own_server.url + PRODUCTION)
    expect(page.get_by_text("Production scenarios are read-only here")).to_be_visible()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_have_count(0)
    duplicate(page)
    page.get_by_role("textbox", name="Title").fill("Late Arrival in Lisbon")
    part(page, "1. Checking In")
    page.get_by_role("textbox", name="Key vocabulary").fill("passport\nkey card\nlift\nlobby")
    page.get_by_role("textbox", name="Key vocabulary").blur()
    idle(page)
    expect(page.get_by_text("Nothing to mend")).to_be_visible()
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Late Arrival in Lisbon")
    expect(page.get_by_text("key card")).to_be_visible()
    page.get_by_role("button", name="Share").click()
    idle(page)
    expect(page.get_by_text("Shared 1 scenario.")).to_be_visible()
    stranger = open_page(WIDE)
    visit(stranger, f"{own_server.url}/catalogue?as=8&store=shared")
    assert listed(stranger) == ["Late Arrival in Lisbon"]


def test_a_double_click_makes_one_copy(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + PRODUCTION)
    page.get_by_role("button", name="Duplicate").dblclick()
    page.wait_for_url(re.compile("/author"))
    idle(page)
    visit(page, f"{own_server.url}/catalogue?store=mine")
    assert len(listed(page)) == 1


def test_typing_is_kept_through_reload_crash_and_restart_without_leaving_the_field(
    own_server: Server, page: Page, watch: Watch
) -> None:
    watch.allow += SERVER_GONE
    visit(page, own_server.url + PRODUCTION)
    address = duplicate(page)
    setting = page.get_by_role("textbox", name="Setting")
    setting.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" First words.", delay=20)
    page.wait_for_timeout(AUTOSAVED_MS)
    page.reload()
    idle(page)
    assert field(page, "Setting").endswith("First words.")
    page.get_by_role("textbox", name="Setting").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Second words.", delay=20)
    page.wait_for_timeout(AUTOSAVED_MS)
    own_server.kill()
    own_server.start()
    visit(page, address)
    assert field(page, "Setting").endswith("First words. Second words.")


def test_typing_goes_on_undisturbed_while_it_is_saved(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + PRODUCTION)
    address = duplicate(page)
    page.get_by_role("textbox", name="Setting").fill("")
    sentence = "The rain had not stopped since noon, and the porter yawned behind his desk. " * 2
    page.get_by_role("textbox", name="Setting").press_sequentially(sentence, delay=25)
    page.wait_for_timeout(AUTOSAVED_MS)
    assert field(page, "Setting") == sentence
    expect(page.get_by_role("textbox", name="Setting")).to_be_focused()
    visit(page, address)
    assert field(page, "Setting") == sentence


def test_what_is_typed_while_the_database_does_not_answer_stays_and_is_saved_when_it_does(
    own_server: Server, page: Page
) -> None:
    visit(page, own_server.url + PRODUCTION)
    address = duplicate(page)
    other = sqlite3.connect(own_server.folder / "desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    page.get_by_role("textbox", name="Setting").fill("Typed while nobody listened.")
    page.get_by_role("textbox", name="Setting").blur()
    expect(page.get_by_text("Not saved.")).to_be_visible(timeout=60_000)
    idle(page, seconds=60)
    assert field(page, "Setting") == "Typed while nobody listened."
    other.execute("ROLLBACK")
    other.close()
    page.get_by_role("button", name="Try to save again").click()
    idle(page)
    expect(page.get_by_text("Not saved.")).to_have_count(0)
    visit(page, address)
    assert field(page, "Setting") == "Typed while nobody listened."


def test_a_draft_whose_scenario_was_deleted_goes_on_as_a_new_one(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + PRODUCTION)
    address = duplicate(page)
    page.get_by_role("textbox", name="Title").fill("Survivor of a deletion")
    page.get_by_role("textbox", name="Title").blur()
    idle(page)
    visit(page, f"{own_server.url}/mine")
    page.get_by_role("link", name="Late Arrival").click()
    page.wait_for_url(re.compile("/scenario"))
    idle(page)
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile("/mine"))
    idle(page)
    visit(page, address)
    page.get_by_role("button", name="Go on with it as a new scenario").click()
    idle(page)
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Survivor of a deletion")


def test_two_tabs_that_write_in_one_draft_keep_both_and_undo_shows_what_was_replaced(
    own_server: Server, open_page: Callable[[Size], Page]
) -> None:
    one, two = open_page(WIDE), open_page(WIDE)
    visit(one, own_server.url + PRODUCTION)
    address = duplicate(one)
    visit(two, address)
    one.get_by_role("textbox", name="Title").fill("Title of one")
    idle(one)
    two.get_by_role("textbox", name="The learner plays").fill("role of two")
    idle(two)
    expect(two.get_by_text("Both changes are kept")).to_be_visible()
    expect(two.get_by_role("textbox", name="Title")).to_have_value("Title of one")
    one.get_by_role("textbox", name="The learner plays").fill("role of one")
    idle(one)
    expect(one.get_by_text("Another tab wrote in the same field")).to_be_visible()
    expect(one.get_by_role("textbox", name="The learner plays")).to_have_value("role of one")
    one.get_by_role("button", name="Undo").click()
    idle(one)
    expect(one.get_by_role("textbox", name="The learner plays")).to_have_value("role of two")


def test_a_draft_whose_scenario_was_saved_elsewhere_asks_before_anything_is_applied(
    own_server: Server, open_page: Callable[[Size], Page]
) -> None:
    """The same person edits on two machines: one publishes, the other has a draft of the former version."""
    page = open_page(WIDE)
    visit(page, own_server.url + PRODUCTION)
    duplicate(page)
    page.get_by_role("textbox", name="Title").fill("Base title")
    idle(page)
    save(page)
    scenario = page.url
    page.get_by_role("button", name="Edit", exact=True).click()
    page.wait_for_url(re.compile("/author"))
    idle(page)
    page.get_by_role("textbox", name="Title").fill("My title")
    page.get_by_role("textbox", name="The partner plays").fill("night porter")
    idle(page)
    draft = page.url
    other = open_page(WIDE)
    visit(other, scenario)
    other.get_by_text("History").click()
    idle(other)
    other.get_by_role("button", name="Restore version 1").click()
    idle(other)
    visit(page, draft)
    expect(page.get_by_text("Decide what to keep")).to_be_visible()
    expect(page.get_by_text("Changed on both sides", exact=True)).to_be_visible()
    expect(page.get_by_role("textbox", name="Title")).to_have_count(0)
    page.get_by_role("button", name="Take over these choices").click()
    idle(page)
    assert (field(page, "Title"), field(page, "The partner plays")) == ("My title", "night porter")
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("My title")


def test_every_fault_is_listed_and_leads_to_its_field(own_server: Server, page: Page) -> None:
    visit(page, f"{own_server.url}/templates")
    page.get_by_role("button", name="Begin", exact=True).or_(
        page.get_by_role("button", name="Begin with an empty")
    ).first.click()
    page.wait_for_url(re.compile("/author"))
    idle(page)
    page.get_by_role("button", name="Save scenario").click()
    idle(page)
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    page.get_by_role("button", name=re.compile("^Phase 2, Key vocabulary")).click()
    expect(page.get_by_role("textbox", name="Key vocabulary")).to_be_focused()
    page.keyboard.insert_text("- one\n- two\n- three")
    page.wait_for_timeout(AUTOSAVED_MS)
    idle(page)
    expect(page.get_by_role("button", name=re.compile("^Phase 2, Key vocabulary"))).to_have_count(0)


def test_phases_are_added_copied_moved_and_removed(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + PRODUCTION)
    duplicate(page)

    def phases() -> list[str]:
        names = page.get_by_role("radiogroup", name="Part of the scenario").get_by_role("radio").all()
        return [each.evaluate("it => it.closest('label')?.innerText ?? it.innerText") for each in names][1:]

    before = phases()
    part(page, "2. Asking")
    page.get_by_role("button", name="Duplicate").click()
    idle(page)
    assert len(phases()) == len(before) + 1
    page.get_by_role("button", name=re.compile("Move this phase one place up|^Up")).first.click()
    idle(page)
    page.get_by_role("button", name="Remove").click()
    idle(page)
    assert [name.strip() for name in phases()] == [name.strip() for name in before]
    page.get_by_role("button", name="Add a phase").click()
    idle(page)
    assert len(phases()) == len(before) + 1
    page.get_by_role("button", name="Undo").click()
    idle(page)
    assert phases() == before


def test_a_discarded_draft_and_a_deleted_scenario_come_back(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + PRODUCTION)
    duplicate(page)
    page.get_by_role("textbox", name="Title").fill("Thrown away too early")
    idle(page)
    page.get_by_role("button", name="Discard draft").click()
    page.wait_for_url(re.compile("/mine"))
    idle(page)
    page.get_by_role("button", name="Undo").click()
    idle(page)
    page.get_by_role("link", name="Thrown away too early").click()
    idle(page)
    assert field(page, "Title") == "Thrown away too early"
    save(page)
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile("/mine"))
    idle(page)
    expect(page.get_by_text("Deleted 1 scenario.")).to_be_visible()
    page.reload()
    idle(page)
    page.get_by_role("button", name="Bring back").click()
    idle(page)
    assert listed(page) == ["Thrown away too early"]


def test_the_keyboard_alone_duplicates_writes_and_saves(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + PRODUCTION)
    page.get_by_role("button", name="Duplicate").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/author"))
    idle(page)
    page.get_by_role("textbox", name="Title").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Typed by hand", delay=10)
    page.wait_for_timeout(800)
    idle(page)
    page.get_by_role("button", name="Save scenario").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/scenario"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Typed by hand")


def test_a_revision_is_compared_and_restored(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + PRODUCTION)
    duplicate(page)
    page.get_by_role("textbox", name="Title").fill("Second version")
    idle(page)
    save(page)
    page.get_by_text("History").click()
    idle(page)
    expect(page.get_by_text("1 change")).to_be_visible()
    page.get_by_role("button", name="Restore version 1").click()
    idle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Late Arrival at the Harbour Hotel")
