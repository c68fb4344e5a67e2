"""Collections: scenarios that belong together, private or shared; as a learning path, in the order to practise them.

Whoever reads a collection sees of its scenarios those that they may read, and is not told that there are others. What
an owner can't read any more stays in its place and is there again once it can be read.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit
from scenario_core.custom.access import Access
from scenario_core.custom.columns import now
from scenario_core.custom.discovery_tables import COLLECTION_ITEMS, COLLECTIONS
from scenario_core.custom.inserting import insert_new
from scenario_core.custom.reach import Reach
from scenario_core.errors import (
    CollectionNotFoundError,
    Fault,
    InvalidScenarioError,
    PermissionDeniedError,
    ScenarioNotFoundError,
    StaleVersionError,
)
from scenario_core.people import Operation
from scenario_core.scenario import Store

LONGEST_TITLE: Final = 100
LONGEST_DESCRIPTION: Final = 2_000
LONGEST_NOTE: Final = 500
MOST_ITEMS: Final = 500
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class CollectionItem:
    """A scenario of a collection, and what its owner notes of it."""

    scenario_id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection as one person sees it: `items` are those that this person may read."""

    collection_id: str
    owner_id: int
    title: str
    description: str
    is_public: bool
    is_path: bool
    version: int
    updated_at: datetime
    deleted_at: datetime | None = None
    items: tuple[CollectionItem, ...] = ()


