"""Collections and learning paths: own and shared, in order, and never more of them told than the reader may read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.custom import ScenarioBuilderService
from scenario_core.custom.collections import (
    LONGEST_DESCRIPTION,
    LONGEST_NOTE,
    LONGEST_TITLE,
    MOST_ITEMS,
    Collection,
    CollectionItem,
)
from scenario_core.custom.discovery_tables import COLLECTION_ITEMS
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import (
    CollectionNotFoundError,
    InvalidScenarioError,
    PermissionDeniedError,
    ScenarioNotFoundError,
    StaleVersionError,
)
from tests.core.discovering import READER, TEA, Ids, bring_back, delete, furnish, hide, shelves, show
from tests.factories import ADMIN, OWNER, STRANGER


def ids_of(collection: Collection) -> list[str]:
    return [item.scenario_id for item in collection.items]


def stocked(engine: sa.Engine, ids: Ids, *, is_public: bool = False) -> str:
    """A collection of the owner: private, others', production, in this order."""
    with shelves(engine) as service:
        made = service.collections.create(OWNER, "  First   steps ", "For a start.", is_path=True).collection_id
        for name in (ids.private, ids.others, ids.production):
            held = service.collections.add(made, OWNER, name, f"Note on {name}")
        if is_public:
            service.collections.set_visibility(made, OWNER, is_public=True, expected_version=held.version)
    return made


def test_a_collection_holds_scenarios_of_both_stores_in_order_with_notes(engine: sa.Engine) -> None:
    ids = furnish(engine)
    made = stocked(engine, ids)
    with shelves(engine) as service:
        found = service.collections.get(made, OWNER)
        assert (found.title, found.description) == ("First steps", "For a start.")
        assert (found.is_path, found.is_public) == (True, False)
        assert found.items[0] == CollectionItem(ids.private, f"Note on {ids.private}")
        assert ids_of(found) == [ids.private, ids.others, ids.production]
        again = service.collections.add(made, OWNER, ids.private, "another note")
        assert (again.version, again.items) == (found.version, found.items)
        arranged = service.collections.arrange(
            made, OWNER, [ids.production, ids.private, ids.others], expected_version=found.version
        )
        assert ids_of(arranged) == [ids.production, ids.private, ids.others]
        left = service.collections.remove(made, OWNER, ids.private)
        assert ids_of(left) == [ids.production, ids.others]
        assert service.collections.remove(made, OWNER, ids.private).version == left.version
        put_back = service.collections.add(made, OWNER, ids.private, "back", position=1)
        assert ids_of(put_back) == [ids.production, ids.private, ids.others]
        noted = service.collections.annotate(made, OWNER, ids.others, " Listen first. ")
        assert noted.items[2].note == "Listen first."
        assert [each.collection_id for each in service.collections.own(OWNER)] == [made]
        assert service.collections.own(OWNER, skip=1) == []
        assert service.collections.count(OWNER) == (1, 0)


def test_readers_of_a_shared_collection_are_not_told_of_what_they_may_not_read(engine: sa.Engine) -> None:
    ids = furnish(engine)
    made = stocked(engine, ids, is_public=True)
    with shelves(engine) as service:
        for person in (READER, ADMIN, STRANGER):
            assert ids_of(service.collections.get(made, person)) == [ids.others, ids.production]
            assert [len(each.items) for each in service.collections.shared(person)] == [2]
            assert service.collections.count(person) == (0, 1)
            assert ids.private not in repr(service.collections.shared(person))
        hide(engine, ids.others, STRANGER)
        assert ids_of(service.collections.get(made, READER)) == [ids.production]
        assert ids_of(service.collections.get(made, OWNER)) == [ids.private, ids.production]
        assert ids_of(service.collections.get(made, STRANGER)) == [ids.others, ids.production]


@pytest.mark.parametrize("gone", [hide, delete])
def test_what_the_owner_can_not_read_stays_in_its_place_through_every_change(
    engine: sa.Engine, gone: Callable[..., None]
) -> None:
    ids = furnish(engine)
    made = stocked(engine, ids)
    with shelves(engine) as service:
        gone(engine, ids.others, STRANGER)
        held = service.collections.get(made, OWNER)
        assert ids_of(held) == [ids.private, ids.production]
        service.collections.arrange(made, OWNER, [ids.production, ids.private], expected_version=held.version)
        service.collections.add(made, OWNER, TEA.scenario_id)
        service.collections.remove(made, OWNER, ids.private)
        if gone is delete:
            bring_back(engine, ids.others, STRANGER)
        show(engine, ids.others, STRANGER)
        found = service.collections.get(made, OWNER)
        assert ids_of(found) == [ids.production, ids.others, TEA.scenario_id]
        assert found.items[1].note == f"Note on {ids.others}"


