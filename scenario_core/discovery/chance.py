"""Whether some counts have risen more than all of them together, by more than chance explains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

_NEGLIGIBLE: Final = 1e-12


def chances(lately: Sequence[int], before: Sequence[int]) -> list[float]:
    """Of each count, how likely such a rise among all of them is by chance, were each of the same share as all are.

    One count's part of what was lately counted, given all sums, is hypergeometric then: Fisher's exact test (R. A.
    Fisher, Statistical Methods for Research Workers, 1934), so that growth of all of them together is no rise of any.
    The probabilities are corrected for how many counts there are (S. Holm, Scandinavian Journal of Statistics 6,
    1979): where nothing has changed, the smallest one is below 0.05 in at most 5 % of all cases.
    """
    all_lately, total = sum(lately), sum(lately) + sum(before)
    single = [_tail(each, each + former, all_lately, total) for each, former in zip(lately, before, strict=True)]
    corrected, least = [1.0] * len(single), 0.0
    for place, number in enumerate(sorted(range(len(single)), key=single.__getitem__)):
        least = max(least, min(1.0, single[number] * (len(single) - place)))
        corrected[number] = least
    return corrected


def _tail(found: int, drawn: int, marked: int, total: int) -> float:
    """The probability of at least so many marked ones among those drawn, of all; 1 where it is not above average."""
    if found * total <= drawn * marked:
        return 1.0
    term = math.exp(_choices(marked, found) + _choices(total - marked, drawn - found) - _choices(total, drawn))
    tail = term
    while found < min(drawn, marked) and term > tail * _NEGLIGIBLE:
        unmarked_left = total - marked - drawn + found + 1
        term *= (marked - found) * (drawn - found) / ((found + 1) * unmarked_left)
        found += 1
        tail += term
    return min(1.0, tail)


def _choices(of: int, number: int) -> float:
    """The logarithm of a binomial coefficient."""
    return math.lgamma(of + 1) - math.lgamma(number + 1) - math.lgamma(of - number + 1)
