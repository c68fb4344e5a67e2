"""Reading the audit log: who did what and when, and which difference it made."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.audit import storable_id
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import AUDIT, RECORDS, REVISIONS, SCENARIOS, is_custom
from scenario_core.errors import PermissionDeniedError, ProductionError
from scenario_core.escaping import neutralised
from scenario_core.people import Operation
from scenario_core.scenario import Store
from scenario_core.stewardship import states
from scenario_core.stewardship.states import APPROVED, REVISION, SCENARIO
from scenario_core.stewardship.steward import Steward

PAGE: Final = 50
MOST_EXPORTED: Final = 100_000
COLUMNS: Final = ("id", "at", "actor_id", "operation", "store", "scenario_id", "detail")
_SAVES: Final = ("update", "restore_revision")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. `detail` holds what belongs to the operation, such as the backup that keeps what was replaced."""

    id: int
    at: datetime
    actor_id: int
    operation: str
    store: Store
    scenario_id: str | None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; what is None does not count. `until` is exclusive."""

    actor_id: int | None = None
    operation: str | None = None
    store: Store | None = None
    scenario_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def entries(
    steward: Steward, wanted: AuditFilter | None = None, *, before: int | None = None, limit: int = PAGE
) -> list[AuditEntry]:
    """The entries, the latest first; behind the entry with the id `before`.

    What was done to private scenarios of others is left out: their existence is their owners' matter.

    Raises:
        PermissionDeniedError: the person may not read the audit log.
        DatabaseError: it does not answer, or is not of this version.
    """
    steward.require(Operation.READ_AUDIT)
    query = _selected(steward, wanted or AuditFilter(), sa.select(AUDIT))
    if before is not None:
        query = query.where(AUDIT.c.id < before)
    with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
        rows = connection.execute(query.order_by(AUDIT.c.id.desc()).limit(limit)).mappings().all()
    return [_entry(row, steward.user_id) for row in rows]


def count(steward: Steward, wanted: AuditFilter | None = None) -> int:
    """How many entries there are.

    Raises:
        PermissionDeniedError: the person may not read the audit log.
        DatabaseError: it does not answer, or is not of this version.
    """
    steward.require(Operation.READ_AUDIT)
    query = _selected(steward, wanted or AuditFilter(), sa.select(sa.func.count()).select_from(AUDIT))
    with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
        return connection.scalar(query) or 0


def choices(steward: Steward) -> tuple[list[str], list[int]]:
    """The operations and the people that the entries name.

    Raises:
        PermissionDeniedError: the person may not read the audit log.
        DatabaseError: it does not answer, or is not of this version.
    """
    steward.require(Operation.READ_AUDIT)
    seen = sa.select(AUDIT.c.operation, AUDIT.c.actor_id).distinct()
    with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
        rows = connection.execute(_selected(steward, AuditFilter(), seen)).all()
    return sorted({row.operation for row in rows}), sorted({row.actor_id for row in rows})


def to_csv(found: Iterable[AuditEntry]) -> str:
    """The entries as CSV with a byte order mark; no cell is ever taken for a formula."""
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in found:
        plain = to_json(entry)
        cells = (plain[name] for name in COLUMNS[:-1])
        detail = json.dumps(plain["detail"], ensure_ascii=False, sort_keys=True)
        writer.writerow([neutralised("" if cell is None else str(cell)) for cell in (*cells, detail)])
    return text.getvalue()


def to_json(entry: AuditEntry) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "actor_id": entry.actor_id,
        "operation": entry.operation,
        "store": entry.store.value,
        "scenario_id": entry.scenario_id,
        "detail": dict(entry.detail),
    }


def difference(steward: Steward, entry: AuditEntry) -> tuple[str, str] | None:
    """The names of the states before and after a change, as far as both are kept and this person may see them."""
    if entry.store is Store.CUSTOM:
        return _of_save(steward, entry) if entry.operation in _SAVES else None
    before, after = _kept(steward, entry.detail, "before"), _kept(steward, entry.detail, "after")
    return (before, after) if before and after and before != after else None


def _kept(steward: Steward, detail: Mapping[str, Any], side: str) -> str | None:
    """The name of the state on one side of a change, if it is still kept: by its name, or another with these bytes."""
    if (name := detail.get(side)) in states.names(steward):
        return str(name)
    sha256 = detail.get(f"{side}_sha256")
    if not isinstance(sha256, str) or not sha256:
        return None
    return states.named_by_hash(steward, sha256) or (APPROVED if _approved_hash(steward) == sha256 else None)


def _approved_hash(steward: Steward) -> str | None:
    """The SHA-256 of the approved backup, None where it can't be read or is not for this person to see."""
    try:
        return states.read(steward, APPROVED).revision
    except (ProductionError, PermissionDeniedError):
        return None


