"""Facets: how many scenarios each further choice would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from scenario_core.listing import CatalogueFilter, Kind, accepts


@dataclass(frozen=True, slots=True)
class Facets:
    """`total` scenarios pass the whole filter; each facet is counted under every part of it but its own.

    `tags` are counted over everything that the reader may read.

    Where a search has very many matches only the newest are counted: `exact` is False, and every number a lower bound.
    """

    total: int
    counts: Mapping[str, Mapping[str, int]]
    owners: Mapping[int, int]
    tags: Mapping[str, int] = field(default_factory=dict)
    exact: bool = True
    problems: tuple[str, ...] = ()


def count(kinds: Counter[Kind], wanted: CatalogueFilter) -> tuple[int, dict[str, dict[str, int]]]:
    """(how many pass, the counts of each facet), the most frequent values first."""
    total = sum(number for kind, number in kinds.items() if accepts(wanted, kind))
    counts: dict[str, dict[str, int]] = {}
    for facet in Kind._fields:
        counter: Counter[str] = Counter()
        for kind, number in kinds.items():
            if accepts(wanted, kind, but=facet):
                counter[getattr(kind, facet)] += number
        counts[facet] = dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
    return total, counts
