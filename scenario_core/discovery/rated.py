"""The best rated scenarios, with small samples taken for what they are."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import Final

from scenario_core.bootstrap import Desk
from scenario_core.custom.ratings import MOST_STARS, RatingSums
from scenario_core.discovery.listed import first_listed
from scenario_core.listing import CatalogueEntry
from scenario_core.people import Person

FEWEST_RATINGS: Final = 3
"""From how many ratings on a scenario has a rank."""
SHOWN: Final = 6
KEPT_SECONDS: Final = 300.0
"""For how long a ranking holds although somebody rates; what is private by now is left out at once."""
_NOBODY: Final = -1
"""Owns nothing: sees what everyone may read."""
_Z: Final = 1.6448536269514722
"""The 95 % quantile of the normal distribution: 19 of 20 such bounds lie below what they bound."""
_STARS: Final = sum(range(1, MOST_STARS + 1))
_SQUARES: Final = sum(star * star for star in range(1, MOST_STARS + 1))


@dataclass(frozen=True, slots=True)
class Rated:
    """A scenario with the average of its ratings, how many they are, and what it is ranked by."""

    entry: CatalogueEntry
    number: int
    mean: float
    lower: float


def lower_bound(sums: RatingSums) -> float:
    """What the average number of stars is at least, with a probability of 95 %, before anybody else has rated.

    The shares of the five numbers of stars have a Dirichlet distribution that began with one rating of each (all
    shares equally likely); the bound is the mean of the average less 1.64 of its standard deviations. After Evan
    Miller, "Ranking Items With Star Ratings" (2014); for the moments see Gelman et al., "Bayesian Data Analysis",
    3rd edition, appendix A. Three times five stars give 2.9, fifty times 4.8; none at all 2.05.
    """
    total = sums.number + MOST_STARS
    mean = (sums.stars + _STARS) / total
    variance = ((sums.squares + _SQUARES) / total - mean * mean) / (total + 1)
    return mean - _Z * math.sqrt(variance)


class BestRated:
    """The ranking by ratings, for everyone, summed again after some minutes. Safe to share between threads."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._kept: tuple[float, dict[str, RatingSums]] | None = None

    def ranking(self, person: Person, *, limit: int = SHOWN) -> tuple[Rated, ...]:
        """The scenarios of at least 3 ratings, the one of the highest lower bound first; equal ones by id.

        What is private by now is left out at once.

        Raises:
            DatabaseError: the database does not answer.
        """
        sums = self._ranked()
        entries, _problems = first_listed(self._desk.catalogue, person.user_id, list(sums), limit)
        return tuple(
            Rated(entry, sums[name].number, sums[name].mean, lower_bound(sums[name])) for name, entry in entries.items()
        )

    def _ranked(self) -> dict[str, RatingSums]:
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > KEPT_SECONDS:
                with self._desk.builder() as service:
                    sums = service.ratings.all_sums(_NOBODY, fewest=FEWEST_RATINGS)
                order = sorted(sums, key=lambda name: (-lower_bound(sums[name]), name))
                self._kept = (time.monotonic(), {name: sums[name] for name in order})
            return self._kept[1]
