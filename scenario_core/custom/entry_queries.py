"""Reading the catalogue's lines of custom scenarios: a page, its counts, and the best matches of a search.

Every query takes the reader's number and reaches only what that person may read: shared scenarios and their own.

A search with few matches starts from the full-text index. One with many starts from the order that was asked for and
checks line by line, since most lines match; its counts are taken from the newest matches and marked as lower bounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import search
from scenario_core.custom.tables import ENTRIES, FACETS
from scenario_core.listing import CatalogueEntry, CatalogueFilter, Kind, SortKey, sort_field, sort_value
from scenario_core.scenario import Store
from scenario_core.search_text import query_terms

CANDIDATES: Final = 1_000
MANY_HITS: Final = 10_000
EVERYONE: Final = -1
_CHUNK: Final = 250

_FACET_COLUMNS: Final = {
    "categories": "category",
    "difficulties": "difficulty",
    "languages": "language",
    "lengths": "length",
    "states": "state",
}
_ENTRY_COLUMNS: Final = [column for column in ENTRIES.columns if column.name != "scenario_pk"]
Terms = list[list[str]]
Key = tuple[Any, str]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many scenarios there are of each kind and of each owner; `exact` is False where they are lower bounds."""

    kinds: Counter[Kind]
    owners: Counter[int]
    exact: bool = True


@dataclass(frozen=True, slots=True)
class _Order:
    sort: SortKey
    descending: bool = False
    after: Key | None = None


def page(
    connection: sa.Connection,
    reader_id: int,
    wanted: CatalogueFilter,
    *,
    sort: SortKey,
    descending: bool,
    after: Key | None,
    limit: int,
) -> list[CatalogueEntry]:
    """The next entries in order after the key (sort value, scenario id) of the last one seen."""
    return list(islice(_in_order(connection, reader_id, wanted, _Order(sort, descending, after), limit), limit))


def candidates(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter) -> list[CatalogueEntry]:
    """The latest matches of a search, and the latest whose title matches: what relevance is then judged on."""
    latest = _Order(SortKey.UPDATED, descending=True)
    found = list(islice(_in_order(connection, reader_id, wanted, latest, CANDIDATES), CANDIDATES))
    terms = query_terms(wanted.text)
    if terms and len(found) == CANDIDATES and not _many(connection, terms, in_title=True):
        hits = ENTRIES.c.scenario_pk.in_(search.hits(connection, terms, in_title=True))
        conditions = [*_conditions(reader_id, wanted), hits]
        found += _merged(connection, reader_id, wanted, latest, CANDIDATES, conditions)
    return list({entry.scenario_id: entry for entry in found}.values())


def counts(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, *, owners_limit: int) -> Counts:
    """Kinds by text and owners alone, since the facets restrict them afterwards; owners by all but the owners."""
    terms = query_terms(wanted.text)
    if not terms and wanted.text.strip():
        return Counts(Counter(), Counter())
    if not terms and not wanted.owners:
        return Counts(_kinds_at_once(connection, reader_id, wanted), _owners_at_once(connection, wanted, owners_limit))
    many = bool(terms) and _many(connection, terms)
    hits = [_among_hits(connection, terms, MANY_HITS if many else None)] if terms else []
    unfaceted = CatalogueFilter(owners=wanted.owners, visibility=wanted.visibility)
    kinds = _kinds(connection, reader_id, unfaceted, hits)
    without_owners = [*_facet_conditions(reader_id, wanted), *hits]
    return Counts(kinds, _owners(connection, reader_id, wanted, without_owners, owners_limit), exact=not many)


def _in_order(
    connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, order: _Order, limit: int
) -> Iterator[CatalogueEntry]:
    """Matching entries in order, at least `limit` of them where there are as many."""
    terms = query_terms(wanted.text)
    conditions = _conditions(reader_id, wanted)
    if not terms:
        if not wanted.text.strip():
            yield from _merged(connection, reader_id, wanted, order, limit, conditions)
    elif _many(connection, terms):
        yield from _checked_one_by_one(connection, reader_id, wanted, order, terms)
    else:
        hits = _among_hits(connection, terms)
        yield from _merged(connection, reader_id, wanted, order, limit, [*conditions, hits])


def _checked_one_by_one(
    connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, order: _Order, terms: Terms
) -> Iterator[CatalogueEntry]:
    size = _CHUNK
    conditions = _conditions(reader_id, wanted)
    while chunk := _merged(connection, reader_id, wanted, order, size, conditions):
        matching = set(search.among(connection, terms, [entry.scenario_id for entry in chunk]))
        yield from (entry for entry in chunk if entry.scenario_id in matching)
        order = _Order(order.sort, order.descending, sort_value(chunk[-1], order.sort))
        size = min(size * 2, MANY_HITS)


def _merged(
    connection: sa.Connection,
    reader_id: int,
    wanted: CatalogueFilter,
    order: _Order,
    limit: int,
    conditions: Sequence[sa.ColumnElement[bool]],
) -> list[CatalogueEntry]:
    """The first entries of what is shared and of what is the reader's own, as one list in order."""
    column = ENTRIES.c[sort_field(order.sort)]
    key = sa.tuple_(column, ENTRIES.c.scenario_id)
    ordered = [part.desc() if order.descending else part.asc() for part in (column, ENTRIES.c.scenario_id)]
    streams = []
    for reach in _reach(reader_id, wanted):
        query = sa.select(*_ENTRY_COLUMNS).where(reach, *conditions).order_by(*ordered).limit(limit)
        if order.after is not None:
            value, scenario_id = order.after
            bound = sa.tuple_(sa.literal(value, column.type), sa.literal(scenario_id, ENTRIES.c.scenario_id.type))
            query = query.where(key < bound if order.descending else key > bound)
        streams.append([_entry(row) for row in connection.execute(query).mappings()])
    both = merge(*streams, key=lambda entry: sort_value(entry, order.sort), reverse=order.descending)
    return list(islice(both, limit))


