"""Reading the catalogue's lines of custom scenarios: a page, its counts, and the best matches of a search.

Every query takes the reader's number and reaches only what that person may read: shared scenarios and their own.

A search with few matches starts from the full-text index. One with many starts from the order that was asked for and
checks line by line, since most lines match; its counts are taken from the newest matches and marked as lower bounds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import search
from scenario_core.custom.tables import ENTRIES, EVERYONE, FACETS, RECORDS, TAGS
from scenario_core.listing import CatalogueEntry, CatalogueFilter, Kind, SortKey, accepts, sort_field, sort_value
from scenario_core.scenario import Store
from scenario_core.search_text import query_terms

CANDIDATES: Final = 250
MANY_HITS: Final = 5_000
MOST_NAMED: Final = 500
_CHUNK: Final = 250

_FACET_COLUMNS: Final = {
    "categories": "category",
    "difficulties": "difficulty",
    "languages": "language",
    "lengths": "length",
    "states": "state",
}
_ENTRY_COLUMNS: Final = [column.name for column in ENTRIES.columns if column.name != "scenario_pk"]
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
    offset: int = 0


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


def page_at(
    connection: sa.Connection,
    reader_id: int,
    wanted: CatalogueFilter,
    *,
    sort: SortKey,
    descending: bool,
    offset: int,
    limit: int,
) -> list[CatalogueEntry]:
    """The entries from the place `offset` on, counted from 0."""
    terms = query_terms(wanted.text)
    if not terms and wanted.text.strip():
        return []
    order = _Order(sort, descending, offset=offset)
    hits = search.hits(connection, terms) if terms else None
    numbers = _few(connection, hits) if hits is not None else None
    if hits is None or numbers is not None:
        return _stretch(connection, reader_id, wanted, order, limit, numbers)
    if offset + limit <= _CHUNK:
        found = _checked_in_order(connection, reader_id, wanted, order, terms, offset + limit)
        return list(islice(found, offset, offset + limit))
    return _stretch(connection, reader_id, wanted, order, limit, hits=hits)


def listed(connection: sa.Connection, reader_id: int, scenario_ids: Sequence[str]) -> list[CatalogueEntry]:
    """The entries of those of these scenarios that the reader may read."""
    readable = sa.or_(*_reach(ENTRIES, reader_id, CatalogueFilter()))
    found: list[CatalogueEntry] = []
    for start in range(0, len(scenario_ids), MOST_NAMED):
        query = sa.select(*(ENTRIES.c[name] for name in _ENTRY_COLUMNS)).where(
            readable, ENTRIES.c.scenario_id.in_(scenario_ids[start : start + MOST_NAMED])
        )
        found += map(_entry, connection.execute(query).mappings())
    return found


def copies(connection: sa.Connection, reader_id: int, origin_id: str, limit: int) -> list[CatalogueEntry]:
    """The copies of a scenario that the reader may read, the latest change first."""
    made = sa.select(RECORDS.c.scenario_id).where(RECORDS.c.origin_id == origin_id)
    query = (
        sa.select(*(ENTRIES.c[name] for name in _ENTRY_COLUMNS))
        .where(ENTRIES.c.scenario_id.in_(made), sa.or_(*_reach(ENTRIES, reader_id, CatalogueFilter())))
        .order_by(ENTRIES.c.updated_us.desc(), ENTRIES.c.scenario_id)
        .limit(limit)
    )
    return [_entry(row) for row in connection.execute(query).mappings()]


def candidates(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter) -> list[CatalogueEntry]:
    """The latest matches of a search, and the latest whose title matches: what relevance is then judged on."""
    terms = query_terms(wanted.text)
    if not terms:
        return []
    latest = _Order(SortKey.UPDATED, descending=True)
    everywhere, in_title = search.hits(connection, terms), search.hits(connection, terms, in_title=True)
    numbers = _few(connection, everywhere)
    newest = _newest(connection, everywhere) if numbers is None else numbers
    found = _merged(connection, reader_id, wanted, latest, CANDIDATES, newest)
    if numbers is None and len(found) < CANDIDATES:
        # Most of the newest are not the reader's to see, or not of the wanted kind: look through all.
        found = list(islice(_checked_in_order(connection, reader_id, wanted, latest, terms, CANDIDATES), CANDIDATES))
    if len(found) == CANDIDATES:
        titles = _few(connection, in_title)
        titles = _newest(connection, in_title) if titles is None else titles
        found += _merged(connection, reader_id, wanted, latest, CANDIDATES, titles)
    return list({entry.scenario_id: entry for entry in found}.values())


def counts(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, *, owners_limit: int) -> Counts:
    """Kinds by text and owners alone, since the facets restrict them afterwards; owners by all but the owners."""
    terms = query_terms(wanted.text)
    if not terms and wanted.text.strip():
        return Counts(Counter(), Counter())
    if not terms and not wanted.owners and not wanted.tags:
        return Counts(
            _kinds_at_once(connection, reader_id, wanted), _owners_at_once(connection, reader_id, wanted, owners_limit)
        )
    hits = search.hits(connection, terms) if terms else None
    numbers = _few(connection, hits) if hits is not None else None
    exact = hits is None or numbers is not None
    if hits is not None and numbers is None:
        # Many hits, of which the reader may be allowed to see only few.
        hits = search.of_entries(connection, hits, sa.or_(*_reach(ENTRIES, reader_id, wanted)))
        numbers = _few(connection, hits)
        exact = numbers is not None
        numbers = _newest(connection, hits) if numbers is None else numbers
    return _counted(connection, reader_id, wanted, numbers, owners_limit, exact=exact)


def _in_order(
    connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, order: _Order, limit: int
) -> Iterator[CatalogueEntry]:
    """Matching entries in order, at least `limit` of them where there are as many."""
    terms = query_terms(wanted.text)
    if not terms and wanted.text.strip():
        return
    numbers = _few(connection, search.hits(connection, terms)) if terms else None
    if terms and numbers is None:
        yield from _checked_in_order(connection, reader_id, wanted, order, terms, limit)
    else:
        yield from _merged(connection, reader_id, wanted, order, limit, numbers)


def _checked_in_order(
    connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, order: _Order, terms: Terms, limit: int
) -> Iterator[CatalogueEntry]:
    """The first lines are checked one by one; where too few of them match, the index has to name all that do."""
    chunk = _merged(connection, reader_id, wanted, order, _CHUNK)
    matching = set(search.among(connection, terms, [entry.scenario_id for entry in chunk]))
    yield from (entry for entry in chunk if entry.scenario_id in matching)
    if len(chunk) == _CHUNK:
        rest = _Order(order.sort, order.descending, sort_value(chunk[-1], order.sort))
        yield from _merged(connection, reader_id, wanted, rest, limit, hits=search.hits(connection, terms))


def _merged(
    connection: sa.Connection,
    reader_id: int,
    wanted: CatalogueFilter,
    order: _Order,
    limit: int,
    numbers: Sequence[int] | None = None,
    hits: sa.Select[int] | None = None,
) -> list[CatalogueEntry]:
    """The first entries of what is shared and of what is the reader's own, as one list in order.

    `numbers` are the row numbers to choose from, `hits` a query for them; all if both are None.
    """
    lines = _lines(connection, numbers)
    column = lines.c[sort_field(order.sort)]
    key = sa.tuple_(column, lines.c.scenario_id)
    streams = []
    for unordered in _selects(lines, reader_id, wanted, numbers, hits):
        query = unordered.order_by(*_ordering(lines, order)).limit(limit)
        if order.after is not None:
            value, scenario_id = order.after
            bound = sa.tuple_(sa.literal(value, column.type), sa.literal(scenario_id, lines.c.scenario_id.type))
            query = query.where(key < bound if order.descending else key > bound)
        streams.append([_entry(row) for row in connection.execute(query).mappings()])
    both = merge(*streams, key=lambda entry: sort_value(entry, order.sort), reverse=order.descending)
    return list(islice(both, limit))


def _stretch(
    connection: sa.Connection,
    reader_id: int,
    wanted: CatalogueFilter,
    order: _Order,
    limit: int,
    numbers: Sequence[int] | None = None,
    hits: sa.Select[int] | None = None,
) -> list[CatalogueEntry]:
    """The entries from a place on: the database walks over bare keys, which an index holds, to those of the place."""
    lines = _lines(connection, numbers)
    keys = [*_ordering_names(order), "scenario_pk"]
    streams = _selects(lines, reader_id, wanted, numbers, hits, keys)
    together = streams[0] if len(streams) == 1 else sa.union_all(*streams)
    place = together.order_by(*_ordering(together.selected_columns, order)).limit(limit).offset(order.offset).subquery()
    query = (
        sa.select(*(ENTRIES.c[name] for name in _ENTRY_COLUMNS))
        .join(place, place.c.scenario_pk == ENTRIES.c.scenario_pk)
        .order_by(*_ordering(ENTRIES, order))
    )
    return [_entry(row) for row in connection.execute(query).mappings()]


def _selects(
    lines: sa.FromClause,
    reader_id: int,
    wanted: CatalogueFilter,
    numbers: Sequence[int] | None,
    hits: sa.Select[int] | None,
    names: Sequence[str] = _ENTRY_COLUMNS,
) -> list[sa.Select[Any]]:
    """The lines that pass, in as many queries as there are indexes to serve them in order."""
    reaches = _reach(lines, reader_id, wanted)
    columns = [lines.c[name] for name in names]
    conditions = _conditions(lines, reader_id, wanted)
    if hits is not None:
        conditions.append(lines.c.scenario_pk.in_(hits))
    parts = reaches if numbers is None else (sa.or_(*reaches),)
    return [sa.select(*columns).where(reach, *conditions) for reach in parts]


def _ordering_names(order: _Order) -> tuple[str, str]:
    return sort_field(order.sort), "scenario_id"


def _ordering(columns: Any, order: _Order) -> list[sa.ColumnElement[Any]]:
    names = _ordering_names(order)
    found = columns.c if isinstance(columns, sa.FromClause) else columns
    return [found[name].desc() if order.descending else found[name].asc() for name in names]


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


def _owners_at_once(connection: sa.Connection, reader_id: int, wanted: CatalogueFilter, limit: int) -> Counter[int]:
    number = sa.func.sum(FACETS.c.number)
    readable = sa.or_(*_reach(FACETS, reader_id, wanted))
    query = (
        sa.select(FACETS.c.owner_id, number)
        .where(readable, FACETS.c.owner_id >= 0, FACETS.c.number > 0, *_conditions(FACETS, reader_id, wanted))
        .group_by(FACETS.c.owner_id)
        .order_by(number.desc())
        .limit(limit)
    )
    return Counter({owner: int(total) for owner, total in connection.execute(query)})


def _counted(
    connection: sa.Connection,
    reader_id: int,
    wanted: CatalogueFilter,
    numbers: Sequence[int] | None,
    owners_limit: int,
    *,
    exact: bool,
) -> Counts:
    """One pass over the entries with these row numbers, all if None."""
    lines = _lines(connection, numbers)
    columns = [lines.c.owner_id, *(lines.c[name] for name in _FACET_COLUMNS.values())]
    reached = CatalogueFilter(visibility=wanted.visibility, tags=wanted.tags)
    readable = sa.or_(*_reach(lines, reader_id, wanted))
    query = sa.select(*columns, sa.func.count()).where(readable, *_conditions(lines, reader_id, reached))
    kinds: Counter[Kind] = Counter()
    owners: Counter[int] = Counter()
    for owner, *values, number in connection.execute(query.group_by(*columns)):
        kind = Kind("mine" if owner == reader_id else "shared", *values)
        if not wanted.owners or owner in wanted.owners:
            kinds[kind] += number
        if owner is not None and accepts(wanted, kind):
            owners[owner] += number
    return Counts(kinds, Counter(dict(owners.most_common(owners_limit))), exact)


def _few(connection: sa.Connection, hits: sa.Select[int]) -> Sequence[int] | None:
    """The row numbers of all hits, or None where there are many."""
    numbers = connection.scalars(hits.limit(MANY_HITS + 1)).all()
    return numbers if len(numbers) <= MANY_HITS else None


def _newest(connection: sa.Connection, hits: sa.Select[int]) -> Sequence[int]:
    """The row numbers of the hits that were added last."""
    return connection.scalars(search.newest(connection, hits, MANY_HITS)).all()


def _lines(connection: sa.Connection, numbers: Sequence[int] | None) -> sa.FromClause:
    """The entries with these row numbers, all if None.

    SQLite would rather walk the whole of an index than look up a few rows, unless a limit keeps the two apart.
    """
    if numbers is None:
        return ENTRIES
    if connection.dialect.name == "postgresql":
        wanted = sa.any_(sa.literal(list(numbers), sa.ARRAY(sa.Integer)))
        return sa.select(ENTRIES).where(ENTRIES.c.scenario_pk == wanted).subquery()
    listed = sa.func.json_each(json.dumps(list(numbers))).table_valued("value")
    return sa.select(ENTRIES).where(ENTRIES.c.scenario_pk.in_(sa.select(listed.c.value))).limit(-1).subquery()


def _reach(lines: sa.FromClause, reader_id: int, wanted: CatalogueFilter) -> tuple[sa.ColumnElement[bool], ...]:
    """Shared scenarios, and the reader's own private ones: two disjoint sets that an index serves each."""
    shared = lines.c.is_public == sa.true()
    own = sa.and_(lines.c.owner_id == reader_id, lines.c.is_public == sa.false())
    return {"any": (shared, own), "shared": (shared,), "private": (own,)}[wanted.visibility]


def _conditions(lines: sa.FromClause, reader_id: int, wanted: CatalogueFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [
        lines.c[column].in_(sorted(values))
        for name, column in _FACET_COLUMNS.items()
        if (values := getattr(wanted, name))
    ]
    if wanted.owners:
        conditions.append(lines.c.owner_id.in_(sorted(wanted.owners)))
    if wanted.tags:
        tagged = sa.select(TAGS.c.scenario_id).where(TAGS.c.tag.in_(sorted(wanted.tags)))
        conditions.append(lines.c.scenario_id.in_(tagged))
    own = sa.func.coalesce(lines.c.owner_id, EVERYONE) == reader_id
    custom_stores = wanted.stores - {Store.PRODUCTION.value}
    if wanted.stores and not custom_stores:
        conditions.append(sa.false())
    elif custom_stores == {"mine"}:
        conditions.append(own)
    elif custom_stores == {"shared"}:
        conditions.append(~own)
    return conditions


def _entry(row: sa.RowMapping) -> CatalogueEntry:
    values: dict[str, Any] = dict(row)
    return CatalogueEntry(store=Store.CUSTOM, **values)
