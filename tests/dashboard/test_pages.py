"""Every page runs: with both stores, without a database, with a broken file, with text that would like to be code."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import wiring
from scenario_core.bootstrap import Desk
from scenario_core.custom import CustomScenario
from scenario_core.custom.directory import add_person
from scenario_core.people import Role
from scenario_core.rehearsal import ScriptedPartner, begin, hear
from scenario_core.settings import Settings
from tests.core.test_exports import HOSTILE
from tests.factories import ADMIN, ROOT, SHIPPED, catalogue_document, scenario_document, write_production

MAIN = str(ROOT / "dashboard" / "main.py")
PAGES = [
    "home", "catalogue", "scenario", "author", "compare", "mine", "templates", "backups", "audit_log", "integrity",
    "origin", "rehearse", "repairs", "usage", "discover", "collection", "proposals",
]  # fmt: skip
SHARED = "dinner_for_two"
COLLECTION = "00000000-0000-4000-8000-0000000c0113"
Open = Callable[..., AppTest]
Stored = Callable[..., CustomScenario]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the dashboard is served from; each test puts into it what it needs."""
    monkeypatch.setenv("SCENARIO_DESK_PRODUCTION", str(tmp_path / "scenarios.json"))
    monkeypatch.setenv("SCENARIO_DESK_DATABASE", f"sqlite:///{tmp_path / 'desk.db'}")
    monkeypatch.setenv("SCENARIO_DESK_USAGE", str(tmp_path / "usage"))
    clear_caches()
    yield tmp_path
    wiring.desk().close()
    clear_caches()


@pytest.fixture
def open_page(folder: Path) -> Open:
    del folder

    def opened(page: str, /, **params: str) -> AppTest:
        test = AppTest.from_file(MAIN, default_timeout=60)
        for name, value in params.items():
            test.query_params[name] = value
        test.switch_page(f"app_pages/{page}.py")
        return test.run()

    return opened


def clear_caches() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()


def ship(folder: Path) -> None:
    (folder / "scenarios.json").write_bytes(SHIPPED.read_bytes())


@pytest.fixture
def stored(folder: Path, migrated_sqlite: Path) -> Stored:
    """Makes the database, and a custom scenario in it."""

    def made(user_id: int = ADMIN, **fields: str) -> CustomScenario:
        shutil.copy(migrated_sqlite, folder / "desk.db")
        desk = Desk.open(Settings.read())
        with desk.builder() as service:
            scenario = service.create_scenario(user_id, scenario_document(**fields))
            text = fields.get("description", "")
            service.collections.create(user_id, "First steps", text, is_path=True, collection_id=COLLECTION)
            service.collections.add(COLLECTION, user_id, scenario.scenario_id, text)
            service.bookmarks.add(scenario.scenario_id, user_id)
        desk.close()
        return scenario

    return made


def words_of(page: AppTest) -> str:
    """Everything that the page reads as Markdown."""
    kinds = [page.title, page.header, page.subheader, page.markdown, page.caption, page.warning, page.error, page.info]
    labels = [button.label for button in page.button]
    return "\n".join([*labels, *(element.value for kind in kinds for element in kind)])


def address_of(page: str, scenario_id: str) -> dict[str, str]:
    return {
        "scenario": {"id": scenario_id},
        "author": {"scenario": scenario_id},
        "rehearse": {"id": scenario_id},
        "origin": {"id": scenario_id},
        "collection": {"id": COLLECTION},
        "compare": {"old": f"scenario:{scenario_id}", "new": f"scenario:{scenario_id}"},
    }.get(page, {})


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(folder: Path, open_page: Open, stored: Stored, page: str) -> None:
    ship(folder)
    opened = open_page(page, **address_of(page, stored().scenario_id))
    assert not opened.exception
    assert not opened.error


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_nothing_in_its_address(folder: Path, open_page: Open, stored: Stored, page: str) -> None:
    ship(folder)
    stored()
    opened = open_page(page)
    assert not opened.exception
    assert bool(opened.error) == (page in {"scenario", "collection"})


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_without_a_database_and_says_so(folder: Path, open_page: Open, page: str) -> None:
    write_production(folder / "scenarios.json", catalogue_document(SHARED, "other_one"))
    opened = open_page(page, **address_of(page, SHARED))
    assert not opened.exception
    if page in {"catalogue", "home"}:
        assert "Custom scenarios can't be listed now" in words_of(opened).replace("\\", "")
    if page in {"author", "mine", "discover", "collection"}:
        assert "The database can't be used now" in words_of(opened)


