"""People kept in the database. Whoever is not in it has the default roles."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from scenario_core.custom.tables import PEOPLE
from scenario_core.people import Person, Role

DEFAULT_ROLES: Final = frozenset({Role.AUTHOR})


class DatabaseDirectory:
    """Looks people up in `scenario_desk_person`."""

    def __init__(self, session: Session, default_roles: frozenset[Role] = DEFAULT_ROLES) -> None:
        self._session = session
        self._default_roles = default_roles

    def person(self, user_id: int) -> Person:
        """The person with this number."""
        row = self._session.execute(sa.select(PEOPLE.c.name, PEOPLE.c.roles).where(PEOPLE.c.user_id == user_id)).first()
        if row is None:
            return Person(user_id, self._default_roles)
        return Person(user_id, frozenset(Role(role) for role in row.roles or ()), row.name)


class LocalDirectory:
    """Everyone on this machine: the one local person holds every role, others the default."""

    def __init__(self, local_user_id: int) -> None:
        self._local_user_id = local_user_id

    def person(self, user_id: int) -> Person:
        """The person with this number."""
        roles = frozenset(Role) if user_id == self._local_user_id else DEFAULT_ROLES
        return Person(user_id, roles)
