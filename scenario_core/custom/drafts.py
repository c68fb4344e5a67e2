"""What authors are writing: kept as typed, complete or not, and seen by nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scenario_core.custom.access import Access
from scenario_core.custom.columns import now
from scenario_core.custom.tables import DRAFTS
from scenario_core.errors import ScenarioNotFoundError, StaleVersionError
from scenario_core.people import Operation


@dataclass(frozen=True, slots=True)
class Draft:
    """Unfinished work. `scenario_id` and `base_version` say what it will replace, None for a new scenario."""

    draft_id: str
    owner_id: int
    scenario_id: str | None
    base_version: int | None
    version: int
    document: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Drafts:
    """The drafts of authors, through `ScenarioBuilderService.drafts`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def open(self, user_id: int, document: Mapping[str, Any]) -> Draft:
        """Begin a new scenario."""
        with self._access.writing() as connection:
            self._access.require(user_id, Operation.CREATE)
            return self._insert(connection, user_id, None, None, document)

    def edit(self, scenario_id: str, user_id: int) -> Draft:
        """The person's draft of their scenario: the one that is there, or a new one from the current version."""
        with self._access.writing() as connection:
            stored = self._access.scenario(connection, scenario_id, user_id, Operation.UPDATE, lock=True)[1]
            query = sa.select(DRAFTS).where(DRAFTS.c.owner_id == user_id, DRAFTS.c.scenario_id == scenario_id)
            row = connection.execute(query).mappings().first()
            if row is not None:
                return Draft(**row)
            document = stored.scenario.model_dump(mode="json")
            return self._insert(connection, user_id, scenario_id, stored.version, document)

    def get(self, draft_id: str, user_id: int) -> Draft:
        """A draft of this person.

        Raises:
            ScenarioNotFoundError: there is none, or it is somebody else's.
        """
        with self._access.reading() as connection:
            return self._own(connection, draft_id, user_id)

    def list(self, user_id: int) -> list[Draft]:
        """The person's drafts, the latest change first."""
        query = sa.select(DRAFTS).where(DRAFTS.c.owner_id == user_id).order_by(DRAFTS.c.updated_at.desc())
        with self._access.reading() as connection:
            return [Draft(**row) for row in connection.execute(query).mappings()]

    def save(self, draft_id: str, user_id: int, document: Mapping[str, Any], *, expected_version: int) -> Draft:
        """Keep what was typed.

        Raises:
            ScenarioNotFoundError: there is no such draft of this person.
            StaleVersionError: another tab has saved it since.
        """
        with self._access.writing() as connection:
            draft = self._own(connection, draft_id, user_id, lock=True)
            if draft.version != expected_version:
                raise StaleVersionError(draft_id, expected=expected_version, current=draft.version)
            values = {
                "document": dict(document),
                "version": draft.version + 1,
                "updated_at": now(),
            }
            connection.execute(sa.update(DRAFTS).where(DRAFTS.c.draft_id == draft_id).values(**values))
            return self._own(connection, draft_id, user_id)

    def discard(self, draft_id: str, user_id: int) -> None:
        """Throw a draft away.

        Raises:
            ScenarioNotFoundError: there is no such draft of this person.
        """
        with self._access.writing() as connection:
            self._own(connection, draft_id, user_id, lock=True)
            connection.execute(sa.delete(DRAFTS).where(DRAFTS.c.draft_id == draft_id))

    @staticmethod
    def _insert(
        connection: sa.Connection,
        user_id: int,
        scenario_id: str | None,
        base_version: int | None,
        document: Mapping[str, Any],
    ) -> Draft:
        moment = now()
        draft = Draft(
            draft_id=str(uuid.uuid4()),
            owner_id=user_id,
            scenario_id=scenario_id,
            base_version=base_version,
            version=1,
            document=dict(document),
            created_at=moment,
            updated_at=moment,
        )
        values = {name: getattr(draft, name) for name in Draft.__slots__}
        connection.execute(sa.insert(DRAFTS).values(**values))
        return draft

    @staticmethod
    def _own(connection: sa.Connection, draft_id: str, user_id: int, *, lock: bool = False) -> Draft:
        query = sa.select(DRAFTS).where(DRAFTS.c.draft_id == draft_id, DRAFTS.c.owner_id == user_id)
        row = connection.execute(query.with_for_update() if lock else query).mappings().first()
        if row is None:
            raise ScenarioNotFoundError(draft_id, hint="It may have been saved or discarded in another tab.")
        return Draft(**row)
