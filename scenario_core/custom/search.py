"""The full-text index over custom scenarios: FTS5 on SQLite, a `tsvector` on PostgreSQL.

Both hold text that `search_text.fold` has already cut into tokens, so that both find the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from scenario_core.custom.tables import ENTRIES
from scenario_core.search_text import matches

SEARCH: Final = sa.table(
    "scenario_desk_search",
    *(sa.column(name, sa.Integer) for name in ("rowid", "scenario_pk")),
    *(sa.column(name, sa.Text) for name in ("title", "body")),
)
_LAST_POSITION: Final = 16_383
_LONGEST_TOKEN: Final = 255

Document = tuple[int, str, str]


def add(connection: sa.Connection, documents: Iterable[Document]) -> None:
    """Index (row number, folded title, folded rest)."""
    if connection.dialect.name == "sqlite":
        rows = [{"rowid": number, "title": title, "body": body} for number, title, body in documents]
        statement = "INSERT INTO scenario_desk_search (rowid, title, body) VALUES (:rowid, :title, :body)"
    else:
        rows = [{"rowid": number, "document": _tsvector(title, body)} for number, title, body in documents]
        statement = (
            "INSERT INTO scenario_desk_search (scenario_pk, document) VALUES (:rowid, CAST(:document AS tsvector))"
        )
    connection.execute(sa.text(statement), rows)


def remove(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Take these row numbers out of the index."""
    key = _key(connection)
    connection.execute(sa.delete(SEARCH).where(key.in_(numbers)))


def hits(connection: sa.Connection, terms: Sequence[list[str]], *, in_title: bool = False) -> sa.Select[int]:
    """A query for the row numbers of the scenarios that hold every term, anywhere or in the title."""
    return sa.select(_key(connection)).where(_matching(connection, terms, in_title=in_title))


def of_entries(connection: sa.Connection, found: sa.Select[int], condition: sa.ColumnElement[bool]) -> sa.Select[int]:
    """Those of the hits whose entries meet a condition."""
    return found.join(ENTRIES, ENTRIES.c.scenario_pk == _key(connection)).where(condition)


def newest(connection: sa.Connection, found: sa.Select[int], limit: int) -> sa.Select[int]:
    """The hits that were added last."""
    return found.order_by(_key(connection).desc()).limit(limit)


def among(connection: sa.Connection, terms: Sequence[list[str]], scenario_ids: Sequence[str]) -> list[str]:
    """Those of the scenario ids whose scenarios hold every term."""
    numbers = sa.select(ENTRIES.c.scenario_id, ENTRIES.c.scenario_pk).where(ENTRIES.c.scenario_id.in_(scenario_ids))
    if connection.dialect.name == "postgresql":
        joined = numbers.join(SEARCH, SEARCH.c.scenario_pk == ENTRIES.c.scenario_pk)
        return list(connection.scalars(joined.where(_matching(connection, terms))))
    texts = sa.select(ENTRIES.c.scenario_id, SEARCH.c.title, SEARCH.c.body).join(
        SEARCH, SEARCH.c.rowid == ENTRIES.c.scenario_pk
    )
    rows = connection.execute(texts.where(ENTRIES.c.scenario_id.in_(scenario_ids)))
    return [scenario_id for scenario_id, title, body in rows if matches(terms, f"{title} {body}")]


def _matching(connection: sa.Connection, terms: Sequence[list[str]], *, in_title: bool = False) -> sa.TextClause:
    if connection.dialect.name == "sqlite":
        expression = " AND ".join(f'"{" ".join(term)}"*' for term in terms)
        found = sa.text("scenario_desk_search MATCH :expression")
        return found.bindparams(expression=f"{'title : ' if in_title else ''}({expression})")
    expression = " & ".join(_tsquery(term, "A" if in_title else "") for term in terms)
    return sa.text("document @@ CAST(:expression AS tsquery)").bindparams(expression=expression)


def _key(connection: sa.Connection) -> sa.ColumnClause[int]:
    return SEARCH.c.rowid if connection.dialect.name == "sqlite" else SEARCH.c.scenario_pk


def _tsvector(title: str, body: str) -> str:
    """The vector as a literal with positions, which no text-search configuration or locale can read differently."""
    tokens = [(token, "A") for token in title.split()] + [(token, "") for token in body.split()]
    return " ".join(
        f"'{token[:_LONGEST_TOKEN]}':{min(position, _LAST_POSITION)}{label}"
        for position, (token, label) in enumerate(tokens, start=1)
    )


def _tsquery(term: Sequence[str], label: str) -> str:
    *whole, last = (token[:_LONGEST_TOKEN] for token in term)
    parts = [f"'{token}'" + (f":{label}" if label else "") for token in whole]
    return "(" + " <-> ".join([*parts, f"'{last}':*{label}"]) + ")"
