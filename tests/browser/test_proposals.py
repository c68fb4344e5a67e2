"""A proposal in a real browser: from an author's scenario to production and back, by mouse and by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from scenario_core.custom.directory import add_person
from scenario_core.people import Role
from scenario_core.stewardship.steward import Steward
from tests.browser.driving import NARROW, WIDE, Size, axe, idle, visit
from tests.browser.serving import Server
from tests.browser.steps import listed
from tests.browser.stewarding import COPY, change_outside, follow, press, production, served
from tests.core.proposal_examples import proposed
from tests.core.steward_examples import DINNER, HOTEL
from tests.factories import OWNER

pytestmark = pytest.mark.slow
TITLE = "Late Arrival at the Harbour Inn"


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A dashboard in which an author has a changed copy of a production scenario."""
    with served(tmp_path, with_a_copy) as started:
        yield started


def with_a_copy(steward: Steward) -> None:
    author = add_person(steward.desk.engine, steward.person, "Ann", {Role.AUTHOR})
    assert author.user_id == 2
    with steward.desk.builder() as service:
        copy = service.duplicate_scenario(HOTEL, author.user_id, TITLE, copy_id=COPY)
        document = {**copy.scenario.model_dump(mode="json"), "setting": "A small inn by the harbour, late at night."}
        service.update_scenario(COPY, author.user_id, document, expected_version=1)


def propose(page: Page, server: Server, text: str) -> str:
    """Propose the copy as its author; returns the address of the proposal, as content managers open it."""
    visit(page, f"{server.url}/scenario?id={COPY}&as=2")
    press(page, "Propose to production")
    expect(page.get_by_text("It stays as private as it is")).to_be_visible()
    page.get_by_role("textbox", name="What content managers should know").fill(text)
    page.get_by_role("button", name="Propose", exact=True).click()
    page.wait_for_url(re.compile(r"/proposals\?.*id="))
    idle(page)
    proposal_id = re.search(r"\bid=([0-9a-f]+)", page.url)
    assert proposal_id
    return f"{server.url}/proposals?id={proposal_id[1]}"


