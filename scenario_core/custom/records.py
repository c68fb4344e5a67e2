"""Storing and reading whole custom scenarios, without asking who may: the service does that."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit, convert, entries
from scenario_core.custom.columns import now
from scenario_core.custom.tables import PHASES, RECORDS, REVISIONS, SCENARIOS, is_custom
from scenario_core.errors import ScenarioNotFoundError
from scenario_core.scenario import ConversationScenario, Store, is_custom_id

_RECORD_COLUMNS: Final = (
    RECORDS.c.version,
    RECORDS.c.extra,
    RECORDS.c.origin_store,
    RECORDS.c.origin_id,
    RECORDS.c.origin_title,
    RECORDS.c.origin_document,
    RECORDS.c.origin_phases,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a scenario was copied from, as it was called then.

    `document` is all of it as it was then, in production's field names; None where that was not kept. `phases` has its
    phase ids by those of the copy.
    """

    store: Store
    scenario_id: str
    title: str
    document: dict[str, Any] | None = field(default=None, repr=False, compare=False)
    phases: dict[str, str] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CustomScenario:
    """A custom scenario with what the project knows of it. `version` moves with every change by any program."""

    scenario: ConversationScenario
    owner_id: int | None
    is_public: bool
    version: int
    origin: Origin | None = None

    @property
    def scenario_id(self) -> str:
        """Its id."""
        return self.scenario.scenario_id


@dataclass(frozen=True, slots=True)
class NewScenario:
    """What `insert` stores."""

    scenario: ConversationScenario
    owner_id: int | None
    is_public: bool = False
    origin: Origin | None = None


