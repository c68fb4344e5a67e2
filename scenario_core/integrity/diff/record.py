"""What changed from one scenario record to another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from scenario_core.integrity.diff.align import Alignment, align, likeness, pair_in_gaps
from scenario_core.integrity.diff.model import Change, ChangeKind
from scenario_core.integrity.diff.values import Place, canonical, same

PHASES: Final = "phases"

_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*")


@dataclass(frozen=True, slots=True)
class _Spot:
    """One place seen in both records at once, with its name for human eyes."""

    scenario_id: str
    field: str = ""
    old: Place = ()
    new: Place = ()

    def inside(self, old_key: str | int, new_key: str | int, field: str) -> _Spot:
        return _Spot(self.scenario_id, field, (*self.old, old_key), (*self.new, new_key))

    def added(self, value: Any) -> Change:
        return Change(self.scenario_id, ChangeKind.ADDED, self.field, None, value, None, self.new)

    def removed(self, value: Any) -> Change:
        return Change(self.scenario_id, ChangeKind.REMOVED, self.field, value, None, self.old, None)

    def changed(self, old: Any, new: Any) -> Change:
        return Change(self.scenario_id, ChangeKind.CHANGED, self.field, old, new, self.old, self.new)

    def moved(self, old: Any, new: Any) -> Change:
        return Change(self.scenario_id, ChangeKind.MOVED, self.field, old, new, self.old, self.new)


def record_changes(scenario_id: str, old: Any, new: Any) -> tuple[Change, ...]:
    """Every change from the old to the new record."""
    return tuple(_changes(_Spot(scenario_id), old, new))


def _changes(spot: _Spot, old: Any, new: Any) -> Iterator[Change]:
    if same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _object_changes(spot, old, new)
    elif not (isinstance(old, list) and isinstance(new, list)):
        yield spot.changed(old, new)
    elif spot.old == (PHASES,) and are_phases(old) and are_phases(new):
        yield from _phase_changes(spot, old, new)
    else:
        yield from _list_changes(spot, old, new)


def _object_changes(spot: _Spot, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        member = spot.inside(key, key, member_name(spot.field, key))
        if key not in new:
            yield member.removed(old[key])
        elif key not in old:
            yield member.added(new[key])
        else:
            yield from _changes(member, old[key], new[key])


def _list_changes(spot: _Spot, old: list[Any], new: list[Any]) -> Iterator[Change]:
    """Items by value; what was replaced in one spot is compared further if it has parts."""
    old_texts, new_texts = [canonical(item) for item in old], [canonical(item) for item in new]
    alignment = align(old_texts, new_texts)
    pairs = pair_in_gaps(alignment, lambda i, j: likeness(_text(old[i]), _text(new[j])))
    yield from _left_over(spot, alignment, old, new, {i for i, _ in pairs}, {j for _, j in pairs})
    for i, j in alignment.moved:
        yield spot.inside(i, j, spot.field).moved(old[i], new[j])
    for i, j in pairs:
        parts = isinstance(old[i], dict | list) and type(old[i]) is type(new[j])
        yield from _changes(spot.inside(i, j, f"{spot.field}[{i}]" if parts else spot.field), old[i], new[j])


def _text(item: Any) -> str:
    return item if isinstance(item, str) else canonical(item)


def _left_over(
    spot: _Spot, alignment: Alignment, old: list[Any], new: list[Any], paired_old: set[int], paired_new: set[int]
) -> Iterator[Change]:
    for i in alignment.removed:
        if i not in paired_old:
            yield spot.inside(i, i, spot.field).removed(old[i])
    for j in alignment.added:
        if j not in paired_new:
            yield spot.inside(j, j, spot.field).added(new[j])


def phase_ids(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """What tells the phases of both sides apart: the id, and for a phase that was renamed the old one on both sides."""
    renamed = _renamed_ids(old, new)
    old_ids = [phase["phase_id"] for phase in old]
    return old_ids, [renamed.get(phase["phase_id"], phase["phase_id"]) for phase in new]


def _phase_changes(spot: _Spot, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
    old_ids, new_ids = phase_ids(old, new)
    alignment = align(old_ids, new_ids)
    for i in alignment.removed:
        yield spot.inside(i, i, item_name(spot.field, old_ids[i])).removed(old[i])
    for j in alignment.added:
        yield spot.inside(j, j, item_name(spot.field, new_ids[j])).added(new[j])
    for i, j in alignment.moved:
        yield spot.inside(i, j, item_name(spot.field, old_ids[i])).moved(old[i], new[j])
    for i, j in sorted(alignment.kept + alignment.moved):
        yield from _changes(spot.inside(i, j, item_name(spot.field, old_ids[i])), old[i], new[j])


def are_phases(items: Any) -> bool:
    """Whether this is a list of phases that can be told apart by their ids."""
    if not isinstance(items, list):
        return False
    ids = [item.get("phase_id") if isinstance(item, dict) else None for item in items]
    return all(isinstance(phase_id, str) for phase_id in ids) and len(set(ids)) == len(ids)


def _renamed_ids(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> dict[str, str]:
    """New phase ids that took the place of removed ones, told by an equal name: new id to old id."""
    old_ids, new_ids = {phase["phase_id"] for phase in old}, {phase["phase_id"] for phase in new}
    gone: dict[str, list[str]] = {}
    for phase in reversed(old):
        if phase["phase_id"] not in new_ids and _name(phase):
            gone.setdefault(_name(phase), []).append(phase["phase_id"])
    fresh = (phase for phase in new if phase["phase_id"] not in old_ids)
    return {phase["phase_id"]: gone[_name(phase)].pop() for phase in fresh if gone.get(_name(phase))}


def _name(phase: dict[str, Any]) -> str:
    name = phase.get("name")
    return name.strip() if isinstance(name, str) else ""


def member_name(field: str, key: str) -> str:
    """The field of an object's member: `setting`, `cultural_context.tipping`, `cultural_context["dress code"]`."""
    if not _PLAIN_KEY.fullmatch(key):
        return item_name(field, key)
    return f"{field}.{key}" if field else key


def item_name(field: str, key: str) -> str:
    """The field of an item with an id: `phases[greeting]`, `phases["2nd greeting"]`."""
    return f"{field}[{key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)}]"
