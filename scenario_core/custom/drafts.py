"""What authors are writing: kept as typed, complete or not, step by step, and seen by nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import audit, limits, records, rehearsals
from scenario_core.custom.access import Access
from scenario_core.custom.columns import json_text, now
from scenario_core.custom.new_scenarios import fresh, plain
from scenario_core.custom.records import CustomScenario, NewScenario
from scenario_core.custom.tables import DRAFT_STEPS, DRAFTS
from scenario_core.errors import ScenarioNotFoundError, StaleVersionError
from scenario_core.people import Operation
from scenario_core.scenario import Store

STEPS_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """Unfinished work. `scenario_id` and `base_version` say what it will replace, None for a new scenario.

    `version` moves with every change; `step` is its place in its own history, which `undo` and `redo` walk.
    """

    draft_id: str
    owner_id: int
    scenario_id: str | None
    base_version: int | None
    version: int
    step: int
    document: dict[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """Whether a draft can go one step back or forward."""

    can_undo: bool
    can_redo: bool


class Drafts:
    """The drafts of authors, through `ScenarioBuilderService.drafts`.

    Every method that takes a draft's id raises `ScenarioNotFoundError` where the person has no such draft, and every
    method that takes `expected_version` raises `StaleVersionError` where it has changed since, having stored nothing.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def open(self, user_id: int, document: Mapping[str, Any], *, draft_id: str | None = None) -> Draft:
        """Begin a new scenario. Asking twice with one `draft_id` (a UUID) makes one draft."""
        with self._access.writing() as connection:
            self._access.require(user_id, Operation.CREATE)
            made = _find(connection, draft_id, user_id) if draft_id else None
            return made or self._insert(connection, user_id, None, None, document, draft_id)

    def edit(self, scenario_id: str, user_id: int) -> Draft:
        """The person's draft of their scenario: the one that is there, or a new one from the current version."""
        with self._access.writing() as connection:
            stored = self._access.scenario(connection, scenario_id, user_id, Operation.UPDATE, lock=True)[1]
            query = sa.select(DRAFTS).where(DRAFTS.c.owner_id == user_id, DRAFTS.c.scenario_id == scenario_id)
            row = connection.execute(query).mappings().first()
            if row is not None:
                return Draft(**row)
            document = stored.scenario.model_dump(mode="json")
            return self._insert(connection, user_id, scenario_id, stored.version, document)

    def get(self, draft_id: str, user_id: int) -> Draft:
        """A draft of this person."""
        with self._access.reading() as connection:
            return _own(connection, draft_id, user_id)

    def list(self, user_id: int) -> list[Draft]:
        """The person's drafts, the latest change first."""
        query = sa.select(DRAFTS).where(DRAFTS.c.owner_id == user_id).order_by(DRAFTS.c.updated_at.desc())
        with self._access.reading() as connection:
            return [Draft(**row) for row in connection.execute(query).mappings()]

    def save(self, draft_id: str, user_id: int, document: Mapping[str, Any], *, expected_version: int) -> Draft:
        """Keep what was typed, as the next step; steps that were undone before are forgotten."""
        with self._access.writing() as connection:
            draft = _at_version(connection, draft_id, user_id, expected_version)
            if json_text(draft.document) == json_text(dict(document)):
                return draft
            undone, too_old = DRAFT_STEPS.c.step > draft.step, DRAFT_STEPS.c.step <= draft.step + 1 - STEPS_KEPT
            _forget_steps(connection, draft_id, sa.or_(undone, too_old))
            _keep_step(connection, draft_id, draft.step + 1, draft.base_version, document)
            return _change(connection, draft, document, step=draft.step + 1)

    def history(self, draft: Draft) -> History:
        """Where `undo` and `redo` can go."""
        beside = sa.select(DRAFT_STEPS.c.step).where(
            DRAFT_STEPS.c.draft_id == draft.draft_id, DRAFT_STEPS.c.step.in_([draft.step - 1, draft.step + 1])
        )
        with self._access.reading() as connection:
            steps = set(connection.scalars(beside))
        return History(draft.step - 1 in steps, draft.step + 1 in steps)

    def undo(self, draft_id: str, user_id: int, *, expected_version: int) -> Draft:
        """Go one step back; at the first step nothing happens."""
        return self._walk(draft_id, user_id, expected_version, -1)

    def redo(self, draft_id: str, user_id: int, *, expected_version: int) -> Draft:
        """Take the last `undo` back; where there is none nothing happens."""
        return self._walk(draft_id, user_id, expected_version, +1)

    def rebase(
        self, draft_id: str, user_id: int, document: Mapping[str, Any], *, base_version: int, expected_version: int
    ) -> Draft:
        """Put the draft, merged by its author, on top of a newer version of its scenario."""
        with self._access.writing() as connection:
            draft = _at_version(connection, draft_id, user_id, expected_version)
            _forget_steps(connection, draft_id, DRAFT_STEPS.c.step > draft.step)
            _keep_step(connection, draft_id, draft.step + 1, base_version, document)
            return _change(connection, draft, document, step=draft.step + 1, base_version=base_version)

    def detach(self, draft_id: str, user_id: int, *, expected_version: int) -> Draft:
        """Make a draft whose scenario is gone the draft of a new one."""
        with self._access.writing() as connection:
            self._access.require(user_id, Operation.CREATE)
            draft = _at_version(connection, draft_id, user_id, expected_version)
            return _change(connection, draft, draft.document, scenario_id=None, base_version=None)

    def publish(self, draft_id: str, user_id: int, *, expected_version: int) -> CustomScenario:
        """Make the draft the scenario, a new one or the next version of its own; the draft is then done with.

        Raises:
            InvalidScenarioError: with every fault; nothing was stored, the draft stays.
            StaleVersionError: also where the scenario itself has changed since the draft was begun; `rebase` it first.
        """
        with self._access.writing() as connection:
            draft = _at_version(connection, draft_id, user_id, expected_version)
            if draft.scenario_id is None:
                published = self._publish_new(connection, user_id, draft)
            else:
                published = self._publish_change(connection, user_id, draft.scenario_id, draft)
            rehearsals.move(connection, user_id, draft_id, published.scenario_id)
            _remove(connection, draft_id)
            return published

    def discard(self, draft_id: str, user_id: int) -> None:
        """Throw a draft and its history away."""
        with self._access.writing() as connection:
            _own(connection, draft_id, user_id, lock=True)
            _remove(connection, draft_id)

    def put_back(self, draft: Draft, user_id: int) -> Draft:
        """Bring a draft back that was discarded: as it was, its history gone; one that is there again stays."""
        with self._access.writing() as connection:
            self._access.require(user_id, Operation.CREATE)
            same = DRAFTS.c.draft_id == draft.draft_id
            if draft.scenario_id is not None:
                self._access.scenario(connection, draft.scenario_id, user_id, Operation.UPDATE, lock=True)
                same = DRAFTS.c.scenario_id == draft.scenario_id
            row = connection.execute(sa.select(DRAFTS).where(DRAFTS.c.owner_id == user_id, same)).mappings().first()
            if row is not None:
                return Draft(**row)
            return self._insert(
                connection, user_id, draft.scenario_id, draft.base_version, draft.document, draft.draft_id
            )

    def _publish_new(self, connection: sa.Connection, user_id: int, draft: Draft) -> CustomScenario:
        self._access.require(user_id, Operation.CREATE)
        scenario = fresh(limits.require_within_limits(draft.document))
        records.insert(connection, [NewScenario(scenario, user_id)])
        audit.write(connection, user_id, "create", Store.CUSTOM, scenario.scenario_id)
        return records.require(connection, scenario.scenario_id)

    def _publish_change(
        self, connection: sa.Connection, user_id: int, scenario_id: str, draft: Draft
    ) -> CustomScenario:
        base = draft.base_version or 1
        found = self._access.at_version(connection, scenario_id, user_id, Operation.UPDATE, base)
        authored = limits.require_within_limits({**draft.document, "scenario_id": scenario_id})
        return records.save(connection, *found, plain(authored), user_id, "update")

    def _walk(self, draft_id: str, user_id: int, expected_version: int, distance: int) -> Draft:
        with self._access.writing() as connection:
            draft = _at_version(connection, draft_id, user_id, expected_version)
            step = draft.step + distance
            query = sa.select(DRAFT_STEPS).where(DRAFT_STEPS.c.draft_id == draft_id, DRAFT_STEPS.c.step == step)
            found = connection.execute(query).mappings().first()
            if found is None:
                return draft
            return _change(connection, draft, found["document"], step=step, base_version=found["base_version"])

    @staticmethod
    def _insert(
        connection: sa.Connection,
        user_id: int,
        scenario_id: str | None,
        base_version: int | None,
        document: Mapping[str, Any],
        draft_id: str | None = None,
    ) -> Draft:
        moment = now()
        draft = Draft(
            draft_id=draft_id or str(uuid.uuid4()),
            owner_id=user_id,
            scenario_id=scenario_id,
            base_version=base_version,
            version=1,
            step=0,
            document=dict(document),
            created_at=moment,
            updated_at=moment,
        )
        values = {name: getattr(draft, name) for name in Draft.__slots__}
        connection.execute(sa.insert(DRAFTS).values(**values))
        _keep_step(connection, draft.draft_id, 0, base_version, document)
        return draft


