"""Comparing any two states and taking parts over, in a real browser, on both screens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scenario_core.custom.directory import add_person
from scenario_core.people import Role
from scenario_core.stewardship.steward import Steward
from tests.browser.driving import NARROW, WIDE, Size, idle, visit
from tests.browser.serving import Server
from tests.browser.steps import listed
from tests.browser.stewarding import (
    COPY,
    TRAIN,
    apply_plan,
    change_outside,
    choose,
    follow,
    open_panel,
    press,
    production,
    served,
)
from tests.core.steward_examples import DINNER, HOTEL, edit, spoil

pytestmark = pytest.mark.slow
ANALYST = 2
SETTING = "A castle\N{NO-BREAK SPACE}by night"


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A dashboard in which another program has spoiled a scenario, and a person has a copy of it."""
    with served(tmp_path, spoiled_with_a_copy) as started:
        yield started


def spoiled_with_a_copy(steward: Steward) -> None:
    with steward.desk.builder() as service:
        copy = service.duplicate_scenario(HOTEL, steward.user_id, "A Night in Lisbon", copy_id=COPY)
        changed = {**copy.scenario.model_dump(mode="json"), "setting": "A small inn"}
        service.update_scenario(COPY, steward.user_id, changed, expected_version=1)
    analyst = add_person(steward.desk.engine, steward.person, "Ana", {Role.ANALYST})
    assert analyst.user_id == ANALYST
    edit(steward, spoil)


def test_a_field_that_was_changed_outside_is_found_restored_alone_and_the_restore_undone(
    server: Server, page: Page
) -> None:
    before = production(server).read_bytes()
    visit(page, f"{server.url}/compare")
    expect(page.get_by_text("Approved backup, old")).to_be_visible()
    expect(page.get_by_role("status").get_by_text("1 changed in 3 fields")).to_be_visible()
    follow(page, "Hotel")
    expect(page.locator("del", has_text="Late Arrival at the Harbour")).to_be_visible()
    open_panel(page)
    choose(page, "What to take over", "Title", several=True)
    press(page, "Show the plan")
    expect(page.get_by_text("Production, from Approved backup: 1 changed in 1 field")).to_be_visible()
    assert production(server).read_bytes() == before
    apply_plan(page)
    now = json.loads(production(server).read_bytes())[HOTEL]
    assert now["name"] == "Late Arrival at the Harbour Hotel"
    assert now["phases"][1]["name"] == "Another name"
    expect(page.get_by_role("status").get_by_text("1 changed in 2 fields")).to_be_visible()
    press(page, "Undo")
    expect(page.get_by_role("status").get_by_text("1 changed in 3 fields")).to_be_visible()
    assert production(server).read_bytes() == before


def test_what_cannot_be_seen_is_shown_by_name(server: Server, page: Page) -> None:
    change_outside(server, lambda it: it[DINNER].update(setting=it[DINNER]["setting"].replace(" ", "\u00a0", 1)))
    visit(page, f"{server.url}/compare?old=backup&new=production&scenario={DINNER}")
    expect(page.get_by_text("but it looks the same")).to_be_visible()
    expect(page.locator("ins .glyph")).to_have_text("⟨NBSP⟩")
    expect(page.locator("del .glyph")).to_have_text("⟨SP⟩")


def test_the_list_is_filtered_walked_and_kept_in_the_address(server: Server, page: Page) -> None:
    def more(document: dict[str, Any]) -> None:
        document[DINNER]["setting"] = SETTING
        document["tea_break"] = {**document[DINNER], "scenario_id": "tea_break", "name": "Tea Break"}
        document.pop(TRAIN)

    change_outside(server, more)
    visit(page, f"{server.url}/compare")
    everything = listed(page)
    assert len(everything) == 4
    page.get_by_role("button", name="Added 1").click()
    page.wait_for_url(re.compile("kind=added"))
    idle(page)
    assert listed(page) == ["Tea Break"]
    page.get_by_role("button", name="Added 1").click()
    idle(page)
    page.get_by_label("Search", exact=True).fill("hotel")
    page.wait_for_url(re.compile("q=hotel"))
    idle(page)
    assert listed(page) == ["Hotel"]
    page.reload()
    idle(page)
    assert listed(page) == ["Hotel"]
    visit(page, f"{server.url}/compare")
    follow(page, everything[0])
    heading = page.get_by_role("heading", level=2)
    expect(heading).to_have_text(everything[0])
    press(page, "Next")
    expect(heading).to_have_text(everything[1])
    page.go_back()
    idle(page)
    expect(heading).to_have_text(everything[0])
    press(page, "All differences")
    assert listed(page) == everything


