"""Two states and their difference, ready to be listed: rows, filter, pages, and one scenario at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec

from dashboard.compare_address import CompareView
from dashboard.differences import phase_names
from dashboard.words import plural
from scenario_core.integrity.diff import CatalogueDiff, ChangeKind
from scenario_core.search_text import fold
from scenario_core.stewardship import states
from scenario_core.stewardship.states import State

__all__ = ["Comparison", "Row"]

_SLICES: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RECORD: Final = msgspec.json.Decoder()


class _Named(msgspec.Struct):
    """The one field of a record that a list shows."""

    name: Any = None


_NAME: Final = msgspec.json.Decoder(_Named)


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario with differences. `kinds` holds one of added, removed and changed, or moved, or changed and moved."""

    scenario_id: str
    title: str
    kinds: tuple[ChangeKind, ...]
    fact: str


@dataclass(frozen=True)
class Comparison:
    """The difference between two states. What is derived from it is kept, so that one of 10,000 scenarios is quick."""

    old: State
    new: State
    diff: CatalogueDiff

    @classmethod
    def of(cls, old: State, new: State) -> Comparison:
        """Compare two states; see `states.compare` for what it raises."""
        return cls(old, new, states.compare(old, new))

    @property
    def is_of_one(self) -> bool:
        """Whether only one scenario was compared."""
        return bool(self.old.scenario_id or self.new.scenario_id)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every scenario with differences: those that are gone, then the others in their new order."""
        diff = self.diff
        ids = (*diff.removed, *(name for name in diff.new_order if self._kinds(name)))
        return tuple(Row(name, self._title(name), self._kinds(name), self._fact(name)) for name in ids)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many scenarios were added, removed, changed and moved."""
        return Counter(kind.value for row in self.rows for kind in row.kinds)

    @cached_property
    def _by_id(self) -> Mapping[str, Row]:
        return {row.scenario_id: row for row in self.rows}

    @cached_property
    def _folded(self) -> Sequence[str]:
        return [fold(f"{row.title} {row.scenario_id} {row.scenario_id.replace('_', ' ')}") for row in self.rows]

    @cached_property
    def _slices(self) -> tuple[Mapping[str, msgspec.Raw], Mapping[str, msgspec.Raw]]:
        return _cut(self.old.data), _cut(self.new.data)

    def row(self, scenario_id: str) -> Row | None:
        """The row of one scenario, None where nothing of it differs."""
        return self._by_id.get(scenario_id)

    def matching(self, view: CompareView) -> list[Row]:
        """The rows that a view wants."""
        words = fold(view.text).split()
        return [
            row
            for row, text in zip(self.rows, self._folded, strict=True)
            if (not view.kinds or view.kinds & {kind.value for kind in row.kinds})
            and all(word in text for word in words)
        ]

    def phase_names(self, scenario_id: str) -> dict[str, str]:
        """What the phases of a scenario are called, by their ids, on both sides."""
        found: dict[str, str] = {}
        for state, slices in zip((self.old, self.new), self._slices, strict=True):
            raw = slices.get(state.scenario_id or scenario_id)
            found |= phase_names(_RECORD.decode(raw)) if raw is not None else {}
        return found

    def _kinds(self, scenario_id: str) -> tuple[ChangeKind, ...]:
        diff = self.diff
        sides = (
            (ChangeKind.REMOVED, diff.removed),
            (ChangeKind.ADDED, diff.added),
            (ChangeKind.CHANGED, diff.changed),
            (ChangeKind.MOVED, diff.moved),
        )
        return tuple(kind for kind, ids in sides if scenario_id in ids)

    def _title(self, scenario_id: str) -> str:
        for state, slices in zip((self.new, self.old), reversed(self._slices), strict=True):
            raw = slices.get(state.scenario_id or scenario_id)
            if raw is not None and (name := _name(raw)):
                return name
        return scenario_id

    def _fact(self, scenario_id: str) -> str:
        diff = self.diff
        facts = []
        if scenario_id in diff.changed:
            change = diff.changed[scenario_id]
            facts.append(f"{plural(len(change.changes), 'change')} in {plural(len(change.fields), 'field')}")
        if scenario_id in diff.moved:
            old, new = diff.moved[scenario_id]
            facts.append(f"from place {old + 1:,} to {new + 1:,}")
        return ", ".join(facts)


def _cut(data: bytes) -> Mapping[str, msgspec.Raw]:
    """The records of a file, none where it is cut at its lines only, since it is not JSON as a whole."""
    try:
        return _SLICES.decode(data)
    except msgspec.MsgspecError:
        return {}


def _name(raw: msgspec.Raw) -> str:
    try:
        name = _NAME.decode(raw).name
    except msgspec.MsgspecError:
        return ""
    return name.strip() if isinstance(name, str) else ""
