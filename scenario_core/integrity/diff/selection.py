"""Taking over single parts of a difference: one field, one phase, one scenario, one order.

To bring back what a backup has, compare production as the old side with the backup as the new one, and take from it.

    >>> from scenario_core.integrity.diff import diff_scenario
    >>> now = {"name": "Hotel", "setting": "A lobby", "phases": []}
    >>> kept = {"name": "Inn", "setting": "A hall", "phases": [{"phase_id": "arrival"}]}
    >>> change = diff_scenario(now, kept)
    >>> [unit.field for unit in units(change)]
    ['name', 'setting', 'phases[arrival]']
    >>> take(change, now, kept, ["setting"])
    {'name': 'Hotel', 'setting': 'A hall', 'phases': []}
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scenario_core.errors import StalePlanError
from scenario_core.integrity.diff.applying import apply_scenario
from scenario_core.integrity.diff.model import CatalogueDiff, Change, ChangeKind, ScenarioChange
from scenario_core.integrity.diff.record import PHASES, are_phases, item_name, member_name, phase_ids
from scenario_core.integrity.diff.values import same

WHOLE: Final = ""

_KEY: Final = r"[^\W\d][\w-]*"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_PHASE_UNIT: Final = re.compile(rf"phases\[(?:{_KEY}|{_QUOTED})\](?P<member>\.{_KEY}|\[{_QUOTED}\])?")
_FIELD_UNIT: Final = re.compile(rf"{_KEY}|\[{_QUOTED}\]")


@dataclass(frozen=True, slots=True)
class Unit:
    """What can be taken over on its own.

    Attributes:
        scenario_id: The scenario; empty for the order of scenarios.
        field: `setting`, `phases[greeting].name`, `phases[greeting]` for a phase that one side lacks, `phases` for the
            order of phases, empty for a scenario as a whole. Phases have their id of the old side.
    """

    scenario_id: str
    field: str


SCENARIO_ORDER: Final = Unit("", "[order]")


def unit_of(change: Change) -> Unit:
    """The unit that a change is part of."""
    return Unit(change.scenario_id, _field_of(change))


def units(difference: ScenarioChange | CatalogueDiff) -> tuple[Unit, ...]:
    """Everything that can be taken on its own, in the order of the changes. Together they are the difference."""
    if isinstance(difference, ScenarioChange):
        return tuple(dict.fromkeys(map(unit_of, difference.changes)))
    whole = (Unit(scenario_id, WHOLE) for scenario_id in (*difference.removed, *difference.added))
    inside = (unit for change in difference.changed.values() for unit in units(change))
    return (*whole, *inside, *((SCENARIO_ORDER,) if difference.moved else ()))


def take(change: ScenarioChange, old_record: Any, new_record: Any, fields: Collection[str]) -> Any:
    """The old record, in which the named units have the value of the new one. `WHOLE` names all of them.

    Nothing is changed in place; the result shares its values with both records. A phase that is added goes behind
    the one that it follows in the new record. Once a phase has its new id, its other units go by that.

    Raises:
        StalePlanError: The change is not that between these records, or has no such unit.
    """
    if not same(apply_scenario(change, old_record), new_record):
        raise _stale(repr(change.scenario_id))
    chosen = frozenset(fields)
    _check_known(change.scenario_id, chosen, {unit.field for unit in units(change)})
    return new_record if WHOLE in chosen else merged(old_record, new_record, chosen) if chosen else old_record


def merged(old: dict[str, Any], new: dict[str, Any], chosen: Collection[str]) -> dict[str, Any]:
    """The old record with the named units of the new one, whatever their values are; see `take` for what they are."""
    made = _members(old, new, chosen, "")
    if are_phases(old.get(PHASES)) and are_phases(new.get(PHASES)):
        made[PHASES] = _phases(old[PHASES], new[PHASES], chosen)
    return made


def take_units(
    diff: CatalogueDiff, old: Mapping[str, Any], new: Mapping[str, Any], chosen: Collection[Unit]
) -> dict[str, Any]:
    """The old records, in which the chosen units have the value of the new ones, as `take` does for one scenario.

    Raises:
        StalePlanError: The difference is not that between these records, or has no such unit.
    """
    if (tuple(old), tuple(new)) != (diff.old_order, diff.new_order):
        raise _stale("the scenarios, or their order,")
    fields = _by_scenario(unit for unit in chosen if unit != SCENARIO_ORDER)
    for scenario_id, names in fields.items():
        if scenario_id not in diff.changed:
            _check_whole(diff, old, new, scenario_id, names)
    order = _arranged(diff.old_order, diff.new_order, fields, reordered=SCENARIO_ORDER in chosen)
    return {scenario_id: _taken(diff, old, new, scenario_id, fields.get(scenario_id, ())) for scenario_id in order}


def _field_of(change: Change) -> str:
    in_phase = len(change.place) > 1 and isinstance(change.place[1], int)
    if in_phase and (found := _PHASE_UNIT.match(change.field)):
        return PHASES if change.kind is ChangeKind.MOVED and not found["member"] else found[0]
    top = _FIELD_UNIT.match(change.field)
    return top[0] if top else WHOLE


def _check_known(scenario_id: str, chosen: Iterable[str], known: Collection[str]) -> None:
    for field in chosen:
        if field not in known and not (field == WHOLE and known):
            name = repr(field) if field else "the scenario as a whole"
            raise StalePlanError(
                f"There is no difference in {name} of {scenario_id!r}.",
                hint="Compare again and choose from the differences that are shown then.",
            )


def _check_whole(
    diff: CatalogueDiff, old: Mapping[str, Any], new: Mapping[str, Any], scenario_id: str, fields: Iterable[str]
) -> None:
    """Whether a scenario that one side lacks is the one that was compared."""
    known = {WHOLE} if scenario_id in diff.added or scenario_id in diff.removed else set()
    _check_known(scenario_id, fields, known)
    compared = diff.added if scenario_id in diff.added else diff.removed
    if not same((new if scenario_id in diff.added else old)[scenario_id], compared[scenario_id]):
        raise _stale(repr(scenario_id))


def _stale(what: str) -> StalePlanError:
    return StalePlanError(
        f"Since this difference was made, {what} changed.",
        hint="Compare again and choose from the differences that are shown then.",
    )


def _by_scenario(chosen: Iterable[Unit]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for unit in chosen:
        found[unit.scenario_id].append(unit.field)
    return dict(found)


def _taken(
    diff: CatalogueDiff, old: Mapping[str, Any], new: Mapping[str, Any], scenario_id: str, fields: Collection[str]
) -> Any:
    if scenario_id not in old:
        return new[scenario_id]
    if not fields:
        return old[scenario_id]
    return take(diff.changed[scenario_id], old[scenario_id], new[scenario_id], fields)


def _members(old: dict[str, Any], new: dict[str, Any], chosen: Collection[str], name: str) -> dict[str, Any]:
    """Each member from the side that it is wanted from; there it may be missing."""
    sides = ((key, new if member_name(name, key) in chosen else old) for key in dict.fromkeys((*old, *new)))
    return {key: side[key] for key, side in sides if key in side}


def _phases(old: list[dict[str, Any]], new: list[dict[str, Any]], chosen: Collection[str]) -> list[dict[str, Any]]:
    old_ids, new_ids = phase_ids(old, new)
    old_phases, new_phases = dict(zip(old_ids, old, strict=True)), dict(zip(new_ids, new, strict=True))
    wanted = {phase_id for phase_id in (*old_ids, *new_ids) if item_name(PHASES, phase_id) in chosen}
    return [
        _members(old_phases[phase_id], new_phases[phase_id], chosen, item_name(PHASES, phase_id))
        if phase_id in old_phases and phase_id in new_phases
        else (old_phases | new_phases)[phase_id]
        for phase_id in _arranged(old_ids, new_ids, wanted, reordered=PHASES in chosen)
    ]


def _arranged(old: Sequence[str], new: Sequence[str], wanted: Collection[str], *, reordered: bool) -> list[str]:
    """The old ids without those that are wanted to go, with those that are wanted to come, in the old or new order.

    What comes goes behind what it follows in the new order. What stays though the new side lacks it goes behind all
    that it stood behind: so phases of one name keep their order, by which renamed ones are told.
    """
    places, old_ids = {key: place for place, key in enumerate(new)}, set(old)
    staying = [key for key in old if key in places or key not in wanted]
    if reordered:
        shared = [key for key in new if key in old_ids]
        staying = _woven(shared, _behind_all(staying, places))
    return _woven(staying, _behind_last([key for key in new if key in old_ids or key in wanted], old_ids))


def _behind_all(keys: Sequence[str], places: Mapping[str, int]) -> dict[str | None, list[str]]:
    """Those without a place in the new order, under the last in that order of what they stand behind."""
    found: defaultdict[str | None, list[str]] = defaultdict(list)
    last: str | None = None
    for key in keys:
        if key not in places:
            found[last].append(key)
        elif last is None or places[key] > places[last]:
            last = key
    return found


def _behind_last(keys: Sequence[str], known: Collection[str]) -> dict[str | None, list[str]]:
    """Those that are not known, under the known one that they follow."""
    found: defaultdict[str | None, list[str]] = defaultdict(list)
    last: str | None = None
    for key in keys:
        if key in known:
            last = key
        else:
            found[last].append(key)
    return found


def _woven(keys: Sequence[str], followers: Mapping[str | None, list[str]]) -> list[str]:
    woven = list(followers.get(None, ()))
    for key in keys:
        woven += (key, *followers.get(key, ()))
    return woven
