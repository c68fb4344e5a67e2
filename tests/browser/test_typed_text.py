"""What is typed in a real browser and not sent yet: nothing that happens on the page meanwhile takes it away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from scenario_core.bootstrap import Desk
from scenario_core.custom.proposal_records import ProposalEvent
from scenario_core.settings import Settings
from tests.browser.driving import idle, visit
from tests.browser.serving import Server
from tests.browser.stewarding import press
from tests.core.proposal_examples import proposed
from tests.factories import ADMIN

pytestmark = pytest.mark.slow
HOTEL, TABLE = "hotel_check_in", "restaurant_dinner_reservation"
HOTEL_TITLE, TABLE_TITLE = "Late Arrival at the Harbour Hotel", "A Table for Saturday Night"
PATH = "00000000-0000-4000-8000-00000000c0de"


@pytest.fixture
def desk(own_server: Server) -> Iterator[Desk]:
    """What the server serves."""
    folder = own_server.folder
    made = Desk.open(
        Settings(production=folder / "scenarios.json", database=f"sqlite:///{folder / 'desk.db'}", usage=folder / "u")
    )
    yield made
    made.close()


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    idle(page)


def test_a_note_is_kept_while_the_list_is_drawn_anew(own_server: Server, desk: Desk, page: Page) -> None:
    with desk.builder() as service:
        service.collections.create(ADMIN, "A Weekend Away", is_path=True, collection_id=PATH)
        for name in (HOTEL, TABLE):
            service.collections.add(PATH, ADMIN, name)
    visit(page, f"{own_server.url}/collection?id={PATH}")
    first, second = (page.get_by_label(f"Note on {title}") for title in (HOTEL_TITLE, TABLE_TITLE))
    first.press_sequentially("Begin here.")
    second.focus()  # the first note is sent, and the answer comes while the second one is typed
    page.keyboard.type("Ask for the window, politely, and thank them.", delay=40)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-place='1'] .name")).to_have_text(TABLE_TITLE)
    idle(page)
    page.keyboard.type(" warmly")
    expect(second).to_have_value("Ask for the window, politely, and thank them warmly.")
    page.keyboard.press("Tab")
    idle(page)
    visit(page, f"{own_server.url}/collection?id={PATH}")
    expect(first).to_have_value("Begin here.")
    expect(second).to_have_value("Ask for the window, politely, and thank them warmly.")


def test_a_comment_an_answer_and_a_review_are_kept_however_one_leaves_them(
    own_server: Server, desk: Desk, page: Page
) -> None:
    found = proposed(desk)
    visit(page, f"{own_server.url}/proposals?id={found.proposal_id}")
    tab(page, "Conversation")
    comment = page.get_by_role("textbox", name="Comment")
    comment.press_sequentially("Half a comment")
    tab(page, "Findings")
    tab(page, "Conversation")
    expect(comment).to_have_value("Half a comment")
    press(page, "Ask for changes")
    wanted = page.get_by_role("textbox", name="Which changes?")
    wanted.press_sequentially("Half a wish")
    page.keyboard.press("Escape")
    idle(page)
    press(page, "Ask for changes")
    expect(wanted).to_have_value("Half a wish")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="All proposals").click()
    idle(page)
    page.go_back()
    idle(page)
    tab(page, "Conversation")
    expect(comment).to_have_value("Half a comment")
    visit(page, f"{own_server.url}/scenario?id={HOTEL}")
    tab(page, "Reviews")
    review = page.get_by_label("Review (optional)")
    review.press_sequentially("Half a review")
    tab(page, "History")
    tab(page, "Reviews")
    expect(review).to_have_value("Half a review")


def test_a_double_click_says_it_once(own_server: Server, desk: Desk, page: Page) -> None:
    found = proposed(desk)
    visit(page, f"{own_server.url}/proposals?id={found.proposal_id}")
    tab(page, "Conversation")
    page.get_by_role("textbox", name="Comment").fill("Once.")
    page.get_by_role("button", name="Comment").dblclick()
    idle(page)
    expect(page.locator("ol.talk p.text", has_text="Once.")).to_have_count(1)
    assert [each.text for each in desk_events(desk, found.proposal_id)].count("Once.") == 1


def desk_events(desk: Desk, proposal_id: str) -> list[ProposalEvent]:
    with desk.builder() as service:
        return service.proposals.events(proposal_id, ADMIN)
