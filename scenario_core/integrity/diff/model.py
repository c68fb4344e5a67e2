"""What a difference between two states of the catalogue is: changes of fields, of scenarios, of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from scenario_core.integrity.diff.values import Place, json_pointer


class ChangeKind(StrEnum):
    """What happened to a value on the way from old to new."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One change inside one scenario.

    Attributes:
        scenario_id: The scenario, by its id on the old side.
        kind: What happened.
        field: The field for human eyes, phases by their id and items of plain lists without their index, such as
            `phases[greeting].essential_phrases`; empty if the whole record was replaced.
        old: The value on the old side; None if it was added. For a move the item as it stands on that side:
            what changed inside a moved phase is listed on its own.
        new: The value on the new side; None if it was removed.
        old_place: Where the value is in the old record; None if it was added.
        new_place: Where the value is in the new record; None if it was removed.
    """

    scenario_id: str
    kind: ChangeKind
    field: str
    old: Any
    new: Any
    old_place: Place | None
    new_place: Place | None

    @property
    def pointer(self) -> str:
        """JSON pointer (RFC 6901) from the scenario record: into the new one if added, else into the old one."""
        return json_pointer(self.place)

    @property
    def place(self) -> Place:
        """What `pointer` points to, as keys and indices."""
        return (self.old_place if self.old_place is not None else self.new_place) or ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; a side where the value does not exist has no keys."""
        shown: dict[str, Any] = {"kind": self.kind.value, "field": self.field, "pointer": self.pointer}
        if self.old_place is not None:
            shown |= {"old_pointer": json_pointer(self.old_place), "old": self.old}
        if self.new_place is not None:
            shown |= {"new_pointer": json_pointer(self.new_place), "new": self.new}
        return shown


@dataclass(frozen=True, slots=True)
class ScenarioChange:
    """What changed inside one scenario. `fingerprint` is that of the old record."""

    scenario_id: str
    changes: tuple[Change, ...]
    fingerprint: str

    @property
    def is_empty(self) -> bool:
        """Whether both records are equal."""
        return not self.changes

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that changed, each once."""
        return tuple(dict.fromkeys(change.field for change in self.changes))

    def summary(self) -> str:
        """Such as `3 changes in 2 fields`."""
        return f"{plural(len(self.changes), 'change')} in {plural(len(self.fields), 'field')}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"fingerprint": self.fingerprint, "changes": [change.to_json() for change in self.changes]}


@dataclass(frozen=True, slots=True)
class CatalogueDiff:
    """What changed from an old state of the catalogue to a new one.

    Attributes:
        added: The records that only the new side has, by id.
        removed: The records that only the old side has, by id.
        changed: What changed inside the scenarios that both sides have, by id.
        moved: The fewest ids whose move explains the new order, with their old and new index.
        old_order: All ids of the old side.
        new_order: All ids of the new side.
        left_out: Ids that are not compared, since a side's record can't be read.
    """

    added: dict[str, Any]
    removed: dict[str, Any]
    changed: dict[str, ScenarioChange]
    moved: dict[str, tuple[int, int]]
    old_order: tuple[str, ...] = field(repr=False)
    new_order: tuple[str, ...] = field(repr=False)
    left_out: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether both sides hold equal records in the same order, and all of them are compared."""
        return not (self.added or self.removed or self.changed or self.moved or self.left_out)

    def summary(self) -> str:
        """Such as `3 added, 1 removed, 4 changed in 7 fields`; parts that are zero are left out."""
        fields = sum(len(change.fields) for change in self.changed.values())
        parts = (
            (len(self.added), "added"),
            (len(self.removed), "removed"),
            (len(self.changed), f"changed in {plural(fields, 'field')}"),
            (len(self.moved), "moved"),
            (len(self.left_out), "not compared"),
        )
        return ", ".join(f"{count} {what}" for count, what in parts if count) or "no differences"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "summary": self.summary(),
            "added": self.added,
            "removed": self.removed,
            "changed": {scenario_id: change.to_json() for scenario_id, change in self.changed.items()},
            "moved": {scenario_id: {"from": old, "to": new} for scenario_id, (old, new) in self.moved.items()},
            "left_out": list(self.left_out),
        }


def plural(number: int, noun: str) -> str:
    """Such as `1 field` or `2 fields`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
