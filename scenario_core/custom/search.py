"""The full-text index over custom scenarios: FTS5 on SQLite, a `tsvector` on PostgreSQL.

Both hold text that `search_text.fold` has already cut into tokens, so that both find the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

SEARCH: Final = sa.table("scenario_desk_search", sa.column("rowid"), sa.column("scenario_pk"), sa.column("document"))
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


def hits(connection: sa.Connection, terms: Sequence[list[str]], *, in_title: bool = False) -> sa.Select[tuple[int]]:
    """A query for the row numbers of all scenarios that hold every term, optionally in the title."""
    if connection.dialect.name == "sqlite":
        expression = " AND ".join(f'"{" ".join(term)}"*' for term in terms)
        column = "title : " if in_title else ""
        found = sa.text("scenario_desk_search MATCH :expression").bindparams(expression=f"{column}({expression})")
        return sa.select(SEARCH.c.rowid).where(found)
    label = "A" if in_title else ""
    expression = " & ".join(_tsquery(term, label) for term in terms)
    found = sa.text("document @@ CAST(:expression AS tsquery)").bindparams(expression=expression)
    return sa.select(SEARCH.c.scenario_pk).where(found)


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
