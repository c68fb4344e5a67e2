"""Notes on days: what somebody wants to remember when looking at usage, such as a campaign or an outage."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa

from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.usage_tables import USAGE_NOTES
from scenario_core.errors import Fault, InvalidScenarioError, NoteNotFoundError
from scenario_core.people import Operation, Person, require
from scenario_core.usage.period import Period

LONGEST_TEXT: Final = 200


@dataclass(frozen=True, slots=True)
class Note:
    """One note; nobody but its owner sees it."""

    note_id: str
    owner_id: int
    on_day: date
    text: str


def notes(engine: sa.Engine, person: Person, period: Period | None = None) -> list[Note]:
    """The person's notes, of a period or all, the latest day first.

    Raises:
        DatabaseError: the database does not answer.
    """
    query = sa.select(USAGE_NOTES).where(USAGE_NOTES.c.owner_id == person.user_id)
    if period is not None:
        query = query.where(USAGE_NOTES.c.on_day.between(period.first, period.last))
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        rows = connection.execute(query.order_by(USAGE_NOTES.c.on_day.desc(), USAGE_NOTES.c.text)).mappings()
        return [Note(**row) for row in rows]


def add_note(engine: sa.Engine, person: Person, on_day: date, text: str) -> Note:
    """Keep a note.

    Raises:
        PermissionDeniedError: usage is not for this person to see.
        InvalidScenarioError: the text is empty, too long, or holds what can't be shown.
        DatabaseError: the database does not answer.
    """
    require(person, Operation.READ_USAGE)
    text = " ".join(text.split())
    if not 1 <= len(text) <= LONGEST_TEXT or not text.isprintable():
        raise InvalidScenarioError([Fault("/text", f"1 to {LONGEST_TEXT} characters", repr(text[:LONGEST_TEXT]))])
    note = Note(str(uuid.uuid4()), person.user_id, on_day, text)
    values = {name: getattr(note, name) for name in Note.__slots__}
    with translated_errors(), engine.begin() as connection:
        connection.execute(sa.insert(USAGE_NOTES).values(**values))
    return note


def delete_note(engine: sa.Engine, person: Person, note_id: str) -> None:
    """Delete one of the person's notes.

    Raises:
        NoteNotFoundError: the person has no such note.
        DatabaseError: the database does not answer.
    """
    mine = sa.and_(USAGE_NOTES.c.note_id == note_id, USAGE_NOTES.c.owner_id == person.user_id)
    with translated_errors(), engine.begin() as connection:
        if not connection.execute(sa.delete(USAGE_NOTES).where(mine)).rowcount:
            raise NoteNotFoundError("You have no such note.", hint="It may have been deleted in another tab.")
