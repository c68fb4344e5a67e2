"""Which item of an old list became which item of a new one. Works on keys; knows nothing of scenarios."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Pair = tuple[int, int]
Likeness = Callable[[int, int], float]
_Chain = tuple[Pair, "_Chain | None"]

MAX_CANDIDATES: Final = 100_000
MAX_COMPARISONS: Final = 400


@dataclass(frozen=True, slots=True)
class Alignment:
    """Every index of both lists, once. Pairs are (old index, new index); each part is in rising order.

    What is kept stays in its order; what is moved has an equal key but had to jump.
    """

    kept: tuple[Pair, ...]
    moved: tuple[Pair, ...]
    removed: tuple[int, ...]
    added: tuple[int, ...]


def align(old: Sequence[str], new: Sequence[str]) -> Alignment:
    """Match equal keys, keeping as many as possible in place. Keys may repeat."""
    kept = _longest_common(old, new)
    kept_old, kept_new = {i for i, _ in kept}, {j for _, j in kept}
    waiting = _indices(new, (j for j in reversed(range(len(new))) if j not in kept_new))
    moved, removed = [], []
    for i in (i for i in range(len(old)) if i not in kept_old):
        candidates = waiting.get(old[i])
        if candidates:
            moved.append((i, candidates.pop()))
        else:
            removed.append(i)
    added = sorted(j for left in waiting.values() for j in left)
    return Alignment(tuple(kept), tuple(moved), tuple(removed), tuple(added))


def pair_in_gaps(alignment: Alignment, likeness: Likeness) -> list[Pair]:
    """Pair what was removed with what was added between the same two kept neighbours, in order.

    Each pair is one item that changed. Where one side has more, the most alike are paired.
    """
    gaps: defaultdict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    kept_old, kept_new = [i for i, _ in alignment.kept], [j for _, j in alignment.kept]
    for i in alignment.removed:
        gaps[bisect_left(kept_old, i)][0].append(i)
    for j in alignment.added:
        gaps[bisect_left(kept_new, j)][1].append(j)
    return [pair for removed, added in gaps.values() for pair in _pair_in_order(removed, added, likeness)]


def likeness(one: str, other: str) -> float:
    """How alike two texts are, from 0 to 1: the share of letter pairs that they have in common."""
    pairs, others = _letter_pairs(one), _letter_pairs(other)
    return 2 * len(pairs & others) / (len(pairs) + len(others) or 1)


def _letter_pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _longest_common(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    start, shorter = 0, min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    inside = _candidates(old, new, range(start, len(old) - end), range(start, len(new) - end))
    before = [(i, i) for i in range(start)]
    after = [(len(old) - k, len(new) - k) for k in range(end, 0, -1)]
    return before + _longest_rising(inside) + after


def _candidates(old: Sequence[str], new: Sequence[str], old_range: range, new_range: range) -> list[Pair]:
    """Every pair of equal keys, or one pair a key where repeats would make too many of them."""
    places = _indices(new, reversed(new_range))
    count = sum(len(places.get(old[i], ())) for i in old_range)
    if count > MAX_CANDIDATES:
        return [(i, places[old[i]].pop()) for i in old_range if places.get(old[i])]
    return [(i, j) for i in old_range for j in places.get(old[i], ())]


def _indices(keys: Sequence[str], order: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index in order:
        found.setdefault(keys[index], []).append(index)
    return found


def _longest_rising(pairs: Iterable[Pair]) -> list[Pair]:
    """The longest chain that rises on both sides, by patience sorting.

    Pairs come by rising old index and, for one old index, by falling new index: so a chain uses each index once.
    """
    tails: list[int] = []
    chains: list[_Chain] = []
    for pair in pairs:
        length = bisect_left(tails, pair[1])
        chain = (pair, chains[length - 1] if length else None)
        tails[length : length + 1] = [pair[1]]
        chains[length : length + 1] = [chain]
    return _unrolled(chains[-1] if chains else None)


def _unrolled(chain: _Chain | None) -> list[Pair]:
    found = []
    while chain is not None:
        pair, chain = chain
        found.append(pair)
    return found[::-1]


def _pair_in_order(removed: Sequence[int], added: Sequence[int], likeness: Likeness) -> list[Pair]:
    if len(removed) == len(added) or len(removed) * len(added) > MAX_COMPARISONS:
        return list(zip(removed, added, strict=False))
    if len(removed) < len(added):
        return _most_alike(removed, added, likeness)
    swapped = _most_alike(added, removed, lambda j, i: likeness(i, j))
    return [(i, j) for j, i in swapped]


def _most_alike(few: Sequence[int], many: Sequence[int], likeness: Likeness) -> list[Pair]:
    """Pair each of the few with one of the many, in order, so that the sum of likeness is largest."""
    spare = len(many) - len(few)
    best: list[tuple[float, _Chain | None]] = [(0.0, None)] * (spare + 1)
    for place, one in enumerate(few):
        row: list[tuple[float, _Chain | None]] = []
        for skipped, (score, chain) in enumerate(best):
            other = many[place + skipped]
            taken = (score + likeness(one, other), ((one, other), chain))
            row.append(max(taken, row[-1], key=lambda entry: entry[0]) if row else taken)
        best = row
    return _unrolled(best[-1][1])
