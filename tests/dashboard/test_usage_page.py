"""The page Usage as people use it: filters, what is picked, the runs behind it, notes, and taking sample runs out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import wiring
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.custom.directory import add_person
from scenario_core.people import Role
from scenario_core.settings import Settings
from scenario_core.stewardship.sample_runs import add_sample
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.notes import add_note, notes
from tests.factories import ADMIN, ROOT, SHIPPED

MAIN = str(ROOT / "dashboard" / "main.py")
RUNS = 4_000


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The shipped catalogue and some sample runs, as the dashboard serves them."""
    monkeypatch.setenv("SCENARIO_DESK_PRODUCTION", str(tmp_path / "scenarios.json"))
    monkeypatch.setenv("SCENARIO_DESK_DATABASE", f"sqlite:///{tmp_path / 'desk.db'}")
    monkeypatch.setenv("SCENARIO_DESK_USAGE", str(tmp_path / "usage"))
    (tmp_path / "scenarios.json").write_bytes(SHIPPED.read_bytes())
    st.cache_resource.clear()
    st.cache_data.clear()
    opened = Desk.open(Settings.read())
    schema.upgrade(opened.engine)
    add_sample(Steward.configured(opened), RUNS, 3)
    yield opened
    opened.close()
    wiring.desk().close()
    st.cache_resource.clear()
    st.cache_data.clear()


def opened(**params: str | list[str]) -> AppTest:
    test = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in params.items():
        test.query_params[name] = value
    return test.switch_page("app_pages/usage.py").run()


def person(desk: Desk, role: Role) -> str:
    return str(add_person(desk.engine, desk.directory.person(ADMIN), f"A {role}", {role}).user_id)


def subheaders(page: AppTest) -> list[str]:
    return [each.value for each in page.subheader if each.value != "Local person"]


def figures_shown(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def banner(page: AppTest) -> str:
    return "\n".join(each.value for each in [*page.warning, *page.info])


def test_sample_runs_are_called_made_up_and_one_click_removes_them(desk: Desk) -> None:
    page = opened()
    assert not page.exception
    assert "These runs are made up" in banner(page)
    assert set(figures_shown(page)) == {"Starts", "Completions", "Learners", "Minutes", "Completed"}
    page.button(key="remove_sample").click().run()
    assert not page.exception
    assert figures_shown(page) == {}
    assert "made up" not in banner(page)
    assert not list(desk.settings.usage.rglob("*.parquet"))


def test_while_there_are_real_runs_sample_runs_are_in_but_not_counted(desk: Desk) -> None:
    for learner in range(7):
        desk.catalogue.start_conversation(100 + learner, "hotel_check_in")
    page = opened()
    assert "not counted here" in banner(page)
    assert figures_shown(page)["Starts"] == "7"
    assert figures_shown(opened(source="sample"))["Starts"] not in {"7", "0"}


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("overview", ["Starts over time", "How far runs come", "Completion per scenario"]),
        ("scenarios", ["Planned against actual minutes", "Minutes in each phase", "Copies against their originals"]),
        ("learners", ["Who comes back", "First attempts by declared difficulty", "Learners who may be dropping out"]),
        ("content", ["What the catalogue covers", "Words practised and never reached"]),
    ],
)
def test_every_section_draws_its_figures(desk: Desk, section: str, expected: list[str]) -> None:
    del desk
    page = opened(section=section)
    assert not page.exception
    assert set(expected) <= set(subheaders(page))


def test_a_filter_in_the_address_narrows_every_figure(desk: Desk) -> None:
    del desk
    whole, one = figures_shown(opened(period="52w")), figures_shown(opened(period="52w", scenario="hotel_check_in"))
    assert 0 < int(one["Starts"].replace(",", "")) < int(whole["Starts"].replace(",", ""))


def test_choosing_a_period_is_written_into_the_address(desk: Desk) -> None:
    del desk
    page = opened()
    page.selectbox(key="usage_period").select("52w").run()
    assert page.query_params["period"] == "52w"
    page.selectbox(key="usage_against").select("year").run()
    assert page.query_params["against"] == "year"


def test_what_is_picked_is_said_with_the_number_of_its_runs_and_they_can_be_listed(desk: Desk) -> None:
    del desk
    page = opened(on="scenario:hotel_check_in;started:yes", by="completion", period="52w")
    said = next(each.value for each in page.markdown if "hotel\\_check\\_in" in each.value)
    number = int(said.rsplit(": ", 1)[1].split(" ")[0].replace(",", ""))
    assert number > 0
    page.button(key="usage_show_runs").click().run()
    assert page.query_params["section"] == "runs"
    assert f"{number:,} runs" in subheaders(page)
    assert len(page.dataframe[0].value) == min(50, number)
    assert set(page.dataframe[0].value["title"]) == {page.dataframe[0].value["title"].iloc[0]}
    page.button(key="usage_clear").click().run()
    assert "on" not in page.query_params


@pytest.mark.parametrize("role", list(Role))
def test_roles_decide_what_of_usage_is_seen(desk: Desk, role: Role) -> None:
    page = opened(**{"as": person(desk, role)})
    assert not page.exception
    assert bool(page.metric) == (role is not Role.VIEWER)
    can_manage = role in {Role.ANALYST, Role.CONTENT_MANAGER, Role.ADMIN}
    assert any(button.key == "remove_sample" for button in page.button) == can_manage
    sections = page.segmented_control(key="usage_section").options if page.metric else []
    assert ("Runs" in sections) == can_manage


def test_an_author_who_types_the_address_of_the_runs_is_told_why_there_are_none(desk: Desk) -> None:
    page = opened(section="runs", **{"as": person(desk, Role.AUTHOR)})
    assert not page.exception
    assert not page.dataframe
    assert "for analysts to see" in banner(page)


def test_groups_of_few_learners_are_not_told_of(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    del desk
    monkeypatch.setenv("SCENARIO_DESK_SMALLEST_GROUP", "100000")
    page = opened()
    assert not page.exception
    assert not page.metric
    assert "nothing is told of them" in banner(page)


def test_a_note_stands_on_the_time_axis_of_its_owner_alone(desk: Desk) -> None:
    me, other = desk.directory.person(ADMIN), desk.directory.person(8)
    add_note(desk.engine, me, date(2026, 1, 1), "Campaign [link](https://x)")
    assert [note.text for note in notes(desk.engine, me)] == ["Campaign [link](https://x)"]
    assert notes(desk.engine, other) == []
    page = opened(period="own", **{"from": "2025-12-01", "to": "2026-01-31"})
    assert not page.exception


def test_a_dataset_whose_file_is_gone_is_said_and_does_not_break_the_page(desk: Desk) -> None:
    next(desk.settings.usage.rglob("*.parquet")).unlink()
    page = opened()
    assert not page.exception
    assert "can't be read" in page.error[0].value.replace("\\", "")


def test_without_any_run_the_page_says_how_runs_come_in(desk: Desk) -> None:
    opened().button(key="remove_sample").click().run()
    page = opened()
    assert not page.metric
    assert not page.exception
    del desk
