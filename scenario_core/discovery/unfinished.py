"""What a person has begun and not ended: told to that person alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.usage_tables import RUNS
from scenario_core.discovery.listed import first_listed
from scenario_core.listing import CatalogueEntry
from scenario_core.people import Person
from scenario_core.usage.learners import pseudonym, pseudonym_key

SHOWN: Final = 6
_READ: Final = 500


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The latest open run of a scenario: how far it is, and when it was last heard of."""

    entry: CatalogueEntry
    phases_completed: int
    total_phases: int
    heard_at: datetime


def unfinished(desk: Desk, person: Person, *, limit: int = SHOWN) -> tuple[Unfinished, ...]:
    """The scenarios of the person's open runs, the one heard of last first.

    Raises:
        DatabaseError: the database does not answer.
    """
    columns = (RUNS.c.scenario_id, RUNS.c.phases_completed, RUNS.c.total_phases, RUNS.c.heard_at)
    with translated_errors(), desk.engine.connect().execution_options(**READ_ONLY) as connection:
        me = pseudonym(pseudonym_key(connection), person.user_id)
        query = (
            sa.select(*columns)
            .where(
                RUNS.c.learner == me, RUNS.c.ended_at.is_(None), RUNS.c.scenario_id.is_not(None),
                RUNS.c.heard_at.is_not(None),
            )
            .order_by(RUNS.c.heard_at.desc(), RUNS.c.run_id)
            .limit(_READ)
        )  # fmt: skip
        latest = {row.scenario_id: row for row in reversed(connection.execute(query).all())}
    ranked = list(reversed(latest))
    entries, _problems = first_listed(desk.catalogue, person.user_id, ranked, limit, only_open=False)
    return tuple(
        Unfinished(
            entry, latest[name].phases_completed or 0, latest[name].total_phases or entry.phase_count,
            latest[name].heard_at,
        )
        for name, entry in entries.items()
    )  # fmt: skip
