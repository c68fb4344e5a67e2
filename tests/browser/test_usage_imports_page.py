"""From a file to figures in a real browser, and back to a file."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import axe, idle, visit
from tests.browser.serving import Server
from tests.browser.stewarding import press

pytestmark = pytest.mark.slow
RUNS = 7
HEAD = "run_id,scenario_id,user,started_at,ended_at,end_reason\n"
LINE = "r-{0},hotel_check_in,learner {0},2026-11-02T18:00:00Z,2026-11-02T18:12:00Z,completed\n"
FAULTY = "r-99,hotel_check_in,kim,soon,,\n"
OF_NOVEMBER = "/usage?period=own&from=2026-11-01&to=2026-11-05"


def test_a_file_is_uploaded_looked_at_imported_counted_and_taken_away_again(
    own_server: Server, page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "november.csv"
    file.write_text(HEAD + "".join(map(LINE.format, range(RUNS))) + FAULTY, encoding="utf-8")
    visit(page, f"{own_server.url}{OF_NOVEMBER}")

    page.get_by_role("button", name="Import runs").focus()
    page.keyboard.press("Enter")
    idle(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("200MB per file")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_test_id("stBaseButton-secondary").press("Enter")
    chooser.value.set_files(file)
    dialog.get_by_text("1 record has a fault").wait_for()
    idle(page)
    expect(dialog.get_by_role("row", name=re.compile("started_at"))).to_contain_text("'soon' in line 9")
    assert axe(page) == []
    take = dialog.get_by_role("button", name=f"Import {RUNS} runs")
    expect(take).to_be_disabled()
    dialog.get_by_text("Leave out 1 record and import the rest").click()
    idle(page)
    take.click()
    dialog.get_by_text(f"Imported {RUNS} runs.").wait_for()
    idle(page)
    press(page, "Done")
    expect(dialog).to_have_count(0)
    starts = page.get_by_test_id("stMetric").filter(has_text="Starts").get_by_test_id("stMetricValue")
    expect(starts).to_have_text(str(RUNS))

    page.get_by_role("button", name="Data", exact=True).click()
    idle(page)
    page.get_by_role("button", name="CSV", exact=True).click()
    page.get_by_role("button", name="Download", exact=True).wait_for()
    idle(page)
    expect(page.locator(".st-key-usage_export_bar")).to_contain_text(f"runs.csv is ready: {RUNS} runs")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert {row["run_id"] for row in rows} == {f"r-{number}" for number in range(RUNS)}
    press(page, "Dismiss")
    expect(page.locator(".st-key-usage_export_bar")).to_have_count(0)
