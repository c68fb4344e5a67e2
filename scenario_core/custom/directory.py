"""People kept in the database. Whoever is not in it has the default roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from scenario_core.custom import audit
from scenario_core.custom.discovery_tables import BOOKMARKS, COLLECTIONS, LABELS, RATINGS
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import AUDIT, DRAFTS, PEOPLE, RECORDS, SCENARIOS, VIEWS
from scenario_core.custom.usage_tables import USAGE_STATE
from scenario_core.errors import DatabaseError, Fault, InvalidScenarioError
from scenario_core.people import Operation, Person, Role, require
from scenario_core.scenario import SYSTEM_USER_ID, Store

DEFAULT_ROLES: Final = frozenset({Role.AUTHOR})
LONGEST_NAME: Final = 255


class DatabaseDirectory:
    """Looks people up in `scenario_desk_person`."""

    def __init__(self, session: Session, default_roles: frozenset[Role] = DEFAULT_ROLES) -> None:
        self._session = session
        self._default_roles = default_roles

    def person(self, user_id: int) -> Person:
        """The person with this number."""
        row = self._session.execute(sa.select(PEOPLE).where(PEOPLE.c.user_id == user_id)).mappings().first()
        return _person(row) if row else Person(user_id, self._default_roles)

    def people(self) -> list[Person]:
        """Everyone who is known by name, by number."""
        rows = self._session.execute(sa.select(PEOPLE).order_by(PEOPLE.c.user_id)).mappings()
        return [_person(row) for row in rows]


class LocalDirectory:
    """Everyone on this machine: the one local person holds every role, others what the database says of them."""

    def __init__(self, local_user_id: int, engine: sa.Engine | None = None) -> None:
        self._local_user_id = local_user_id
        self._engine = engine

    def person(self, user_id: int) -> Person:
        """The person with this number."""
        if user_id == self._local_user_id:
            return Person(user_id, frozenset(Role))
        found = self._read(sa.select(PEOPLE).where(PEOPLE.c.user_id == user_id))
        return found[0] if found else Person(user_id, DEFAULT_ROLES)

    def people(self) -> list[Person]:
        """The local person first, then everyone in the database by number."""
        others = self._read(sa.select(PEOPLE).order_by(PEOPLE.c.user_id))
        local = next((person for person in others if person.user_id == self._local_user_id), None)
        first = Person(self._local_user_id, frozenset(Role), local.name if local else "")
        return [first, *(person for person in others if person.user_id != self._local_user_id)]

    def _read(self, query: sa.Select[tuple[object, ...]]) -> list[Person]:
        """Nobody where the database does not answer: production must stay readable without it."""
        if self._engine is None:
            return []
        try:
            with translated_errors(), self._engine.connect().execution_options(**READ_ONLY) as connection:
                return [_person(row) for row in connection.execute(query).mappings()]
        except DatabaseError:
            return []


def add_person(engine: sa.Engine, actor: Person, name: str, roles: Iterable[Role]) -> Person:
    """Add somebody under a number that nothing belongs to yet.

    Raises:
        PermissionDeniedError: the actor may not.
        InvalidScenarioError: the name is empty or too long, or there is no role.
    """
    require(actor, Operation.MANAGE_PEOPLE)
    name, held = " ".join(name.split()), frozenset(roles)
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidScenarioError([Fault("/name", f"1 to {LONGEST_NAME} characters", repr(name))])
    if not held:
        raise InvalidScenarioError([Fault("/roles", "at least one role", "none")])
    with translated_errors(), engine.begin() as connection:
        person = Person(max(_highest_number(connection), actor.user_id) + 1, held, name)
        connection.execute(sa.insert(PEOPLE).values(user_id=person.user_id, name=name, roles=sorted(held)))
        detail = {"person": person.user_id, "roles": sorted(held)}
        audit.write(connection, actor.user_id, "add_person", Store.CUSTOM, None, detail)
    return person


def _highest_number(connection: sa.Connection) -> int:
    """The highest number that anything in the database belongs to, the existing app's users included."""
    columns: list[sa.ColumnElement[int]] = [
        PEOPLE.c.user_id, SCENARIOS.c.created_by, RECORDS.c.deleted_owner_id, DRAFTS.c.owner_id, VIEWS.c.owner_id,
        USAGE_STATE.c.highest_user_id, AUDIT.c.actor_id, BOOKMARKS.c.person_id, LABELS.c.person_id,
        COLLECTIONS.c.owner_id, RATINGS.c.person_id,
    ]  # fmt: skip
    inspector = sa.inspect(connection)
    if inspector.has_table("users") and any(column["name"] == "id" for column in inspector.get_columns("users")):
        columns.append(sa.table("users", sa.column("id", sa.Integer)).c.id)
    highest = [connection.execute(sa.select(sa.func.max(column))).scalar() for column in columns]
    return max((number for number in highest if isinstance(number, int)), default=SYSTEM_USER_ID)


def _person(row: sa.RowMapping) -> Person:
    known = {role.value for role in Role}
    return Person(row["user_id"], frozenset(Role(role) for role in row["roles"] or () if role in known), row["name"])
