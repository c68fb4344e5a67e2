"""The pages Integrity and Repairs: for every role, without a database, and what they do to the stores."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import wiring
from scenario_core.bootstrap import Desk
from scenario_core.custom.directory import add_person
from scenario_core.custom.tables import AUDIT
from scenario_core.integrity import history, waivers
from scenario_core.people import Operation, Role, may
from scenario_core.stewardship.repairs import REPAIRS
from tests.core.checking_examples import MANAGER
from tests.core.steward_examples import HOTEL, make_intact
from tests.factories import ADMIN, ROOT

MAIN = str(ROOT / "dashboard" / "main.py")


def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "this never came"
        time.sleep(0.01)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The shipped catalogue, intact, and the dashboard over it."""
    monkeypatch.setenv("SCENARIO_DESK_PRODUCTION", str(tmp_path / "scenarios.json"))
    monkeypatch.setenv("SCENARIO_DESK_DATABASE", f"sqlite:///{tmp_path / 'desk.db'}")
    monkeypatch.setenv("SCENARIO_DESK_USAGE", str(tmp_path / "usage"))
    monkeypatch.setenv("SCENARIO_DESK_EXPECTED_COUNT", "31")
    made = make_intact(tmp_path)
    clear_caches()
    yield made
    made.close()
    wiring.checks().close()
    wiring.desk().close()
    clear_caches()


def clear_caches() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()


def opened(page: str, **params: str) -> AppTest:
    test = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in params.items():
        test.query_params[name] = value
    test.switch_page(f"app_pages/{page}.py")
    test.run()
    if "The catalogue is being checked." in html_of(test):  # a slow machine is shown that it still goes on
        until(lambda: wiring.checks().running is None, seconds=60)
        test.run()
    return test


