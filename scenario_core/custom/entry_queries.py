"""Reading the catalogue's lines of custom scenarios: a page, its counts, and the best matches of a search.

Every query takes the reader's number and reaches only what that person may read: shared scenarios and their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import merge
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from scenario_core.custom import search
from scenario_core.custom.tables import ENTRIES
from scenario_core.listing import CatalogueEntry, CatalogueFilter, SortKey
from scenario_core.scenario import Store
from scenario_core.search_text import query_terms

CANDIDATES: Final = 1_000

SORT_COLUMNS: Final = {
    SortKey.TITLE: ENTRIES.c.title_key,
    SortKey.UPDATED: ENTRIES.c.updated_us,
    SortKey.CREATED: ENTRIES.c.created_us,
    SortKey.DURATION: ENTRIES.c.duration_minutes,
}
_FACET_COLUMNS: Final = {
    "categories": ENTRIES.c.category,
    "difficulties": ENTRIES.c.difficulty,
    "languages": ENTRIES.c.language,
    "lengths": ENTRIES.c.length,
    "states": ENTRIES.c.state,
}
_ENTRY_COLUMNS: Final = [column for column in ENTRIES.columns if column.name != "scenario_pk"]


class Kind(NamedTuple):
    """What the facets of custom scenarios tell apart."""

    category: str
    difficulty: str
    language: str
    length: str
    state: str
    is_public: bool


def page(
    connection: sa.Connection,
    reader_id: int,
    wanted: CatalogueFilter,
    *,
    sort: SortKey,
    descending: bool,
    after: tuple[Any, str] | None,
    limit: int,
) -> list[CatalogueEntry]:
    """The next entries in order after the key (sort value, scenario id) of the last one seen."""
    column = SORT_COLUMNS[sort]
    key = sa.tuple_(column, ENTRIES.c.scenario_id)
    streams = []
    for reach in _reach(reader_id, wanted):
        query = sa.select(*_ENTRY_COLUMNS).where(reach, *_conditions(connection, wanted))
        if after is not None:
            bound = sa.tuple_(sa.literal(after[0], column.type), sa.literal(after[1], ENTRIES.c.scenario_id.type))
            query = query.where(key < bound if descending else key > bound)
        ordered = [part.desc() if descending else part.asc() for part in (column, ENTRIES.c.scenario_id)]
        streams.append([_entry(row) for row in connection.execute(query.order_by(*ordered).limit(limit)).mappings()])
    return list(merge(*streams, key=lambda entry: sort_value(entry, sort), reverse=descending))[:limit]


def sort_value(entry: CatalogueEntry, sort: SortKey) -> tuple[Any, str]:
    """What an entry is ordered by."""
    return getattr(entry, SORT_COLUMNS[sort].key), entry.scenario_id


def candidates(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter) -> list[CatalogueEntry]:
    """The newest matches of a search, and the newest whose title matches: what relevance is then judged on."""
    terms = query_terms(wanted.text)
    found: dict[str, CatalogueEntry] = {}
    for in_title in (True, False):
        numbers = search.hits(connection, terms, in_title=in_title)
        for reach in _reach(reader_id, wanted):
            query = (
                sa.select(*_ENTRY_COLUMNS)
                .where(reach, ENTRIES.c.scenario_pk.in_(numbers), *_facet_conditions(wanted))
                .order_by(ENTRIES.c.scenario_pk.desc())
                .limit(CANDIDATES)
            )
            for row in connection.execute(query).mappings():
                found.setdefault(row["scenario_id"], _entry(row))
    return list(found.values())


def kinds(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter) -> Counter[Kind]:
    """How many scenarios there are of each kind, by text and owners alone: the facets restrict it afterwards."""
    unfaceted = CatalogueFilter(text=wanted.text, owners=wanted.owners, visibility=wanted.visibility)
    columns = [*_FACET_COLUMNS.values(), ENTRIES.c.is_public]
    counts: Counter[Kind] = Counter()
    for reach in _reach(reader_id, wanted):
        query = sa.select(*columns, sa.func.count()).where(reach, *_conditions(connection, unfaceted))
        for *kind, count in connection.execute(query.group_by(*columns)):
            counts[Kind(*kind)] += count
    return counts


def owners(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, *, limit: int) -> list[tuple[int, int]]:
    """(owner, how many) for the owners with the most scenarios under every part of the filter but the owners."""
    count = sa.func.count()
    counts: Counter[int] = Counter()
    for reach in _reach(reader_id, wanted):
        text = _text_condition(connection, wanted)
        query = sa.select(ENTRIES.c.owner_id, count).where(reach, *text, *_facet_conditions(wanted))
        ordered = query.group_by(ENTRIES.c.owner_id).order_by(count.desc()).limit(limit)
        counts.update({owner: number for owner, number in connection.execute(ordered) if owner is not None})
    return counts.most_common(limit)


def _reach(reader_id: int, wanted: CatalogueFilter) -> tuple[sa.ColumnElement[bool], ...]:
    """Shared scenarios, and the reader's own private ones: two disjoint sets that an index serves each."""
    shared = ENTRIES.c.is_public == sa.true()
    own = sa.and_(ENTRIES.c.owner_id == reader_id, ENTRIES.c.is_public == sa.false())
    return {"any": (shared, own), "shared": (shared,), "private": (own,)}[wanted.visibility]


def _conditions(connection: sa.Connection, wanted: CatalogueFilter) -> list[sa.ColumnElement[bool]]:
    conditions = [*_text_condition(connection, wanted), *_facet_conditions(wanted)]
    if wanted.owners:
        conditions.append(ENTRIES.c.owner_id.in_(sorted(wanted.owners)))
    return conditions


def _facet_conditions(wanted: CatalogueFilter) -> list[sa.ColumnElement[bool]]:
    return [column.in_(sorted(values)) for name, column in _FACET_COLUMNS.items() if (values := getattr(wanted, name))]


def _text_condition(connection: sa.Connection, wanted: CatalogueFilter) -> list[sa.ColumnElement[bool]]:
    terms = query_terms(wanted.text)
    if not terms:
        return [sa.false()] if wanted.text.strip() else []
    return [ENTRIES.c.scenario_pk.in_(search.hits(connection, terms))]


def _entry(row: sa.RowMapping) -> CatalogueEntry:
    values: dict[str, Any] = dict(row)
    values["is_public"] = bool(values["is_public"])
    return CatalogueEntry(store=Store.CUSTOM, **values)


def entries_by_id(connection: sa.Connection, reader_id: int, ids: Sequence[str]) -> list[CatalogueEntry]:
    """The entries with these ids, those that the reader may read."""
    query = sa.select(*_ENTRY_COLUMNS).where(
        sa.or_(*_reach(reader_id, CatalogueFilter())), ENTRIES.c.scenario_id.in_(ids)
    )
    return [_entry(row) for row in connection.execute(query).mappings()]
