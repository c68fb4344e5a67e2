"""Whatever is asked of discovery, by whomever but its owner, a private scenario is nowhere in the answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.custom.bookmarks import Bookmarks, Labels
from scenario_core.custom.collections import Collections
from scenario_core.custom.ratings import Ratings
from scenario_core.discovery import BestRated, Likeness, Usings, unfinished
from scenario_core.people import Person, Role
from scenario_core.settings import Settings
from tests.factories import (
    ADMIN,
    OWNER,
    STRANGER,
    FreshEngine,
    catalogue_document,
    phase_document,
    scenario_document,
    write_production,
)
from tests.usage_examples import SECRET, add_rows, refreshed
from tests.usage_question import Run

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
READER: Final = 9
OTHERS: Final = (READER, STRANGER, ADMIN)
HIDDEN: Final = ("unshared", "deleted", "hidden by another program", "brought back")


@dataclass(frozen=True)
class World:
    """A scenario that everyone kept, rated, collected and ran while it was shared, and that nobody may read now."""

    desk: Desk
    usings: Usings
    rated: BestRated
    likeness: Likeness
    secret: str
    shared_collection: str
    own_collections: dict[int, str]


@pytest.fixture(scope="module", params=list(product(("sqlite", "postgresql"), HIDDEN)), ids=" ".join)
def world(
    request: pytest.FixtureRequest, fresh_engine: FreshEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    kind, hidden = request.param
    folder: Path = tmp_path_factory.mktemp("world")
    path = write_production(folder / "scenarios.json", catalogue_document("one", "two"))
    with fresh_engine(kind, folder) as engine:
        url = engine.url.render_as_string(hide_password=False)
        desk = Desk.open(Settings.read(production=path, database=url, usage=folder / "usage"))
        secret = _shared_once(desk)
        collections = _used_by_all(desk, secret)
        with refreshed("duckdb://", desk.dataset, "UTC") as runs:
            world = World(
                desk, Usings(desk, runs), BestRated(desk), Likeness(desk), secret, collections[OWNER], collections
            )
            for person, name in product(OTHERS, ASKED):
                assert secret in repr(ASKED[name](world, _person(person))), name  # which fills what is kept in memory
            _hide(desk, secret, hidden)
            yield world
        desk.close()


def _shared_once(desk: Desk) -> str:
    phases = [phase_document(f"p{number}", key_vocabulary=[SECRET, "menu", "bill"]) for number in range(2)]
    document = scenario_document(name=f"A {SECRET}", description=SECRET, setting=SECRET, phases=phases)
    with desk.builder() as service:
        secret = service.create_scenario(OWNER, document).scenario_id
        service.batch.apply(OWNER, "tag", [secret], words=[f"{SECRET} tag"])
        service.set_visibility(secret, OWNER, is_public=True, expected_version=1)
    return secret


def _used_by_all(desk: Desk, secret: str) -> dict[int, str]:
    made = {}
    with desk.builder() as service:
        for person in (OWNER, *OTHERS):
            made[person] = service.collections.create(person, f"Of {person}").collection_id
            for name in ("one", secret):
                desk.catalogue.start_conversation(person, name)
                service.bookmarks.add(name, person)
                service.labels.put(name, person, ["exam"])
                held = service.collections.add(made[person], person, name)
                if person != OWNER:
                    service.ratings.rate(name, person, 5, "Good.")
            if person == OWNER:
                service.collections.set_visibility(made[person], person, is_public=True, expected_version=held.version)
    started = NOON - timedelta(days=2)
    add_rows(
        desk.dataset,
        [Run(f"r{n}-{name}", name, f"{n:016x}", started_at=started) for n in range(9) for name in ("one", secret)],
    )
    return made


def _hide(desk: Desk, secret: str, hidden: str) -> None:
    with desk.builder() as service:
        version = service.get_scenario(secret, OWNER).version
        if hidden == "unshared":
            service.set_visibility(secret, OWNER, is_public=False, expected_version=version)
        elif hidden != "hidden by another program":
            service.delete_scenario(secret, OWNER, expected_version=version)
        if hidden == "brought back":
            service.restore_deleted(secret, OWNER)
    if hidden == "hidden by another program":
        with desk.engine.begin() as connection:
            hide = sa.text("UPDATE scenarios SET is_public = false WHERE scenario_id = :id")
            connection.execute(hide, {"id": secret})


def _person(user_id: int) -> Person:
    return Person(user_id, frozenset(Role))


def _of_service(part: str, call: Callable[[Any, World, int], Any]) -> Callable[[World, Person], Any]:
    def ask(world: World, person: Person) -> Any:
        with world.desk.builder() as service:
            return call(getattr(service, part), world, person.user_id)

    return ask


ASKED: dict[str, Callable[[World, Person], Any]] = {
    "Bookmarks.has": _of_service("bookmarks", lambda it, world, me: it.has(world.secret, me) and world.secret),
    "Bookmarks.among": _of_service("bookmarks", lambda it, world, me: it.among(["one", world.secret], me)),
    "Bookmarks.list": _of_service("bookmarks", lambda it, _, me: it.list(me)),
    "Labels.of": _of_service("labels", lambda it, world, me: it.of(world.secret, me) and world.secret),
    "Labels.counts": _of_service("labels", lambda it, world, me: it.counts(me)["exam"] > 1 and world.secret),
    "Labels.scenarios": _of_service("labels", lambda it, _, me: it.scenarios(me, "exam")),
    "Collections.own": _of_service("collections", lambda it, _, me: it.own(me)),
    "Collections.shared": _of_service("collections", lambda it, _, me: it.shared(me)),
    "Collections.get": _of_service(
        "collections",
        lambda it, world, me: [it.get(world.shared_collection, me), it.get(world.own_collections[me], me)],
    ),
    "Collections.holding": _of_service(
        "collections", lambda it, world, me: it.holding(me, world.secret) and world.secret
    ),
    "Ratings.mine": _of_service("ratings", lambda it, world, me: it.mine(world.secret, me)),
    "Ratings.reviews": _of_service("ratings", lambda it, world, me: it.reviews(world.secret, me)),
    "Ratings.sums": _of_service("ratings", lambda it, world, me: it.sums(["one", world.secret], me)),
    "Ratings.all_sums": _of_service("ratings", lambda it, _, me: it.all_sums(me)),
    "BestRated.ranking": lambda world, person: world.rated.ranking(person),
    "unfinished": lambda world, person: unfinished(world.desk, person),
    "Usings.rankings": lambda world, person: world.usings.rankings(person, moment=NOON),
    "Likeness.more_like_this": lambda world, person: [
        world.likeness.more_like_this(person, name) for name in ("one", "two")
    ],
    "Catalogue.listed": lambda world, person: world.desk.catalogue.listed(person.user_id, ["one", world.secret]),
}
CHANGING: Final = {
    "Bookmarks.add", "Bookmarks.remove", "Labels.put", "Ratings.rate", "Ratings.withdraw",
    *(f"Collections.{name}" for name in (
        "create", "edit", "set_visibility", "add", "remove", "arrange", "annotate", "delete", "restore"
    )),
}  # fmt: skip
"""What changes something: `test_bookmarks`, `test_ratings` and `test_collections` ask them about private scenarios."""
ABOUT_NO_SCENARIO: Final = {"Collections.count", "Collections.titles", "Collections.deleted", "Ratings.is_author"}
"""What could not tell of a scenario: numbers, what collections are called, and whether one has proposed something."""


def test_every_function_of_discovery_is_asked() -> None:
    methods = {
        f"{each.__name__}.{name}"
        for each in (Bookmarks, Labels, Collections, Ratings, Usings, Likeness, BestRated)
        for name, _ in inspect.getmembers(each, inspect.isfunction)
        if not name.startswith("_")
    }
    assert methods == (ASKED.keys() | CHANGING | ABOUT_NO_SCENARIO) - {"unfinished", "Catalogue.listed"}


@pytest.mark.parametrize("user_id", OTHERS)
@pytest.mark.parametrize("name", ASKED)
def test_nobody_but_its_owner_learns_anything_of_a_scenario_that_is_not_shared(
    world: World, name: str, user_id: int
) -> None:
    said = repr(ASKED[name](world, _person(user_id)))
    assert world.secret not in said
    assert SECRET not in said.lower()


@pytest.mark.parametrize(
    "name",
    ["BestRated.ranking", "Usings.rankings", "Ratings.mine", "Ratings.reviews", "Ratings.sums", "Ratings.all_sums"],
)
def test_rankings_and_ratings_keep_it_from_its_owner_too(world: World, name: str) -> None:
    assert world.secret not in repr(ASKED[name](world, _person(OWNER)))


def test_a_deleted_collection_is_told_of_without_what_is_in_it(world: World) -> None:
    with world.desk.builder() as service:
        made = service.collections.create(READER, "Deleted")
        service.collections.add(made.collection_id, READER, "one")
        service.collections.delete(made.collection_id, READER)
        assert {each.items for each in service.collections.deleted(READER)} == {()}


def test_it_is_not_even_counted(world: World) -> None:
    for user_id in OTHERS:
        (shared,) = ASKED["Collections.shared"](world, _person(user_id))
        assert [item.scenario_id for item in shared.items] == ["one"]
