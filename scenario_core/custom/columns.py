"""Column types that read what other programs wrote, dirty or not, and write one clean form."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from scenario_core.scenario import as_utc


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
        moment = as_utc(value)
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """A moment in UTC, or None where there is no readable one."""
        del dialect
        if isinstance(value, str):
            try:
                return as_utc(datetime.fromisoformat(value.strip()))
            except ValueError:
                return None
        return as_utc(value) if isinstance(value, datetime) else None


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
        if dialect.name == "sqlite" and value is not None:
            return json.dumps(value, ensure_ascii=False)
        return value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        """The value, or the text itself where it is not JSON."""
        if dialect.name == "sqlite" and isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value


class _SqliteJson(sa.types.UserDefinedType[Any]):
    """Declared as JSON, read and written as it stands."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSON"


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
