"""Runs in and out on the page Usage: who may, what is shown before anything changes, and that nothing is kept."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import wiring
from dashboard.usage.import_words import fault_table, faults_csv
from dashboard.widgets import usage_imports
from scenario_core.bootstrap import Desk
from scenario_core.errors import Fault
from scenario_core.people import Role
from scenario_core.settings import Settings
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from tests.dashboard.import_examples import FAULTY, GOOD, MANY, app_tables, files_in, in_database, many_runs, person
from tests.factories import ADMIN, ROOT, SHIPPED

MAIN: Final = str(ROOT / "dashboard" / "main.py")
MANAGERS: Final = {Role.ANALYST, Role.CONTENT_MANAGER, Role.ADMIN}


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the page keeps files, so that a test sees all of them."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def desk(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The shipped catalogue without any run, as the dashboard serves it."""
    monkeypatch.setenv("SCENARIO_DESK_PRODUCTION", str(tmp_path / "scenarios.json"))
    monkeypatch.setenv("SCENARIO_DESK_DATABASE", f"sqlite:///{tmp_path / 'desk.db'}")
    monkeypatch.setenv("SCENARIO_DESK_USAGE", str(tmp_path / "usage"))
    shutil.copy(SHIPPED, tmp_path / "scenarios.json")
    shutil.copy(migrated_sqlite, tmp_path / "desk.db")
    st.cache_resource.clear()
    st.cache_data.clear()
    opened = Desk.open(Settings.read())
    yield opened
    opened.close()
    wiring.desk().close()
    st.cache_resource.clear()
    st.cache_data.clear()


def opened(**params: str) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in params.items():
        page.query_params[name] = value
    return page.switch_page("app_pages/usage.py").run()


def keys(page: AppTest) -> set[str]:
    return {str(button.key) for button in page.button}


def settled(page: AppTest) -> AppTest:
    """The page once the import of the person who looks has ended."""
    wiring.imports().wait(ADMIN, 60)
    page.run()
    assert not page.exception
    return page


def uploaded(page: AppTest, name: str, content: str | bytes) -> AppTest:
    """The page once a file was chosen in its dialog and checked."""
    if "usage_import_file" not in {each.key for each in page.file_uploader}:
        page.button(key="usage_import").click().run()
    data = content.encode() if isinstance(content, str) else content
    page.file_uploader(key="usage_import_file").set_value((name, data, "application/octet-stream")).run()
    return settled(page)


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def said(page: AppTest) -> str:
    """All that the page says, without the backslashes of escaped text."""
    parts = [*page.markdown, *page.info, *page.warning, *page.error, *page.success, *page.caption]
    return "\n".join(str(each.value) for each in parts).replace("\\", "").replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_manage_runs_is_offered_their_import(desk: Desk, role: Role) -> None:
    page = opened(**{"as": str(person(desk, role).user_id)})
    assert ("usage_import" in keys(page)) == (role in MANAGERS)
    page.session_state["usage_import_open"] = True
    page.run()
    assert bool(page.file_uploader) == (role in MANAGERS)


def test_a_file_is_imported_from_the_empty_page_and_its_runs_are_counted_at_once(desk: Desk) -> None:
    page = uploaded(opened(), "runs.csv", GOOD)
    assert figures(page) == {"New runs": "7", "In already": "0", "With faults": "0"}
    assert in_database(desk) == 0
    page.button(key="usage_import_apply").click().run()
    assert "Imported 7 runs" in said(settled(page))
    page.button(key="usage_import_done").click().run()
    assert figures(page)["Starts"] == "7"
    assert in_database(desk) == 7
    assert [(each.name, each.added) for each in run_imports.applied(Steward.configured(desk))] == [("runs.csv", 7)]


def test_faults_are_shown_with_record_and_line_and_keep_all_out_until_they_are_left_out(desk: Desk) -> None:
    page = uploaded(opened(), "runs.csv", FAULTY)
    assert "1 record has a fault" in said(page)
    shown = page.table[0].value
    assert list(shown["Record"]) == ["8", "8"]
    assert {text.replace("\\", "") for text in shown["Found"]} == {"'soon' in line 9", "'finished' in line 9"}
    assert page.button(key="usage_import_apply").disabled
    page.checkbox(key="usage_import_leave_out").check().run()
    page.button(key="usage_import_apply").click().run()
    assert "Imported 7 runs" in said(settled(page))
    assert "1 record with faults left out" in said(page)
    assert in_database(desk) == 7