def find(connection: sa.Connection, scenario_id: str, *, lock: bool = False) -> tuple[int, CustomScenario] | None:
    """(row number, scenario) of a custom scenario, or None. `lock` holds it until the transaction ends."""
    if lock:
        # In a statement of its own: what the next one reads is then what no other transaction is about to replace.
        connection.execute(sa.select(SCENARIOS.c.id).where(SCENARIOS.c.scenario_id == scenario_id).with_for_update())
        # Another program's change to a phase holds the record alone, whose version its trigger has raised.
        connection.execute(sa.select(RECORDS.c.version).where(RECORDS.c.scenario_id == scenario_id).with_for_update())
    query = (
        sa.select(SCENARIOS, *_RECORD_COLUMNS)
        .outerjoin(RECORDS, RECORDS.c.scenario_id == SCENARIOS.c.scenario_id)
        .where(SCENARIOS.c.scenario_id == scenario_id, is_custom())
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    values: dict[str, Any] = dict(row)
    scenario = convert.scenario_of(values, _phases(connection, row["id"]), row["extra"])
    version = row["version"] or 1
    return row["id"], CustomScenario(scenario, row["created_by"], row["is_public"], version, _origin(values))


def require(connection: sa.Connection, scenario_id: str) -> CustomScenario:
    """A custom scenario that is known to be there."""
    found = find(connection, scenario_id)
    if found is None:
        raise ScenarioNotFoundError(scenario_id)
    return found[1]


def is_free(connection: sa.Connection, scenario_id: str) -> bool:
    """Whether it has the form of a custom id and no scenario has or had it."""
    known = sa.select(RECORDS.c.scenario_id).where(RECORDS.c.scenario_id == scenario_id)
    return is_custom_id(scenario_id) and connection.execute(known).first() is None


def find_deleted(connection: sa.Connection, scenario_id: str) -> CustomScenario | None:
    """A deleted scenario as it last stood, or None."""
    query = sa.select(RECORDS).where(RECORDS.c.scenario_id == scenario_id, RECORDS.c.deleted_at.is_not(None))
    query = query.with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    scenario = ConversationScenario.model_validate_json(dumps(row["final"]))
    return CustomScenario(
        scenario, row["deleted_owner_id"], is_public=False, version=row["version"], origin=_origin(dict(row))
    )


def dumps(document: Any) -> str:
    """A JSON document as text."""
    return json.dumps(document, ensure_ascii=False)


def _origin(row: Mapping[str, Any]) -> Origin | None:
    if not row["origin_id"]:
        return None
    return Origin(
        Store(row["origin_store"]),
        row["origin_id"],
        row["origin_title"] or "",
        row["origin_document"],
        row["origin_phases"] or {},
    )


def find_system(connection: sa.Connection, scenario_id: str) -> ConversationScenario | None:
    """The mirror's copy of a production scenario, or None."""
    query = sa.select(SCENARIOS).where(SCENARIOS.c.scenario_id == scenario_id, ~is_custom())
    row = connection.execute(query).mappings().first()
    return convert.scenario_of(dict(row), _phases(connection, row["id"])) if row else None


def find_systems(connection: sa.Connection, *, but: Collection[str]) -> dict[str, ConversationScenario]:
    """The mirror's copies by id, without these."""
    rows = connection.execute(sa.select(SCENARIOS).where(~is_custom()).order_by(SCENARIOS.c.id)).mappings().all()
    wanted = {row["id"]: row for row in rows if row["scenario_id"] not in but}
    ordered = (
        sa.select(PHASES)
        .join(SCENARIOS, SCENARIOS.c.id == PHASES.c.scenario_id)
        .where(~is_custom())
        .order_by(PHASES.c.scenario_id, PHASES.c.phase_number)
    )
    phases: dict[int, list[dict[str, Any]]] = {number: [] for number in wanted}
    for phase in connection.execute(ordered).mappings() if wanted else ():
        if phase["scenario_id"] in phases:
            phases[phase["scenario_id"]].append(dict(phase))
    return {row["scenario_id"]: convert.scenario_of(dict(row), phases[number]) for number, row in wanted.items()}


def insert(connection: sa.Connection, new: Sequence[NewScenario]) -> None:
    """Store scenarios at version 1, with their phases and their catalogue entries."""
    numbers = _insert_rows(connection, new)
    _insert_phases(connection, [(number, item.scenario) for number, item in zip(numbers, new, strict=True)])
    _write_records(connection, new)
    entries.add(
        connection,
        [(number, item.owner_id, item.is_public, item.scenario) for number, item in zip(numbers, new, strict=True)],
    )


def save(
    connection: sa.Connection,
    number: int,
    stored: CustomScenario,
    scenario: ConversationScenario,
    actor_id: int,
    operation: str,
    detail: dict[str, Any] | None = None,
) -> CustomScenario:
    """Put a scenario in the place of a stored one, which is kept as a revision. Saving no change changes nothing."""
    updated = scenario.model_copy(
        update={
            "scenario_id": stored.scenario_id,
            "created_at": stored.scenario.created_at,
            "updated_at": stored.scenario.updated_at,
        }
    )
    if updated.model_dump_json() == stored.scenario.model_dump_json():
        return stored
    keep_revision(connection, stored, actor_id)
    _replace(connection, number, updated.model_copy(update={"updated_at": now()}), version=stored.version + 1)
    audit.write(connection, actor_id, operation, Store.CUSTOM, stored.scenario_id, detail)
    return require(connection, stored.scenario_id)


def _replace(connection: sa.Connection, number: int, scenario: ConversationScenario, *, version: int) -> None:
    values = convert.scenario_values(scenario)
    del values["scenario_id"], values["created_at"]
    connection.execute(sa.update(SCENARIOS).where(SCENARIOS.c.id == number).values(**values))
    _replace_phases(connection, number, scenario)
    _set_record(connection, scenario.scenario_id, version=version, extra=convert.extra_of(scenario))
    entries.make_again(connection, [number])


def _replace_phases(connection: sa.Connection, number: int, scenario: ConversationScenario) -> None:
    """Rows that stay are updated in place: another program may have added columns to them, or refer to them."""
    mine = PHASES.c.scenario_id == number
    held = set(connection.scalars(sa.select(PHASES.c.phase_number).where(mine)))
    connection.execute(sa.delete(PHASES).where(mine, PHASES.c.phase_number > len(scenario.phases)))
    new = []
    for position, phase in enumerate(scenario.phases, start=1):
        values = convert.phase_values(phase, position)
        if position in held:
            row = sa.and_(mine, PHASES.c.phase_number == position)
            connection.execute(sa.update(PHASES).where(row).values(**values, updated_at=now()))
        else:
            new.append({"scenario_id": number, **values})
    if new:
        connection.execute(sa.insert(PHASES), new)


def set_public(connection: sa.Connection, number: int, stored: CustomScenario, *, is_public: bool) -> None:
    """Share or unshare."""
    values = {"is_public": is_public, "updated_at": now()}
    connection.execute(sa.update(SCENARIOS).where(SCENARIOS.c.id == number).values(**values))
    _set_record(connection, stored.scenario_id, version=stored.version + 1)
    entries.make_again(connection, [number])


def delete(connection: sa.Connection, number: int, stored: CustomScenario) -> None:
    """Take a scenario out of the tables; its record keeps everything that `insert` needs to bring it back."""
    connection.execute(sa.delete(PHASES).where(PHASES.c.scenario_id == number))
    connection.execute(sa.delete(SCENARIOS).where(SCENARIOS.c.id == number))
    _set_record(
        connection,
        stored.scenario_id,
        version=stored.version + 1,
        final=document_of(stored),
        deleted_at=now(),
        deleted_owner_id=stored.owner_id,
    )
    entries.make_again(connection, [number])


def undelete(connection: sa.Connection, stored: CustomScenario) -> None:
    """Bring a deleted scenario back, private, at the version after its deletion."""
    insert(connection, [NewScenario(stored.scenario, stored.owner_id, origin=stored.origin)])
    _set_record(
        connection, stored.scenario_id, version=stored.version + 1, final=None, deleted_at=None, deleted_owner_id=None
    )


def keep_revision(connection: sa.Connection, stored: CustomScenario, replaced_by: int) -> None:
    """Keep a version that is about to be replaced."""
    values = {
        "scenario_id": stored.scenario_id,
        "version": stored.version,
        "replaced_at": now(),
        "replaced_by": replaced_by,
        "document": document_of(stored),
    }
    connection.execute(sa.insert(REVISIONS).values(**values))


def document_of(stored: CustomScenario) -> dict[str, Any]:
    """The scenario as JSON, in production's field names."""
    return stored.scenario.model_dump(mode="json")


def _phases(connection: sa.Connection, number: int) -> list[dict[str, Any]]:
    query = sa.select(PHASES).where(PHASES.c.scenario_id == number).order_by(PHASES.c.phase_number)
    return [dict(row) for row in connection.execute(query).mappings()]


def _insert_rows(connection: sa.Connection, new: Sequence[NewScenario]) -> Sequence[int]:
    rows = [
        {
            **convert.scenario_values(item.scenario),
            "created_by": item.owner_id,
            "is_public": item.is_public,
            "is_system_scenario": False,
        }
        for item in new
    ]
    return connection.scalars(sa.insert(SCENARIOS).returning(SCENARIOS.c.id, sort_by_parameter_order=True), rows).all()


def _insert_phases(connection: sa.Connection, scenarios: Sequence[tuple[int, ConversationScenario]]) -> None:
    rows = [
        {"scenario_id": number, **convert.phase_values(phase, position)}
        for number, scenario in scenarios
        for position, phase in enumerate(scenario.phases, start=1)
    ]
    if rows:
        connection.execute(sa.insert(PHASES), rows)


def _write_records(connection: sa.Connection, new: Sequence[NewScenario]) -> None:
    """The trigger has made the records; the phases have raised their versions since."""
    rows = [
        {
            "key": item.scenario.scenario_id,
            "version": 1,
            "extra": convert.extra_of(item.scenario),
            "origin_id": item.origin.scenario_id if item.origin else None,
            "origin_store": item.origin.store.value if item.origin else None,
            "origin_title": item.origin.title if item.origin else None,
            "origin_document": item.origin.document if item.origin else None,
            "origin_phases": item.origin.phases if item.origin else None,
        }
        for item in new
    ]
    values: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name != "key"}
    connection.execute(sa.update(RECORDS).where(RECORDS.c.scenario_id == sa.bindparam("key")).values(values), rows)


def _set_record(connection: sa.Connection, scenario_id: str, **values: Any) -> None:
    connection.execute(sa.update(RECORDS).where(RECORDS.c.scenario_id == scenario_id).values(**values))
