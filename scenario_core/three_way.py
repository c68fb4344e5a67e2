"""Two versions of a scenario that grew from one, merged field by field.

Base is the version both sides started from, theirs is what has been saved since, mine is what is being edited. A field
changed on one side only is taken from that side; one that both changed differently is a conflict, and mine is
suggested, so that nothing typed is lost. Phases are matched by `phase_id`: one with a new id is another phase. Where
ids are missing or repeated on any side, all phases count as one field.

Documents may be incomplete or ill-typed; any JSON object can be merged. Equality is that of JSON values: the order of
keys does not count, and `1`, `1.0` and `true` are three values. Tuples are read as lists.

    >>> base = {"name": "Hotel", "setting": "Lobby"}
    >>> merge = three_way(base, {"name": "Inn", "setting": "Lobby"}, {"name": "Hotel", "setting": "Bar"})
    >>> merge.document
    {'name': 'Inn', 'setting': 'Bar'}
    >>> [(choice.pointer, choice.suggestion.value) for choice in merge.choices]
    [('/name', 'theirs'), ('/setting', 'mine')]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final, NamedTuple

SERVER_KEPT: Final = frozenset({"scenario_id", "created_at", "updated_at"})
_PHASES: Final = "/phases"


class Side(StrEnum):
    """One of the three versions."""

    BASE = "base"
    THEIRS = "theirs"
    MINE = "mine"


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""Stands for a field or phase that a version does not have; `None` is a value."""


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One field in which theirs or mine differs from base.

    `pointer` is a JSON pointer that names phases by id: `/name`, `/phases/{phase_id}/key_vocabulary`,
    `/phases/{phase_id}` for a phase that not all three have (`field` is "phase"), and `/phases` for the order of the
    phases that all three have, given as lists of ids ("order"), or for all phases as one field ("phases").
    """

    pointer: str
    phase_id: str | None
    field: str
    base: Any
    theirs: Any
    mine: Any

    @property
    def conflict(self) -> bool:
        """Whether both sides changed it, and differently."""
        pairs = (self.base, self.theirs), (self.base, self.mine), (self.theirs, self.mine)
        return not any(_same(*pair) for pair in pairs)

    @property
    def suggestion(self) -> Side:
        """Theirs where only they changed it, else mine."""
        return Side.THEIRS if _same(self.base, self.mine) else Side.MINE


@dataclass(frozen=True, slots=True)
class Merge:
    """The document with every suggestion applied, and what there was to choose, in document order."""

    document: dict[str, Any]
    choices: tuple[FieldChoice, ...]

    @property
    def conflicts(self) -> tuple[FieldChoice, ...]:
        """The choices that a person has to make."""
        return tuple(choice for choice in self.choices if choice.conflict)


def three_way(base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Merge:
    """Merge two versions of a document. The fields in `SERVER_KEPT` are theirs, and never a choice.

    The result shares nothing with the arguments.
    """
    merging = _Merging({})
    document = merging.fields(_Three(*(_copy(dict(each)) for each in (base, theirs, mine))))
    return Merge(document, tuple(merging.choices))


def resolve(
    base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any], decisions: Mapping[str, Side]
) -> dict[str, Any]:
    """The merged document, with a side decided by pointer; where none is, the suggestion holds.

    Pointers that are no choice have no effect.
    """
    return _Merging(decisions).fields(_Three(*(_copy(dict(each)) for each in (base, theirs, mine))))


class _Three(NamedTuple):
    """The three versions of one value."""

    base: Any
    theirs: Any
    mine: Any

    def get(self, key: str) -> _Three:
        return _Three(*(version.get(key, MISSING) for version in self))

    def of(self, side: Side) -> Any:
        return {Side.BASE: self.base, Side.THEIRS: self.theirs, Side.MINE: self.mine}[side]

    def names(self) -> list[str]:
        """The keys of all three, each of theirs and of base that mine lacks after the key before it."""
        theirs = [(key, list(self.theirs)) for key in self.theirs if key not in self.mine]
        base = [(key, list(self.base)) for key in self.base if key not in self.mine and key not in self.theirs]
        return _arranged(list(self.mine), theirs + base)


class _Merging:
    """Goes through three versions once, in document order; applies the decisions and notes what there was to choose."""

    def __init__(self, decisions: Mapping[str, Side]) -> None:
        self._decisions = decisions
        self.choices: list[FieldChoice] = []

    def _side(self, values: _Three, pointer: str, phase_id: str | None, field: str) -> Side:
        if _same(values.base, values.theirs) and _same(values.base, values.mine):
            return Side.MINE
        choice = FieldChoice(pointer, phase_id, field, *map(_copy, values))
        self.choices.append(choice)
        return self._decisions.get(pointer, choice.suggestion)

    def fields(self, versions: _Three, phase_id: str | None = None) -> dict[str, Any]:
        """One object of the chosen fields: the whole document, or a phase that all three have."""
        prefix = "" if phase_id is None else _pointer(_PHASES, phase_id)
        result = {}
        for name in versions.names():
            values = versions.get(name)
            if phase_id is None and name == "phases" and (phases := _by_id(values)) is not None:
                result[name] = self._phases(phases)
                continue
            kept = phase_id is None and name in SERVER_KEPT
            side = Side.THEIRS if kept else self._side(values, _pointer(prefix, name), phase_id, name)
            if values.of(side) is not MISSING:
                result[name] = _copy(values.of(side))
        return result

    def _phases(self, phases: _Three) -> list[dict[str, Any]]:
        """The phases that all three have in the chosen order, and each other after its predecessor on its side."""
        common = phases.base.keys() & phases.theirs.keys() & phases.mine.keys()
        orders = _Three(*([phase_id for phase_id in version if phase_id in common] for version in phases))
        order = orders.of(self._side(orders, _PHASES, None, "order"))
        kept: dict[str, dict[str, Any]] = {}
        sources: dict[str, Side] = {}
        for phase_id in phases.names():
            phase = phases.get(phase_id)
            if phase_id in common:
                kept[phase_id] = self.fields(phase, phase_id)
                continue
            side = self._side(phase, _pointer(_PHASES, phase_id), phase_id, "phase")
            if phase.of(side) is not MISSING:
                kept[phase_id], sources[phase_id] = _copy(phase.of(side)), side
        rest = [
            (phase_id, list(phases.of(side)))
            for side in (Side.MINE, Side.THEIRS, Side.BASE)
            for phase_id in phases.of(side)
            if sources.get(phase_id) == side
        ]
        return [kept[phase_id] for phase_id in _arranged(order, rest)]


def _by_id(values: _Three) -> _Three | None:
    """The phases of each version by id; None if one has no list of objects with an id of their own."""
    found = []
    for phases in values:
        if not isinstance(phases, list) or not all(isinstance(phase, dict) for phase in phases):
            return None
        by_id = {phase_id: phase for phase in phases if isinstance(phase_id := phase.get("phase_id"), str) and phase_id}
        if len(by_id) < len(phases):
            return None
        found.append(by_id)
    return _Three(*found)


def _arranged(order: Sequence[str], rest: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """The order, with each name of the rest right after the nearest name before it in the sequence given with it.

    Where two wait for each other, the first goes after the nearest name that has its place already.
    """
    result, placed, waiting = list(order), set(order), list(rest)
    wanted = placed.union(name for name, _ in rest)
    while waiting:
        ready = (i for i, item in enumerate(waiting) if (found := _before(*item, wanted)) is None or found in placed)
        name, sequence = waiting.pop(next(ready, 0))
        before = _before(name, sequence, placed)
        result.insert(0 if before is None else result.index(before) + 1, name)
        placed.add(name)
    return result


def _before(name: str, sequence: Sequence[str], among: set[str]) -> str | None:
    return next((each for each in reversed(sequence[: sequence.index(name)]) if each in among), None)


def _pointer(prefix: str, name: str) -> str:
    return f"{prefix}/{name.replace('~', '~0').replace('/', '~1')}"


def _copy(value: Any) -> Any:
    """A deep copy with lists for tuples, without recursion: a document may be nested more deeply than the stack."""
    root = [value]
    unfinished: list[Any] = [root]
    while unfinished:
        owner = unfinished.pop()
        for key, inner in owner.items() if isinstance(owner, dict) else enumerate(owner):
            if isinstance(inner, (dict, list, tuple)):
                owner[key] = dict(inner) if isinstance(inner, dict) else list(inner)
                unfinished.append(owner[key])
    return root[0]


def _same(one: Any, other: Any) -> bool:
    pairs = [(one, other)]
    while pairs:
        one, other = pairs.pop()
        if type(one) is not type(other) or (isinstance(one, (dict, list)) and len(one) != len(other)):
            return False
        if isinstance(one, dict):
            pairs.extend((value, other.get(key, MISSING)) for key, value in one.items())
        elif isinstance(one, list):
            pairs.extend(zip(one, other, strict=True))
        elif repr(one) != repr(other) if isinstance(one, float) else one != other:
            return False
    return True
