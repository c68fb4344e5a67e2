"""Reading the catalogue's lines of custom scenarios: a page, its counts, and the best matches of a search.

Every query takes the reader's number and reaches only what that person may read: shared scenarios and their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import merge
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import search
from scenario_core.custom.tables import ENTRIES
from scenario_core.listing import CatalogueEntry, CatalogueFilter, Kind, SortKey, sort_field, sort_value
from scenario_core.scenario import Store
from scenario_core.search_text import query_terms

CANDIDATES: Final = 1_000

_FACET_COLUMNS: Final = {
    "categories": ENTRIES.c.category,
    "difficulties": ENTRIES.c.difficulty,
    "languages": ENTRIES.c.language,
    "lengths": ENTRIES.c.length,
    "states": ENTRIES.c.state,
}
_ENTRY_COLUMNS: Final = [column for column in ENTRIES.columns if column.name != "scenario_pk"]


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
    column = ENTRIES.c[sort_field(sort)]
    key = sa.tuple_(column, ENTRIES.c.scenario_id)
    streams = []
    for reach in _reach(reader_id, wanted):
        query = sa.select(*_ENTRY_COLUMNS).where(reach, *_conditions(connection, reader_id, wanted))
        if after is not None:
            bound = sa.tuple_(sa.literal(after[0], column.type), sa.literal(after[1], ENTRIES.c.scenario_id.type))
            query = query.where(key < bound if descending else key > bound)
        ordered = [part.desc() if descending else part.asc() for part in (column, ENTRIES.c.scenario_id)]
        streams.append([_entry(row) for row in connection.execute(query.order_by(*ordered).limit(limit)).mappings()])
    return list(merge(*streams, key=lambda entry: sort_value(entry, sort), reverse=descending))[:limit]


def candidates(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter) -> list[CatalogueEntry]:
    """The newest matches of a search, and the newest whose title matches: what relevance is then judged on."""
    terms = query_terms(wanted.text)
    found: dict[str, CatalogueEntry] = {}
    for in_title in (True, False):
        numbers = search.hits(connection, terms, in_title=in_title)
        for reach in _reach(reader_id, wanted):
            query = (
                sa.select(*_ENTRY_COLUMNS)
                .where(reach, ENTRIES.c.scenario_pk.in_(numbers), *_facet_conditions(reader_id, wanted))
                .order_by(ENTRIES.c.scenario_pk.desc())
                .limit(CANDIDATES)
            )
            for row in connection.execute(query).mappings():
                found.setdefault(row["scenario_id"], _entry(row))
    return list(found.values())


def kinds(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter) -> Counter[Kind]:
    """How many scenarios there are of each kind, by text and owners alone: the facets restrict it afterwards."""
    unfaceted = CatalogueFilter(text=wanted.text, owners=wanted.owners, visibility=wanted.visibility)
    columns = [_is_own(reader_id), *_FACET_COLUMNS.values()]
    counts: Counter[Kind] = Counter()
    for reach in _reach(reader_id, wanted):
        query = sa.select(*columns, sa.func.count()).where(reach, *_conditions(connection, reader_id, unfaceted))
        for own, *kind, count in connection.execute(query.group_by(*columns)):
            counts[Kind("mine" if own else "shared", *kind)] += count
    return counts


def owners(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, *, limit: int) -> list[tuple[int, int]]:
    """(owner, how many) for the owners with the most scenarios under every part of the filter but the owners."""
    count = sa.func.count()
    counts: Counter[int] = Counter()
    for reach in _reach(reader_id, wanted):
        text = _text_condition(connection, wanted)
        query = sa.select(ENTRIES.c.owner_id, count).where(reach, *text, *_facet_conditions(reader_id, wanted))
        ordered = query.group_by(ENTRIES.c.owner_id).order_by(count.desc()).limit(limit)
        counts.update({owner: number for owner, number in connection.execute(ordered) if owner is not None})
    return counts.most_common(limit)


def _reach(reader_id: int, wanted: CatalogueFilter) -> tuple[sa.ColumnElement[bool], ...]:
    """Shared scenarios, and the reader's own private ones: two disjoint sets that an index serves each."""
    shared = ENTRIES.c.is_public == sa.true()
    own = sa.and_(ENTRIES.c.owner_id == reader_id, ENTRIES.c.is_public == sa.false())
    return {"any": (shared, own), "shared": (shared,), "private": (own,)}[wanted.visibility]


def _is_own(reader_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(ENTRIES.c.owner_id.is_not(None), ENTRIES.c.owner_id == reader_id)


def _conditions(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter) -> list[sa.ColumnElement[bool]]:
    conditions = [*_text_condition(connection, wanted), *_facet_conditions(reader_id, wanted)]
    if wanted.owners:
        conditions.append(ENTRIES.c.owner_id.in_(sorted(wanted.owners)))
    return conditions


def _facet_conditions(reader_id: int, wanted: CatalogueFilter) -> list[sa.ColumnElement[bool]]:
    conditions = [
        column.in_(sorted(values)) for name, column in _FACET_COLUMNS.items() if (values := getattr(wanted, name))
    ]
    custom_stores = wanted.stores - {Store.PRODUCTION.value}
    if wanted.stores and not custom_stores:
        conditions.append(sa.false())
    elif custom_stores == {"mine"}:
        conditions.append(_is_own(reader_id))
    elif custom_stores == {"shared"}:
        conditions.append(~_is_own(reader_id))
    return conditions


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