class Collections:
    """The collections of people, through `ScenarioBuilderService.collections`.

    Every method raises `CollectionNotFoundError` where the person may not even know of the collection, and
    `PermissionDeniedError` where it is another's, or the policy says no.
    """

    def __init__(self, access: Access, reach: Reach) -> None:
        self._access = access
        self._reach = reach

    def own(self, user_id: int, *, skip: int = 0, limit: int = PAGE) -> list[Collection]:
        """The person's own collections, the latest change first."""
        return self._list(user_id, COLLECTIONS.c.owner_id == user_id, skip, limit)

    def titles(self, user_id: int) -> dict[str, str]:
        """What each of the person's own collections is called, by id, in the order of the titles."""
        query = sa.select(COLLECTIONS.c.collection_id, COLLECTIONS.c.title).where(
            COLLECTIONS.c.owner_id == user_id, COLLECTIONS.c.deleted_at.is_(None)
        )
        with self._access.reading() as connection:
            found = [(row.title, row.collection_id) for row in connection.execute(query)]
        return {name: title for title, name in sorted(found, key=lambda each: (each[0].casefold(), each[1]))}

    def holding(self, user_id: int, scenario_id: str) -> set[str]:
        """The ids of the person's own collections that a scenario is in; none where they may not read it any more."""
        mine = sa.and_(COLLECTIONS.c.owner_id == user_id, COLLECTIONS.c.deleted_at.is_(None))
        query = (
            sa.select(COLLECTION_ITEMS.c.collection_id)
            .join(COLLECTIONS, COLLECTIONS.c.collection_id == COLLECTION_ITEMS.c.collection_id)
            .where(mine, COLLECTION_ITEMS.c.scenario_id == audit.storable(scenario_id))
        )
        with self._access.reading() as connection:
            is_readable = bool(self._reach.readable(connection, [scenario_id], user_id))
            return set(connection.scalars(query)) if is_readable else set()

    def shared(self, user_id: int, *, skip: int = 0, limit: int = PAGE) -> list[Collection]:
        """The collections that others share, the latest change first."""
        return self._list(user_id, _shared_by_others(user_id), skip, limit)

    def count(self, user_id: int) -> tuple[int, int]:
        """How many collections the person has, and how many others share."""
        number = sa.select(sa.func.count()).where(COLLECTIONS.c.deleted_at.is_(None))
        with self._access.reading() as connection:
            own = connection.scalar(number.where(COLLECTIONS.c.owner_id == user_id))
            shared = connection.scalar(number.where(_shared_by_others(user_id)))
        return own or 0, shared or 0

    def deleted(self, user_id: int) -> list[Collection]:
        """The person's deleted collections, the latest first; `restore` brings one back."""
        query = (
            sa.select(COLLECTIONS)
            .where(COLLECTIONS.c.owner_id == user_id, COLLECTIONS.c.deleted_at.is_not(None))
            .order_by(COLLECTIONS.c.deleted_at.desc(), COLLECTIONS.c.collection_id)
            .limit(PAGE)
        )
        with self._access.reading() as connection:
            return [Collection(**row) for row in connection.execute(query).mappings()]

    def get(self, collection_id: str, user_id: int) -> Collection:
        """A collection that the person may read."""
        with self._access.reading() as connection:
            return self._seen(connection, [_found(connection, collection_id, user_id)], user_id)[0]

    def create(
        self,
        user_id: int,
        title: str,
        description: str = "",
        *,
        is_path: bool = False,
        collection_id: str | None = None,
    ) -> Collection:
        """Make an empty, private collection. Asking twice with one `collection_id` makes one.

        Raises:
            InvalidScenarioError: with every fault, at `/title` and `/description`.
        """
        title, description = _fitting(title, description)
        named = collection_id or str(uuid.uuid4())
        with self._access.writing() as connection:
            self._access.require(user_id, Operation.COLLECT)
            values = {"owner_id": user_id, "title": title, "description": description, "is_public": False}
            values |= {"is_path": is_path, "version": 1, "updated_at": now(), "deleted_at": None}
            insert_new(connection, COLLECTIONS, collection_id=named, **values)
            return self._seen(connection, [_found(connection, named, user_id)], user_id)[0]

    def edit(
        self, collection_id: str, user_id: int, *, title: str, description: str, is_path: bool, expected_version: int
    ) -> Collection:
        """Change what a collection is called, what it says of itself, and whether it is a learning path.

        Raises:
            InvalidScenarioError: with every fault, at `/title` and `/description`.
            StaleVersionError: it has changed since; nothing was stored.
        """
        title, description = _fitting(title, description)
        with self._access.writing() as connection:
            held = self._mine(connection, collection_id, user_id, expected_version)
            return self._changed(
                connection, held, user_id, "edit_collection", title=title, description=description, is_path=is_path
            )

    def set_visibility(self, collection_id: str, user_id: int, *, is_public: bool, expected_version: int) -> Collection:
        """Share a collection with everyone, or take it back, which needs no role.

        Raises:
            StaleVersionError: it has changed since; nothing was stored.
        """
        with self._access.writing() as connection:
            held = self._mine(connection, collection_id, user_id, expected_version)
            if is_public:
                self._access.require(user_id, Operation.SHARE_COLLECTION)
            operation = "share_collection" if is_public else "unshare_collection"
            return self._changed(connection, held, user_id, operation, is_public=is_public)

    def add(
        self, collection_id: str, user_id: int, scenario_id: str, note: str = "", *, position: int | None = None
    ) -> Collection:
        """Put a scenario into a collection, at the end or before the one that the person sees at a place from 0 on.

        One that is in it already stays where it is.

        Raises:
            ScenarioNotFoundError: there is no such scenario that the person may know of.
            InvalidScenarioError: the note is too long, or the collection is full.
        """
        note = _fitting_note(note)
        with self._access.writing() as connection:
            held = self._mine(connection, collection_id, user_id)
            self._reach.require(connection, scenario_id, user_id, Operation.READ)
            items = _items(connection, [collection_id])[collection_id]
            if scenario_id in {item.scenario_id for item in items}:
                return self._seen(connection, [held], user_id)[0]
            if len(items) >= MOST_ITEMS:
                raise InvalidScenarioError([Fault("/items", f"at most {MOST_ITEMS} scenarios", f"{len(items) + 1}")])
            place = len(items) if position is None else self._place(connection, items, user_id, position)
            items.insert(place, CollectionItem(scenario_id, note))
            _write_items(connection, collection_id, items)
            return self._changed(connection, held, user_id, "edit_collection")

    def remove(self, collection_id: str, user_id: int, scenario_id: str) -> Collection:
        """Take a scenario out of a collection; does nothing where it is not in it."""
        with self._access.writing() as connection:
            held = self._mine(connection, collection_id, user_id)
            items = _items(connection, [collection_id])[collection_id]
            left = [item for item in items if item.scenario_id != scenario_id]
            if len(left) == len(items):
                return self._seen(connection, [held], user_id)[0]
            _write_items(connection, collection_id, left)
            return self._changed(connection, held, user_id, "edit_collection")

    def arrange(
        self, collection_id: str, user_id: int, scenario_ids: Sequence[str], *, expected_version: int
    ) -> Collection:
        """Bring the scenarios that the person sees into another order; what can't be read stays in its place.

        Raises:
            InvalidScenarioError: the ids are not exactly those of the scenarios that the person sees.
            StaleVersionError: it has changed since; nothing was stored.
        """
        with self._access.writing() as connection:
            held = self._mine(connection, collection_id, user_id, expected_version)
            items = _items(connection, [collection_id])[collection_id]
            seen = self._reach.readable(connection, [item.scenario_id for item in items], user_id)
            if sorted(scenario_ids) != sorted(seen):
                raise InvalidScenarioError([Fault("/items", "every scenario of the collection once", "others")])
            by_id = {item.scenario_id: item for item in items}
            following = iter(scenario_ids)
            ordered = [by_id[next(following)] if item.scenario_id in seen else item for item in items]
            _write_items(connection, collection_id, ordered)
            return self._changed(connection, held, user_id, "edit_collection")

    def annotate(self, collection_id: str, user_id: int, scenario_id: str, note: str) -> Collection:
        """Note something of a scenario of a collection.

        Raises:
            ScenarioNotFoundError: the person sees no such scenario in it.
            InvalidScenarioError: the note is too long.
        """
        note = _fitting_note(note)
        one = sa.and_(COLLECTION_ITEMS.c.collection_id == collection_id, COLLECTION_ITEMS.c.scenario_id == scenario_id)
        with self._access.writing() as connection:
            held = self._mine(connection, collection_id, user_id)
            self._reach.require(connection, scenario_id, user_id, Operation.READ)
            if not connection.execute(sa.update(COLLECTION_ITEMS).where(one).values(note=note)).rowcount:
                raise ScenarioNotFoundError(scenario_id)
            return self._changed(connection, held, user_id, "edit_collection")

    def delete(self, collection_id: str, user_id: int) -> None:
        """Delete a collection; `restore` brings it back."""
        with self._access.writing() as connection:
            held = self._mine(connection, collection_id, user_id)
            self._changed(connection, held, user_id, "delete_collection", deleted_at=now())

    def restore(self, collection_id: str, user_id: int) -> Collection:
        """Bring a deleted collection back as it was, private."""
        query = sa.select(COLLECTIONS).where(
            COLLECTIONS.c.collection_id == collection_id,
            COLLECTIONS.c.owner_id == user_id,
            COLLECTIONS.c.deleted_at.is_not(None),
        )
        with self._access.writing() as connection:
            self._access.require(user_id, Operation.COLLECT)
            row = connection.execute(query.with_for_update()).mappings().first()
            if row is None:
                raise CollectionNotFoundError(collection_id)
            changes: dict[str, Any] = {"deleted_at": None, "is_public": False}
            return self._changed(connection, Collection(**row), user_id, "restore_collection", **changes)

    def _list(self, user_id: int, condition: sa.ColumnElement[bool], skip: int, limit: int) -> list[Collection]:
        query = (
            sa.select(COLLECTIONS)
            .where(condition, COLLECTIONS.c.deleted_at.is_(None))
            .order_by(COLLECTIONS.c.updated_at.desc(), COLLECTIONS.c.collection_id)
            .limit(limit)
            .offset(skip)
        )
        with self._access.reading() as connection:
            found = [Collection(**row) for row in connection.execute(query).mappings()]
            return self._seen(connection, found, user_id)

    def _mine(
        self, connection: sa.Connection, collection_id: str, user_id: int, expected_version: int | None = None
    ) -> Collection:
        """A collection of the person's own, held until the transaction ends."""
        held = _found(connection, collection_id, user_id, lock=True)
        if held.owner_id != user_id:
            rule = "collections are changed by their owners"
            raise PermissionDeniedError(f"You may not change the collection {held.title!r}: {rule}.", rule=rule)
        self._access.require(user_id, Operation.COLLECT)
        if expected_version is not None and held.version != expected_version:
            raise StaleVersionError(held.title, expected=expected_version, current=held.version)
        return held

    def _changed(
        self, connection: sa.Connection, held: Collection, user_id: int, operation: str, **values: Any
    ) -> Collection:
        """Store it at its next version. What others can see of it is in the audit log, without what it is called."""
        one = COLLECTIONS.c.collection_id == held.collection_id
        connection.execute(
            sa.update(COLLECTIONS).where(one).values(version=held.version + 1, updated_at=now(), **values)
        )
        if held.is_public or values.get("is_public"):
            detail = {"collection": held.collection_id}
            audit.write(connection, user_id, operation, Store.CUSTOM, None, detail)
        row = connection.execute(sa.select(COLLECTIONS).where(one)).mappings().one()
        return self._seen(connection, [Collection(**row)], user_id)[0]

    def _seen(self, connection: sa.Connection, found: Sequence[Collection], user_id: int) -> list[Collection]:
        """The collections with those of their scenarios that the person may read."""
        held = _items(connection, [each.collection_id for each in found])
        named = [item.scenario_id for items in held.values() for item in items]
        readable = self._reach.readable(connection, named, user_id)
        return [
            replace(each, items=tuple(item for item in held[each.collection_id] if item.scenario_id in readable))
            for each in found
        ]

    def _place(self, connection: sa.Connection, items: list[CollectionItem], user_id: int, position: int) -> int:
        """Where the scenario stands that the person sees at a place; the end where there is none."""
        seen = self._reach.readable(connection, [item.scenario_id for item in items], user_id)
        places = [place for place, item in enumerate(items) if item.scenario_id in seen]
        return places[position] if 0 <= position < len(places) else len(items)