@pytest.mark.parametrize("page", ["home", "catalogue", "scenario"])
def test_a_broken_file_is_said_and_its_backup_served(folder: Path, open_page: Open, stored: Stored, page: str) -> None:
    write_production(folder / "scenarios.json.backup", catalogue_document(SHARED, "other_one"))
    (folder / "scenarios.json").write_text("{ broken")
    stored()
    opened = open_page(page, **address_of(page, SHARED))
    assert not opened.exception
    assert not opened.error
    assert "newest readable backup" in words_of(opened)


@pytest.mark.parametrize(
    "page", ["home", "catalogue", "scenario", "author", "compare", "mine", "rehearse", "discover", "collection"]
)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_page_reads_authored_text_as_markup(
    folder: Path, open_page: Open, stored: Stored, page: str, text: str
) -> None:
    ship(folder)
    made = stored(name=f"{text} x", setting=text, user_role="someone", description=text)
    opened = open_page(page, **address_of(page, made.scenario_id))
    assert not opened.exception
    assert text.strip() not in words_of(opened)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", PAGES)
def test_every_role_sees_every_page(folder: Path, open_page: Open, stored: Stored, page: str, role: Role) -> None:
    ship(folder)
    stored()
    desk = Desk.open(Settings.read())
    person = add_person(desk.engine, desk.directory.person(ADMIN), f"A {role}", {role})
    desk.close()
    scenario_id = "restaurant_dinner_reservation"
    opened = open_page(page, **address_of(page, scenario_id), **{"as": str(person.user_id)})
    assert not opened.exception
    assert opened.selectbox(key="person").value == person.user_id
    if page == "scenario":
        may_copy = role in {Role.AUTHOR, Role.CONTENT_MANAGER, Role.ADMIN}
        assert any(button.label == "Duplicate" for button in opened.button) == may_copy


def test_somebody_elses_private_scenario_is_not_found(folder: Path, open_page: Open, stored: Stored) -> None:
    ship(folder)
    made = stored(8, name="Not mine")
    opened = open_page("scenario", id=made.scenario_id)
    assert "Not found" in opened.error[0].value
    assert "Not mine" not in words_of(opened)


def test_an_unforeseen_error_is_a_sentence_for_the_person(folder: Path) -> None:
    ship(folder)

    def script() -> None:
        from dashboard.widgets import notices  # noqa: PLC0415 - AppTest runs this function's source alone

        assert notices.unexpected(ZeroDivisionError("secret detail"))

    shown = AppTest.from_function(script).run()
    assert "Something went wrong" in shown.error[0].value
    assert "secret" not in shown.error[0].value


def test_a_turn_that_still_waits_for_its_answer_is_answered_when_the_page_is_opened_again(
    folder: Path, open_page: Open, stored: Stored
) -> None:
    ship(folder)
    stored()
    desk = Desk.open(Settings.read())
    scenario = desk.catalogue.resolve(ADMIN, "hotel_check_in").scenario
    waiting = hear(scenario, begin(scenario, ScriptedPartner()), "Here is my passport.", 3)
    with desk.builder() as service:
        service.rehearsals.go_on(ADMIN, "hotel_check_in", waiting.model_dump(mode="json"), expected_version=0)
    opened = open_page("rehearse", id="hotel_check_in")
    assert not opened.exception
    with desk.builder() as service:
        held = service.rehearsals.current(ADMIN, "hotel_check_in")
    desk.close()
    assert held is not None
    assert held.transcript["turns"][-1]["speaker"] == "partner"


def test_a_rehearsal_that_can_not_be_read_any_more_is_said_and_begun_anew(
    folder: Path, open_page: Open, stored: Stored
) -> None:
    ship(folder)
    stored()
    desk = Desk.open(Settings.read())
    with desk.builder() as service:
        service.rehearsals.go_on(ADMIN, "hotel_check_in", {"turns": 3}, expected_version=0)
    opened = open_page("rehearse", id="hotel_check_in")
    assert "no transcript of a rehearsal" in opened.error[0].value
    opened.button(key="rehearsal_start").click().run()
    assert not opened.error
    with desk.builder() as service:
        held = service.rehearsals.current(ADMIN, "hotel_check_in")
    desk.close()
    assert held is not None
    assert held.transcript["turns"][0]["speaker"] == "partner"