def test_the_same_file_twice_adds_nothing_and_says_when_it_came_in(desk: Desk) -> None:
    page = uploaded(opened(), "runs.csv", GOOD)
    page.button(key="usage_import_apply").click().run()
    settled(page).button(key="usage_import_another").click().run()
    page = uploaded(page, "the same under another name.csv", GOOD)
    assert "Exactly this was imported on" in said(page)
    assert "usage_import_apply" not in keys(page)
    page.button(key="usage_import_another").click().run()
    page = uploaded(page, "one more.csv", GOOD.replace("r-6", "r-7"))
    assert (figures(page)["New runs"], figures(page)["In already"]) == ("1", "6")
    assert in_database(desk) == 7


@pytest.mark.slow
def test_an_import_that_is_stopped_keeps_nothing_and_can_be_begun_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, own_temporary_folder: Path
) -> None:
    monkeypatch.setattr(usage_imports, "QUICK_SECONDS", 0.0)
    page = uploaded(opened(), "runs.csv", many_runs())
    assert figures(page)["New runs"] == f"{MANY:,}"
    with desk.dataset.writing():
        page.button(key="usage_import_apply").click().run()
        page.button(key="usage_import_stop_dialog").click().run()
    assert "Stopped: nothing was imported." in said(settled(page))
    assert in_database(desk) == 0
    assert not list(desk.settings.usage.rglob("*.parquet"))
    assert run_imports.applied(Steward.configured(desk)) == []
    page.button(key="usage_import_apply").click().run()
    assert f"Imported {MANY:,} runs" in said(settled(page))
    assert in_database(desk) == MANY
    assert files_in(own_temporary_folder) == []


def test_a_reloaded_page_finds_its_import_again_and_nobody_else_does(desk: Desk) -> None:
    other = person(desk, Role.ADMIN)
    uploaded(opened(), "runs.csv", GOOD)
    again = opened()
    assert "runs.csv is checked: 7 runs can be imported." in said(again).replace("*", "")
    assert not {"usage_import_show", "usage_import_discard"} & keys(opened(**{"as": str(other.user_id)}))
    again.button(key="usage_import_show").click().run()
    again.button(key="usage_import_apply").click().run()
    assert "Imported 7 runs" in said(settled(again))


def test_a_file_that_turned_out_to_be_unreadable_while_nobody_looked_is_said_and_can_be_discarded(desk: Desk) -> None:
    steward = Steward.configured(desk)
    page = opened()
    wiring.imports().choose(steward, "broken.csv", io.BytesIO(b"colour\nred\n"))
    wiring.imports().check(steward)
    assert "broken.csv could not be read." in said(settled(page)).replace("*", "")
    page.button(key="usage_import_discard").click().run()
    assert wiring.imports().of(ADMIN) is None


def test_columns_that_a_run_does_not_have_are_told_and_can_be_passed_over(desk: Desk) -> None:
    page = uploaded(opened(), "runs.csv", GOOD.replace("user", "nickname"))
    assert "This can't be read as CSV" in said(page)
    assert list(page.table[0].value["Field"]) == ["nickname"]
    page.checkbox(key="usage_import_ignore").check().run()
    page.button(key="usage_import_check").click().run()
    assert figures(settled(page))["New runs"] == "7"
    assert in_database(desk) == 0


def test_the_apps_records_in_this_database_are_offered_where_there_are_some(desk: Desk, tmp_path: Path) -> None:
    page = opened()
    page.button(key="usage_import").click().run()
    assert "usage_import_own" not in keys(page)
    app_tables(tmp_path / "desk.db")
    page.run()
    page.button(key="usage_import_own").click().run()
    assert figures(settled(page))["New runs"] == "1"
    page.button(key="usage_import_apply").click().run()
    assert "Imported 1 run" in said(settled(page))
    assert in_database(desk) == 1


def test_faults_can_be_taken_away_as_a_table_that_no_spreadsheet_takes_for_formulas() -> None:
    faults = [Fault("/3/started_at", "a moment", "'=1+1' in line 4"), Fault("/colour", "a known column", "'colour'")]
    text = faults_csv("=cmd().csv", faults, 120).decode("utf-8-sig")
    assert "'=cmd().csv" in text
    assert "the first 2" in text
    assert '3,"started_at","a moment"' in text
    table = fault_table(faults)
    assert list(table["Record"]) == ["3", ""]
    assert list(table["Field"]) == ["started\\_at", "colour"]


def test_an_export_is_begun_in_the_menu_of_the_data_and_offered_where_it_is_ready(desk: Desk) -> None:
    steward = Steward.configured(desk)
    page = uploaded(opened(), "runs.csv", GOOD)
    page.button(key="usage_import_apply").click().run()
    settled(page).button(key="usage_import_done").click().run()
    page.session_state["usage_data"] = True
    page.run()
    page.button(key="usage_export_csv").click().run()
    wiring.exports().wait(steward.user_id, 60)
    page.run()
    assert "runs.csv is ready: 7 runs" in said(page).replace("*", "")
    page.button(key="usage_export_dismiss").click().run()
    assert wiring.exports().of(steward.user_id) is None
