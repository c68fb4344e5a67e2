"""Former versions of custom scenarios: kept by every save and deletion, read and brought back by the owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scenario_core.custom import records
from scenario_core.custom.access import Access
from scenario_core.custom.records import CustomScenario
from scenario_core.custom.tables import REVISIONS
from scenario_core.errors import ScenarioNotFoundError
from scenario_core.people import Operation
from scenario_core.scenario import ConversationScenario


@dataclass(frozen=True, slots=True)
class Revision:
    """A former version: who replaced it and when. `document` holds it whole, in production's field names."""

    version: int
    replaced_at: datetime
    replaced_by: int
    document: dict[str, Any]


class Revisions:
    """The revisions of custom scenarios, through `ScenarioBuilderService.revisions`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def list(self, scenario_id: str, user_id: int) -> list[Revision]:
        """All former versions, the latest first."""
        with self._access.reading() as connection:
            self._access.scenario(connection, scenario_id, user_id, Operation.READ_REVISIONS)
            query = (
                sa.select(REVISIONS).where(REVISIONS.c.scenario_id == scenario_id).order_by(REVISIONS.c.version.desc())
            )
            return [_revision(row) for row in connection.execute(query).mappings()]

    def get(self, scenario_id: str, user_id: int, version: int) -> Revision:
        """One former version.

        Raises:
            ScenarioNotFoundError: also where the scenario never had this version.
        """
        with self._access.reading() as connection:
            self._access.scenario(connection, scenario_id, user_id, Operation.READ_REVISIONS)
            return self._get(connection, scenario_id, version)

    def restore(self, scenario_id: str, user_id: int, version: int, *, expected_version: int) -> CustomScenario:
        """Make a former version the current one; what it replaces is kept as a revision in turn.

        Raises:
            ScenarioNotFoundError: also where the scenario never had this version.
            StaleVersionError: the scenario has changed since; nothing was stored.
        """
        with self._access.writing() as connection:
            found = self._access.at_version(connection, scenario_id, user_id, Operation.UPDATE, expected_version)
            revision = self._get(connection, scenario_id, version)
            scenario = ConversationScenario.model_validate_json(records.dumps(revision.document))
            detail = {"restored_version": version}
            return records.save(connection, *found, scenario, user_id, "restore_revision", detail)

    @staticmethod
    def _get(connection: sa.Connection, scenario_id: str, version: int) -> Revision:
        query = sa.select(REVISIONS).where(REVISIONS.c.scenario_id == scenario_id, REVISIONS.c.version == version)
        row = connection.execute(query).mappings().first()
        if row is None:
            raise ScenarioNotFoundError(scenario_id, hint=f"It has no former version {version}.")
        return _revision(row)


def _revision(row: sa.RowMapping) -> Revision:
    return Revision(row["version"], row["replaced_at"], row["replaced_by"], row["document"])
