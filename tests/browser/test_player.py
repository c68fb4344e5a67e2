"""The rehearsal player and the lesson sheet: pages of their own that work with the network off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scenario_core.exports import to_html, to_player
from scenario_core.rehearsal import Matcher
from scenario_core.scenario import ConversationScenario
from tests.browser.driving import NARROW, WIDE, Size, axe, idle, visit
from tests.browser.serving import Server
from tests.core.test_rehearsal_matching import LABELLED
from tests.factories import SHIPPED, phase_document, scenario_document

pytestmark = pytest.mark.slow
SHOPS = json.loads(SHIPPED.read_text("utf-8"))
HOSTILE = """</script><script>document.title='owned'</script><img src=x onerror="document.title='owned'">{{ 7 * 7 }}"""


def scenario_of(document: dict[str, Any]) -> ConversationScenario:
    return ConversationScenario.model_validate_json(json.dumps(document))


def opened(page: Page, folder: Path, html: str) -> Page:
    """The page from a file, with the network off."""
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    page.context.set_offline(True)
    page.goto(path.as_uri())
    return page


def say(page: Page, text: str) -> None:
    page.get_by_label("What you say").fill(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def test_a_learner_walks_through_the_player_with_the_network_off(
    open_page: Callable[[Size], Page], tmp_path: Path, size: Size
) -> None:
    page = opened(open_page(size), tmp_path, to_player(scenario_of(SHOPS["hotel_check_in"])))
    talk = page.get_by_label("What was said")
    expect(talk).to_contain_text("What can I do for you?")
    say(page, "Good evening, I would like to chek in.")
    expect(talk).to_contain_text("used: Good evening, I would like to check in.")
    say(page, "I booked three nights, and here is my pasport.")
    expect(page.get_by_text("Phase 2 of 4")).to_be_visible()
    page.get_by_text("Says the room number correctly").click()
    page.get_by_role("button", name="Say nothing").click()
    expect(page.get_by_role("checkbox", name="Says the room number correctly")).to_be_checked()
    for _ in range(3):
        page.get_by_role("button", name="Next phase").click()
    expect(page.get_by_text("The rehearsal has ended.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the transcript").click()
    assert "pasport" in Path(download.value.path()).read_text("utf-8")


def test_the_player_is_walked_with_the_keyboard_alone(open_page: Callable[[Size], Page], tmp_path: Path) -> None:
    page = opened(open_page(WIDE), tmp_path, to_player(scenario_of(SHOPS["hotel_check_in"])))
    page.keyboard.type("Here is my passport.")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What was said")).to_contain_text("used: passport")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Phase 2 of 4")).to_be_visible()


@pytest.mark.parametrize("language", sorted(LABELLED))
def test_the_player_finds_what_the_matcher_finds(
    open_page: Callable[[Size], Page], tmp_path: Path, language: str
) -> None:
    labelled = LABELLED[language]
    phases = [{**phase_document(each["phase_id"]), **each} for each in labelled["phases"]]
    scenario = scenario_of(scenario_document("labelled", language=language, phases=phases))
    page = opened(open_page(WIDE), tmp_path, to_player(scenario))
    places = {phase.phase_id: place for place, phase in enumerate(scenario.phases)}
    turns = [[places[turn["phase_id"]], turn["text"]] for turn in labelled["turns"]]
    found = page.evaluate("turns => turns.map(([place, text]) => detect(place, text))", turns)
    matcher = Matcher(language)
    pairs = [
        (text, each.entry, each.use.value, use)
        for (place, text), uses in zip(turns, found, strict=True)
        for each, use in zip(matcher.phase(scenario.phases[place], text), uses, strict=True)
    ]
    differing = [pair for pair in pairs if (pair[2] == "used") != (pair[3] == "used")]
    assert len(differing) <= len(pairs) / 500, differing


def test_a_language_without_dictionary_forms_is_played_too(open_page: Callable[[Size], Page], tmp_path: Path) -> None:
    page = opened(open_page(WIDE), tmp_path, to_player(scenario_of(SHOPS["social_dinner_invitation_japan"])))
    expect(page.get_by_text("only as they are written")).to_be_visible()
    phrase = SHOPS["social_dinner_invitation_japan"]["phases"][0]["essential_phrases"][0]
    say(page, phrase)
    expect(page.get_by_label("What was said")).to_contain_text(f"used: {phrase}")


@pytest.mark.parametrize("write", [to_player, to_html], ids=["player", "sheet"])
def test_what_people_wrote_never_becomes_markup_in_a_page_to_take_away(
    open_page: Callable[[Size], Page], tmp_path: Path, write: Callable[[ConversationScenario], str]
) -> None:
    phases = [phase_document(name=HOSTILE, description=HOSTILE, key_vocabulary=[HOSTILE], essential_phrases=[HOSTILE])]
    document = scenario_document("hostile", name=HOSTILE, description=HOSTILE, ai_role=HOSTILE, phases=phases)
    page = opened(open_page(WIDE), tmp_path, write(scenario_of(document)))
    expect(page.get_by_text("{{ 7 * 7 }}").first).to_be_visible()
    assert page.title() != "owned"
    assert page.locator("img").count() == 0


def test_the_lesson_sheet_has_phases_vocabulary_phrases_and_criteria(
    open_page: Callable[[Size], Page], tmp_path: Path
) -> None:
    scenario = scenario_of(SHOPS["hotel_check_in"])
    page = opened(open_page(WIDE), tmp_path, to_html(scenario))
    page.emulate_media(media="print")
    for phase in scenario.phases:
        for text in (phase.name, *phase.key_vocabulary, *phase.essential_phrases, *phase.success_criteria):
            expect(page.get_by_text(text, exact=True).first).to_be_visible()


def test_the_player_is_downloaded_from_the_scenarios_page(server: Server, open_page: Callable[[Size], Page]) -> None:
    page = open_page(WIDE)
    visit(page, server.url + "/scenario?id=hotel_check_in")
    page.get_by_role("button", name="Export").click()
    idle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Rehearsal player")).click()
    assert download.value.suggested_filename == "late-arrival-at-the-harbour-hotel.player.html"
    assert "detect(place, text)" in Path(download.value.path()).read_text("utf-8")
