"""Rehearsing in a real browser: as a learner, beside the form, and with a model that may fail."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import NARROW, WIDE, Size, idle, visit
from tests.browser.serving import Server, dashboard
from tests.browser.steps import duplicate, save
from tests.core.model_server import KEY, completion, model_server
from tests.factories import SHIPPED

pytestmark = pytest.mark.slow
HOTEL = "/rehearse?id=hotel_check_in"
MEETS_CHECKING_IN = "Good evening, I would like to check in. I booked three nights, and here is my passport."


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


def start(page: Page) -> None:
    page.get_by_role("button", name="Start rehearsal").click()
    idle(page)


def box(page: Page) -> Locator:
    return page.get_by_placeholder("What the learner says")


def say(page: Page, text: str) -> None:
    """As people do: the focus is in the box, and stays there."""
    box(page).click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    idle(page)
    expect(page.get_by_label("Conversation")).to_contain_text(text)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()
    idle(page)


def test_a_learner_walks_through_a_scenario_and_keeps_it_as_an_example(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + "/scenario?id=hotel_check_in")
    press(page, "Rehearse")
    start(page)
    talk = page.get_by_label("Conversation")
    expect(talk).to_contain_text("What can I do for you?")
    say(page, "I have a resrvation.")
    expect(page.get_by_text("Phase 1 of 4")).to_be_visible()
    say(page, MEETS_CHECKING_IN)
    expect(talk).to_contain_text("used: Good evening, I would like to check in.")
    expect(page.get_by_text("Phase 2 of 4")).to_be_visible()
    expect(talk).to_contain_text("Goal met")
    page.get_by_text("Says the room number correctly").click()
    idle(page)
    page.reload()
    idle(page)
    expect(talk).to_contain_text("resrvation")
    expect(page.get_by_role("checkbox", name="Says the room number correctly")).to_be_checked()
    for _ in range(2):
        press(page, "Next phase")
    press(page, "Finish")
    expect(page.get_by_text("The rehearsal has ended.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Checking In.*met"))).to_contain_text("4 of 5")
    page.get_by_label("Keep this one as").fill("A late guest")
    press(page, "Keep")
    expect(page.get_by_text("All give the same result as before.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Transcript", exact=True).click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "# Rehearsal: Late Arrival at the Harbour Hotel" in text
    assert "resrvation" in text


def test_a_whole_turn_is_made_with_the_keyboard_alone(own_server: Server, open_page: Callable[[Size], Page]) -> None:
    page = open_page(WIDE)
    visit(page, own_server.url + HOTEL)
    page.get_by_role("button", name="Start rehearsal").focus()
    page.keyboard.press("Enter")
    idle(page)
    box(page).focus()
    page.keyboard.type("Here is my passport.")
    page.keyboard.press("Enter")
    idle(page)
    expect(page.get_by_label("Conversation")).to_contain_text("used: passport")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip().endswith("Take back"):
            break
    page.keyboard.press("Enter")
    idle(page)
    expect(page.get_by_label("Conversation")).not_to_contain_text("passport")


def test_an_author_rehearses_while_writing_and_a_changed_phrase_is_scored_again(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + "/scenario?id=hotel_check_in")
    duplicate(page)
    page.get_by_role("radio", name="Rehearse").check(force=True)
    idle(page)
    start(page)
    say(page, "My umbrella is wet.")
    expect(page.get_by_text("0 of 4 used")).to_be_visible()
    page.get_by_label("Keep this one as").fill("Rain")
    press(page, "Keep")
    page.get_by_role("radio", name=re.compile("1. Checking In")).check(force=True)
    idle(page)
    phrases = page.get_by_role("textbox", name="Essential phrases")
    phrases.fill(phrases.input_value().replace("Here is my passport.", "My umbrella is very wet."))
    phrases.blur()
    idle(page)
    expect(page.get_by_label("Conversation")).to_contain_text("used: My umbrella is very wet.")
    expect(page.get_by_text("as it was, and more")).to_be_visible()
    press(page, "Accept as it is now")
    phrases.fill(phrases.input_value().replace("My umbrella is very wet.", "Here is my passport."))
    phrases.blur()
    idle(page)
    expect(page.get_by_text("1 of 1 give a worse result.")).to_be_visible()
    expect(page.get_by_text("The phrase was changed; the turn has no")).to_be_visible()
    save(page)
    press(page, "Rehearse")
    expect(page.get_by_label("Conversation")).to_contain_text("umbrella")


def test_the_quality_panel_leads_to_a_field_and_mends_it_with_one_click(own_server: Server, page: Page) -> None:
    visit(page, own_server.url + "/scenario?id=hotel_check_in")
    duplicate(page)
    page.get_by_role("spinbutton", name="Minutes in all").fill("50")
    page.get_by_role("spinbutton", name="Minutes in all").blur()
    idle(page)
    expect(page.get_by_text("The phases add up to 15 minutes, the scenario says 50.").first).to_be_visible()
    page.get_by_role("radio", name=re.compile("Quality 1")).check(force=True)
    idle(page)
    press(page, "Go to the field")
    expect(page.get_by_role("spinbutton", name="Minutes in all")).to_be_focused()
    press(page, "Set to 15 minutes")
    expect(page.get_by_role("spinbutton", name="Minutes in all")).to_have_value("15")
    expect(page.get_by_text("The checks find nothing")).to_be_visible()
    press(page, "Undo")
    expect(page.get_by_role("spinbutton", name="Minutes in all")).to_have_value("50")


def test_looking_and_rehearsing_never_change_when_a_scenario_was_changed(
    own_server: Server, open_page: Callable[[Size], Page]
) -> None:
    page = open_page(WIDE)
    visit(page, own_server.url + "/scenario?id=hotel_check_in")
    duplicate(page)
    save(page)
    address = page.url

    def changed_at() -> list[tuple[str, str]]:
        with sqlite3.connect(own_server.folder / "desk.db") as connection:
            return connection.execute("SELECT scenario_id, updated_at FROM scenarios ORDER BY id").fetchall()

    before = changed_at()
    visit(page, address)
    press(page, "Rehearse")
    start(page)
    say(page, MEETS_CHECKING_IN)
    visit(page, address.replace("/scenario", "/author").replace("id=", "scenario="))
    assert changed_at() == before


def test_a_model_answers_and_the_script_does_where_it_fails(
    migrated_sqlite: Path, tmp_path: Path, open_page: Callable[[Size], Page]
) -> None:
    production, database = tmp_path / "scenarios.json", tmp_path / "desk.db"
    production.write_bytes(SHIPPED.read_bytes())
    database.write_bytes(migrated_sqlite.read_bytes())
    page = open_page(WIDE)
    with (
        model_server() as model,
        dashboard(
            tmp_path,
            production=production,
            database_url=f"sqlite:///{database}",
            SCENARIO_DESK_PARTNER_URL=model.address,
            SCENARIO_DESK_PARTNER_KEY=KEY,
            SCENARIO_DESK_PARTNER_MODEL="small",
            SCENARIO_DESK_PARTNER_TIMEOUT="10",
        ) as server,
    ):
        model.pieces = [completion("Welcome to the <b>harbour</b>, my dear guest.")]
        visit(page, server.url + HOTEL)
        start(page)
        talk = page.get_by_label("Conversation")
        expect(talk).to_contain_text("Welcome to the <b>harbour</b>, my dear guest.")
        expect(talk).to_contain_text("by the model")
        model.before = 30
        box(page).fill("Here is my passport.")
        box(page).press("Enter")
        expect(page.get_by_text("The model is thinking…")).to_be_visible()
        expect(talk).to_contain_text("used: passport")
        page.get_by_role("button", name="Answer from the script").click()
        idle(page)
        expect(talk).to_contain_text("“passport”")
        model.before, model.status = 0, 500
        say(page, "Hello?")
        expect(talk).to_contain_text("From the script: the model's server has failed (HTTP 500).")
        assert KEY not in page.content()
        assert KEY not in server.log
        page.close()
