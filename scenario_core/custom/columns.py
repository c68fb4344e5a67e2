"""Column types that read what other programs wrote, dirty or not, and write one clean form."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from scenario_core.scenario import as_utc

_LONG_NUMBER: Final = re.compile(r"\d{19}")
_NUL_IN_JSON: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC.

    SQLite holds `2025-12-20 14:46:22.000000`; on reading any ISO 8601 form is taken, and what is none becomes None.
    """

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, whose own reader fails on other programs' forms."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_SqliteDateTime())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """UTC, in the form that the existing app writes."""
        if value is None:
            return None
        return sqlite_moment(value) if dialect.name == "sqlite" else as_utc(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """A moment in UTC, or None where there is no readable one."""
        del dialect
        if isinstance(value, str):
            try:
                return as_utc(datetime.fromisoformat(value.strip()))
            except (ValueError, OverflowError):
                return None
        return as_utc(value) if isinstance(value, datetime) else None


class Flag(TypeDecorator[bool]):
    """Yes or no. On SQLite other programs may have stored anything: only what plainly says yes is yes."""

    impl = sa.Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Whatever stands there on SQLite, whose own reader takes the text `false` for true."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_SqliteFlag())
        return dialect.type_descriptor(sa.Boolean())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> bool:
        """True for true, 1, and the texts `1`, `t`, `true`."""
        del dialect
        return value == 1 if isinstance(value, int) else str(value).strip().lower() in {"1", "t", "true"}


class _SqliteFlag(sa.types.UserDefinedType[Any]):
    """Declared as BOOLEAN, read and written as it stands."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BOOLEAN"


class _SqliteDateTime(sa.types.UserDefinedType[Any]):
    """Declared as DATETIME, read and written as it stands."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "DATETIME"


class JsonValue(TypeDecorator[Any]):
    """Any JSON value; text that is not JSON is read as a JSON string, so that nothing stored is hidden."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, so that broken JSON can be read."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_SqliteJson())
        return dialect.type_descriptor(sa.JSON(none_as_null=True))

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> Any:
        """JSON text on SQLite; SQL NULL for None."""
        if value is None:
            return None
        text = json_text(value)
        return text if dialect.name == "sqlite" else json_value(text)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        """The value, or the text itself where it is not JSON."""
        if dialect.name == "sqlite" and isinstance(value, str):
            try:
                return json_value(value)
            except (ValueError, RecursionError):
                return value
        return value


class _SqliteJson(sa.types.UserDefinedType[Any]):
    """Declared as JSON, read and written as it stands."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSON"


def json_text(value: Any) -> str:
    """A JSON value as text, without NUL characters, which PostgreSQL can't store."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # a number beyond 64 bits, or half of a surrogate pair
        text = json.dumps(value)
    return json_text(without_nul(value)) if "\\u0000" in text and _NUL_IN_JSON.search(text) else text


def without_nul(value: Any) -> Any:
    """A JSON value without NUL characters."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {without_nul(key): without_nul(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nul(item) for item in value]
    return value


def json_value(text: str) -> Any:
    """The value of a JSON text, with numbers of any length, and with what only Python's own writer puts into JSON.

    Raises:
        ValueError: it is not JSON.
    """
    if _LONG_NUMBER.search(text):
        return json.loads(text)
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


def sqlite_moment(moment: datetime) -> str:
    """A moment as the existing app writes it on SQLite: UTC, without its zone."""
    return as_utc(moment).replace(tzinfo=None).isoformat(" ", "microseconds")


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