def answer(page: Page, address: str) -> None:
    """Answer what content managers have asked, as the author, and bring the proposal up to date."""
    visit(page, address)
    expect(page.get_by_text("Is it by the sea?")).to_be_visible()
    part(page, "Conversation")
    page.get_by_role("textbox", name="Comment").fill("It is.")
    page.get_by_role("button", name="Comment").click()
    idle(page)
    expect(page.locator("ol.talk p.text", has_text="It is.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("")
    press(page, "Bring it up to date")
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Bring it up to date").click()
    idle(page)
    expect(page.locator(".state", has_text="Open")).to_be_visible()


def part(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    idle(page)


def record(server: Server, scenario_id: str = HOTEL) -> dict[str, object]:
    found: dict[str, object] = json.loads(production(server).read_bytes())[scenario_id]
    return found


def test_from_an_author_over_a_conversation_to_production_and_back(server: Server, page: Page) -> None:
    before = production(server).read_bytes()
    address = propose(page, server, "The inn suits the pictures better.")
    expect(page.get_by_role("heading", level=2)).to_have_text(TITLE)
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)

    visit(page, f"{server.url}/proposals")
    assert listed(page) == [TITLE]
    follow(page, TITLE)
    expect(page.locator("ins").get_by_text("Inn", exact=True)).to_be_visible()
    assert axe(page) == []
    part(page, "Conversation")
    expect(page.get_by_text("The inn suits the pictures better.")).to_be_visible()
    press(page, "Ask for changes")
    page.get_by_role("textbox", name="Which changes?").fill("Is it by the sea?")
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Ask for changes").click()
    idle(page)
    expect(page.get_by_text("Changes asked for", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)

    answer(page, f"{address}&as=2")

    visit(page, address)
    press(page, "Publish")
    press(page, "Show the plan")
    expect(page.get_by_text("2 fields would differ")).to_be_visible()
    assert production(server).read_bytes() == before
    assert axe(page) == []
    press(page, "Publish now")
    expect(page.locator(".state", has_text="Published")).to_be_visible()
    assert record(server)["name"] == TITLE
    follow(page, "Open it in production")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    part(page, "History")
    follow(page, "Ann, published")
    expect(page.get_by_role("heading", level=2)).to_have_text(TITLE)

    visit(page, address)
    press(page, "Take it back")
    expect(page.get_by_text(f"Bring {HOTEL} back as it was")).to_be_visible()
    press(page, "Take it back now")
    expect(page.locator(".state", has_text="Taken back")).to_be_visible()
    assert production(server).read_bytes() == before
    visit(page, f"{server.url}/audit_log")
    assert [line for line in listed(page) if "proposal" in line or "publication" in line][:2] == [
        "Took back the publication of Late Arrival at the Harbour Hotel",
        "Published Late Arrival at the Harbour Hotel, a proposal by person 2",
    ]


def test_publishing_is_refused_when_production_moved_and_nothing_is_lost(server: Server, page: Page) -> None:
    address = propose(page, server, "")
    visit(page, address)
    press(page, "Publish")
    press(page, "Show the plan")
    moved = change_outside(server, lambda it: it[DINNER].update(setting="Elsewhere"))
    press(page, "Publish now")
    expect(page.get_by_text("Changed meanwhile.")).to_be_visible()
    assert production(server).read_bytes() == moved
    press(page, "Show the plan")
    press(page, "Publish now")
    expect(page.locator(".state", has_text="Published")).to_be_visible()
    assert record(server, DINNER)["setting"] == "Elsewhere"
    change_outside(server, lambda it: it[HOTEL].update(setting="Elsewhere"))
    visit(page, address)
    press(page, "Take it back")
    expect(page.get_by_text("changed or removed since it was published")).to_be_visible()
    expect(page.get_by_role("button", name="Take it back now")).to_have_count(0)


def test_a_withdrawn_proposal_is_its_authors_alone(server: Server, page: Page) -> None:
    address = propose(page, server, "")
    press(page, "Withdraw")
    press(page, "Withdraw it")
    expect(page.locator(".state", has_text="Withdrawn")).to_be_visible()
    visit(page, address)
    expect(page.get_by_text("There is no proposal")).to_be_visible()
    visit(page, f"{server.url}/proposals?state=all")
    expect(page.get_by_text("Nothing waits for you here.")).to_be_visible()
    expect(page.get_by_text(TITLE)).to_have_count(0)


def reach(page: Page, target: Locator) -> None:
    """Walk with Tab until the focus is on the target."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("it => it === document.activeElement || it.contains(document.activeElement)"):
            return
    raise AssertionError(f"{target} can't be reached by Tab")


def test_it_is_published_and_taken_back_with_the_keyboard_alone(
    tmp_path: Path, open_page: Callable[[Size], Page]
) -> None:
    page = open_page(WIDE)
    found: list[str] = []
    with served(tmp_path, lambda it: found.append(proposed(it.desk, OWNER).proposal_id)) as server:
        before = production(server).read_bytes()
        visit(page, f"{server.url}/proposals?id={found[0]}")
        for name in ("Publish", "Show the plan", "Publish now"):
            reach(page, page.get_by_role("button", name=name, exact=True))
            page.keyboard.press("Enter")
            idle(page)
        expect(page.locator(".state", has_text="Published")).to_be_visible()
        assert "a_table_by_the_window" in json.loads(production(server).read_bytes())
        for name in ("Take it back", "Take it back now"):
            reach(page, page.get_by_role("button", name=name, exact=True))
            page.keyboard.press("Enter")
            idle(page)
        expect(page.locator(".state", has_text="Taken back")).to_be_visible()
        assert production(server).read_bytes() == before
        page.close()
