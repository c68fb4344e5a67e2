"""Rehearsals as they are kept: the one that goes on survives a closed page, examples are run again after an edit."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.access import Access, ReadProduction
from scenario_core.custom.columns import now
from scenario_core.custom.rehearsal_tables import REHEARSALS
from scenario_core.custom.tables import DRAFTS
from scenario_core.errors import Fault, InvalidScenarioError, ScenarioNotFoundError, StaleVersionError
from scenario_core.people import Operation, Subject
from scenario_core.scenario import Store

DRAFT: Final = "draft:"
CURRENT: Final = ""
"""The name of the one that goes on."""
LONGEST_NAME: Final = 100
MOST_EXAMPLES: Final = 200
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredRehearsal:
    """A rehearsal; `subject`, `name` and `expected` are those of `rehearsal_tables.RehearsalRow`."""

    rehearsal_id: str
    owner_id: int
    subject: str
    name: str
    version: int
    transcript: dict[str, Any]
    expected: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime


class Rehearsals:
    """The rehearsals of people, through `ScenarioBuilderService.rehearsals`.

    Each method that takes a subject, but `examples` and `stop`, raises `ScenarioNotFoundError` where the person may not
    read that scenario, or has no such draft; each that takes an id raises it where the person has no such rehearsal.
    """

    def __init__(self, access: Access, read_production: ReadProduction) -> None:
        self._access = access
        self._read_production = read_production

    def current(self, user_id: int, subject: str) -> StoredRehearsal | None:
        """The one that goes on, None if there is none."""
        with self._access.reading() as connection:
            self._require(connection, user_id, subject)
            return _find(connection, _one(user_id, subject, CURRENT))

    def go_on(self, user_id: int, subject: str, transcript: Document, *, expected_version: int) -> StoredRehearsal:
        """Keep how far it has come; 0 is the version of one that is not there yet.

        Raises:
            StaleVersionError: it went on in another tab; nothing was stored.
        """
        with self._access.writing() as connection:
            self._require(connection, user_id, subject)
            held = _find(connection, _one(user_id, subject, CURRENT), lock=True)
            if (held.version if held else 0) != expected_version:
                raise StaleVersionError(subject, expected=expected_version, current=held.version if held else 0)
            return _changed(connection, held, transcript) if held else _insert(connection, user_id, subject, transcript)

    def stop(self, user_id: int, subject: str) -> None:
        """Forget the one that goes on."""
        with self._access.writing() as connection:
            connection.execute(sa.delete(REHEARSALS).where(_one(user_id, subject, CURRENT)))

    def examples(self, user_id: int, subject: str | None = None) -> list[StoredRehearsal]:
        """The person's own examples of a scenario or draft, or of all, by name, also of what is gone by now."""
        wanted = sa.and_(REHEARSALS.c.owner_id == user_id, REHEARSALS.c.name != CURRENT)
        if subject is not None:
            wanted = sa.and_(wanted, REHEARSALS.c.subject == subject)
        query = sa.select(REHEARSALS).where(wanted).order_by(REHEARSALS.c.subject, REHEARSALS.c.name)
        with self._access.reading() as connection:
            return [StoredRehearsal(**row) for row in connection.execute(query).mappings()]

    def keep(self, user_id: int, subject: str, name: str, transcript: Document, expected: Document) -> StoredRehearsal:
        """Keep a transcript as an example; one of the same name is replaced.

        Raises:
            InvalidScenarioError: the name is empty or too long, or there are too many examples.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
            raise InvalidScenarioError([Fault("/name", f"1 to {LONGEST_NAME} characters", repr(name))])
        with self._access.writing() as connection:
            self._require(connection, user_id, subject, Operation.KEEP_REHEARSAL)
            held = _find(connection, _one(user_id, subject, name), lock=True)
            if held is not None:
                return _changed(connection, held, transcript, expected)
            _require_room(connection, user_id, subject)
            return _insert(connection, user_id, subject, transcript, name, expected)

    def accept(self, rehearsal_id: str, user_id: int, expected: Document) -> StoredRehearsal:
        """Take what an example comes to now as what it shall come to."""
        with self._access.writing() as connection:
            held = _own(connection, rehearsal_id, user_id)
            return _changed(connection, held, held.transcript, expected)

    def delete(self, rehearsal_id: str, user_id: int) -> StoredRehearsal:
        """Delete an example and return it, so that `put_back` can bring it back."""
        with self._access.writing() as connection:
            held = _own(connection, rehearsal_id, user_id)
            connection.execute(sa.delete(REHEARSALS).where(REHEARSALS.c.rehearsal_id == rehearsal_id))
            return held

    def put_back(self, user_id: int, deleted: StoredRehearsal) -> StoredRehearsal:
        """Bring an example back that was deleted, under another name if its own is taken by now.

        Raises:
            ScenarioNotFoundError: its scenario or draft is gone.
        """
        with self._access.writing() as connection:
            self._require(connection, user_id, deleted.subject, Operation.KEEP_REHEARSAL)
            name = _free_name(deleted.name, _names(connection, user_id, deleted.subject))
            return _insert(connection, user_id, deleted.subject, deleted.transcript, name, deleted.expected)

    def _require(
        self,
        connection: sa.Connection,
        user_id: int,
        subject: str,
        operation: Operation = Operation.REHEARSE,
    ) -> None:
        if subject.startswith(DRAFT):
            draft = sa.and_(DRAFTS.c.draft_id == subject.removeprefix(DRAFT), DRAFTS.c.owner_id == user_id)
            if connection.execute(sa.select(DRAFTS.c.draft_id).where(draft)).first() is None:
                raise ScenarioNotFoundError(subject, hint="The draft may have been saved or discarded in another tab.")
            self._access.require(user_id, Operation.CREATE)
        elif self._read_production(connection, subject) is not None:
            self._access.require(user_id, operation, Subject(subject, Store.PRODUCTION))
        else:
            self._access.scenario(connection, subject, user_id, operation)


def move(connection: sa.Connection, owner_id: int, draft_id: str, subject: str) -> None:
    """Make the rehearsals of a draft those of the scenario that it has become.

    Examples whose names are taken there get other ones; of the two that go on the one that was changed last stays.
    """
    query = sa.select(REHEARSALS).where(REHEARSALS.c.owner_id == owner_id, REHEARSALS.c.subject == DRAFT + draft_id)
    moving = [StoredRehearsal(**row) for row in connection.execute(query.with_for_update()).mappings()]
    taken = _names(connection, owner_id, subject) if moving else set()
    for each in moving:
        one = REHEARSALS.c.rehearsal_id == each.rehearsal_id
        name = each.name
        if name == CURRENT and name in taken:
            there = _find(connection, _one(owner_id, subject, CURRENT), lock=True)
            loser = one if there and there.updated_at > each.updated_at else _one(owner_id, subject, CURRENT)
            connection.execute(sa.delete(REHEARSALS).where(loser))
        elif name in taken:
            name = _free_name(name, taken)
        connection.execute(sa.update(REHEARSALS).where(one).values(subject=subject, name=name))
        taken.add(name)


def _names(connection: sa.Connection, owner_id: int, subject: str) -> set[str]:
    there = sa.and_(REHEARSALS.c.owner_id == owner_id, REHEARSALS.c.subject == subject)
    return set(connection.scalars(sa.select(REHEARSALS.c.name).where(there)))


def _free_name(name: str, taken: Collection[str]) -> str:
    """The name, or the first of `name (2)`, `name (3)`... that is free."""
    numbered = (f"{name[: LONGEST_NAME - 6]} ({number})" for number in count(2))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def _one(user_id: int, subject: str, name: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        REHEARSALS.c.owner_id == user_id,
        REHEARSALS.c.subject == subject,
        REHEARSALS.c.name == name,
    )


def _find(connection: sa.Connection, which: sa.ColumnElement[bool], *, lock: bool = False) -> StoredRehearsal | None:
    query = sa.select(REHEARSALS).where(which)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return StoredRehearsal(**row) if row else None


def _own(connection: sa.Connection, rehearsal_id: str, user_id: int) -> StoredRehearsal:
    mine = sa.and_(REHEARSALS.c.rehearsal_id == rehearsal_id, REHEARSALS.c.owner_id == user_id)
    found = _find(connection, mine, lock=True)
    if found is None:
        raise ScenarioNotFoundError(rehearsal_id, hint="The rehearsal may have been deleted in another tab.")
    return found


def _require_room(connection: sa.Connection, user_id: int, subject: str) -> None:
    mine = sa.and_(REHEARSALS.c.owner_id == user_id, REHEARSALS.c.subject == subject, REHEARSALS.c.name != CURRENT)
    if (connection.scalar(sa.select(sa.func.count()).where(mine)) or 0) >= MOST_EXAMPLES:
        fault = Fault("/name", f"at most {MOST_EXAMPLES} examples of a scenario", f"{MOST_EXAMPLES}")
        raise InvalidScenarioError([fault], hint="Delete one first.")


def _insert(
    connection: sa.Connection,
    user_id: int,
    subject: str,
    transcript: Document,
    name: str = CURRENT,
    expected: Document | None = None,
) -> StoredRehearsal:
    moment = now()
    kept = None if expected is None else dict(expected)
    made = StoredRehearsal(str(uuid.uuid4()), user_id, subject, name, 1, dict(transcript), kept, moment, moment)
    values = {field: getattr(made, field) for field in StoredRehearsal.__slots__}
    connection.execute(sa.insert(REHEARSALS).values(**values))
    return made


def _changed(
    connection: sa.Connection, held: StoredRehearsal, transcript: Document, expected: Document | None = None
) -> StoredRehearsal:
    made = replace(
        held,
        version=held.version + 1,
        transcript=dict(transcript),
        expected=None if expected is None else dict(expected),
        updated_at=now(),
    )
    values = {field: getattr(made, field) for field in ("version", "transcript", "expected", "updated_at")}
    connection.execute(sa.update(REHEARSALS).where(REHEARSALS.c.rehearsal_id == held.rehearsal_id).values(**values))
    return made
