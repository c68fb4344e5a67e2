"""What of a difference can be taken over, and what a plan to do so would change, in words and for the templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from dashboard.differences import field_name, grouped, lines, record_tree
from scenario_core.integrity.diff import SCENARIO_ORDER, WHOLE, CatalogueDiff, Unit, units
from scenario_core.stewardship.restoring import RestorePlan

__all__ = ["Choice", "Naming", "choices", "plan_parts", "plan_title"]

MOST_SHOWN: Final = 30
MOST_OPEN: Final = 3


@dataclass(frozen=True, slots=True)
class Naming:
    """What things are called on a page.

    Attributes:
        state: A state, by its name.
        scenario: A scenario, by its id.
        phases: The phases of a scenario, by its id.
    """

    state: Callable[[str], str]
    scenario: Callable[[str], str]
    phases: Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be taken over on its own, by its name for people."""

    label: str
    units: tuple[Unit, ...]


def choices(diff: CatalogueDiff, scenario_id: str, names: Mapping[str, str]) -> list[Choice]:
    """All of a scenario, each phase that changed in more than one field, and each field.

    Args:
        diff: the difference from what would change to what it is taken from.
        scenario_id: the scenario, as the difference names it.
        names: what its phases are called.
    """
    if scenario_id in diff.removed:
        return [Choice("The whole scenario, which would be removed", (Unit(scenario_id, WHOLE),))]
    if scenario_id in diff.added:
        return [Choice("The whole scenario, which would be added", (Unit(scenario_id, WHOLE),))]
    order = [Choice("The order of all scenarios", (SCENARIO_ORDER,))] if scenario_id in diff.moved else []
    if scenario_id not in diff.changed:
        return order
    fields = units(diff.changed[scenario_id])
    single = [Choice(field_name(unit.field, names), (unit,)) for unit in fields]
    whole = [Choice("Everything in this scenario", fields)] if len(fields) > 1 else []
    return [*whole, *_whole_phases(fields, names), *single, *order]


def plan_title(plan: RestorePlan, naming: Naming) -> str:
    """`Production, from Approved backup: 1 changed in 2 fields`."""
    what = plan.change.summary() if plan.change else "the whole file, which can't be read as it is"
    return f"{naming.state(plan.target)}, from {naming.state(plan.source)}: {what}"


def plan_parts(plan: RestorePlan, naming: Naming) -> tuple[list[dict[str, Any]], int]:
    """The scenarios that a plan would change, for the template `plan`, and how many more there are."""
    if plan.change is None:
        return [], 0
    change = plan.change
    number = len(change.removed) + len(change.added) + len(change.changed) + len(change.moved)
    parts = list(islice(_parts(change, naming), MOST_SHOWN))
    for part in parts:
        part["open"] = number <= MOST_OPEN
    return parts, number - len(parts)


def _parts(change: CatalogueDiff, naming: Naming) -> Iterator[dict[str, Any]]:
    for kind, verb, records in (("removed", "Remove", change.removed), ("added", "Add", change.added)):
        for name, record in records.items():
            yield _part(f"{verb} {naming.scenario(name)}", kind, name, record=record_tree(record))
    for name, changed in change.changed.items():
        found = grouped(lines(changed.changes, naming.phases(name)))
        yield _part(f"Change {naming.scenario(name)}", "changed", name, fields=found)
    for name, (old, new) in change.moved.items():
        yield _part(f"Move {naming.scenario(name)} from place {old + 1} to {new + 1}", "moved", name)


def _part(sentence: str, kind: str, name: str, *, record: Any = None, fields: Any = ()) -> dict[str, Any]:
    return {"sentence": sentence, "kind": kind, "id": name, "record": record, "fields": list(fields)}


def _whole_phases(fields: tuple[Unit, ...], names: Mapping[str, str]) -> list[Choice]:
    by_phase: dict[str, list[Unit]] = {}
    for unit in fields:
        phase, has_member, _ = unit.field.partition("].")
        if has_member and phase.startswith("phases["):
            by_phase.setdefault(f"{phase}]", []).append(unit)
    return [
        Choice(f"{field_name(phase, names).removesuffix(' · Phase')} · the whole phase", tuple(found))
        for phase, found in by_phase.items()
        if len(found) > 1
    ]
