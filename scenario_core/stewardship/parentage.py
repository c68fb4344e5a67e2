"""A copy and its origin: what differs, and what has changed in the origin since the copy was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scenario_core.errors import ScenarioNotFoundError
from scenario_core.integrity.diff import Change, ScenarioChange, Unit, diff_scenario, units
from scenario_core.integrity.diff.selection import unit_of
from scenario_core.people import Operation, require
from scenario_core.stewardship import restoring, states
from scenario_core.stewardship.restoring import RestorePlan
from scenario_core.stewardship.states import COPIED, ORIGIN, SCENARIO
from scenario_core.stewardship.steward import Steward


@dataclass(frozen=True, slots=True)
class Difference:
    """One unit in which a copy differs from its origin as it is now: from the copy's value to the origin's.

    `is_own` says whether the copy's author changed it, None where nobody knows what the origin was like.
    """

    unit: Unit
    changes: tuple[Change, ...]
    is_own: bool | None


@dataclass(frozen=True, slots=True)
class OriginChange:
    """One unit that changed in the origin since the copy was made: from what it was then to what it is now.

    Attributes:
        field: The unit's field, phases by the copy's ids.
        changes: What changed in it.
        taking: What to take over for it, None where the copy has the origin's value already.
        is_conflict: Whether the copy's author changed it too, so that taking it over would replace that.
    """

    field: str
    changes: tuple[Change, ...]
    taking: Unit | None
    is_conflict: bool


@dataclass(frozen=True, slots=True)
class Parentage:
    """What `look` finds.

    Attributes:
        scenario_id: The copy.
        differences: Everything in which it differs from its origin now.
        since: What changed in the origin since; None where what it was then was not kept.
    """

    scenario_id: str
    differences: tuple[Difference, ...]
    since: tuple[OriginChange, ...] | None

    @property
    def open_changes(self) -> tuple[OriginChange, ...]:
        """The changes of the origin that the copy does not have yet and that replace nothing of its author's."""
        return tuple(each for each in self.since or () if each.taking is not None and not each.is_conflict)


def look(steward: Steward, scenario_id: str) -> Parentage:
    """Compare a copy with its origin, as it is now and as it was.

    Raises:
        ScenarioNotFoundError: it is no copy, or the person may not know of it, or of its origin any more.
        PermissionDeniedError: it is not the person's own.
    """
    found = steward.desk.catalogue.resolve(steward.user_id, scenario_id)
    require(steward.person, Operation.READ_REVISIONS, found.subject)
    name = scenario_id
    mine = states.read(steward, f"{SCENARIO}{name}").record(name)
    theirs = states.aligned(states.read(steward, f"{ORIGIN}{name}").record(name), mine)
    now = diff_scenario(mine, theirs)
    try:
        then = states.aligned(states.read(steward, f"{COPIED}{name}").record(name), mine)
    except ScenarioNotFoundError:
        return Parentage(name, tuple(_differences(now, None)), None)
    own = {unit.field for unit in units(diff_scenario(then, mine))}
    since = diff_scenario(then, theirs)
    return Parentage(name, tuple(_differences(now, own)), tuple(_since(since, now, own)))


def plan_taking(steward: Steward, scenario_id: str, taking: tuple[Unit, ...]) -> RestorePlan:
    """What it takes to bring the copy to what the origin has in these units; see `restoring.plan`."""
    return restoring.plan(steward, f"{SCENARIO}{scenario_id}", f"{ORIGIN}{scenario_id}", taking)


def _by_unit(change: ScenarioChange) -> Mapping[Unit, tuple[Change, ...]]:
    found: dict[Unit, tuple[Change, ...]] = {}
    for each in change.changes:
        found[unit_of(each)] = (*found.get(unit_of(each), ()), each)
    return found


def _differences(now: ScenarioChange, own: set[str] | None) -> Iterator[Difference]:
    for unit, changes in _by_unit(now).items():
        yield Difference(unit, changes, None if own is None else _touches(unit.field, own))


def _since(since: ScenarioChange, now: ScenarioChange, own: set[str]) -> Iterator[OriginChange]:
    offered = {unit.field: unit for unit in units(now)}
    for unit, changes in _by_unit(since).items():
        taking = offered.get(unit.field) or offered.get(_phase_of(unit.field))
        yield OriginChange(unit.field, changes, taking, taking is not None and _touches(taking.field, own))


def _touches(field: str, own: set[str]) -> bool:
    """Whether the author has changed the field, the phase that it is in, or something in the phase that it is."""
    return field in own or _phase_of(field) in own or any(_phase_of(each) == field for each in own)


def _phase_of(field: str) -> str:
    """`phases[greeting]` for `phases[greeting].name`; the field itself where it is in no phase."""
    return f"{field.partition('].')[0]}]" if field.startswith("phases[") and "]." in field else field
