"""The audit log: one entry for each change, written in the change's own transaction."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.columns import now
from scenario_core.custom.tables import AUDIT
from scenario_core.scenario import Store

LONGEST_ID: Final = 255


def storable(text: str) -> str:
    """A text as every engine can hold it: without NUL, and without halves of surrogate pairs."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def storable_id(scenario_id: str | None) -> str | None:
    """An id as the tables of records can hold it, cut where it is too long: any key of a file may be one."""
    return None if scenario_id is None else storable(scenario_id)[:LONGEST_ID]


def write(
    connection: sa.Connection,
    actor_id: int,
    operation: str,
    store: Store,
    scenario_id: str | None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an entry."""
    write_all(connection, actor_id, operation, store, [(scenario_id, detail)])


def write_all(
    connection: sa.Connection,
    actor_id: int,
    operation: str,
    store: Store,
    subjects: list[tuple[str | None, dict[str, Any] | None]],
) -> None:
    """Add an entry for each (scenario id, detail)."""
    moment = now()
    rows = [
        {
            "at": moment,
            "actor_id": actor_id,
            "operation": operation,
            "store": store.value,
            "scenario_id": storable_id(scenario_id),
            "detail": detail,
        }
        for scenario_id, detail in subjects
    ]
    connection.execute(sa.insert(AUDIT), rows)