def test_a_private_collection_is_nobodys_but_its_owners(engine: sa.Engine) -> None:
    made = stocked(engine, furnish(engine))
    with shelves(engine) as service:
        for person in (READER, ADMIN):
            assert service.collections.shared(person) == []
            assert service.collections.count(person) == (0, 0)
            said = []
            for name in (made, "nothing-like-it"):
                with pytest.raises(CollectionNotFoundError) as caught:
                    service.collections.get(name, person)
                said.append(str(caught.value).replace(name, "ID"))
            assert said[0] == said[1]


Change = Callable[[ScenarioBuilderService, str, int, Ids], Any]
CHANGES: dict[str, Change] = {
    "edit": lambda service, made, me, _: service.collections.edit(
        made, me, title="New", description="", is_path=False, expected_version=service_version(service, made)
    ),
    "set_visibility": lambda service, made, me, _: service.collections.set_visibility(
        made, me, is_public=False, expected_version=service_version(service, made)
    ),
    "add": lambda service, made, me, _: service.collections.add(made, me, TEA.scenario_id),
    "remove": lambda service, made, me, ids: service.collections.remove(made, me, ids.production),
    "arrange": lambda service, made, me, ids: service.collections.arrange(
        made, me, [ids.production, ids.others, ids.private], expected_version=service_version(service, made)
    ),
    "annotate": lambda service, made, me, ids: service.collections.annotate(made, me, ids.production, "!"),
    "delete": lambda service, made, me, _: service.collections.delete(made, me),
}


def service_version(service: ScenarioBuilderService, made: str) -> int:
    return service.collections.get(made, OWNER).version


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("person", [OWNER, READER, ADMIN])
@pytest.mark.parametrize("seen", ["private", "shared"])
def test_only_the_owner_changes_a_collection(sqlite_engine: sa.Engine, change: str, person: int, seen: str) -> None:
    ids = furnish(sqlite_engine)
    made = stocked(sqlite_engine, ids, is_public=seen == "shared")
    with shelves(sqlite_engine) as service:
        before = service.collections.get(made, OWNER)
        if person == OWNER:
            CHANGES[change](service, made, person, ids)
            assert service.collections.own(OWNER) != [before]
            return
        with pytest.raises(PermissionDeniedError if seen == "shared" else CollectionNotFoundError):
            CHANGES[change](service, made, person, ids)
        assert service.collections.get(made, OWNER) == before


@pytest.mark.parametrize("change", ["edit", "set_visibility", "arrange"])
def test_a_change_on_top_of_a_former_version_is_refused(engine: sa.Engine, change: str) -> None:
    ids = furnish(engine)
    made = stocked(engine, ids)
    with shelves(engine) as service:
        held = service.collections.get(made, OWNER)
        service.collections.add(made, OWNER, TEA.scenario_id)
        stale = {
            "edit": lambda: service.collections.edit(
                made, OWNER, title="x", description="", is_path=False, expected_version=held.version
            ),
            "set_visibility": lambda: service.collections.set_visibility(
                made, OWNER, is_public=True, expected_version=held.version
            ),
            "arrange": lambda: service.collections.arrange(
                made, OWNER, ids_of(held)[::-1], expected_version=held.version
            ),
        }
        with pytest.raises(StaleVersionError, match="First steps"):
            stale[change]()
        assert ids_of(service.collections.get(made, OWNER)) == [*ids_of(held), TEA.scenario_id]


def test_an_order_of_other_scenarios_is_refused(sqlite_engine: sa.Engine) -> None:
    ids = furnish(sqlite_engine)
    made = stocked(sqlite_engine, ids)
    with shelves(sqlite_engine) as service:
        held = service.collections.get(made, OWNER)
        for wrong in ([], [ids.production] * 3, [*ids_of(held), TEA.scenario_id]):
            with pytest.raises(InvalidScenarioError):
                service.collections.arrange(made, OWNER, wrong, expected_version=held.version)
        assert service.collections.get(made, OWNER) == held


