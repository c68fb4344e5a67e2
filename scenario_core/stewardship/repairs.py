"""What mends the structural findings: plan, look, apply. A stale plan is refused; a second run finds nothing to do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from scenario_core import mirror
from scenario_core.custom import audit, protection, schema
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import MIRROR_CONTEXT, MIRROR_STATE
from scenario_core.errors import (
    InvalidQueryError,
    NotConfirmedError,
    ProductionReadOnlyError,
    StalePlanError,
)
from scenario_core.integrity import Finding
from scenario_core.integrity.diff import canonical
from scenario_core.integrity.snapshot import mirrored
from scenario_core.mirror import MirrorPlan
from scenario_core.people import Operation
from scenario_core.scenario import Store
from scenario_core.stewardship import restoring
from scenario_core.stewardship.restoring import RestorePlan
from scenario_core.stewardship.states import APPROVED, PRODUCTION
from scenario_core.stewardship.steward import Steward


@dataclass(frozen=True)
class RepairPlan:
    """What a repair would do.

    Attributes:
        repair: Its name.
        sentences: What would be done, for people.
        deletions: How many scenarios would be gone from what is repaired; they have to be counted to apply.
        is_empty: Whether there is nothing to do.
        fingerprint: What tells this plan from every other one.
        inner: The plan of the part that does it.
    """

    repair: str
    sentences: tuple[str, ...]
    deletions: int
    is_empty: bool
    fingerprint: str
    inner: MirrorPlan | RestorePlan | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair: its name, a title and a sentence for people, and the codes of the findings that it mends."""

    name: str
    title: str
    summary: str
    mends: frozenset[str]


REPAIRS: Final[Mapping[str, Repair]] = {
    repair.name: repair
    for repair in (
        Repair(
            "resync_mirror",
            "Re-sync the mirror",
            "Makes the system rows in the database equal to the production file.",
            frozenset({"IC104", "IC105", "IC107", "IC114", "IC115"}),
        ),
        Repair(
            "restore_backup",
            "Restore production from a backup",
            "Puts the approved backup, or another one, in the place of the production file.",
            frozenset({"IC101", "IC102", "IC103", "IC104", "IC110", "IC111", "IC113"}),
        ),
        Repair(
            "reinstall_protection",
            "Reinstall the protection",
            "Puts every trigger that protects system rows and records back in place.",
            frozenset({"IC108"}),
        ),
        Repair(
            "approve_baseline",
            "Approve production as the baseline",
            "Makes the production file, as it is now, the approved backup.",
            frozenset({"IC103", "IC104", "IC109"}),
        ),
    )
}


def for_finding(finding: Finding) -> list[Repair]:
    """The repairs that may mend a finding; none for findings about custom scenarios."""
    if finding.store is Store.CUSTOM:
        return []
    return [repair for repair in REPAIRS.values() if finding.code in repair.mends]


def plan(steward: Steward, name: str, source: str = APPROVED) -> RepairPlan:
    """What a repair would do. Changes nothing.

    Args:
        steward: who asks.
        name: the repair.
        source: for `restore_backup` the name of the backup.

    Raises:
        InvalidQueryError: there is no such repair.
        PermissionDeniedError: the person may not do it.
        ProductionError, DatabaseError: what it needs can't be read.
    """
    if name not in REPAIRS:
        raise InvalidQueryError(f"There is no repair {name!r}.", hint=f"There are: {', '.join(REPAIRS)}.")
    return _PLANNERS[name](steward, source)


