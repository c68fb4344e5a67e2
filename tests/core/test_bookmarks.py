"""Bookmarks and labels of one's own: for scenarios of either store, seen by oneself alone, never lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from scenario_core.custom.bookmarks import MOST_LABELS
from scenario_core.custom.directory import LocalDirectory, add_person
from scenario_core.errors import InvalidScenarioError, ScenarioNotFoundError
from scenario_core.people import Role
from tests.core.discovering import READER, bring_back, delete, furnish, hide, shelves, show
from tests.factories import ADMIN, OWNER, STRANGER


def test_bookmarks_of_both_stores_are_listed_the_latest_first(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        for name in (ids.production, ids.private, ids.others):
            service.bookmarks.add(name, OWNER)
        service.bookmarks.add(ids.production, OWNER)
        assert service.bookmarks.list(OWNER) == [ids.others, ids.private, ids.production]
        service.bookmarks.remove(ids.private, OWNER)
        service.bookmarks.remove(ids.private, OWNER)
        assert service.bookmarks.list(OWNER) == [ids.others, ids.production]
        assert service.bookmarks.among([ids.private, ids.others], OWNER) == {ids.others}


def test_what_one_person_keeps_or_labels_nobody_else_sees(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        service.bookmarks.add(ids.production, OWNER)
        service.labels.put(ids.production, OWNER, ["exam"])
        for other in (STRANGER, READER, ADMIN):
            assert service.bookmarks.list(other) == []
            assert not service.bookmarks.has(ids.production, other)
            assert service.labels.of(ids.production, other) == ()
            assert service.labels.counts(other) == {}
            assert service.labels.scenarios(other, "exam") == []
        assert service.tags.by_scenario([ids.production], STRANGER) == {}


@pytest.mark.parametrize("gone", [hide, delete])
def test_a_scenario_that_can_not_be_read_any_more_is_gone_from_the_lists_and_comes_back(
    engine: sa.Engine, gone: Callable[..., None]
) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        service.bookmarks.add(ids.others, OWNER)
        service.labels.put(ids.others, OWNER, ["exam"])
        gone(engine, ids.others, STRANGER)
        assert service.bookmarks.list(OWNER) == []
        assert not service.bookmarks.has(ids.others, OWNER)
        assert service.labels.of(ids.others, OWNER) == ()
        assert service.labels.counts(OWNER) == {}
        assert service.labels.scenarios(OWNER, "exam") == []
        if gone is delete:
            bring_back(engine, ids.others, STRANGER)
        show(engine, ids.others, STRANGER)
        assert service.bookmarks.list(OWNER) == [ids.others]
        assert service.labels.of(ids.others, OWNER) == ("exam",)


def test_a_bookmark_of_something_unreadable_can_be_removed_and_tells_nothing(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        service.bookmarks.add(ids.others, OWNER)
        hide(engine, ids.others, STRANGER)
        service.bookmarks.remove(ids.others, OWNER)
        service.bookmarks.remove("nothing_of_that_name", OWNER)
        show(engine, ids.others, STRANGER)
        assert service.bookmarks.list(OWNER) == []


@pytest.mark.parametrize("name", ["nowhere", "x" * 300, "nul\x00", ""])
def test_what_is_nowhere_can_not_be_kept(engine: sa.Engine, name: str) -> None:
    with shelves(engine) as service:
        with pytest.raises(ScenarioNotFoundError):
            service.bookmarks.add(name, OWNER)
        with pytest.raises(ScenarioNotFoundError):
            service.labels.put(name, OWNER, ["exam"])


def test_labels_are_replaced_as_a_whole_and_counted(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        assert service.labels.put(ids.production, OWNER, ["  Warm  UP ", "exam", "exam"]) == ("exam", "warm up")
        service.labels.put(ids.private, OWNER, ["exam"])
        assert service.labels.counts(OWNER) == {"exam": 2, "warm up": 1}
        assert service.labels.scenarios(OWNER, "exam") == sorted([ids.production, ids.private])
        service.labels.put(ids.production, OWNER, ["warm up"])
        assert service.labels.of(ids.production, OWNER) == ("warm up",)
        service.labels.put(ids.production, OWNER, [])
        assert service.labels.of(ids.production, OWNER) == ()


@pytest.mark.parametrize("words", [["a,b"], [" "], ["x" * 51], [f"word {number}" for number in range(MOST_LABELS + 1)]])
def test_labels_that_do_not_fit_are_refused_and_change_nothing(sqlite_engine: sa.Engine, words: list[str]) -> None:
    ids = furnish(sqlite_engine)
    with shelves(sqlite_engine) as service:
        service.labels.put(ids.production, OWNER, ["kept"])
        with pytest.raises(InvalidScenarioError):
            service.labels.put(ids.production, OWNER, words)
        assert service.labels.of(ids.production, OWNER) == ("kept",)


@pytest.mark.parametrize("kind", ["bookmark", "label", "collection", "rating"])
def test_a_new_person_never_gets_the_number_of_somebody_who_keeps_something(engine: sa.Engine, kind: str) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        keep: dict[str, Callable[[], object]] = {
            "bookmark": lambda: service.bookmarks.add(ids.production, 4_000),
            "label": lambda: service.labels.put(ids.production, 4_000, ["exam"]),
            "collection": lambda: service.collections.create(4_000, "Theirs alone"),
            "rating": lambda: service.ratings.rate(ids.production, 4_000, 3),
        }
        keep[kind]()
    ana = add_person(engine, LocalDirectory(ADMIN, engine).person(ADMIN), "Ana", {Role.AUTHOR})
    assert ana.user_id == 4_001
