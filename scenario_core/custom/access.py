"""How every service of the custom store reaches the database: one transaction a call, and the policy asked in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from scenario_core.custom import records
from scenario_core.custom.directory import DatabaseDirectory
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.records import CustomScenario
from scenario_core.custom.tables import SCENARIOS, is_custom
from scenario_core.errors import ProtectedScenarioError, ScenarioNotFoundError, StaleVersionError
from scenario_core.people import Directory, Operation, Person, Subject, require
from scenario_core.scenario import ConversationScenario, Store

ReadProduction = Callable[[sa.Connection, str], ConversationScenario | None]
"""Reads a production scenario by its id; None where there is none."""


class Access:
    """A session, and who may do what through it."""

    def __init__(self, session: Session, directory: Directory | None) -> None:
        self._session = session
        self._directory = directory or DatabaseDirectory(session)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that waits for nobody."""
        with self._transaction({} if self._session.in_transaction() else READ_ONLY) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is committed at the end, and rolled back by any error."""
        with self._transaction({}) as connection:
            yield connection

    def person(self, user_id: int) -> Person:
        """The person with this number."""
        return self._directory.person(user_id)

    def require(self, user_id: int, operation: Operation, subject: Subject | None = None) -> None:
        """Ask the policy; see `people.require` for what it raises."""
        require(self.person(user_id), operation, subject)

    def scenario(
        self, connection: sa.Connection, scenario_id: str, user_id: int, operation: Operation, *, lock: bool = False
    ) -> tuple[int, CustomScenario]:
        """(row number, scenario) of a custom scenario that the person may do this to.

        Raises:
            ScenarioNotFoundError: there is none that the person may know of.
            ProtectedScenarioError: it is a production scenario's mirror.
            PermissionDeniedError: the policy says no.
        """
        found = records.find(connection, scenario_id, lock=lock)
        if found is None:
            self._refuse_mirror(connection, scenario_id)
            raise ScenarioNotFoundError(scenario_id)
        self.require(user_id, operation, subject_of(found[1]))
        return found[0], told_to(connection, found[1], user_id)

    def at_version(
        self, connection: sa.Connection, scenario_id: str, user_id: int, operation: Operation, expected: int
    ) -> tuple[int, CustomScenario]:
        """Like `scenario`, held until the transaction ends, and only while it is at the expected version.

        Raises:
            StaleVersionError: it is at another version.
        """
        number, stored = self.scenario(connection, scenario_id, user_id, operation, lock=True)
        if stored.version != expected:
            raise StaleVersionError(scenario_id, expected=expected, current=stored.version)
        return number, stored

    @contextmanager
    def _transaction(self, options: dict[str, str]) -> Iterator[sa.Connection]:
        with translated_errors():
            try:
                yield self._session.connection(execution_options=options)
                self._session.commit()
            except BaseException:
                self._session.rollback()
                raise

    @staticmethod
    def _refuse_mirror(connection: sa.Connection, scenario_id: str) -> None:
        mirrored = sa.select(SCENARIOS.c.id).where(SCENARIOS.c.scenario_id == scenario_id, ~is_custom())
        if connection.execute(mirrored).first():
            raise ProtectedScenarioError(
                f"{scenario_id!r} is a production scenario.", hint="Duplicate it and change the copy."
            )


def told_to(connection: sa.Connection, stored: CustomScenario, user_id: int) -> CustomScenario:
    """What a reader may know of a scenario: of its origin nothing that is private, and only its owner what it was then.

    Whether the reader may read the scenario itself was asked before.
    """
    origin = stored.origin
    if origin is None or stored.owner_id == user_id:
        return stored
    if origin.store is Store.CUSTOM:
        found = records.find(connection, origin.scenario_id)
        if found is None or not (found[1].is_public or found[1].owner_id == user_id):
            return replace(stored, origin=None)
    return replace(stored, origin=replace(origin, document=None, phases={}))


def subject_of(stored: CustomScenario) -> Subject:
    """What the policy needs to know of a custom scenario."""
    return Subject(stored.scenario_id, Store.CUSTOM, stored.owner_id, stored.is_public)
