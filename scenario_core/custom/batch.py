"""Doing one thing to many scenarios: those that may be changed are, the others are named, and all of it can be undone.

The scenarios are the ones that were named, never those that a filter would find by now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from scenario_core.custom import audit, records, tags
from scenario_core.custom.access import Access, ReadProduction, subject_of
from scenario_core.custom.records import CustomScenario
from scenario_core.custom.withdrawing import withdraw_with_scenario
from scenario_core.errors import PermissionDeniedError, ProtectedScenarioError, ScenarioDeskError, ScenarioNotFoundError
from scenario_core.people import Operation
from scenario_core.scenario import Store

Kind = Literal["share", "unshare", "delete", "tag", "untag"]


@dataclass(frozen=True, slots=True)
class Done:
    """A scenario that was changed: what undoing needs to know. `version` is the one after the change."""

    scenario_id: str
    title: str
    version: int
    was_public: bool
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A scenario that was left as it was, and why."""

    scenario_id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch has done."""

    kind: Kind
    done: tuple[Done, ...]
    skipped: tuple[Skipped, ...]


_OPERATIONS = {
    "share": Operation.SHARE,
    "unshare": Operation.SHARE,
    "delete": Operation.DELETE,
    "tag": Operation.TAG,
    "untag": Operation.TAG,
}


_VISIBILITY = frozenset({"share", "unshare"})


class Batch:
    """Changes to many scenarios in one transaction, through `ScenarioBuilderService.batch`."""

    def __init__(self, access: Access, read_production: ReadProduction) -> None:
        self._access = access
        self._read_production = read_production

    def preview(self, user_id: int, kind: Kind, scenario_ids: Iterable[str]) -> Outcome:
        """What `apply` would change and what it would skip. Changes nothing."""
        done: list[Done] = []
        skipped: list[Skipped] = []
        with self._access.reading() as connection:
            for scenario_id in dict.fromkeys(scenario_ids):
                found = self._permitted(connection, user_id, kind, scenario_id)
                if isinstance(found, Skipped):
                    skipped.append(found)
                else:
                    stored = found[1]
                    done.append(Done(scenario_id, stored.scenario.name, stored.version, stored.is_public))
        return Outcome(kind, tuple(done), tuple(skipped))

    def apply(self, user_id: int, kind: Kind, scenario_ids: Iterable[str], *, words: Sequence[str] = ()) -> Outcome:
        """Do it to all that the person may do it to; `words` are the tags to put on or take off.

        Raises:
            InvalidScenarioError: a tag can't be used; nothing was changed.
        """
        words = [tags.cleaned(word) for word in words]
        done: list[Done] = []
        skipped: list[Skipped] = []
        with self._access.writing() as connection:
            # In one order, whatever was ticked first: two batches can then never wait for each other.
            for scenario_id in sorted(set(scenario_ids)):
                found = self._permitted(connection, user_id, kind, scenario_id, lock=True)
                if isinstance(found, Skipped):
                    skipped.append(found)
                else:
                    done += _change(connection, user_id, kind, *found, words)
                    if kind == "delete":
                        withdraw_with_scenario(connection, scenario_id, user_id, self._read_production)
        return Outcome(kind, tuple(done), tuple(skipped))

    def undo(self, user_id: int, outcome: Outcome) -> Outcome:
        """Take a batch back; scenarios that have changed since are skipped and named."""
        done: list[Done] = []
        skipped: list[Skipped] = []
        with self._access.writing() as connection:
            for item in outcome.done:
                reason = self._take_back(connection, user_id, outcome.kind, item)
                if reason:
                    skipped.append(Skipped(item.scenario_id, item.title, reason))
                else:
                    done.append(item)
        return Outcome(outcome.kind, tuple(done), tuple(skipped))

    def _permitted(
        self,
        connection: sa.Connection,
        user_id: int,
        kind: Kind,
        scenario_id: str,
        *,
        lock: bool = False,
        undoing: bool = False,
    ) -> tuple[int, CustomScenario] | Skipped:
        try:
            found = self._access.scenario(connection, scenario_id, user_id, _OPERATIONS[kind], lock=lock)
        except (ProtectedScenarioError, PermissionDeniedError, ScenarioNotFoundError) as refusal:
            return self._skipped(connection, scenario_id, refusal)
        if kind in _VISIBILITY and not undoing and found[1].is_public == (kind == "share"):
            return Skipped(scenario_id, found[1].scenario.name, "already so")
        return found

    def _skipped(self, connection: sa.Connection, scenario_id: str, refusal: ScenarioDeskError) -> Skipped:
        """What was refused, by its title where the person may know it."""
        production = self._read_production(connection, scenario_id)
        if production is not None:
            return Skipped(scenario_id, production.name, "production: duplicate it and change the copy")
        if isinstance(refusal, ProtectedScenarioError):
            return Skipped(scenario_id, scenario_id, "no longer in the production file, only its mirror is left")
        if isinstance(refusal, PermissionDeniedError):
            title = records.require(connection, scenario_id).scenario.name
            return Skipped(scenario_id, title, "shared by somebody else: only its owner may do this")
        return Skipped(scenario_id, scenario_id, "no longer there")

    def _take_back(self, connection: sa.Connection, user_id: int, kind: Kind, item: Done) -> str | None:
        """Undo one change; returns why it could not be done."""
        if kind == "delete":
            return self._bring_back(connection, user_id, item)
        found = self._permitted(connection, user_id, kind, item.scenario_id, lock=True, undoing=True)
        if isinstance(found, Skipped):
            return found.reason
        number, stored = found
        if kind in _VISIBILITY:
            if stored.version != item.version:
                return "changed since"
            records.set_public(connection, number, stored, is_public=item.was_public)
        elif kind == "tag":
            tags.remove(connection, item.scenario_id, item.tags)
        else:
            tags.add(connection, item.scenario_id, item.tags)
        audit.write(connection, user_id, f"undo_{kind}", Store.CUSTOM, item.scenario_id)
        return None

    def _bring_back(self, connection: sa.Connection, user_id: int, item: Done) -> str | None:
        stored = records.find_deleted(connection, item.scenario_id)
        if stored is None:
            return "already back, or gone for good"
        self._access.require(user_id, Operation.RESTORE, subject_of(stored))
        records.undelete(connection, stored)
        if item.was_public:
            number, back = self._access.scenario(connection, item.scenario_id, user_id, Operation.SHARE)
            records.set_public(connection, number, back, is_public=True)
        audit.write(connection, user_id, "undo_delete", Store.CUSTOM, item.scenario_id)
        return None


def _change(
    connection: sa.Connection, user_id: int, kind: Kind, number: int, stored: CustomScenario, words: Sequence[str]
) -> list[Done]:
    """Change one scenario; returns nothing where it was so already."""
    name, version = stored.scenario_id, stored.version
    held: tuple[str, ...] = ()
    if kind in _VISIBILITY:
        records.set_public(connection, number, stored, is_public=kind == "share")
        version += 1
    elif kind == "delete":
        records.keep_revision(connection, stored, user_id)
        records.delete(connection, number, stored)
    else:
        change = tags.add if kind == "tag" else tags.remove
        held = tuple(change(connection, name, words))
        if not held:
            return []
    detail = {"tags": list(held)} if held else {"title": stored.scenario.name} if kind == "delete" else None
    audit.write(connection, user_id, kind, Store.CUSTOM, name, detail)
    return [Done(name, stored.scenario.name, version, stored.is_public, held)]
