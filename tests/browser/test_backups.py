"""The backups of production in a real browser: what there is, the way back, a point in time, and cleaning up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scenario_core.stewardship import backups, restoring
from scenario_core.stewardship.steward import Steward
from tests.browser.driving import NARROW, WIDE, Size, idle, visit
from tests.browser.serving import Server
from tests.browser.steps import listed
from tests.browser.stewarding import TRAIN, apply_plan, change_outside, follow, press, production, served
from tests.core.steward_examples import edit, spoil

pytestmark = pytest.mark.slow
OLD = 30


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A dashboard with a backup made by hand, one before a restore, a damaged one, and many of last year."""
    with served(tmp_path, with_a_past) as started:
        yield started


def with_a_past(steward: Steward) -> None:
    backups.create(steward)
    edit(steward, spoil)
    restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    data = steward.desk.production.read_file()
    now = datetime.now(UTC)
    for age in range(OLD):
        keep(steward, data.replace(b"Harbour", b"Harbor") if age % 2 else data, now - timedelta(days=200 + age))
    keep(steward, b"broken", now - timedelta(days=2), digest="0" * 16)


def keep(steward: Steward, data: bytes, moment: datetime, digest: str = "") -> None:
    named = digest or hashlib.sha256(data).hexdigest()[:16]
    folder = steward.desk.production.path.parent / "backups"
    (folder / f"scenarios-{moment:%Y%m%dT%H%M%S.%f}Z-{named}.json").write_bytes(data)


def kept(server: Server) -> set[str]:
    return {path.name for path in (server.folder / "backups").iterdir()}


def row(page: Page, text: str) -> str:
    """The first line of the list that says this, on one line."""
    return " ".join(page.locator("tbody tr", has_text=text).first.inner_text().split())


def test_the_list_says_who_made_each_backup_why_and_what_changed(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/backups")
    expect(page.get_by_text(f"{OLD + 4} backups")).to_be_visible()
    assert len(listed(page)) == 25
    assert "You, before a restore 1 changed in 3 fields Readable" in row(page, "before a restore")
    assert "You, made by hand" in row(page, "made by hand")
    assert "Damaged" in row(page, "can't be told")
    page.get_by_role("button", name="Page 2").click()
    page.wait_for_url("**page=2**")
    idle(page)
    assert len(listed(page)) == OLD + 4 - 25
    assert "the oldest one" in row(page, "the oldest one")


def test_a_backup_that_is_made_now_stands_first(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/backups")
    before = kept(server)
    press(page, "Make a backup now")
    expect(page.get_by_text(f"{OLD + 5} backups")).to_be_visible()
    made = kept(server) - before
    assert [(server.folder / "backups" / name).read_bytes() for name in made] == [production(server).read_bytes()]


def test_a_deleted_scenario_comes_back_from_a_backup_in_its_place(server: Server, page: Page) -> None:
    original = production(server).read_bytes()
    change_outside(server, lambda it: it.pop(TRAIN))
    visit(page, f"{server.url}/backups")
    page.locator("tbody tr", has_text="made by hand").get_by_role("link").click()
    page.wait_for_url("**backup=**")
    idle(page)
    follow(page, "Restore from it")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    page.get_by_role("checkbox", name="Select Zwei Fahrkarten").check()
    idle(page)
    press(page, "Show the plan")
    expect(page.get_by_text("Add Zwei Fahrkarten")).to_be_visible()
    apply_plan(page)
    assert production(server).read_bytes() == original
    press(page, "Undo")
    assert TRAIN not in json.loads(production(server).read_bytes())


def test_a_damaged_backup_says_what_is_wrong_and_offers_nothing(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/backups")
    page.locator("tbody tr", has_text="can't be told").get_by_role("link").click()
    page.wait_for_url("**backup=**")
    idle(page)
    expect(page.get_by_text("its content does not match the hash in its name")).to_be_visible()
    expect(page.get_by_role("link", name="Restore from it")).to_have_count(0)


def test_a_point_in_time_names_its_state_and_leads_to_it(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/backups?part=moment&at=2020-01-02T03:04")
    expect(page.get_by_text("At 2020-01-02 03:04 UTC production was what")).to_be_visible()
    expect(page.get_by_text("Since then: 1 changed in 1 field")).to_be_visible()
    follow(page, "Restore that state")
    expect(page.get_by_role("status").get_by_text("1 changed in 1 field")).to_be_visible()
    open_panel_is_open(page)
    press(page, "Show the plan")
    apply_plan(page)
    assert b"Harbor " in production(server).read_bytes()


def open_panel_is_open(page: Page) -> None:
    expect(page.get_by_role("button", name="Show the plan")).to_be_visible()


def test_now_is_as_production_is_now(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/backups?part=moment&at=2099-01-01T00:00")
    expect(page.get_by_text("as it is now")).to_be_visible()


def test_backups_are_cleaned_up_only_once_their_number_was_typed(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/backups")
    page.get_by_text("Clean up", exact=True).click()
    page.wait_for_url("**part=retention**")
    idle(page)
    before = kept(server)
    delete = page.get_by_role("button", name="Delete")
    number = int(delete.inner_text().split("Delete ")[1].split()[0])
    assert number > 20
    delete.click()
    idle(page)
    expect(page.get_by_text("the number typed is 0")).to_be_visible()
    assert kept(server) == before
    page.get_by_label(f"Type {number} to delete").fill(str(number))
    delete.click()
    idle(page)
    expect(page.get_by_text("There is nothing to clean up.")).to_be_visible()
    assert len(before) - len(kept(server)) == number
    assert (server.folder / "scenarios.json.backup").exists()


def test_production_is_approved_from_here(server: Server, page: Page) -> None:
    changed = change_outside(server, spoil)
    visit(page, f"{server.url}/backups")
    follow(page, "Approve production as the baseline")
    press(page, "Apply this plan")
    expect(page.get_by_role("button", name="Apply this plan")).to_have_count(0)
    assert (server.folder / "scenarios.json.backup").read_bytes() == changed
    visit(page, f"{server.url}/backups")
    assert "Approved You, approved it" in row(page, "approved it")


def test_who_may_not_manage_backups_sees_the_rule(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/backups?as=7")
    expect(page.get_by_text("needs one of the roles")).to_contain_text("content_manager")
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("link", name="Backups")).to_have_count(0)
