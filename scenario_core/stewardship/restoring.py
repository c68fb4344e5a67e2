"""Taking over what another state has, be it one field, one scenario or everything: plan, apply, log, undo."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scenario_core.errors import (
    BackupError,
    InvalidQueryError,
    NotConfirmedError,
    ProductionChangedError,
    ProductionUnreadableError,
    StalePlanError,
)
from scenario_core.integrity.diff import WHOLE, CatalogueDiff, Unit, canonical, diff_records, take, units
from scenario_core.integrity.diff.readable import unreadable
from scenario_core.people import Operation
from scenario_core.production import backups, io
from scenario_core.production.document import Document
from scenario_core.stewardship import splicing, states
from scenario_core.stewardship.noticing import RESTORE, notice_outside_change
from scenario_core.stewardship.states import APPROVED, PRODUCTION, SCENARIO, State
from scenario_core.stewardship.steward import Steward

APPROVE: Final = "approve_baseline"
MOST_ENTRIES: Final = 100
"""A restore of more scenarios than that is one entry of the audit log, not one a scenario."""


@dataclass(frozen=True)
class RestorePlan:
    """What a restore would do to its target.

    Attributes:
        target: The name of the state that would change: `production`, `backup` or `scenario:ID`.
        source: The name of the state that it is taken from.
        chosen: What is taken over, the fields in the target's terms.
        change: From what the target holds now to what it would hold; None where it can't be read at all.
        data: What the target would hold.
        replacing: The SHA-256 of what the target holds now, None where there is nothing.
        version: The version of a custom scenario that would be replaced.
        doubled: Keys that stand more than once in the target, of which all but one record can't be compared.
    """

    target: str
    source: str
    chosen: tuple[Unit, ...]
    change: CatalogueDiff | None
    data: bytes = field(repr=False)
    replacing: str | None
    version: int | None = None
    doubled: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the target already is like that."""
        return hashlib.sha256(self.data).hexdigest() == self.replacing

    @property
    def deletions(self) -> tuple[str, ...]:
        """The scenarios that would be gone from the target."""
        return tuple(self.change.removed) if self.change else ()

    @property
    def fingerprint(self) -> str:
        """What tells this plan from every other one."""
        parts = [self.target, self.replacing, hashlib.sha256(self.data).hexdigest()]
        return hashlib.sha256(canonical(parts).encode()).hexdigest()[:16]

    def sentences(self) -> list[str]:
        """The plan for people."""
        if self.is_empty:
            return [f"{self.target} already holds what {self.source} has; there is nothing to do"]
        what = self.change.summary() if self.change else "the whole file, which can't be read as it is"
        lines = [f"{self.target}, from {self.source}: {what}"]
        if self.change and self.change.is_empty:
            lines += ["only how it is written differs: line ends, white space, the order of keys"]
        lines += [f"of several records under the key {key}, one is left" for key in self.doubled]
        if self.change:
            lines += [f"remove {name}" for name in self.change.removed]
            lines += [f"add {name}" for name in self.change.added]
            lines += [f"change {name}: {', '.join(each.fields)}" for name, each in self.change.changed.items()]
            lines += [f"move {name}" for name in self.change.moved]
        return lines


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done. `kept` names the backup, or the version, that holds what was replaced."""

    target: str
    source: str
    kept: str | None
    scenario_ids: tuple[str, ...]


def plan(steward: Steward, target: str, source: str | State, chosen: Collection[Unit] | None = None) -> RestorePlan:
    """What it would take to bring the target to what the source has, in these units or, with None, in everything.

    What may be chosen are the `units` of the difference from the target to the source, see `offered`.

    Raises:
        PermissionDeniedError, ScenarioNotFoundError: the person may not see one of them.
        ProductionError: one of them can't be read; a target that can't be read can only be restored as a whole.
        InvalidScenarioError: what would stand there breaks production's rules.
        StalePlanError: there is no such difference.
    """
    found = source if isinstance(source, State) else states.read(steward, source)
    if target.startswith(SCENARIO):
        return _plan_for_custom(steward, target, found, chosen)
    if target not in {PRODUCTION, APPROVED}:
        raise InvalidQueryError(f"{target!r} can't be changed.", hint="Production, the backup and your scenarios can.")
    return _plan_for_file(steward, target, found, chosen)


def plan_scenarios(steward: Steward, target: str, source: str | State, scenario_ids: Sequence[str]) -> RestorePlan:
    """What it would take to bring these scenarios to what the source has; the rest stays, and so does what is equal.

    Raises:
        BackupError: the source lacks one of them.
        PermissionDeniedError, ProductionError, InvalidScenarioError: see `plan`.
    """
    found = source if isinstance(source, State) else states.read(steward, source)
    change = offered(steward, target, found)
    missing = [name for name in scenario_ids if name not in change.new_order]
    if missing:
        raise BackupError(f"{found.name} has no scenario {', '.join(missing)}; nothing was changed.")
    differing = {*change.added, *change.changed}
    return plan(steward, target, found, [Unit(name, WHOLE) for name in scenario_ids if name in differing])


def offered(steward: Steward, target: str, source: str | State) -> CatalogueDiff:
    """The difference from the target to the source, whose `units` can be taken over.

    Raises:
        ScenarioDeskError: see `plan`.
    """
    found = source if isinstance(source, State) else states.read(steward, source)
    now = states.read(steward, target)
    if target.startswith(SCENARIO):
        return _between_records(now, found)[0]
    present = Document.parse(now.data)
    return splicing.offered(present, _source_document(present, found))


def apply(steward: Steward, planned: RestorePlan, *, deletions: int = 0) -> Restored:
    """Do what was planned, with an entry in the audit log; what is replaced is kept.

    Args:
        steward: who does it.
        planned: the plan that was shown.
        deletions: how many scenarios the person has counted that would be gone.

    Raises:
        PermissionDeniedError: the person may not.
        NotConfirmedError: the number is not that of the plan.
        StalePlanError: the target has moved since the plan was made; nothing was changed.
        ProductionError, DatabaseError: it can't be written; nothing was changed.
    """
    if deletions != len(planned.deletions):
        raise NotConfirmedError("scenario", expected=len(planned.deletions), typed=deletions)
    if planned.target.startswith(SCENARIO):
        return _apply_to_custom(steward, planned)
    steward.require(Operation.MANAGE_BACKUPS)
    if planned.is_empty:
        return Restored(planned.target, planned.source, None, ())
    if planned.target == PRODUCTION:
        notice_outside_change(steward, planned.replacing)
    kept = _written(steward, planned)
    restored = Restored(planned.target, planned.source, kept, _scenarios(planned))
    _log(steward, planned, restored)
    return restored


def plan_undo(steward: Steward, kept: str, target: str = PRODUCTION, after: str | None = None) -> RestorePlan:
    """Bring back what a restore has replaced.

    Args:
        steward: who does it.
        kept: the backup that holds it.
        target: what was restored.
        after: the SHA-256 of what the restore had made of the target, if that is known; it must still be so.

    Raises:
        StalePlanError: the target has changed since the restore: choose from the differences instead.
    """
    if after is not None and states.read(steward, target).revision != after:
        raise StalePlanError(
            f"{target} has changed since.", hint=f"Compare it with {kept}, and choose what to bring back."
        )
    return plan(steward, target, kept)


def _plan_for_file(steward: Steward, target: str, source: State, chosen: Collection[Unit] | None) -> RestorePlan:
    steward.require(Operation.MANAGE_BACKUPS)
    path = steward.desk.production.path
    present = io.current_bytes(path if target == PRODUCTION else backups.baseline_path(path))
    replacing = None if present is None else hashlib.sha256(present).hexdigest()
    if chosen is None and source.scenario_id is None:
        return _plan_whole(path, target, source, present, replacing)
    now = Document.parse(b"{}\n" if present is None else present)
    then = _source_document(now, source)
    change = splicing.offered(now, then)
    wanted = units(change) if chosen is None else tuple(chosen)
    data = splicing.spliced(path, now, then, change, wanted)
    made = splicing.replaced(now, Document.parse(data))
    return RestorePlan(target, source.name, wanted, made, data, replacing)


def _plan_whole(path: Path, target: str, source: State, present: bytes | None, replacing: str | None) -> RestorePlan:
    """The source's bytes as they are.

    Raises:
        ProductionUnreadableError: it has no scenario that can be read.
    """
    if not io.parse(path, source.data):
        raise ProductionUnreadableError(f"{source.name} has no scenario that can be read.", hint="Choose another.")
    then = Document.parse(source.data)
    try:
        now = Document.parse(b"{}\n" if present is None else present)
    except ProductionUnreadableError:
        return RestorePlan(target, source.name, (), None, source.data, replacing)
    change = splicing.replaced(now, then)
    return RestorePlan(target, source.name, (), change, source.data, replacing, doubled=tuple(splicing.doubled(now)))


def _source_document(now: Document, source: State) -> Document:
    """The source's document; of a single scenario, the target's with that one in it, its ids and times left."""
    then = Document.parse(source.data)
    if source.scenario_id is None:
        return then
    name = source.scenario_id
    record = splicing.exact_record(then, name)
    if name in now.latest() and name not in unreadable(now):
        record = states.aligned(record, splicing.exact_record(now, name))
    return splicing.with_record(now, name, record)


def _between_records(now: State, source: State) -> tuple[CatalogueDiff, dict[str, Any], dict[str, Any]]:
    """The difference between two states of one scenario, and the two records with the ids and times of the first."""
    name = now.scenario_id or source.scenario_id or ""
    present = now.record(name)
    then = states.aligned(source.record(name), present)
    return diff_records({name: present}, {name: then}), present, then


def _written(steward: Steward, planned: RestorePlan) -> str | None:
    production = steward.desk.production
    try:
        if planned.target == PRODUCTION:
            kept = production.replace_file(planned.data, replacing=planned.replacing)
        else:
            kept = production.approve(planned.data, replacing=planned.replacing)[1]
    except ProductionChangedError as error:
        raise StalePlanError(f"{planned.target} has moved since the plan was made.", hint="Plan again.") from error
    return kept.name if kept else None


def _scenarios(planned: RestorePlan) -> tuple[str, ...]:
    if planned.change is None:
        return ()
    return (*planned.change.removed, *planned.change.added, *planned.change.changed)


def _log(steward: Steward, planned: RestorePlan, restored: Restored) -> None:
    detail = {
        "source": planned.source,
        "before": restored.kept,
        "before_sha256": planned.replacing,
        "after_sha256": hashlib.sha256(planned.data).hexdigest(),
        "summary": planned.change.summary() if planned.change else "the whole file",
    }
    operation = RESTORE if planned.target == PRODUCTION else APPROVE
    ids = restored.scenario_ids
    steward.log_all(operation, [(name, detail) for name in ids] if 0 < len(ids) <= MOST_ENTRIES else [(None, detail)])


def _plan_for_custom(steward: Steward, target: str, source: State, chosen: Collection[Unit] | None) -> RestorePlan:
    now = states.read(steward, target)
    name = now.scenario_id or ""
    if now.version is None:
        raise InvalidQueryError(f"{name!r} is no custom scenario.", hint="Take it over into production instead.")
    change, present, then = _between_records(now, source)
    wanted = units(change) if chosen is None else tuple(chosen)
    record = take(change.changed[name], present, then, [unit.field for unit in wanted]) if change.changed else present
    made = diff_records({name: present}, {name: record})
    return RestorePlan(
        target, source.name, wanted, made, states.as_document(name, record), now.revision, version=now.version
    )


def _apply_to_custom(steward: Steward, planned: RestorePlan) -> Restored:
    name = planned.target.removeprefix(SCENARIO)
    if planned.is_empty or planned.version is None:
        return Restored(planned.target, planned.source, None, ())
    document = json.loads(planned.data)[name]
    with steward.desk.builder() as service:
        service.update_scenario(name, steward.user_id, document, expected_version=planned.version)
    return Restored(planned.target, planned.source, f"revision:{name}@{planned.version}", (name,))