def _of_save(steward: Steward, entry: AuditEntry) -> tuple[str, str] | None:
    """A save keeps the version that it replaced within the same transaction; only the owner may see it."""
    if entry.scenario_id is None or entry.actor_id != steward.user_id:
        return None
    mine = REVISIONS.c.scenario_id == entry.scenario_id
    closest = sa.select(REVISIONS.c.version).where(mine, REVISIONS.c.replaced_at <= entry.at)
    with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
        version = connection.scalar(closest.order_by(REVISIONS.c.version.desc()).limit(1))
        later = sa.select(sa.func.min(REVISIONS.c.version)).where(mine, REVISIONS.c.version > (version or 0))
        following = connection.scalar(later)
    if version is None:
        return None
    name = f"{REVISION}{entry.scenario_id}@"
    after = f"{name}{following}" if following else f"{SCENARIO}{entry.scenario_id}"
    return f"{name}{version}", after


def _selected(steward: Steward, wanted: AuditFilter, query: sa.Select[Any]) -> sa.Select[Any]:
    conditions: list[sa.ColumnElement[bool]] = [_visible_to(steward.user_id)]
    equal: Sequence[tuple[sa.Column[Any], Any]] = (
        (AUDIT.c.actor_id, wanted.actor_id),
        (AUDIT.c.operation, wanted.operation),
        (AUDIT.c.store, wanted.store.value if wanted.store else None),
        (AUDIT.c.scenario_id, storable_id(wanted.scenario_id)),
    )
    conditions += [column == value for column, value in equal if value is not None]
    if wanted.since is not None:
        conditions.append(AUDIT.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AUDIT.c.at < wanted.until)
    return query.where(*conditions)


def _visible_to(reader_id: int) -> sa.ColumnElement[bool]:
    """Production, shared scenarios, the reader's own ones, and what the reader has done."""
    shared = sa.select(SCENARIOS.c.scenario_id).where(
        is_custom(), SCENARIOS.c.is_public | (SCENARIOS.c.created_by == reader_id)
    )
    deleted = sa.select(RECORDS.c.scenario_id).where(RECORDS.c.deleted_owner_id == reader_id)
    custom = sa.select(RECORDS.c.scenario_id)
    return sa.or_(
        AUDIT.c.actor_id == reader_id,
        AUDIT.c.scenario_id.is_(None),
        (AUDIT.c.store == Store.PRODUCTION.value) & AUDIT.c.scenario_id.not_in(custom),
        AUDIT.c.scenario_id.in_(shared),
        AUDIT.c.scenario_id.in_(deleted),
    )


def _entry(row: sa.RowMapping, reader_id: int) -> AuditEntry:
    """The entry; which custom scenario somebody else has copied is left out, since it may be a private one."""
    detail = dict(row["detail"]) if isinstance(row["detail"], dict) else {}
    if row["actor_id"] != reader_id and detail.get("origin_store") == Store.CUSTOM.value:
        detail.pop("origin", None)
    return AuditEntry(
        row["id"], row["at"], row["actor_id"], row["operation"], Store(row["store"]), row["scenario_id"], detail
    )