def _shared_by_others(user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(COLLECTIONS.c.owner_id != user_id, COLLECTIONS.c.is_public == sa.true())


def _found(connection: sa.Connection, collection_id: str, user_id: int, *, lock: bool = False) -> Collection:
    seen = sa.or_(COLLECTIONS.c.owner_id == user_id, COLLECTIONS.c.is_public == sa.true())
    query = sa.select(COLLECTIONS).where(
        COLLECTIONS.c.collection_id == audit.storable(collection_id), seen, COLLECTIONS.c.deleted_at.is_(None)
    )
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise CollectionNotFoundError(collection_id)
    return Collection(**row)


def _items(connection: sa.Connection, collection_ids: Sequence[str]) -> dict[str, list[CollectionItem]]:
    query = (
        sa.select(COLLECTION_ITEMS)
        .where(COLLECTION_ITEMS.c.collection_id.in_(list(collection_ids)))
        .order_by(COLLECTION_ITEMS.c.collection_id, COLLECTION_ITEMS.c.position)
    )
    found: dict[str, list[CollectionItem]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["collection_id"]].append(CollectionItem(row["scenario_id"], row["note"]))
    return found


def _write_items(connection: sa.Connection, collection_id: str, items: Sequence[CollectionItem]) -> None:
    connection.execute(sa.delete(COLLECTION_ITEMS).where(COLLECTION_ITEMS.c.collection_id == collection_id))
    rows = [
        {"collection_id": collection_id, "scenario_id": item.scenario_id, "position": place, "note": item.note}
        for place, item in enumerate(items)
    ]
    if rows:
        connection.execute(sa.insert(COLLECTION_ITEMS), rows)


def _fitting(title: str, description: str) -> tuple[str, str]:
    title, description = " ".join(title.split()), audit.storable(description).strip()
    faults = []
    if not 1 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        faults.append(Fault("/title", f"1 to {LONGEST_TITLE} characters", repr(title)))
    if len(description) > LONGEST_DESCRIPTION:
        faults.append(Fault("/description", f"at most {LONGEST_DESCRIPTION:,} characters", f"{len(description):,}"))
    if faults:
        raise InvalidScenarioError(faults, hint="Mend it and save again.")
    return title, description


def _fitting_note(note: str) -> str:
    note = audit.storable(note).strip()
    if len(note) > LONGEST_NOTE:
        raise InvalidScenarioError([Fault("/note", f"at most {LONGEST_NOTE} characters", str(len(note)))])
    return note
