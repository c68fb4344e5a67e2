"""Waivers in the database: who decided what, why, and until when."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit, schema
from scenario_core.custom.check_tables import WAIVERS
from scenario_core.custom.columns import now
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.integrity import privacy
from scenario_core.integrity.checks import by_code
from scenario_core.integrity.findings import Finding, Waiver
from scenario_core.people import Operation, Person, require
from scenario_core.scenario import Store

SHORTEST_REASON: Final = 3
LONGEST_REASON: Final = 1000
BATCH: Final = 500


def listed(engine: sa.Engine) -> list[Waiver]:
    """Every waiver, the latest first. What was waived in a scenario that is private now is not told.

    Raises:
        DatabaseError: it does not answer, or is not of this version.
    """
    query = sa.select(WAIVERS).order_by(WAIVERS.c.created_at.desc(), WAIVERS.c.waiver_id)
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        return _told(connection, [_waiver(row) for row in connection.execute(query).mappings()])


def waive(
    engine: sa.Engine, author: Person, findings: Sequence[Finding], reason: str, expires_on: date | None = None
) -> list[Waiver]:
    """Leave these findings as they are, all for one reason; a waiver that is already there is replaced.

    Raises:
        PermissionDeniedError: the author may not waive.
        InvalidScenarioError: there is no reason, the day has passed, or a finding can't be waived.
    """
    require(author, Operation.WAIVE)
    reason = " ".join(audit.storable(reason).split())
    _require_valid(findings, reason, expires_on)
    moment = now()
    rows: list[dict[str, Any]] = [
        {
            "waiver_id": str(uuid.uuid4()),
            "fingerprint": finding.fingerprint,
            "code": finding.code,
            "scenario_id": audit.storable_id(finding.scenario_id),
            "field": audit.storable(finding.field),
            "message": audit.storable(finding.message),
            "reason": reason,
            "author_id": author.user_id,
            "created_at": moment,
            "expires_on": expires_on.isoformat() if expires_on else None,
        }
        for finding in {finding.fingerprint: finding for finding in findings}.values()
    ]
    if not rows:
        return []
    with translated_errors(), engine.begin() as connection:
        schema.lock(connection)
        schema.require_current(connection)
        _remove(connection, WAIVERS.c.fingerprint, [row["fingerprint"] for row in rows])
        connection.execute(sa.insert(WAIVERS), rows)
        made = [_waiver(row) for row in rows]
        _log(connection, author, "waive", made)
    return made


def withdraw(engine: sa.Engine, author: Person, waiver_ids: Sequence[str]) -> list[Waiver]:
    """Take waivers back: what they waived counts again. Ids that are unknown are left out.

    Raises:
        PermissionDeniedError: the author may not waive.
    """
    require(author, Operation.WAIVE)
    with translated_errors(), engine.begin() as connection:
        schema.lock(connection)
        schema.require_current(connection)
        found = _told(connection, _with_ids(connection, waiver_ids))
        if found:
            _remove(connection, WAIVERS.c.waiver_id, [waiver.waiver_id for waiver in found])
            _log(connection, author, "withdraw_waiver", found)
    return found


def _require_valid(findings: Sequence[Finding], reason: str, expires_on: date | None) -> None:
    faults = []
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        faults.append(Fault("/reason", f"{SHORTEST_REASON} to {LONGEST_REASON} characters", str(len(reason))))
    if expires_on is not None and expires_on < now().date():
        faults.append(Fault("/expires_on", "today or a later day", expires_on.isoformat()))
    for code in sorted({finding.code for finding in findings}):
        check = by_code(code)
        if check is None or not check.waivable:
            faults.append(Fault("/findings", "findings of content checks; structural ones can't be waived", code))
    if faults:
        raise InvalidScenarioError(faults, hint="Nothing was waived.")


def _remove(connection: sa.Connection, column: sa.Column[Any], values: Sequence[str]) -> None:
    connection.execute(sa.delete(WAIVERS).where(column == sa.bindparam("one")), [{"one": value} for value in values])


def _with_ids(connection: sa.Connection, waiver_ids: Sequence[str]) -> list[Waiver]:
    wanted = sorted(set(waiver_ids))
    return [
        _waiver(row)
        for start in range(0, len(wanted), BATCH)
        for row in connection.execute(
            sa.select(WAIVERS).where(WAIVERS.c.waiver_id.in_(wanted[start : start + BATCH]))
        ).mappings()
    ]


def _told(connection: sa.Connection, found: Sequence[Waiver]) -> list[Waiver]:
    """The waivers as anybody may see them now."""
    private = privacy.private_in(connection, found)
    return [
        replace(waiver, scenario_id=None, field="", message=privacy.PRIVATE_NOW)
        if waiver.scenario_id in private
        else replace(waiver, message=privacy.told_now(waiver.message, private))
        for waiver in found
    ]


def _log(connection: sa.Connection, author: Person, operation: str, made: Sequence[Waiver]) -> None:
    subjects: list[tuple[str | None, dict[str, Any] | None]] = [
        (
            waiver.scenario_id,
            {
                "code": waiver.code,
                "fingerprint": waiver.fingerprint,
                "field": waiver.field,
                "message": waiver.message,
                "reason": waiver.reason,
                "expires_on": waiver.expires_on.isoformat() if waiver.expires_on else None,
            },
        )
        for waiver in made
    ]
    audit.write_all(connection, author.user_id, operation, Store.PRODUCTION, subjects)


def _waiver(row: Any) -> Waiver:
    expires_on = row["expires_on"]
    return Waiver(**{**dict(row), "expires_on": date.fromisoformat(expires_on) if expires_on else None})