def _own(connection: sa.Connection, draft_id: str, user_id: int, *, lock: bool = False) -> Draft:
    found = _find(connection, draft_id, user_id, lock=lock)
    if found is None:
        raise ScenarioNotFoundError(draft_id, hint="It may have been saved or discarded in another tab.")
    return found


def _find(connection: sa.Connection, draft_id: str, user_id: int, *, lock: bool = False) -> Draft | None:
    query = sa.select(DRAFTS).where(DRAFTS.c.draft_id == draft_id, DRAFTS.c.owner_id == user_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return Draft(**row) if row else None


def _at_version(connection: sa.Connection, draft_id: str, user_id: int, expected: int) -> Draft:
    draft = _own(connection, draft_id, user_id, lock=True)
    if draft.version != expected:
        raise StaleVersionError(draft_id, expected=expected, current=draft.version)
    return draft


def _change(connection: sa.Connection, draft: Draft, document: Mapping[str, Any], **values: Any) -> Draft:
    changed = {"document": dict(document), "version": draft.version + 1, "updated_at": now(), **values}
    connection.execute(sa.update(DRAFTS).where(DRAFTS.c.draft_id == draft.draft_id).values(**changed))
    return replace(draft, **changed)


def _keep_step(
    connection: sa.Connection, draft_id: str, step: int, base_version: int | None, document: Mapping[str, Any]
) -> None:
    values = {"draft_id": draft_id, "step": step, "base_version": base_version, "document": dict(document)}
    connection.execute(sa.insert(DRAFT_STEPS).values(**values))


def _forget_steps(connection: sa.Connection, draft_id: str, which: sa.ColumnElement[bool]) -> None:
    connection.execute(sa.delete(DRAFT_STEPS).where(DRAFT_STEPS.c.draft_id == draft_id, which))


def _remove(connection: sa.Connection, draft_id: str) -> None:
    _forget_steps(connection, draft_id, sa.true())
    connection.execute(sa.delete(DRAFTS).where(DRAFTS.c.draft_id == draft_id))
