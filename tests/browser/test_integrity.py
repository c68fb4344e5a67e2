"""The audit in a real browser: what was found, waiving it, following it to its place, mending it, checking again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from scenario_core.bootstrap import Desk
from scenario_core.integrity import history
from scenario_core.settings import Settings
from scenario_core.stewardship.steward import Steward
from tests.benchmarks.copies import as_file
from tests.browser.driving import NARROW, WIDE, Size, axe, idle, visit
from tests.browser.serving import Server, dashboard
from tests.browser.stewarding import change_outside, follow, press, production, served
from tests.browser.test_catalogue import focused
from tests.core.steward_examples import HOTEL, edit

pytestmark = pytest.mark.slow
UPDATED = "Hotel (Updated)"
LOREM = ("cafe_order_counter", "train_station_tickets", "restaurant_bill_dispute")
MANY = 10_000


@pytest.fixture(params=[pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def page(open_page: Callable[[Size], Page], request: pytest.FixtureRequest) -> Page:
    """Every journey is made on both screens."""
    size: Size = request.param
    return open_page(size)


def spoil(document: dict[str, Any]) -> None:
    """A name that was edited, three texts that are still to come."""
    document[HOTEL]["name"] = UPDATED
    for name in LOREM:
        document[name]["phases"][1]["essential_phrases"].append("Lorem ipsum dolor sit amet")


@pytest.fixture
def spoiled(tmp_path: Path) -> Iterator[Server]:
    """A dashboard over a catalogue in which that is neither approved nor mirrored."""

    def prepare(steward: Steward) -> None:
        edit(steward, spoil)

    with served(tmp_path, prepare) as server:
        yield server


def groups(page: Page) -> list[str]:
    """The headings of the findings, once there are any."""
    page.locator(".findings h2").first.wait_for()
    return page.locator(".findings h2").all_inner_texts()


def findings(page: Page) -> Locator:
    return page.locator(".findings li.finding")


def toggle(page: Page, name: str) -> None:
    """One of the two or three choices of a row of buttons."""
    page.get_by_text(re.compile(f"^{name}")).first.click()
    idle(page)


def test_one_page_says_whether_the_catalogue_is_in_order_and_why_not(spoiled: Server, page: Page) -> None:
    visit(page, f"{spoiled.url}/integrity")
    expect(page.get_by_role("heading", name="The catalogue needs mending.").or_(warns(page))).to_be_visible()
    expect(page.get_by_text("production equals its approved backup").first).to_be_visible()
    expect(page.locator("dt", has_text="Waived")).to_be_visible()
    expect(page.get_by_text("36 checks over 31 production scenarios")).to_be_visible()
    expect(page.get_by_text(re.compile("^Not checked: 1 scenario"))).to_be_visible()
    chart = page.get_by_test_id("stVegaLiteChart")
    expect(chart).to_be_visible()
    expect(chart).to_have_attribute("aria-label", re.compile("^Findings in the last 1 run: errors from"))


def warns(page: Page) -> Locator:
    return page.get_by_role("heading", name="The catalogue has warnings.")


def test_findings_are_narrowed_grouped_and_searched_and_the_address_keeps_it(spoiled: Server, page: Page) -> None:
    visit(page, f"{spoiled.url}/integrity")
    everything = groups(page)
    assert any(text.startswith("IC103") for text in everything)
    page.locator("summary[data-focus='group check']").click()
    page.get_by_role("checkbox", name=re.compile("^CQ203")).check()
    idle(page)
    assert "check=CQ203" in page.url
    assert groups(page) == ["CQ203 No placeholders or test records"]
    assert findings(page).count() == len(LOREM)
    toggle(page, "By scenario")
    assert "by=scenario" in page.url
    assert len(groups(page)) == len(LOREM)
    page.go_back()
    idle(page)
    assert groups(page) == ["CQ203 No placeholders or test records"]
    page.get_by_role("heading", level=1).click()
    press(page, "Clear filters")
    page.get_by_label("Search", exact=True).fill("updated")
    page.wait_for_url(re.compile("q=updated"))
    idle(page)
    assert groups(page) == ["IC103 Production equals its approved backup", "CQ205 Names without marks of editing"]
    page.reload()
    idle(page)
    assert len(groups(page)) == 2


def test_findings_are_waived_with_one_reason_shown_at_once_and_taken_back(spoiled: Server, page: Page) -> None:
    visit(page, f"{spoiled.url}/integrity?check=CQ203&check=IC103")
    structural = page.locator(".findings section").filter(has_text="IC103")
    expect(structural.get_by_text("can't be waived").first).to_be_visible()
    expect(structural.get_by_role("checkbox")).to_have_count(0)
    page.get_by_label(f"Select all {len(LOREM)}").check()
    idle(page)
    expect(page.get_by_text(f"{len(LOREM)} findings selected")).to_be_in_viewport()
    press(page, "Waive")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("CQ203 No placeholders or test records")).to_be_visible()
    press(page, f"Waive {len(LOREM)} findings")
    expect(dialog.get_by_text("Give a reason")).to_be_visible()
    assert axe(page) == []
    dialog.get_by_label("Reason").fill("The filler is meant: learners are to replace it.")
    press(page, f"Waive {len(LOREM)} findings")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert groups(page) == ["IC103 Production equals its approved backup"]
    assert page.locator("dt", has_text="Waived").locator("+ dd").inner_text() == str(len(LOREM))
    toggle(page, "Waived [0-9]")
    expect(page.get_by_text("The filler is meant").first).to_be_visible()
    visit(page, f"{spoiled.url}/integrity?section=waivers")
    expect(page.get_by_text(f"{len(LOREM)} waivers")).to_be_visible()
    expect(page.get_by_text("In use")).to_have_count(len(LOREM))
    page.get_by_role("button", name=re.compile("^Withdraw")).first.click()
    idle(page)
    expect(page.get_by_text(f"{len(LOREM) - 1} waivers")).to_be_visible()
    toggle(page, "Findings")
    expect(findings(page).filter(has_text="filler text")).to_have_count(1)


def tab_to(page: Page, name: str, most: int = 90) -> None:
    """Press Tab until what has the focus is called so, icons aside."""
    for _ in range(most):
        if re.fullmatch(rf"(\w+\n+)?{re.escape(name)}[^\n]*", focused(page)):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never led to {name!r}; the focus is on {focused(page)!r}")


def test_the_keyboard_alone_waives_a_finding(spoiled: Server, page: Page) -> None:
    visit(page, f"{spoiled.url}/integrity?check=CQ205")
    expect(findings(page)).to_have_count(1)
    tab_to(page, "Select:")
    page.keyboard.press("Space")
    idle(page)
    expect(page.get_by_text("1 finding selected")).to_be_visible()
    assert focused(page).startswith("Select:")
    tab_to(page, "Waive")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    idle(page)
    tab_to(page, "Reason")
    page.keyboard.type("A name of our own.")
    tab_to(page, "Waive 1 finding")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    idle(page)
    expect(page.get_by_text("No finding matches.")).to_be_visible()


def test_a_finding_explains_itself_and_leads_to_its_field(spoiled: Server, page: Page) -> None:
    visit(page, f"{spoiled.url}/integrity?check=CQ203")
    page.locator(".findings summary").first.click()
    expect(page.get_by_role("heading", name="How to mend it")).to_be_visible()
    page.locator(".findings a.name").first.click()
    page.wait_for_url(re.compile("/scenario.*finding="))
    idle(page)
    marked = page.locator("[data-marked]")
    expect(marked).to_have_text("Essential phrases")
    expect(marked).to_be_in_viewport()
    expect(marked).to_be_focused()
    expect(page.get_by_text("filler text").first).to_be_attached()
    follow(page, "Back to all findings")
    assert groups(page) == ["CQ203 No placeholders or test records"]


def test_a_scenario_lists_its_findings_and_those_of_others_do_not_show(spoiled: Server, page: Page) -> None:
    visit(page, f"{spoiled.url}/scenario?id={HOTEL}")
    page.get_by_role("tab", name="Audit").click()
    idle(page)
    expect(page.get_by_text(f"{UPDATED[6:]}' is left in the name")).to_be_visible()
    expect(findings(page).filter(has_text="filler text")).to_have_count(0)
    follow(page, "On the page Integrity")
    assert f"scenario={HOTEL}" in page.url
    assert {"IC103", "CQ205"} <= {text.split()[0] for text in groups(page)}


def test_a_repair_is_planned_counted_applied_and_told(spoiled: Server, page: Page) -> None:
    change_outside(spoiled, lambda document: document.pop("cafe_order_counter"))
    visit(page, f"{spoiled.url}/integrity?check=IC105&check=IC104")
    page.get_by_role("link", name="Re-sync the mirror").first.click()
    page.wait_for_url(re.compile("/repairs.*repair=resync_mirror"))
    idle(page)
    expect(page.get_by_text("1 scenario would be deleted from the mirror")).to_be_visible()
    expect(page.locator("li", has_text="cafe_order_counter").first).to_be_visible()
    press(page, "Apply this plan")
    expect(page.get_by_text("the number typed is 0")).to_be_visible()
    page.get_by_label("Type 1 to confirm").fill("1")
    press(page, "Apply this plan")
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing to do")).to_be_visible()
    assert axe(page) == []
    follow(page, "What is left to mend")
    visit(page, f"{spoiled.url}/integrity?check=IC105")
    expect(page.get_by_text("No finding matches.")).to_be_visible()


def test_production_is_restored_from_a_backup_after_a_look_at_the_difference(spoiled: Server, page: Page) -> None:
    visit(page, f"{spoiled.url}/repairs")
    expect(page.get_by_text("Something to do").first).to_be_visible()
    press(page, re.compile("Restore production from a backup: look at the plan"))
    expect(page.get_by_role("link", name="See the difference first")).to_have_attribute(
        "href", re.compile("new=backup")
    )
    expect(page.get_by_text("4 changed in 4 fields")).to_be_visible()
    press(page, "Apply this plan")
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert production(spoiled).read_bytes() == (spoiled.folder / "scenarios.json.backup").read_bytes()
    page.get_by_test_id("stMain").get_by_role("link", name="Audit log").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")


def test_checking_again_takes_its_place_in_the_history(spoiled: Server, page: Page) -> None:
    visit(page, f"{spoiled.url}/integrity")
    change_outside(spoiled, lambda document: document[HOTEL].update(name="A Quiet Hotel"))
    press(page, "Check again")
    expect(page.locator("dt", has_text="Notices")).to_be_visible()
    visit(page, f"{spoiled.url}/integrity?section=runs")
    expect(page.locator("table.runs tbody tr")).to_have_count(2)
    expect(page.get_by_text("is left in the name")).to_be_visible()
    assert [run.mended > 0 for run in runs(spoiled)] == [True, False]


def runs(server: Server) -> list[history.CheckRun]:
    desk = Desk.open(Settings(production=production(server), database=f"sqlite:///{server.folder / 'desk.db'}"))
    found = history.runs(desk.engine)
    desk.close()
    return found


@pytest.mark.parametrize(
    ("label", "begin"),
    [
        ("Page to read or print", "<!doctype html>"),
        ("Markdown", "# Scenario Desk"),
        ("CSV table", "\ufeff"),
        ("JSON", "{"),
        ("SARIF 2.1.0", "{"),
        ("JUnit XML", "<?xml"),
    ],
)
def test_the_report_is_taken_away_with_the_findings_of_the_page(
    spoiled: Server, open_page: Callable[[Size], Page], label: str, begin: str
) -> None:
    page = open_page(WIDE)
    visit(page, f"{spoiled.url}/integrity?check=CQ205")
    page.get_by_role("button", name="Download the report").click()
    idle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=label).click()
    content = download.value.path().read_text(encoding="utf-8")
    assert content.lower().startswith(begin.lower())
    assert "is left in the name" in content


def test_a_first_run_over_thousands_is_shown_can_be_stopped_and_blocks_no_page(
    tmp_path: Path, migrated_sqlite: Path, open_page: Callable[[Size], Page]
) -> None:
    (tmp_path / "scenarios.json").write_bytes(as_file(MANY))
    (tmp_path / "desk.db").write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    with dashboard(tmp_path, production=tmp_path / "scenarios.json", database_url=url) as server:
        page = open_page(WIDE)
        page.goto(f"{server.url}/integrity")
        expect(page.get_by_text("The catalogue is being checked.")).to_be_visible(timeout=20_000)
        expect(page.get_by_text(re.compile(f"Checking: [0-9,]+ of {MANY:,}"))).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("The run was stopped.")).to_be_visible()
        page.get_by_role("link", name="Catalogue").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Catalogue")
        page.get_by_role("link", name="Integrity").first.click()
        press(page, "Check now")
        expect(page.get_by_text(re.compile("^Checking"))).to_be_visible()
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("The run was stopped.")).to_be_visible()
        idle(page)
        page.close()


def test_what_changes_outside_is_seen_without_being_asked_for(spoiled: Server, page: Page) -> None:
    visit(page, f"{spoiled.url}/integrity?check=CQ203")
    change_outside(spoiled, lambda document: document.update(json.loads(approved(spoiled))))
    page.reload()
    idle(page)
    expect(page.get_by_text("No finding matches.")).to_be_visible()


def approved(server: Server) -> str:
    return (server.folder / "scenarios.json.backup").read_text(encoding="utf-8")


def test_home_leads_to_what_was_found(spoiled: Server, page: Page) -> None:
    visit(page, spoiled.url)
    page.get_by_test_id("stMain").get_by_role("link", name="Integrity").click()
    page.wait_for_url(re.compile("/integrity"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Integrity")
