"""Applying a difference to the state that it was made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scenario_core.errors import StalePlanError
from scenario_core.integrity.diff_model import CatalogueDiff, Change, ChangeKind, ScenarioChange
from scenario_core.integrity.diff_values import fingerprint, same


def apply(diff: CatalogueDiff, old: Mapping[str, Any]) -> dict[str, Any]:
    """The new state, ids in their new order.

    Nothing is changed in place. Values that did not change are shared with `old`, those that did with `diff`.

    Raises:
        StalePlanError: `old` has other ids, or a record that was changed or removed is not what it was.
    """
    if tuple(old) != diff.old_order:
        raise _stale("the scenarios, or their order,")
    for scenario_id, record in diff.removed.items():
        if not same(old[scenario_id], record):
            raise _stale(repr(scenario_id))
    changed = {scenario_id: apply_scenario(change, old[scenario_id]) for scenario_id, change in diff.changed.items()}
    known = {**old, **diff.added, **changed}
    return {scenario_id: known[scenario_id] for scenario_id in diff.new_order}


def apply_scenario(change: ScenarioChange, old: Any) -> Any:
    """The new record; nothing is changed in place.

    Raises:
        StalePlanError: `old` is not the record that the change was made from.
    """
    if fingerprint(old) != change.fingerprint:
        raise _stale(repr(change.scenario_id))
    return _rebuilt(old, change.changes, 0)


def _stale(what: str) -> StalePlanError:
    return StalePlanError(
        f"Since this difference was made, {what} changed.", hint="Compare again and apply the new difference."
    )


def _rebuilt(value: Any, changes: Sequence[Change], depth: int) -> Any:
    """The value at one place after the changes at it and below it; `depth` is the number of keys that lead there."""
    if not changes:
        return value
    if changes[0].kind is ChangeKind.CHANGED and len(changes[0].place) == depth:
        return changes[0].new
    steps = _Steps.of(changes, depth)
    return _rebuilt_list(value, steps) if isinstance(value, list) else _rebuilt_object(value, steps)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The changes inside one object or list, by key or index: of the old side, but `added` and `fresh` of the new."""

    depth: int
    removed: set[str | int]
    moved: dict[str | int, str | int]
    added: dict[str | int, Any]
    inside: defaultdict[str | int, list[Change]]
    fresh: defaultdict[str | int, list[Change]]

    @classmethod
    def of(cls, changes: Sequence[Change], depth: int) -> _Steps:
        steps = cls(depth, set(), {}, {}, defaultdict(list), defaultdict(list))
        for change in changes:
            steps._sort_in(change)
        return steps

    def item(self, value: Any, old_key: str | int, new_key: str | int) -> Any:
        """The item that stood at the old key, as it will stand at the new one."""
        return _rebuilt(value, self.inside[old_key] + self.fresh[new_key], self.depth + 1)

    def _sort_in(self, change: Change) -> None:
        key = change.place[self.depth]
        if change.kind is ChangeKind.CHANGED or len(change.place) > self.depth + 1:
            (self.fresh if change.kind is ChangeKind.ADDED else self.inside)[key].append(change)
        elif change.kind is ChangeKind.REMOVED:
            self.removed.add(key)
        elif change.kind is ChangeKind.ADDED:
            self.added[key] = change.new
        elif change.new_place is not None:
            self.moved[key] = change.new_place[self.depth]


def _rebuilt_object(value: dict[str | int, Any], steps: _Steps) -> dict[str | int, Any]:
    kept = {key: steps.item(item, key, key) for key, item in value.items() if key not in steps.removed}
    return kept | steps.added


def _rebuilt_list(value: list[Any], steps: _Steps) -> list[Any]:
    """Added and moved items take their new index; the others fill the rest in their order."""
    jumped = {new: old for old, new in steps.moved.items()}
    others = (i for i in range(len(value)) if i not in steps.removed and i not in steps.moved)
    rebuilt = []
    for j in range(len(value) - len(steps.removed) + len(steps.added)):
        if j in steps.added:
            rebuilt.append(steps.added[j])
        else:
            i = int(jumped[j]) if j in jumped else next(others)
            rebuilt.append(steps.item(value[i], i, j))
    return rebuilt