def apply(steward: Steward, planned: RepairPlan, *, deletions: int = 0) -> tuple[str, ...]:
    """Do what was planned, with an entry in the audit log; returns what was done, for people.

    Raises:
        NotConfirmedError: `deletions` is not the number of scenarios that would be gone.
        StalePlanError: things have moved since the plan was made; nothing was changed.
        PermissionDeniedError: the person may not do it.
        ProductionError, DatabaseError: it can't be done; nothing was changed.
    """
    if deletions != planned.deletions:
        raise NotConfirmedError("scenario", expected=planned.deletions, typed=deletions)
    if planned.is_empty:
        return planned.sentences
    if isinstance(planned.inner, MirrorPlan):
        return _resync(steward, planned.inner)
    if isinstance(planned.inner, RestorePlan):
        done = restoring.apply(steward, planned.inner, deletions=deletions)
        return (
            *planned.sentences,
            f"what was there is kept as {done.kept}" if done.kept else "there was nothing to keep",
        )
    return _reinstall(steward, planned.inner)


def _plan_resync(steward: Steward, _source: str) -> RepairPlan:
    steward.require(Operation.MIGRATE)
    production = steward.desk.production
    if not production.source.is_file:
        raise ProductionReadOnlyError(
            f"The mirror can only follow the production file. {production.source.reason}",
            hint="Restore production from a backup first.",
        )
    found = mirror.plan(steward.desk.engine, mirrored(production))
    return _planned("resync_mirror", found.sentences(), len(found.retire), found)


def _plan_restore(steward: Steward, source: str) -> RepairPlan:
    return _of_restore("restore_backup", restoring.plan(steward, PRODUCTION, source))


def _plan_approval(steward: Steward, _source: str) -> RepairPlan:
    return _of_restore("approve_baseline", restoring.plan(steward, APPROVED, PRODUCTION))


def _plan_protection(steward: Steward, _source: str) -> RepairPlan:
    steward.require(Operation.MIGRATE)
    with translated_errors(), steward.desk.engine.connect().execution_options(**READ_ONLY) as connection:
        schema.require_current(connection)
        found = tuple(protection.problems(connection))
    sentences = [f"mend: {problem}" for problem in found] or ["the protection stands as it was installed"]
    return _planned("reinstall_protection", sentences, 0, found)


_PLANNERS: Final[Mapping[str, Callable[[Steward, str], RepairPlan]]] = {
    "resync_mirror": _plan_resync,
    "restore_backup": _plan_restore,
    "reinstall_protection": _plan_protection,
    "approve_baseline": _plan_approval,
}


def _of_restore(name: str, found: RestorePlan) -> RepairPlan:
    return _planned(name, found.sentences(), len(found.deletions), found)


def _planned(
    name: str, sentences: list[str], deletions: int, inner: MirrorPlan | RestorePlan | tuple[str, ...]
) -> RepairPlan:
    told = inner.fingerprint if isinstance(inner, RestorePlan) else [name, *sentences]
    is_empty = not inner if isinstance(inner, tuple) else inner.is_empty
    mark = hashlib.sha256(canonical(told).encode()).hexdigest()[:16]
    return RepairPlan(name, tuple(sentences), deletions, is_empty, mark, inner)


def _resync(steward: Steward, planned: MirrorPlan) -> tuple[str, ...]:
    steward.require(Operation.MIGRATE)
    production = steward.desk.production
    production.refresh()
    done = mirror.apply(
        steward.desk.engine, mirrored(production), actor_id=steward.user_id, planned=planned, retire=True
    )
    return tuple(done.sentences())


def _reinstall(steward: Steward, planned: tuple[str, ...]) -> tuple[str, ...]:
    """Triggers and all in one transaction; the mirror is compared as a whole the next time that it is asked for."""
    steward.require(Operation.MIGRATE)
    with translated_errors(), steward.desk.engine.begin() as connection:
        schema.lock(connection)
        schema.require_current(connection)
        if tuple(protection.problems(connection)) != planned:
            raise StalePlanError("The protection has changed since the plan was made.", hint="Plan again.")
        connection.execute(sa.delete(MIRROR_CONTEXT))
        protection.install(connection)
        connection.execute(sa.delete(MIRROR_STATE))
        detail = {"problems": list(planned)}
        audit.write(connection, steward.user_id, "reinstall_protection", Store.PRODUCTION, None, detail)
    return tuple(f"mended: {problem}" for problem in planned)
