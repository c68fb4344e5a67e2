"""What all ways to show a difference say in the same words. Authored names stand in them on one line."""

from __future__ import annotations

from typing import Any

from scenario_core.integrity.diff.model import CatalogueDiff, Change, ChangeKind
from scenario_core.integrity.diff.visible import looks_same, one_line


def heading(diff: CatalogueDiff, old_name: str, new_name: str) -> str:
    """Such as `backup, old → production, new: 3 added, 1 removed, 4 changed in 7 fields`."""
    return f"{direction(old_name, new_name)}: {diff.summary()}"


def direction(old_name: str, new_name: str) -> str:
    """Such as `backup, old → production, new`."""
    return f"{one_line(old_name)}, old → {one_line(new_name)}, new"


def field_of(change: Change) -> str:
    """The field, or `whole record`."""
    return one_line(change.field) or "whole record"


def what_happened(change: Change) -> str:
    """Such as `item 2 changed (looks the same)` or `item 4 moved to 1`."""
    item = f"item {change.place[-1] + 1} " if change.place and isinstance(change.place[-1], int) else ""
    if change.kind is ChangeKind.MOVED and change.new_place:
        return f"{item}moved to {int(change.new_place[-1]) + 1}"
    return f"{item}{change.kind.value}{' (looks the same)' if _is_unseen(change) else ''}"


def move_of(old: int, new: int) -> str:
    """Such as `moved from place 3 to 1`."""
    return f"moved from place {old + 1} to {new + 1}"


def title_of(record: Any) -> str | None:
    """The name that a record gives itself, as it was written."""
    name = record.get("name") if isinstance(record, dict) else None
    return name if isinstance(name, str) else None


def _is_unseen(change: Change) -> bool:
    both_texts = isinstance(change.old, str) and isinstance(change.new, str)
    return change.kind is ChangeKind.CHANGED and both_texts and looks_same(change.old, change.new)
