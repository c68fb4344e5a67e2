"""Which scenarios' usage a person may see, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import ENTRIES, PHASES, RECORDS, SCENARIOS
from scenario_core.people import Operation, Person, may
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, Store
from scenario_core.usage.facts import NO_SCENARIO

PRIVATE: Final = "(private)"
"""What stands for all private and deleted scenarios of others together; nobody sees one of them alone."""
NONE: Final = "(none)"
"""What stands for the scenario of runs whose source names none."""
COLUMNS: Final = (
    "scenario", "shown", "title", "store", "category", "difficulty", "language", "planned_minutes", "origin", "listed",
)  # fmt: skip
"""`scenario` is what runs name, `shown` what stands for it, `language` the declared one, `origin` what it is a copy of.
`listed` tells whether the catalogue lists it; the others are deleted, unknown, private or no scenario at all."""
PHASE_COLUMNS: Final = ("scenario", "position", "phase_id", "name", "planned_minutes", "vocabulary")
_PARAMETERS: Final = 1_000


@dataclass(frozen=True)
class Scope:
    """The scenarios of one person's view, as `COLUMNS` says.

    `sees_all` tells whether runs of scenarios that nobody knows, or that are private to others, count as well.
    """

    scenarios: pd.DataFrame
    sees_all: bool
    production: Mapping[str, ConversationScenario]
    engine: sa.Engine | None

    def with_unknown(self, named: Iterable[str]) -> pd.DataFrame:
        """All scenarios and, where the person may see them, those that runs name and no store knows."""
        if not self.sees_all:
            return self.scenarios
        unknown = sorted(set(named) - set(self.scenarios["scenario"]))
        rows = [_other(scenario, scenario or NONE, _unknown_title(scenario)) for scenario in unknown]
        return pd.concat([self.scenarios, _frame(rows)], ignore_index=True) if rows else self.scenarios

    def phases(self, scenarios: Iterable[str]) -> pd.DataFrame:
        """The phases of scenarios that the person's catalogue lists, as `PHASE_COLUMNS` says; `position` counts from 1.

        Raises:
            DatabaseError: the database does not answer.
        """
        listed = set(self.scenarios.loc[self.scenarios["listed"], "scenario"])
        wanted = [name for name in dict.fromkeys(scenarios) if name in listed]
        found = [row for name in wanted if name in self.production for row in _phases_of(self.production[name])]
        custom = [name for name in wanted if name not in self.production]
        if self.engine is not None and custom:
            with translated_errors(), self.engine.connect().execution_options(**READ_ONLY) as connection:
                found += _custom_phases(connection, custom)
        return pd.DataFrame(found, columns=list(PHASE_COLUMNS))


def scope_of(person: Person, production: Mapping[str, ConversationScenario], engine: sa.Engine | None) -> Scope:
    """The person's view: production and, with a database, the person's own scenarios and those that are shared.

    Of an id that several rows hold, the first in this order counts: production, custom, deleted.

    Raises:
        DatabaseError: the database does not answer.
    """
    sees_all = may(person, Operation.READ_RUNS).allowed
    rows = [_production_row(scenario) for scenario in production.values()]
    if engine is not None:
        with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
            rows += _custom_rows(connection, person, sees_all=sees_all)
    scenarios = _frame(rows).drop_duplicates("scenario", ignore_index=True)
    return Scope(scenarios, sees_all, production, engine)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).drop_duplicates("scenario", ignore_index=True)
    return frame.astype({"planned_minutes": "float64", "listed": "bool"} | dict.fromkeys(_TEXTS, "str"))


_TEXTS: Final = ("scenario", "shown", "title", "store", "category", "difficulty", "language", "origin")


def _production_row(scenario: ConversationScenario) -> dict[str, Any]:
    return {
        "scenario": scenario.scenario_id,
        "shown": scenario.scenario_id,
        "title": scenario.name,
        "store": Store.PRODUCTION.value,
        "category": scenario.category,
        "difficulty": scenario.difficulty,
        "language": scenario.language or DEFAULT_LANGUAGE,
        "planned_minutes": scenario.duration_minutes,
        "origin": "",
        "listed": True,
    }


def _custom_rows(connection: sa.Connection, person: Person, *, sees_all: bool) -> Iterator[dict[str, Any]]:
    query = sa.select(ENTRIES, RECORDS.c.origin_id).outerjoin(RECORDS, RECORDS.c.scenario_id == ENTRIES.c.scenario_id)
    for row in connection.execute(query).mappings():
        scenario = row["scenario_id"]
        if row["is_public"] or row["owner_id"] == person.user_id:
            copied = {name: row[name] for name in ("title", "category", "difficulty", "language")}
            yield copied | {
                "scenario": scenario,
                "shown": scenario,
                "store": Store.CUSTOM.value,
                "planned_minutes": row["duration_minutes"],
                "origin": row["origin_id"] or "",
                "listed": True,
            }
        elif sees_all:
            yield _other(scenario, PRIVATE, "Private scenarios of others", Store.CUSTOM.value)
    if sees_all:
        deleted = sa.select(RECORDS.c.scenario_id, RECORDS.c.deleted_owner_id).where(RECORDS.c.deleted_at.is_not(None))
        for scenario, owner in connection.execute(deleted):
            if owner == person.user_id:
                yield _other(scenario, scenario, f"Deleted: {scenario}", Store.CUSTOM.value)
            else:
                yield _other(scenario, PRIVATE, "Private scenarios of others", Store.CUSTOM.value)


def _other(scenario: str, shown: str, title: str, store: str = "") -> dict[str, Any]:
    empty = {"category": "", "difficulty": "", "language": "", "planned_minutes": None, "origin": "", "listed": False}
    return {"scenario": scenario, "shown": shown, "title": title, "store": store} | empty


def _unknown_title(scenario: str) -> str:
    return "No usable scenario" if scenario == NO_SCENARIO else f"Unknown: {scenario}"


def _phases_of(scenario: ConversationScenario) -> Iterator[dict[str, Any]]:
    for position, phase in enumerate(scenario.phases, start=1):
        yield {
            "scenario": scenario.scenario_id,
            "position": position,
            "phase_id": phase.phase_id,
            "name": phase.name,
            "planned_minutes": phase.expected_duration_minutes,
            "vocabulary": list(phase.key_vocabulary),
        }


def _custom_phases(connection: sa.Connection, scenarios: list[str]) -> Iterator[dict[str, Any]]:
    query = (
        sa.select(
            SCENARIOS.c.scenario_id, PHASES.c.phase_number, PHASES.c.phase_id, PHASES.c.name,
            PHASES.c.expected_duration_minutes, PHASES.c.key_vocabulary,
        )
        .join(SCENARIOS, SCENARIOS.c.id == PHASES.c.scenario_id)
        .order_by(SCENARIOS.c.scenario_id, PHASES.c.phase_number)
    )  # fmt: skip
    for start in range(0, len(scenarios), _PARAMETERS):
        part = query.where(SCENARIOS.c.scenario_id.in_(scenarios[start : start + _PARAMETERS]))
        for scenario, position, phase_id, name, minutes, vocabulary in connection.execute(part):
            words = [word for word in vocabulary if isinstance(word, str)] if isinstance(vocabulary, list) else []
            yield dict(zip(PHASE_COLUMNS, (scenario, position, phase_id, name, minutes, words), strict=True))
