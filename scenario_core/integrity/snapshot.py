"""One state of both stores, read once and looked at by every check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from scenario_core.custom import schema
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import SCENARIOS
from scenario_core.errors import DatabaseError
from scenario_core.mirror import MirrorPlan, Production, plan
from scenario_core.production import ScenarioManager


class CouldNotRunError(Exception):
    """What a check needs is not there; never a pass."""


@dataclass(frozen=True)
class Snapshot:
    """What the checks look at."""

    manager: ScenarioManager
    engine: sa.Engine
    expected_count: int | None = None

    @cached_property
    def rows(self) -> list[Mapping[str, Any]]:
        """Identity, ownership and flags of every scenario in the database."""
        columns = ("id", "scenario_id", "created_by", "is_system_scenario", "is_public")
        with self.connection() as connection:
            query = sa.select(*(SCENARIOS.c[name] for name in columns)).order_by(SCENARIOS.c.scenario_id)
            return [dict(row) for row in connection.execute(query).mappings()]

    @cached_property
    def mirror_plan(self) -> MirrorPlan:
        """What the mirror would have to do to equal production."""
        with _could_not_run():
            return plan(self.engine, mirrored(self.manager))

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """A connection to read from.

        Raises:
            CouldNotRunError: there is no database of this version that answers.
        """
        with (
            _could_not_run(),
            translated_errors(),
            self.engine.connect().execution_options(**READ_ONLY) as connection,
        ):
            schema.require_current(connection)
            yield connection


def mirrored(manager: ScenarioManager) -> Production:
    """What the mirror has to hold: the readable scenarios, and the ids that must not be retired."""
    unreadable = frozenset(fault.scenario_id for fault in manager.errors if fault.scenario_id)
    return Production(manager.scenarios, manager.revision, unreadable - manager.scenarios.keys())


@contextmanager
def _could_not_run() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise CouldNotRunError(str(error)) from error
