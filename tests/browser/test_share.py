"""Sharing in a real browser: a read-only link, and a file that imports elsewhere."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import NARROW, WIDE, Size, axe, idle, visit
from tests.browser.serving import Server
from tests.browser.steps import duplicate, save
from tests.factories import scenario_document

pytestmark = pytest.mark.slow


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()
    idle(page)


def status_of(address: str) -> int:
    try:
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - an address of the test's own server
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def test_a_private_scenario_is_read_and_rehearsed_by_its_link_until_that_is_taken_back(
    own_server: Server, open_page: Callable[[Size], Page], size: Size
) -> None:
    page = open_page(size)
    visit(page, own_server.url + "/scenario?id=hotel_check_in")
    duplicate(page)
    save(page)
    press(page, "Read-only link")
    press(page, "Make a link")
    read, rehearse = (code.inner_text() for code in page.get_by_test_id("stCode").all())
    guest = open_page(size)
    guest.goto(read)
    expect(guest.get_by_role("heading", level=1)).to_have_text("Late Arrival at the Harbour Hotel")
    assert axe(guest) == []
    guest.goto(rehearse)
    guest.get_by_label("What you say").fill("Here is my passport.")
    guest.keyboard.press("Enter")
    expect(guest.get_by_label("What was said")).to_contain_text("used: passport")
    press(page, "Take back")
    assert (status_of(read), status_of(rehearse), status_of(own_server.url + "/shared/nothing")) == (404, 404, 404)


def test_what_was_exported_is_opened_as_a_draft_elsewhere(
    own_server: Server, open_page: Callable[[Size], Page], tmp_path: Path
) -> None:
    page = open_page(WIDE)
    visit(page, own_server.url + "/scenario?id=hotel_check_in")
    press(page, "Export")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    download.value.save_as(tmp_path / "hotel.json")
    visit(page, own_server.url + "/templates?as=8")
    page.get_by_text("From a JSON file").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "hotel.json")
    idle(page)
    press(page, "Open as a draft")
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Late Arrival at the Harbour Hotel")
    expect(page.get_by_text("Nothing to mend")).to_be_visible()


def test_many_scenarios_of_a_file_are_imported_all_or_none(
    own_server: Server, open_page: Callable[[Size], Page], tmp_path: Path
) -> None:
    page = open_page(WIDE)
    good = {"one": scenario_document("one", name="First of two"), "two": scenario_document("two", name="Second of two")}
    bad = {**good, "two": {**good["two"], "name": "x"}}
    for name, document in (("bad", bad), ("good", good), ("broken", None)):
        text = "{" if document is None else json.dumps(document)
        (tmp_path / f"{name}.json").write_text(text)
    visit(page, own_server.url + "/templates")
    page.get_by_text("From a JSON file").click()
    file = page.locator("input[type=file]")
    file.set_input_files(tmp_path / "broken.json")
    idle(page)
    expect(page.get_by_text("is no JSON")).to_be_visible()
    file.set_input_files(tmp_path / "bad.json")
    idle(page)
    press(page, "Import 2 scenarios")
    expect(page.get_by_text("/two/name: expected")).to_be_visible()
    file.set_input_files(tmp_path / "good.json")
    idle(page)
    press(page, "Import 2 scenarios")
    page.wait_for_url("**/mine**")
    idle(page)
    expect(page.get_by_role("link", name="Second of two")).to_be_visible()
