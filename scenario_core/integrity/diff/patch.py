"""A difference as a JSON Patch (RFC 6902), for programs that know nothing of this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from scenario_core.integrity.diff.model import CatalogueDiff, Change, ScenarioChange
from scenario_core.integrity.diff.steps import Key, Steps, replacement
from scenario_core.integrity.diff.values import Place, json_pointer

Operation = dict[str, Any]


def json_patch(difference: CatalogueDiff | ScenarioChange) -> list[Operation]:
    """The operations that turn the old document, or the old record, into the new one, to be applied in this order.

    Before a value is replaced, removed or moved, a `test` makes sure that it is still what it was. Objects of JSON
    have no order, so a patch can't say in which order scenarios stand: one for a new order alone is empty.
    The operations share their values with the difference.
    """
    if isinstance(difference, ScenarioChange):
        return list(_inside(difference.changes, ()))
    return list(_of_catalogue(difference))


def _of_catalogue(diff: CatalogueDiff) -> Iterator[Operation]:
    for scenario_id, record in diff.removed.items():
        yield from _remove((scenario_id,), record)
    for scenario_id, change in diff.changed.items():
        yield from _inside(change.changes, (scenario_id,))
    for scenario_id, record in diff.added.items():
        yield _add((scenario_id,), record)


def _inside(changes: Sequence[Change], path: Place, depth: int = 0) -> Iterator[Operation]:
    """Operations on the value at the path.

    The innermost come first, so that all paths to them are still those of the old record.
    """
    if not changes:
        return
    if (replaced := replacement(changes, depth)) is not None:
        yield _test(path, replaced.old)
        yield {"op": "replace", "path": json_pointer(path), "value": replaced.new}
        return
    steps = Steps.of(changes, depth)
    for old_key, new_key in _members(steps).items():
        yield from _inside(steps.within(old_key, new_key), (*path, old_key), depth + 1)
    yield from _of_list(steps, path) if _is_list(steps) else _of_object(steps, path)


def _members(steps: Steps) -> dict[Key, Key]:
    """The old and the new key of each member inside of which something changes."""
    if not _is_list(steps):
        return {key: key for key in (*steps.inside, *steps.fresh)}
    pairs = ((i, j) for j, i in enumerate(steps.items(steps.least_length())) if i is not None)
    return {i: j for i, j in pairs if i in steps.inside or j in steps.fresh}


def _is_list(steps: Steps) -> bool:
    keys = (steps.removed, steps.added, steps.moved, steps.inside, steps.fresh)
    return any(isinstance(key, int) for found in keys for key in islice(found, 1))


def _of_object(steps: Steps, path: Place) -> Iterator[Operation]:
    for key, value in steps.removed.items():
        yield from _remove((*path, key), value)
    for key, value in steps.added.items():
        yield _add((*path, key), value)


def _of_list(steps: Steps, path: Place) -> Iterator[Operation]:
    """Removals from the end, then moves, then additions from the start: each index is right when its turn comes."""
    for index, value in sorted(steps.removed.items(), key=lambda item: int(item[0]), reverse=True):
        yield from _remove((*path, index), value)
    yield from _moves(steps, path)
    for index, value in sorted(steps.added.items(), key=lambda item: int(item[0])):
        yield _add((*path, index), value)


def _moves(steps: Steps, path: Place) -> Iterator[Operation]:
    """Put each item that jumps behind the one that will stand before it, in the new order."""
    if not steps.moved:
        return
    target = [i for i in steps.items(steps.least_length()) if i is not None]
    present = sorted(target)
    for before, i in zip([None, *target], target, strict=False):
        if i not in steps.moved:
            continue
        start = present.index(i)
        present.pop(start)
        end = 0 if before is None else present.index(before) + 1
        present.insert(end, i)
        if start != end:
            yield _test((*path, start), steps.moved[i])
            yield {"op": "move", "from": json_pointer((*path, start)), "path": json_pointer((*path, end))}


def _remove(path: Place, value: Any) -> Iterator[Operation]:
    yield _test(path, value)
    yield {"op": "remove", "path": json_pointer(path)}


def _add(path: Place, value: Any) -> Operation:
    return {"op": "add", "path": json_pointer(path), "value": value}


def _test(path: Place, value: Any) -> Operation:
    return {"op": "test", "path": json_pointer(path), "value": value}