def _kinds_at_once(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter) -> Counter[Kind]:
    """From the counts that the database keeps: what is shared by anyone, less what of it is the reader's."""
    columns = [FACETS.c[name] for name in _FACET_COLUMNS.values()]
    query = sa.select(FACETS.c.owner_id, FACETS.c.is_public, FACETS.c.number, *columns).where(
        FACETS.c.owner_id.in_([EVERYONE, reader_id]), FACETS.c.number > 0
    )
    kinds: Counter[Kind] = Counter()
    for owner, is_public, number, *kind in connection.execute(query):
        if wanted.visibility != "any" and is_public != (wanted.visibility == "shared"):
            continue
        if owner == EVERYONE:
            kinds[Kind("shared", *kind)] += number
        else:
            kinds[Kind("mine", *kind)] += number
            if is_public:
                kinds[Kind("shared", *kind)] -= number
    return kinds


def _owners_at_once(connection: sa.Connection, wanted: CatalogueFilter, limit: int) -> Counter[int]:
    number = sa.func.sum(FACETS.c.number)
    conditions = [
        FACETS.c[column].in_(sorted(values))
        for name, column in _FACET_COLUMNS.items()
        if (values := getattr(wanted, name))
    ]
    query = (
        sa.select(FACETS.c.owner_id, number)
        .where(FACETS.c.is_public == sa.true(), FACETS.c.owner_id >= 0, FACETS.c.number > 0, *conditions)
        .group_by(FACETS.c.owner_id)
        .order_by(number.desc())
        .limit(limit)
    )
    return Counter({owner: int(total) for owner, total in connection.execute(query)})


def _kinds(
    connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, more: Sequence[sa.ColumnElement[bool]]
) -> Counter[Kind]:
    columns = [_is_own(reader_id), *(ENTRIES.c[name] for name in _FACET_COLUMNS.values())]
    kinds: Counter[Kind] = Counter()
    for reach in _reach(reader_id, wanted):
        query = sa.select(*columns, sa.func.count()).where(reach, *_conditions(reader_id, wanted), *more)
        for own, *kind, number in connection.execute(query.group_by(*columns)):
            kinds[Kind("mine" if own else "shared", *kind)] += number
    return kinds


def _owners(
    connection: sa.Connection,
    reader_id: int,
    wanted: CatalogueFilter,
    conditions: Sequence[sa.ColumnElement[bool]],
    limit: int,
) -> Counter[int]:
    number = sa.func.count()
    owners: Counter[int] = Counter()
    for reach in _reach(reader_id, wanted):
        query = sa.select(ENTRIES.c.owner_id, number).where(reach, *conditions, ENTRIES.c.owner_id.is_not(None))
        for owner, total in connection.execute(query.group_by(ENTRIES.c.owner_id).order_by(number.desc()).limit(limit)):
            owners[owner] += total
    return owners


def _many(connection: sa.Connection, terms: Terms, *, in_title: bool = False) -> bool:
    first = search.hits(connection, terms, in_title=in_title).limit(MANY_HITS + 1).subquery()
    return (connection.scalar(sa.select(sa.func.count()).select_from(first)) or 0) > MANY_HITS


def _among_hits(connection: sa.Connection, terms: Terms, newest: int | None = None) -> sa.ColumnElement[bool]:
    return ENTRIES.c.scenario_pk.in_(search.hits(connection, terms, newest=newest))


def _reach(reader_id: int, wanted: CatalogueFilter) -> tuple[sa.ColumnElement[bool], ...]:
    """Shared scenarios, and the reader's own private ones: two disjoint sets that an index serves each."""
    shared = ENTRIES.c.is_public == sa.true()
    own = sa.and_(ENTRIES.c.owner_id == reader_id, ENTRIES.c.is_public == sa.false())
    return {"any": (shared, own), "shared": (shared,), "private": (own,)}[wanted.visibility]


def _is_own(reader_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(ENTRIES.c.owner_id.is_not(None), ENTRIES.c.owner_id == reader_id)


def _conditions(reader_id: int, wanted: CatalogueFilter) -> list[sa.ColumnElement[bool]]:
    conditions = _facet_conditions(reader_id, wanted)
    if wanted.owners:
        conditions.append(ENTRIES.c.owner_id.in_(sorted(wanted.owners)))
    return conditions


def _facet_conditions(reader_id: int, wanted: CatalogueFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [
        ENTRIES.c[column].in_(sorted(values))
        for name, column in _FACET_COLUMNS.items()
        if (values := getattr(wanted, name))
    ]
    custom_stores = wanted.stores - {Store.PRODUCTION.value}
    if wanted.stores and not custom_stores:
        conditions.append(sa.false())
    elif custom_stores == {"mine"}:
        conditions.append(_is_own(reader_id))
    elif custom_stores == {"shared"}:
        conditions.append(~_is_own(reader_id))
    return conditions


def _entry(row: sa.RowMapping) -> CatalogueEntry:
    values: dict[str, Any] = dict(row)
    return CatalogueEntry(store=Store.CUSTOM, **values)
