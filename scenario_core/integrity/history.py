"""The history of runs: what each came to, and what was new, mended or still there since the run before."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit, bulk, schema
from scenario_core.custom.check_tables import CHECK_RUNS, KNOWN_FINDINGS
from scenario_core.custom.columns import now
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.errors import DatabaseError
from scenario_core.integrity import privacy
from scenario_core.integrity.findings import Finding, Report, Severity

KEPT_RUNS: Final = 500
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One run. `new`, `mended` and `still` count findings that are not waived, against the run before.

    A finding that somebody waives is not mended, and is not new where the waiver ends.
    """

    run_id: int
    at: datetime
    actor_id: int
    revision: str
    light: str
    errors: int
    warnings: int
    notices: int
    waived: int
    not_run: int
    new: int
    mended: int
    still: int


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """A finding as it stood when it was first found; without its scenario and its message if that is private now."""

    fingerprint: str
    code: str
    severity: Severity
    scenario_id: str | None
    message: str
    first_run: int
    mended_run: int | None


def record(engine: sa.Engine, report: Report, actor_id: int, at: datetime | None = None) -> CheckRun | None:
    """Give a run of all checks its place; None where the database can't be written.

    What a check that could not run had found before is neither mended nor new: it stays as it was.

    Args:
        engine: the database.
        report: what the run came to.
        actor_id: who asked for it.
        at: the moment that it looked at, now if None.
    """
    try:
        with translated_errors(), engine.begin() as connection:
            schema.require_current(connection)
            return _record(connection, report, actor_id, at or now())
    except DatabaseError as error:
        logger.warning("a run of the checks has no place in the history: %s", error)
        return None


def runs(engine: sa.Engine, limit: int = 50) -> list[CheckRun]:
    """The latest runs, the newest first.

    Raises:
        DatabaseError: it does not answer, or is not of this version.
    """
    query = sa.select(CHECK_RUNS).order_by(CHECK_RUNS.c.run_id.desc()).limit(limit)
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        return [CheckRun(**row) for row in connection.execute(query).mappings()]


def new_in(engine: sa.Engine, run_id: int) -> list[KnownFinding]:
    """What this run was the first to find."""
    return _known(engine, KNOWN_FINDINGS.c.first_run == run_id)


def mended_in(engine: sa.Engine, run_id: int) -> list[KnownFinding]:
    """What this run no longer found."""
    return _known(engine, KNOWN_FINDINGS.c.mended_run == run_id)


def found_since(engine: sa.Engine) -> dict[str, datetime]:
    """When each open finding was first found, by fingerprint."""
    query = (
        sa.select(KNOWN_FINDINGS.c.fingerprint, CHECK_RUNS.c.at)
        .join(CHECK_RUNS, CHECK_RUNS.c.run_id == KNOWN_FINDINGS.c.first_run)
        .where(KNOWN_FINDINGS.c.mended_run.is_(None))
    )
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        return dict(connection.execute(query).all())


def _record(connection: sa.Connection, report: Report, actor_id: int, at: datetime) -> CheckRun:
    schema.lock(connection)
    silent = {outcome.code for outcome in report.not_run}
    is_open = KNOWN_FINDINGS.c.mended_run.is_(None)
    known = dict(
        connection.execute(sa.select(KNOWN_FINDINGS.c.fingerprint, KNOWN_FINDINGS.c.code).where(is_open)).all()
    )
    there = {finding.fingerprint for finding in report.everything}
    counted = {finding.fingerprint: finding for finding in report.findings}
    new = [finding for fingerprint, finding in counted.items() if fingerprint not in known]
    mended = [fingerprint for fingerprint, code in known.items() if fingerprint not in there and code not in silent]
    waived = known.keys() & (there - counted.keys())
    values: dict[str, Any] = {
        "at": at,
        "actor_id": actor_id,
        "revision": report.revision,
        "light": report.light,
        **_counts(report),
        "new": len(new),
        "mended": len(mended),
        "still": len(known) - len(mended) - len(waived),
    }
    run_id = connection.scalars(sa.insert(CHECK_RUNS).returning(CHECK_RUNS.c.run_id), values).one()
    _close(connection, mended, run_id)
    bulk.insert(connection, KNOWN_FINDINGS, [_row(finding, run_id) for finding in new])
    _forget(connection, run_id - KEPT_RUNS)
    return CheckRun(run_id=run_id, **values)


def _counts(report: Report) -> dict[str, int]:
    counts = report.counts()
    return {
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "notices": counts[Severity.NOTICE],
        "waived": report.waived_count,
        "not_run": len(report.not_run),
    }


def _row(finding: Finding, run_id: int) -> dict[str, Any]:
    return {
        "fingerprint": finding.fingerprint,
        "code": finding.code,
        "severity": finding.severity.value,
        "scenario_id": audit.storable_id(finding.scenario_id),
        "message": audit.storable(finding.message),
        "first_run": run_id,
    }


def _close(connection: sa.Connection, mended: Collection[str], run_id: int) -> None:
    one = (
        sa.update(KNOWN_FINDINGS)
        .where(KNOWN_FINDINGS.c.fingerprint == sa.bindparam("one"), KNOWN_FINDINGS.c.mended_run.is_(None))
        .values(mended_run=run_id)
    )
    if mended:
        connection.execute(one, [{"one": fingerprint} for fingerprint in mended])


def _forget(connection: sa.Connection, before: int) -> None:
    """Drop the oldest runs, and what was mended in them."""
    connection.execute(sa.delete(CHECK_RUNS).where(CHECK_RUNS.c.run_id <= before))
    connection.execute(sa.delete(KNOWN_FINDINGS).where(KNOWN_FINDINGS.c.mended_run <= before))


def _known(engine: sa.Engine, condition: sa.ColumnElement[bool]) -> list[KnownFinding]:
    query = sa.select(KNOWN_FINDINGS).where(condition).order_by(KNOWN_FINDINGS.c.code, KNOWN_FINDINGS.c.id)
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        rows = connection.execute(query).mappings().all()
        found = [
            KnownFinding(**{**{name: row[name] for name in row if name != "id"}, "severity": Severity(row["severity"])})
            for row in rows
        ]
        private = privacy.private_in(connection, found)
    return [_told(each, private) for each in found]


def _told(known: KnownFinding, private: Collection[str]) -> KnownFinding:
    if known.scenario_id in private:
        return replace(known, scenario_id=None, message=privacy.PRIVATE_NOW)
    return replace(known, message=privacy.told_now(known.message, private))
