"""Which scenarios of either store a person may read, asked of the rows themselves: lists may be behind them."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from scenario_core.custom.access import Access, ReadProduction
from scenario_core.custom.audit import storable_id
from scenario_core.custom.tables import SCENARIOS, is_custom
from scenario_core.errors import ScenarioNotFoundError
from scenario_core.people import Operation, Subject, may
from scenario_core.scenario import Store

BATCH = 500


class Reach:
    """Looks scenarios up by id, production first, as the catalogue does."""

    def __init__(self, access: Access, read_production: ReadProduction) -> None:
        self._access = access
        self._read_production = read_production

    def require(self, connection: sa.Connection, scenario_id: str, user_id: int, operation: Operation) -> Subject:
        """The scenario, if the person may do this to it.

        Raises:
            ScenarioNotFoundError: there is none that the person may know of, or its id can't be kept.
            PermissionDeniedError: the policy says no.
        """
        if storable_id(scenario_id) != scenario_id:
            raise ScenarioNotFoundError(scenario_id)
        subject = self.subjects(connection, [scenario_id]).get(scenario_id)
        if subject is None:
            raise ScenarioNotFoundError(scenario_id)
        self._access.require(user_id, operation, subject)
        return subject

    def readable(self, connection: sa.Connection, scenario_ids: Iterable[str], user_id: int) -> dict[str, Subject]:
        """Those that the person may read, in the order given."""
        person = self._access.person(user_id)
        found = self.subjects(connection, scenario_ids)
        return {name: each for name, each in found.items() if may(person, Operation.READ, each).allowed}

    def subjects(self, connection: sa.Connection, scenario_ids: Iterable[str]) -> dict[str, Subject]:
        """What the policy needs to know of those that are there, in the order given."""
        wanted = list(dict.fromkeys(name for name in scenario_ids if storable_id(name) == name))
        found = {name: Subject(name, Store.PRODUCTION) for name in wanted if self._read_production(connection, name)}
        others = [name for name in wanted if name not in found]
        columns = (SCENARIOS.c.scenario_id, SCENARIOS.c.created_by, SCENARIOS.c.is_public)
        for start in range(0, len(others), BATCH):
            part = SCENARIOS.c.scenario_id.in_(others[start : start + BATCH])
            for name, owner, is_public in connection.execute(sa.select(*columns).where(part, is_custom())):
                found[name] = Subject(name, Store.CUSTOM, owner, is_public)
        return {name: found[name] for name in wanted if name in found}