def html_of(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def edit(desk: Desk, change: Callable[[dict[str, Any]], object]) -> None:
    path = desk.production.path
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def as_role(desk: Desk, role: Role) -> dict[str, str]:
    person = add_person(desk.engine, desk.directory.person(ADMIN), f"A {role}", {role})
    return {"as": str(person.user_id)}


@pytest.mark.parametrize("section", ["findings", "checks", "waivers", "runs"])
@pytest.mark.parametrize("by", ["check", "scenario"])
def test_every_section_opens(desk: Desk, section: str, by: str) -> None:
    edit(desk, lambda document: document[HOTEL].update(name="Hotel (Updated)"))
    page = opened("integrity", section=section, by=by)
    assert not page.exception
    assert not page.error
    assert "The catalogue needs mending." in html_of(page)


def test_the_page_opens_without_a_database_and_is_grey(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENARIO_DESK_DATABASE", f"sqlite:///{desk.production.path.with_name('none.db')}")
    clear_caches()
    page = opened("integrity")
    assert not page.exception
    assert "Not everything could be checked." in html_of(page)
    assert "Could not run" in html_of(page)
    assert any("history of runs" in each.value for each in page.caption)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", ["integrity", "repairs"])
def test_each_role_sees_what_the_policy_allows_and_else_why_not(desk: Desk, name: str, role: Role) -> None:
    who = as_role(desk, role)
    page = opened(name, **who, **({"repair": "resync_mirror"} if name == "repairs" else {}))
    allowed = may(desk.directory.person(int(who["as"])), Operation.CHECK if name == "integrity" else Operation.MIGRATE)
    assert not page.exception
    locked = [each.value.replace("\\", "") for each in page.info if "needs one of the roles" in each.value]
    assert bool(locked) is not allowed.allowed
    if name == "integrity" and role is Role.ANALYST:
        assert any("waive needs one of the roles" in each.value.replace("\\", "") for each in page.caption)


def test_only_runs_that_somebody_asked_for_have_a_place_in_the_history(desk: Desk) -> None:
    page = opened("integrity")
    assert len(history.runs(desk.engine)) == 1
    edit(desk, lambda document: document[HOTEL].update(name="Another Hotel"))
    page.run()
    until(lambda: wiring.checks().running is None)
    assert len(history.runs(desk.engine)) == 1
    page.button(key="check_again").click().run()
    until(lambda: wiring.checks().running is None)
    assert [run.actor_id for run in history.runs(desk.engine)] == [ADMIN, ADMIN]


def test_waivers_are_listed_with_author_and_reason_and_taken_back(desk: Desk) -> None:
    first = opened("integrity")
    assert not first.exception
    found = wiring.checks().latest(MANAGER)
    assert found is not None
    rare = next(each for each in found.report.findings if each.scenario_id)
    (made,) = waivers.waive(desk.engine, MANAGER, [rare], "These words are meant.", date(2099, 1, 31))
    wiring.forget_report()
    page = opened("integrity", section="waivers")
    shown = html_of(page)
    for text in ("These words are meant.", "until 2099-01-31", "In use", rare.code):
        assert text in shown
    page.button(key=f"withdraw_{made.waiver_id}").click().run()
    assert waivers.listed(desk.engine) == []
    assert "There are no waivers." in html_of(page)
    latest = wiring.checks().latest(MANAGER)
    assert latest is not None
    assert latest.report.waived_count == 0


def test_a_scenario_shows_the_finding_that_led_to_it_and_all_of_its_findings(desk: Desk) -> None:
    edit(desk, lambda document: document[HOTEL].update(name="Hotel (Updated)"))
    page = opened("scenario", id=HOTEL, field="name", finding="gone")
    assert not page.exception
    assert "what was found here is there no more" in html_of(page)
    assert 'data-place="/name"' in html_of(page)


@pytest.mark.parametrize("name", list(REPAIRS))
def test_a_repair_says_that_there_is_nothing_to_do(desk: Desk, name: str) -> None:
    del desk
    page = opened("repairs", repair=name)
    assert not page.exception
    assert not page.error
    assert "Nothing to do" in html_of(page)
    assert not [button for button in page.button if button.label == "Apply this plan"]


def retire_two(desk: Desk) -> None:
    edit(desk, lambda document: [document.pop(name) for name in list(document)[:2]])


def test_a_repair_that_deletes_names_what_and_wants_it_counted(desk: Desk) -> None:
    retire_two(desk)
    page = opened("repairs", repair="resync_mirror")
    assert "2 scenarios would be deleted from the mirror" in html_of(page)
    page.text_input(key="repair_count").input("1")
    page.button(key="repair_do").click().run()
    assert "the number typed is 1" in page.error[0].value
    assert rows(desk) == 31
    page.text_input(key="repair_count").input("2")
    page.button(key="repair_do").click().run()
    assert not page.error
    assert rows(desk) == 29
    assert "Nothing to do" in html_of(page)
    assert "Done" in html_of(page)


def rows(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM scenarios WHERE is_system_scenario")) or 0)


def test_a_stale_plan_is_refused_and_the_new_one_shown(desk: Desk) -> None:
    edit(desk, lambda document: document[HOTEL].update(name="First"))
    page = opened("repairs", repair="restore_backup")
    assert "1 changed in 1 field" in html_of(page)
    edit(desk, lambda document: document[HOTEL].update(name="Second", setting="Elsewhere"))
    page.button(key="repair_do").click().run()
    assert page.error
    assert any("Nothing was changed" in each.value for each in page.info)
    assert "1 changed in 2 fields" in html_of(page)
    assert "Second" in desk.production.path.read_text(encoding="utf-8")
    page.button(key="repair_do").click().run()
    assert not page.error
    assert desk.production.path.read_bytes() == desk.production.path.with_name("scenarios.json.backup").read_bytes()
    with desk.engine.connect() as connection:
        assert "restore_backup" in set(connection.scalars(sa.select(AUDIT.c.operation)))


def test_home_leads_from_the_light_to_the_audit(desk: Desk) -> None:
    del desk
    page = opened("home")
    assert "The catalogue is in order." in html_of(page)
    assert "0 waived" in html_of(page)
