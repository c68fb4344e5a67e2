"""Values that a database can't hold are refused in the project's own terms, whichever way they come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.custom import bulk
from scenario_core.custom.check_tables import KNOWN_FINDINGS
from scenario_core.custom.engine import translated_errors
from scenario_core.custom.usage_tables import RUNS
from scenario_core.errors import DatabaseError

ROW: dict[str, Any] = {
    "fingerprint": "f" * 16,
    "code": "CQ999",
    "severity": "error",
    "scenario_id": "one",
    "message": "m",
    "first_run": 1,
}
REFUSED = [{"message": "a\x00b"}, {"scenario_id": "x" * 256}, {"message": None}]


def add(engine: sa.Engine, way: str, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    with translated_errors(), engine.begin() as connection:
        if way == "in bulk":
            bulk.insert(connection, table, rows)
        else:
            connection.execute(sa.insert(table), rows)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("refused", REFUSED, ids=["NUL", "too long", "missing"])
@pytest.mark.parametrize("way", ["one by one", "in bulk"])
def test_a_value_that_postgresql_refuses_is_a_database_error(
    engine: sa.Engine, refused: dict[str, Any], way: str
) -> None:
    with pytest.raises(DatabaseError, match="The database refuses this"):
        add(engine, way, KNOWN_FINDINGS, [ROW | refused])
    with engine.connect() as connection:
        assert connection.execute(sa.select(KNOWN_FINDINGS)).all() == []


def test_a_broken_rule_of_a_table_is_a_database_error_in_bulk_too(engine: sa.Engine) -> None:
    run = {
        "run_id": "r1",
        "scenario_id": "one",
        "store": "production",
        "learner": "0123456789abcdef",
        "language": "en",
        "source": "app",
        "total_phases": 3,
        "started_at": datetime.now(UTC),
    }
    with pytest.raises(DatabaseError, match="The database refuses this"):
        add(engine, "in bulk", RUNS, [run, run])
