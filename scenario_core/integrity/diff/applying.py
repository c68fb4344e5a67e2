"""Applying a difference to the state that it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenario_core.errors import StalePlanError
from scenario_core.integrity.diff.model import CatalogueDiff, Change, ScenarioChange
from scenario_core.integrity.diff.steps import Key, Steps, replacement
from scenario_core.integrity.diff.values import fingerprint, same


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
    if (replaced := replacement(changes, depth)) is not None:
        return replaced.new
    steps = Steps.of(changes, depth)
    return _rebuilt_list(value, steps) if isinstance(value, list) else _rebuilt_object(value, steps)


def _rebuilt_object(value: dict[str, Any], steps: Steps) -> dict[Key, Any]:
    kept: dict[Key, Any] = {
        key: _rebuilt(item, steps.within(key, key), steps.depth + 1)
        for key, item in value.items()
        if key not in steps.removed
    }
    return kept | steps.added


def _rebuilt_list(value: list[Any], steps: Steps) -> list[Any]:
    return [
        steps.added[j] if i is None else _rebuilt(value[i], steps.within(i, j), steps.depth + 1)
        for j, i in enumerate(steps.items(len(value)))
    ]