def test_swapping_turns_the_direction_round(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/compare?old=backup&new=production&scenario={HOTEL}")
    press(page, "Swap")
    expect(page.get_by_text("Production, old")).to_be_visible()
    expect(page.locator("ins", has_text="Late Arrival at the Harbour")).to_be_visible()


def test_a_copy_is_compared_with_its_origin_and_takes_a_field_back(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/scenario?id={COPY}")
    page.get_by_role("tab", name="History").click()
    idle(page)
    follow(page, "What differs, and what changed in it since")
    follow(page, "All differences")
    visit(page, page.url)
    expect(page.get_by_role("heading", level=2)).to_have_text("A Night in Lisbon")
    open_panel(page)
    choose(page, "What to take over", "Setting", several=True)
    press(page, "Show the plan")
    apply_plan(page)
    expect(page.get_by_text("A small inn")).to_have_count(0)
    visit(page, f"{server.url}/scenario?id={COPY}")
    expect(page.get_by_text("quiet lobby of a small hotel")).to_be_visible()


def test_taking_over_into_a_copy_can_be_undone(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/compare?old=revision:{COPY}@1&new=scenario:{COPY}")
    open_panel(page)
    press(page, "Show the plan")
    apply_plan(page)
    expect(page.get_by_role("status").get_by_text("No differences")).to_be_visible()
    press(page, "Undo")
    expect(page.locator("ins", has_text="inn")).to_be_visible()


def test_a_file_is_uploaded_compared_and_taken_from(server: Server, page: Page, tmp_path: Path) -> None:
    document = json.loads(production(server).read_bytes())
    document[DINNER]["setting"] = "A cellar with candles"
    upload = tmp_path / "from-a-colleague.json"
    upload.write_text(json.dumps(document, indent=2, ensure_ascii=False), encoding="utf-8")
    visit(page, f"{server.url}/compare")
    choose(page, "New", "A file of yours")
    choose(page, "Old", "Production")
    page.locator("input[type=file]").set_input_files(upload)
    expect(page.get_by_text("File from-a-colleague.json, new")).to_be_visible()
    idle(page)
    expect(page.get_by_text("in this session only")).to_be_visible()
    assert listed(page) == ["A Table for Saturday Night"]
    page.get_by_role("checkbox", name="Select A Table for Saturday Night").check()
    idle(page)
    open_panel(page)
    expect(page.get_by_text("The 1 ticked scenario")).to_be_visible()
    press(page, "Show the plan")
    apply_plan(page)
    assert json.loads(production(server).read_bytes())[DINNER]["setting"] == "A cellar with candles"
    page.reload()
    idle(page)
    expect(page.get_by_text("Choose a file above")).to_be_visible()


def test_a_file_that_holds_no_records_is_refused_in_words(server: Server, page: Page, tmp_path: Path) -> None:
    upload = tmp_path / "notes.json"
    upload.write_text("[1, 2", encoding="utf-8")
    visit(page, f"{server.url}/compare?old=production&new=file")
    page.locator("input[type=file]").set_input_files(upload)
    expect(page.get_by_text("That did not work.").first).to_be_visible()


def test_a_plan_that_has_gone_stale_is_refused_and_nothing_is_written(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/compare?old=production&new=backup&into=production")
    press(page, "Show the plan")
    moved = change_outside(server, lambda it: it[DINNER].update(setting=SETTING))
    press(page, "Apply this plan")
    expect(page.get_by_text("Changed meanwhile.")).to_be_visible()
    expect(page.get_by_text("production has moved since the plan was made")).to_be_visible()
    assert production(server).read_bytes() == moved
    expect(page.get_by_role("button", name="Apply this plan")).to_have_count(0)


def test_scenarios_are_removed_only_once_their_number_was_typed(server: Server, page: Page) -> None:
    before = change_outside(
        server, lambda it: it.update(tea_break={**it[DINNER], "scenario_id": "tea_break", "name": "Tea Break"})
    )
    visit(page, f"{server.url}/compare?old=production&new=backup&into=production")
    press(page, "Show the plan")
    expect(page.get_by_text("Remove Tea Break")).to_be_visible()
    press(page, "Apply this plan")
    expect(page.get_by_text("the number typed is 0")).to_be_visible()
    assert production(server).read_bytes() == before
    page.get_by_label("Type 1 to confirm").fill("1")
    apply_plan(page)
    assert production(server).read_bytes() == (server.folder / "scenarios.json.backup").read_bytes()


def test_the_difference_is_taken_away_in_four_formats(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/compare")
    press(page, "Download")
    found = {}
    for label in ("JSON Patch", "Markdown", "Unified text", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=re.compile(f"{label}$")).click()
        found[label] = download.value.path().read_text(encoding="utf-8")
    assert {"test", "replace", "add"} == {step["op"] for step in json.loads(found["JSON Patch"])}
    assert found["Markdown"].startswith("# Differences\n\nApproved backup\\, old → Production\\, new")
    assert found["Unified text"].startswith("--- Approved backup, old\n+++ Production, new")
    assert json.loads(found["JSON"])["summary"] == "1 changed in 3 fields"


def test_a_restore_is_made_with_the_keyboard_alone(server: Server, open_page: Callable[[Size], Page]) -> None:
    page = open_page(WIDE)
    visit(page, f"{server.url}/compare?old=backup&new=production&scenario={HOTEL}")
    tab_to(page, "Take over or restore")
    page.keyboard.press("Enter")
    idle(page)
    tab_to(page, "What to take over")
    page.keyboard.type("Title")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    idle(page)
    for button in ("Show the plan", "Apply this plan"):
        tab_to(page, button)
        page.keyboard.press("Enter")
        idle(page)
    assert json.loads(production(server).read_bytes())[HOTEL]["name"] == "Late Arrival at the Harbour Hotel"


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus has this name."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in focused(page):
            return
    raise AssertionError(name)


def focused(page: Page) -> str:
    return str(
        page.evaluate("""() => {
            let it = document.activeElement
            while (it?.shadowRoot?.activeElement) it = it.shadowRoot.activeElement
            if (it?.tagName === 'MAIN') return ''  // it can be scrolled by keys, and holds every text
            return `${it?.getAttribute('aria-label') || ''} ${it?.labels?.[0]?.innerText || ''} ${it?.innerText || ''}`
        }""")
    )


def test_who_may_not_change_anything_sees_the_rule_and_no_button(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/compare?old=backup&new=production&as=7")
    expect(page.get_by_text("Not allowed.")).to_be_visible()
    expect(page.get_by_text("needs one of the roles")).to_contain_text("admin, analyst, content_manager")
    visit(page, f"{server.url}/compare?old=scenario:{HOTEL}&new=scenario:{DINNER}&as=7")
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    expect(page.get_by_text("Take over or restore")).to_have_count(0)


def test_who_may_look_but_not_restore_is_told_the_rule(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/compare?as={ANALYST}")
    assert listed(page) == ["Hotel"]
    expect(page.get_by_text("Read only for you")).to_contain_text("needs one of the roles")
    expect(page.get_by_text("Take over or restore")).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)


def test_a_scenario_is_found_by_its_words(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/compare?as=7")
    expect(page.get_by_text("Two states are needed.")).to_be_visible()
    choose(page, "Old", "One scenario")
    choose(page, "New", "One scenario")
    page.get_by_label("Find the new scenario").fill("saturday")
    idle(page)
    page.get_by_role("combobox", name="New scenario").click()
    page.get_by_role("option", name=re.compile("A Table for Saturday Night")).click()
    page.wait_for_url(re.compile(f"new=scenario%3A{DINNER}"))
    idle(page)
    expect(page.get_by_role("heading", level=2)).to_be_visible()
