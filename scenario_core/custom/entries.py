"""The catalogue's lines for custom scenarios, and their full-text index: derived, and made again where triggers say so.

Every write of the service makes the entry again in its own transaction. What other programs write is queued by triggers
and caught up with before the next listing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import convert, limits, search
from scenario_core.custom.tables import (
    ENTRIES,
    EVERYONE,
    FACETS,
    NO_OWNER,
    PHASES,
    RECORDS,
    SCENARIOS,
    STALE_ENTRIES,
    is_custom,
)
from scenario_core.listing import CatalogueEntry, search_document
from scenario_core.progress import Progress, silent
from scenario_core.scenario import ConversationScenario, Store

logger = logging.getLogger(__name__)

BATCH: Final = 500
_LOCK_CLASS: Final = 0x5CE9
_NAMES: Final = [column.name for column in ENTRIES.columns if column.name != "scenario_pk"]


def is_behind(connection: sa.Connection) -> bool:
    """Whether another program changed something that is not in the catalogue yet."""
    return connection.execute(sa.select(STALE_ENTRIES.c.id).limit(1)).first() is not None


def refresh(engine: sa.Engine, *, progress: Progress = silent) -> int:
    """Work off the queue, a batch a transaction; returns how many entries were made again."""
    done = 0
    while True:
        with engine.begin() as connection:
            waiting = connection.scalar(sa.select(sa.func.count(sa.distinct(STALE_ENTRIES.c.scenario_pk)))) or 0
            first = sa.select(STALE_ENTRIES.c.scenario_pk).distinct().order_by(STALE_ENTRIES.c.scenario_pk).limit(BATCH)
            batch = connection.scalars(first).all()
            if not batch:
                return done
            make_again(connection, batch)
        done += len(batch)
        progress(done, done + waiting - len(batch))


def queue_all(connection: sa.Connection) -> None:
    """Queue every custom scenario."""
    custom = sa.select(SCENARIOS.c.id).where(is_custom())
    connection.execute(sa.insert(STALE_ENTRIES).from_select(["scenario_pk"], custom))


Stored = tuple[int, int | None, bool, ConversationScenario]


def make_again(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Bring the entries and the index of the scenarios with these row numbers up to date."""
    _lock(connection, numbers)
    # The queue first: what another transaction adds from here on stays queued.
    queued = connection.scalars(sa.select(STALE_ENTRIES.c.id).where(STALE_ENTRIES.c.scenario_pk.in_(numbers))).all()
    stored = load(connection, numbers)
    connection.execute(sa.delete(ENTRIES).where(ENTRIES.c.scenario_pk.in_(numbers)))
    search.remove(connection, numbers)
    _write(connection, stored)
    if queued:
        connection.execute(sa.delete(STALE_ENTRIES).where(STALE_ENTRIES.c.id.in_(queued)))


def _lock(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Let one transaction at a time make an entry again; SQLite's transactions already see to that."""
    if connection.dialect.name == "postgresql":
        held = sa.select(sa.func.pg_advisory_xact_lock(_LOCK_CLASS, sa.column("number")))
        rows = sa.select(sa.func.unnest(sa.literal(sorted(numbers), sa.ARRAY(sa.Integer))).label("number")).subquery()
        connection.execute(held.select_from(rows))


def add(connection: sa.Connection, stored: Sequence[Stored]) -> None:
    """Add the entries of scenarios that were inserted in this transaction, which nobody else can have changed yet."""
    _write(connection, stored)
    for start in range(0, len(stored), BATCH):
        mine = [row[0] for row in stored[start : start + BATCH]]
        connection.execute(sa.delete(STALE_ENTRIES).where(STALE_ENTRIES.c.scenario_pk.in_(mine)))


def _write(connection: sa.Connection, stored: Iterable[Stored]) -> None:
    lines, documents = [], []
    for number, owner_id, is_public, scenario in stored:
        lines.append(_line(number, owner_id, scenario, is_public=is_public))
        documents.append((number, *search_document(scenario)))
    if lines:
        connection.execute(sa.insert(ENTRIES), lines)
        search.add(connection, documents)


def load(connection: sa.Connection, numbers: Sequence[int]) -> list[Stored]:
    """(row number, owner, public, scenario) of the custom scenarios among these row numbers."""
    rows = connection.execute(
        sa.select(SCENARIOS, RECORDS.c.extra)
        .outerjoin(RECORDS, RECORDS.c.scenario_id == SCENARIOS.c.scenario_id)
        .where(SCENARIOS.c.id.in_(numbers), is_custom())
    ).mappings()
    phases: dict[int, list[Any]] = {}
    ordered = sa.select(PHASES).where(PHASES.c.scenario_id.in_(numbers)).order_by(PHASES.c.phase_number)
    for phase in connection.execute(ordered).mappings():
        phases.setdefault(phase["scenario_id"], []).append(phase)
    return list(_readable(rows, phases))


def _readable(rows: Iterable[sa.RowMapping], phases: Mapping[int, list[Any]]) -> Iterator[Stored]:
    """Another program may have stored what no scenario can hold: such a row is left out, and hides no other."""
    for row in rows:
        try:
            scenario = convert.scenario_of(dict(row), phases.get(row["id"], ()), row["extra"])
        except (ValueError, RecursionError):
            logger.warning("Row %s of the scenarios can't be read and is not listed.", row["id"], exc_info=True)
            continue
        yield row["id"], row["created_by"], row["is_public"], scenario


def entry_of(scenario: ConversationScenario, owner_id: int | None, *, is_public: bool) -> CatalogueEntry:
    """The catalogue's entry of a custom scenario. Negative numbers are nobody's: the counts use them themselves."""
    state = "incomplete" if limits.check(scenario.model_dump(mode="json")) else "ready"
    state = state if scenario.is_active else "inactive"
    owner_id = owner_id if isinstance(owner_id, int) and owner_id >= 0 else None
    return CatalogueEntry.of(scenario, Store.CUSTOM, owner_id=owner_id, is_public=is_public, state=state)


def count_again(connection: sa.Connection) -> None:
    """Make the counts from the entries, whatever they were."""
    kinds = [FACETS.c[name] for name in ("is_public", "category", "difficulty", "language", "length", "state")]
    columns = [ENTRIES.c[column.name] for column in kinds]
    number = sa.func.count()
    owner = sa.func.coalesce(ENTRIES.c.owner_id, NO_OWNER)
    own = sa.select(owner, *columns, number).group_by(owner, *columns)
    shared = sa.select(sa.literal(EVERYONE), *columns, number).where(ENTRIES.c.is_public).group_by(*columns)
    connection.execute(sa.delete(FACETS))
    for counted in (own, shared):
        connection.execute(sa.insert(FACETS).from_select([FACETS.c.owner_id, *kinds, FACETS.c.number], counted))


def _line(number: int, owner_id: int | None, scenario: ConversationScenario, *, is_public: bool) -> dict[str, Any]:
    entry = entry_of(scenario, owner_id, is_public=is_public)
    values = {name: getattr(entry, name) for name in _NAMES}
    return {"scenario_pk": number, **values}