def test_nothing_that_may_not_be_read_gets_into_a_collection(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        made = service.collections.create(STRANGER, "Theirs").collection_id
        for name in (ids.private, "nowhere"):
            with pytest.raises(ScenarioNotFoundError):
                service.collections.add(made, STRANGER, name)
            with pytest.raises(ScenarioNotFoundError):
                service.collections.annotate(made, STRANGER, name, "a note")
        with pytest.raises(ScenarioNotFoundError):
            service.collections.annotate(made, STRANGER, ids.production, "not in it")
        assert service.collections.get(made, STRANGER).items == ()


def test_a_deleted_collection_is_gone_for_all_and_comes_back_private(engine: sa.Engine) -> None:
    ids = furnish(engine)
    made = stocked(engine, ids, is_public=True)
    with shelves(engine) as service:
        service.collections.delete(made, OWNER)
        for person in (OWNER, READER):
            assert service.collections.own(person) == service.collections.shared(person) == []
            with pytest.raises(CollectionNotFoundError):
                service.collections.get(made, person)
        with pytest.raises(CollectionNotFoundError):
            service.collections.restore(made, READER)
        assert [each.title for each in service.collections.deleted(OWNER)] == ["First steps"]
        assert service.collections.deleted(READER) == []
        back = service.collections.restore(made, OWNER)
        assert (back.is_public, ids_of(back)) == (False, [ids.private, ids.others, ids.production])
        with pytest.raises(CollectionNotFoundError):
            service.collections.restore(made, OWNER)


def test_every_fault_is_told_at_its_field(sqlite_engine: sa.Engine) -> None:
    with shelves(sqlite_engine) as service:
        for title in ("", "   ", "x" * (LONGEST_TITLE + 1), "bell \x07"):
            with pytest.raises(InvalidScenarioError) as caught:
                service.collections.create(OWNER, title, "x" * (LONGEST_DESCRIPTION + 1))
            assert [fault.pointer for fault in caught.value.faults] == ["/title", "/description"]
        made = service.collections.create(OWNER, "x" * LONGEST_TITLE).collection_id
        with pytest.raises(InvalidScenarioError, match="/note"):
            service.collections.add(made, OWNER, TEA.scenario_id, "x" * (LONGEST_NOTE + 1))
        assert service.collections.get(made, OWNER).items == ()


def test_a_collection_is_full_at_five_hundred(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        made = service.collections.create(OWNER, "Many").collection_id
        rows = [
            {"collection_id": made, "scenario_id": f"gone_{place}", "position": place, "note": ""}
            for place in range(MOST_ITEMS - 1)
        ]
        with engine.begin() as connection:
            connection.execute(sa.insert(COLLECTION_ITEMS), rows)
        assert ids_of(service.collections.add(made, OWNER, ids.production)) == [ids.production]
        with pytest.raises(InvalidScenarioError, match="at most 500 scenarios"):
            service.collections.add(made, OWNER, ids.private)


def test_asking_twice_with_one_id_makes_one_collection(engine: sa.Engine) -> None:
    with shelves(engine) as service:
        first = service.collections.create(OWNER, "Mine", collection_id="one-id")
        assert service.collections.create(OWNER, "Mine", collection_id="one-id") == first
        with pytest.raises(CollectionNotFoundError):
            service.collections.create(STRANGER, "Theirs", collection_id="one-id")
        assert service.collections.get("one-id", OWNER) == first


def test_many_who_add_at_once_lose_nothing(engine: sa.Engine) -> None:
    ids = furnish(engine)
    names = [ids.private, ids.others, ids.production, ids.shared, TEA.scenario_id]
    with shelves(engine) as service:
        made = service.collections.create(OWNER, "Mine").collection_id

    def add(name: str) -> None:
        with shelves(engine) as service:
            service.collections.add(made, OWNER, name)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(add, names * 2))
    with shelves(engine) as service:
        assert sorted(ids_of(service.collections.get(made, OWNER))) == sorted(names)


def test_the_audit_log_holds_what_others_could_see_and_no_title(engine: sa.Engine) -> None:
    ids = furnish(engine)
    made = stocked(engine, ids, is_public=True)
    with shelves(engine) as service:
        service.collections.remove(made, OWNER, ids.production)
        version = service_version(service, made)
        service.collections.set_visibility(made, OWNER, is_public=False, expected_version=version)
        service.collections.annotate(made, OWNER, ids.private, "unseen")
        service.collections.delete(made, OWNER)
    with engine.connect() as connection:
        query = sa.select(AUDIT.c.operation, AUDIT.c.scenario_id, AUDIT.c.detail).order_by(AUDIT.c.id)
        rows = connection.execute(query.where(AUDIT.c.operation.like("%collection"))).all()
    assert [tuple(row) for row in rows] == [
        (name, None, {"collection": made}) for name in ("share_collection", "edit_collection", "unshare_collection")
    ]
