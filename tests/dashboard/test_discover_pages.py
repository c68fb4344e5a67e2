"""Discover, collections and what is kept of a scenario: what the pages say and do, for each kind of person."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from scenario_core.bootstrap import Desk
from scenario_core.custom import ScenarioBuilderService
from scenario_core.custom.collections import PAGE
from scenario_core.custom.directory import add_person
from scenario_core.people import Role
from scenario_core.settings import Settings
from tests.dashboard.test_pages import Open, folder, open_page, ship, words_of
from tests.factories import ADMIN, STRANGER, catalogue_document, scenario_document, write_production

__all__ = ["folder", "open_page"]

HOTEL, TABLE = "hotel_check_in", "restaurant_dinner_reservation"
PATH = "00000000-0000-4000-8000-00000000c0de"
Serve = Callable[[], AbstractContextManager[ScenarioBuilderService]]


@pytest.fixture
def service(folder: Path, migrated_sqlite: Path) -> Serve:
    """What the pages are served from, for what others do."""
    ship(folder)
    shutil.copy(migrated_sqlite, folder / "desk.db")

    @contextmanager
    def opened() -> Iterator[ScenarioBuilderService]:
        desk = Desk.open(Settings.read())
        with desk.builder() as made:
            yield made
        desk.close()

    return opened


def said(page: AppTest) -> str:
    return words_of(page).replace("\\", "").replace("\N{WORD JOINER}", "")


def press(page: AppTest, key: str) -> AppTest:
    found = page.button(key=key).click().run()
    assert not found.exception
    return found


def test_a_page_with_nothing_to_discover_says_how_that_changes(service: Serve, open_page: Open) -> None:
    with service():
        pass
    page = open_page("discover")
    for sentence in (
        "Nothing yet. Open a scenario and choose Bookmark",
        "Nothing is at the moment: that needs runs of five weeks, 5 learners",
        "None was started by 5 learners in the last 90 days", "No scenario has 3 ratings yet",
        "None yet. Scenarios are put",
    ):  # fmt: skip
        assert sentence in said(page), sentence
    assert not page.error


def test_usage_is_ranked_only_for_those_who_may_see_it(service: Serve, open_page: Open) -> None:
    with service():
        desk = Desk.open(Settings.read())
        viewer = add_person(desk.engine, desk.directory.person(ADMIN), "Vi", {Role.VIEWER})
        desk.close()
    page = open_page("discover", **{"as": str(viewer.user_id)})
    assert "not for your role to see" in said(page)
    assert not page.exception


def test_a_bookmark_is_set_and_taken_away(service: Serve, open_page: Open) -> None:
    with service() as it:
        page = press(open_page("scenario", id=HOTEL), "bookmark")
        assert page.button(key="bookmark").label == "Bookmarked"
        assert it.bookmarks.list(ADMIN) == [HOTEL]
        assert press(page, "bookmark").button(key="bookmark").label == "Bookmark"
        assert it.bookmarks.list(ADMIN) == []


def rate(page: AppTest, scenario_id: str, stars: int | None, review: str) -> AppTest:
    if stars is not None:
        page.radio(key=f"stars_{scenario_id}_{ADMIN}").set_value(stars)
    page.text_area(key=f"review_{scenario_id}_{ADMIN}").set_value(review)
    button = next(each for each in page.button if each.label in {"Rate", "Save my rating"})
    return button.click().run()


def reviews_of(open_page: Open, scenario_id: str, **params: str) -> AppTest:
    page = open_page("scenario", id=scenario_id, **params)
    page.session_state["scenario_tab"] = "Reviews"
    return page.run()


def test_a_rating_is_given_changed_and_taken_back_without_losing_a_word(service: Serve, open_page: Open) -> None:
    with service() as it:
        page = rate(reviews_of(open_page, HOTEL), HOTEL, None, "Good.")
        assert it.ratings.mine(HOTEL, ADMIN) is None
        page = rate(page, HOTEL, 2, "Good.")
        assert "★ 2.0 of 5 from 1 rating" in said(page)
        page = rate(page, HOTEL, 5, "Very good.")
        mine = it.ratings.mine(HOTEL, ADMIN)
        assert mine is not None
        assert (mine.stars, mine.review) == (5, "Very good.")
        page = press(page, "withdraw_rating")
        assert "Nobody has rated it yet" in said(page)
        assert page.text_area(key=f"review_{HOTEL}_{ADMIN}").value == "Very good."
        again = reviews_of(open_page, HOTEL)
        assert again.text_area(key=f"review_{HOTEL}_{ADMIN}").value == ""


def test_ones_own_scenario_is_not_rated_and_a_private_one_by_nobody(service: Serve, open_page: Open) -> None:
    with service() as it:
        made = it.create_scenario(ADMIN, scenario_document()).scenario_id
        page = reviews_of(open_page, made)
        assert "Only shared scenarios are rated" in said(page)
        it.set_visibility(made, ADMIN, is_public=True, expected_version=1)
        it.ratings.rate(made, STRANGER, 3, "Short.")
        page = reviews_of(open_page, made)
        assert "★ 3.0 of 5 from 1 rating" in said(page)
        assert "It is yours: others rate it." in said(page)
        assert not page.radio
        it.set_visibility(made, ADMIN, is_public=False, expected_version=2)
        page = reviews_of(open_page, made)
        assert "of 5 from" not in said(page)


def test_a_production_scenario_is_shown_without_a_database_which_is_said(folder: Path, open_page: Open) -> None:
    write_production(folder / "scenarios.json", catalogue_document("one", "two"))
    page = reviews_of(open_page, "one")
    assert not page.exception
    assert "Bookmarks, collections and ratings can't be read at the moment" in said(page)
    assert "Ratings can't be read at the moment" in said(page)
    page = open_page("scenario", id="one")
    assert "Custom scenarios can't be compared at the moment" in said(page)


def test_a_collection_is_edited_shared_deleted_and_brought_back(service: Serve, open_page: Open) -> None:
    with service() as it:
        it.collections.create(ADMIN, "First steps", collection_id=PATH)
        it.collections.add(PATH, ADMIN, HOTEL)
        page = open_page("collection", id=PATH)
        page = press(page, "share_collection")
        assert it.collections.get(PATH, STRANGER).is_public
        assert page.button(key="share_collection").label == "Make private"
        page.session_state["collection_details"] = True
        page.run()
        page.text_input(key=f"collection_title_{PATH}").set_value("Second steps")
        next(each for each in page.button if each.label == "Save").click().run()
        assert it.collections.get(PATH, ADMIN).title == "Second steps"
        it.collections.delete(PATH, ADMIN)  # AppTest can't follow a callback to another page; the browser tests do
        page = open_page("discover", show="collections")
        press(page, f"restore_{PATH}")
        assert [each.title for each in it.collections.own(ADMIN)] == ["Second steps"]


def test_a_change_that_somebody_else_was_faster_with_is_told_and_not_lost_upon(service: Serve, open_page: Open) -> None:
    with service() as it:
        it.collections.create(ADMIN, "First steps", collection_id=PATH)
        page = open_page("collection", id=PATH)
        page.session_state["collection_details"] = True
        page.run()
        it.collections.add(PATH, ADMIN, HOTEL)
        page.text_input(key=f"collection_title_{PATH}").set_value("Mine")
        next(each for each in page.button if each.label == "Save").click().run()
        assert any("Changed meanwhile" in toast.value for toast in page.toast)
        assert it.collections.get(PATH, ADMIN).title == "First steps"
        assert page.text_input(key=f"collection_title_{PATH}").value == "Mine"


def test_a_scenario_is_put_into_any_of_many_collections(service: Serve, open_page: Open) -> None:
    with service() as it:
        made = [it.collections.create(ADMIN, f"Number {number:02}").collection_id for number in range(60)]
        it.collections.create(STRANGER, "Theirs")
        page = open_page("scenario", id=HOTEL)
        page.session_state["collect"] = True
        page.run()
        box = page.selectbox(key=f"collect_other_{HOTEL}_{ADMIN}")
        assert "Number 07" in box.options
        assert "Theirs" not in box.options
        box.set_value(made[7]).run()
        assert it.collections.holding(ADMIN, HOTEL) == {made[7]}
        assert page.checkbox(key=f"collect_{made[7]}").value
        page.checkbox(key=f"collect_{made[7]}").uncheck().run()
        assert it.collections.holding(ADMIN, HOTEL) == set()


def test_a_long_collection_comes_in_pages(service: Serve, open_page: Open) -> None:
    with service() as it:
        it.collections.create(ADMIN, "Long", collection_id=PATH)
        ids = it.import_scenarios(ADMIN, [scenario_document(name=f"Number {n:02}") for n in range(PAGE + 1)])
        for name in ids[:PAGE]:
            it.collections.add(PATH, ADMIN, name)
        assert "page_page" not in open_page("collection", id=PATH).session_state
        it.collections.add(PATH, ADMIN, ids[PAGE])
    for named, number in {"1": 1, "2": 2, "9": 2, "0": 1, "x": 1}.items():
        page = open_page("collection", id=PATH, page=named)
        assert not page.exception
        assert page.session_state["page_page"] == number


def test_a_private_collection_of_somebody_else_is_not_found(service: Serve, open_page: Open) -> None:
    with service() as it:
        it.collections.create(STRANGER, "Theirs alone", collection_id=PATH)
    page = open_page("collection", id=PATH)
    assert "Not found" in page.error[0].value
    assert "Theirs alone" not in said(page)


def test_a_label_narrows_the_bookmarks_to_what_carries_it(service: Serve, open_page: Open) -> None:
    with service() as it:
        it.labels.put(HOTEL, ADMIN, ["exam"])
        it.bookmarks.add(TABLE, ADMIN)
    page = open_page("discover", label="exam")
    shown = "".join(str(element.proto) for element in page.get("bidi_component"))
    assert HOTEL in shown
    assert TABLE not in shown
    assert TABLE in "".join(str(element.proto) for element in open_page("discover").get("bidi_component"))
    page = open_page("discover", label="no such word")
    assert "No scenario with this label" in said(page)


def test_what_was_begun_is_offered_first(service: Serve, open_page: Open) -> None:
    with service():
        desk = Desk.open(Settings.read())
        page = open_page("discover")
        assert "Continue" not in [each.value for each in page.header]
        desk.catalogue.start_conversation(ADMIN, HOTEL)
        desk.close()
    assert [each.value for each in open_page("discover").header][:2] == ["Continue", "Bookmarks"]
    assert "Continue" not in [each.value for each in open_page("discover", **{"as": str(STRANGER)}).header]
    assert [each.value for each in open_page("discover", show="continue").header] == ["Continue"]
