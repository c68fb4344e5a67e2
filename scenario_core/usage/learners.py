"""Pseudonyms: a learner is known by 16 hexadecimal digits, from which nobody can tell who it is without the key."""

from __future__ import annotations

import hashlib
from typing import Final

import sqlalchemy as sa

from scenario_core.custom.usage_tables import USAGE_STATE

DIGITS: Final = 16
PATTERN: Final = f"[0-9a-f]{{{DIGITS}}}"


def pseudonym_key(connection: sa.Connection) -> str:
    """This database's own key; it never leaves the database."""
    key: str = connection.execute(sa.select(USAGE_STATE.c.pseudonym_key)).scalar_one()
    return key


def pseudonym(key: str, user: str | int) -> str:
    """The first 64 bits of SHA-256 over the key and what the source calls the user; the same user, the same digits."""
    return hashlib.sha256(f"{key}:{user}".encode(errors="replace")).hexdigest()[:DIGITS]


def pseudonym_sql(key: str, column: str) -> str:
    """The same in DuckDB's SQL, over a text column."""
    return f"substr(sha256('{key}:' || {column}), 1, {DIGITS})"


def learner_of(connection: sa.Connection, user_id: int) -> str:
    """The pseudonym of a person of this database, whose number is never given to anybody else from now on."""
    connection.execute(
        sa.update(USAGE_STATE).where(USAGE_STATE.c.highest_user_id < user_id).values(highest_user_id=user_id)
    )
    return pseudonym(pseudonym_key(connection), user_id)
