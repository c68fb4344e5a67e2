"""The audit log in a real browser: finding an entry, following it to its difference, taking entries away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scenario_core.stewardship import backups, restoring
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.steward import Steward
from tests.browser.driving import NARROW, WIDE, Size, idle, visit
from tests.browser.serving import Server
from tests.browser.steps import listed
from tests.browser.stewarding import COPY, choose, follow, press, served
from tests.core.steward_examples import HOTEL, edit, spoil
from tests.factories import STRANGER, scenario_document

pytestmark = pytest.mark.slow
RESTORED = "Restored Late Arrival at the Harbour Hotel from approved backup"


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A dashboard with a past: a restore, a change by another program, copies, and somebody's private scenario."""
    with served(tmp_path, with_a_past) as started:
        yield started


def with_a_past(steward: Steward) -> None:
    check(steward)
    edit(steward, spoil)
    check(steward)
    restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    for _ in range(55):
        backups.create(steward)
    with steward.desk.builder() as service:
        copy = service.duplicate_scenario(HOTEL, steward.user_id, "A Night in Lisbon", copy_id=COPY)
        changed = {**copy.scenario.model_dump(mode="json"), "setting": "A small inn"}
        service.update_scenario(COPY, steward.user_id, changed, expected_version=1)
        service.create_scenario(STRANGER, scenario_document(name="A Secret"))


def test_an_entry_is_found_and_followed_to_its_difference(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/audit_log")
    choose(page, "What", "Restore")
    assert listed(page) == [RESTORED]
    assert "operation=restore_backup" in page.url
    follow(page, RESTORED)
    expect(page.get_by_role("heading", level=2)).to_have_text(RESTORED)
    follow(page, "What it changed")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    expect(page.get_by_role("status").get_by_text("1 changed in 3 fields")).to_be_visible()
    expect(page.locator("ins", has_text="Late Arrival at the Harbour")).to_be_visible()
    page.go_back()
    idle(page)
    expect(page.get_by_role("heading", level=2)).to_have_text(RESTORED)


def test_a_save_leads_to_the_two_versions(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/audit_log?scenario={COPY}")
    assert listed(page) == ["Saved A Night in Lisbon", f"Made A Night in Lisbon, a copy of {HOTEL}"]
    follow(page, "Saved A Night in Lisbon")
    follow(page, "What it changed")
    expect(page.locator("ins", has_text="inn")).to_be_visible()


def test_what_another_program_changed_is_told(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/audit_log?operation=edited_outside")
    assert "Another program changed the production file" in listed(page)


def test_entries_are_read_page_by_page_by_their_numbers(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/audit_log")
    first = page.locator("tbody th a").first.inner_text()
    assert len(listed(page)) == 50
    press(page, "Older")
    assert "before=" in page.url
    older = listed(page)
    assert 5 < len(older) < 50
    page.reload()
    idle(page)
    assert listed(page) == older
    press(page, "Latest")
    assert page.locator("tbody th a").first.inner_text() == first


def test_filters_add_up_and_stay_in_the_address(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/audit_log?from=2000-01-01&to=2000-12-31")
    expect(page.get_by_text("No entry matches.")).to_be_visible()
    press(page, "Clear filters")
    assert "from=" not in page.url
    choose(page, "Store", "Custom")
    choose(page, "Who", "You")
    assert all("Lisbon" in line for line in listed(page))
    assert "store=custom" in page.url
    assert "person=1" in page.url
    visit(page, page.url)
    assert len(listed(page)) == 2


def test_everything_that_passes_is_exported(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/audit_log?operation=create_backup")
    press(page, "Export")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV table").click()
    table = download.value.path().read_text(encoding="utf-8-sig")
    assert table.splitlines()[0] == "id,at,actor_id,operation,store,scenario_id,detail"
    assert len(table.splitlines()) == 56
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("JSON$")).click()
    assert {entry["operation"] for entry in json.loads(download.value.path().read_text())} == {"create_backup"}


def test_somebodys_private_scenario_is_nobody_elses_entry(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/audit_log?store=custom")
    assert len(listed(page)) == 2
    for number in range(57, 64):
        visit(page, f"{server.url}/audit_log?entry={number}")
        expect(page.get_by_text("Secret")).to_have_count(0)


def test_who_may_not_read_the_log_sees_the_rule(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/audit_log?as=7")
    expect(page.get_by_text("needs one of the roles")).to_contain_text("content_manager")
    expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
