"""A copy beside its origin in a real browser: what changed there since is taken over, and taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import NARROW, WIDE, Size, idle, visit
from tests.browser.serving import Server
from tests.browser.steps import duplicate, save

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def test_a_change_of_the_origin_is_taken_over_and_taken_back(
    own_server: Server, open_page: Callable[[Size], Page], size: Size
) -> None:
    page = open_page(size)
    visit(page, own_server.url + "/scenario?id=hotel_check_in")
    duplicate(page)
    page.get_by_role("textbox", name="Setting").fill("A castle by the sea.")
    page.get_by_role("textbox", name="Setting").blur()
    idle(page)
    save(page)
    add_a_phrase(own_server.folder / "scenarios.json", "Is there a gym?")
    page.get_by_role("tab", name="History").click()
    idle(page)
    page.get_by_role("link", name="What differs, and what changed in it since").click()
    page.wait_for_url("**/origin**")
    idle(page)
    expect(page.get_by_text("Is there a gym?").first).to_be_visible()
    page.get_by_role("button", name="Take over", exact=False).first.focus()
    page.keyboard.press("Enter")
    idle(page)
    expect(page.get_by_text("Your copy has this already.")).to_be_visible()
    expect(page.get_by_text("Changed by you")).to_be_visible()
    page.get_by_role("button", name="Restore from the origin").click()
    idle(page)
    expect(page.get_by_text("The copy is as its origin is.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    idle(page)
    expect(page.get_by_text("Changed by you")).to_be_visible()


def add_a_phrase(path: Path, phrase: str) -> None:
    """As another program would."""
    document = json.loads(path.read_bytes())
    document["hotel_check_in"]["phases"][1]["essential_phrases"].append(phrase)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
