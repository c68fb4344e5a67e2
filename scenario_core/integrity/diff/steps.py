"""The changes of a record as a tree: what happens inside each object and list, step by step from the outside in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scenario_core.integrity.diff.model import Change, ChangeKind

Key = str | int


def replacement(changes: Sequence[Change], depth: int) -> Change | None:
    """The change that replaces the whole value to which `depth` keys lead, if that is what happens to it."""
    first = changes[0]
    return first if first.kind is ChangeKind.CHANGED and len(first.place) == depth else None


@dataclass(frozen=True, slots=True)
class Steps:
    """The changes inside one object or list.

    Keys and indices are those of the old side, but in `added`, `origins` and `fresh` those of the new one.

    Attributes:
        depth: How many keys lead to this object or list.
        removed: Members that are gone, with their old value.
        added: Members that are new, with their new value.
        moved: Items that jumped, as they stand on the new side.
        origins: The old index of each item that jumped.
        inside: What changes further inside, found on the old side.
        fresh: What is added further inside: that has a place on the new side only.
    """

    depth: int
    removed: dict[Key, Any]
    added: dict[Key, Any]
    moved: dict[Key, Any]
    origins: dict[Key, Key]
    inside: defaultdict[Key, list[Change]]
    fresh: defaultdict[Key, list[Change]]

    @classmethod
    def of(cls, changes: Sequence[Change], depth: int) -> Steps:
        """Sort changes in. All of them are at or below members of the same object or list."""
        steps = cls(depth, {}, {}, {}, {}, defaultdict(list), defaultdict(list))
        for change in changes:
            steps._sort_in(change)
        return steps

    def _sort_in(self, change: Change) -> None:
        key = change.place[self.depth]
        if change.kind is ChangeKind.CHANGED or len(change.place) > self.depth + 1:
            (self.fresh if change.kind is ChangeKind.ADDED else self.inside)[key].append(change)
        elif change.kind is ChangeKind.REMOVED:
            self.removed[key] = change.old
        elif change.kind is ChangeKind.ADDED:
            self.added[key] = change.new
        elif change.new_place is not None:
            self.moved[key] = change.new
            self.origins[change.new_place[self.depth]] = key

    def within(self, old_key: Key, new_key: Key) -> list[Change]:
        """What changes inside the member that was at the old key and will be at the new one."""
        return self.inside.get(old_key, []) + self.fresh.get(new_key, [])

    def least_length(self) -> int:
        """The length that an old list must have for every step to have its place; what follows is as it was."""
        old = (*self.removed, *self.moved, *self.inside)
        new = (*self.added, *self.origins, *self.fresh)
        old_length = 1 + max(map(int, old), default=-1)
        new_length = 1 + max(map(int, new), default=-1)
        return max(old_length, new_length + len(self.removed) - len(self.added))

    def items(self, old_length: int) -> Iterator[int | None]:
        """For each place of the new list: the old index of its item, None for one that is added.

        Moved items take the place that they jumped to; the others fill the rest in their order.
        """
        others = (i for i in range(old_length) if i not in self.removed and i not in self.moved)
        for j in range(old_length - len(self.removed) + len(self.added)):
            if j in self.added:
                yield None
            else:
                yield int(self.origins[j]) if j in self.origins else next(others)
