"""The best rated scenarios, with small samples taken for what they are."""

from __future__ import annotations

import math
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


def best_rated(desk: Desk, person: Person, *, limit: int = SHOWN) -> tuple[Rated, ...]:
    """The scenarios of at least 3 ratings, the one of the highest lower bound first; equal ones by id.

    Raises:
        DatabaseError: the database does not answer.
    """
    with desk.builder() as service:
        sums = service.ratings.all_sums(person.user_id, fewest=FEWEST_RATINGS)
    bounds = {name: lower_bound(each) for name, each in sums.items()}
    ranked = sorted(bounds, key=lambda name: (-bounds[name], name))
    entries, _problems = first_listed(desk.catalogue, person.user_id, ranked, limit)
    return tuple(Rated(entry, sums[name].number, sums[name].mean, bounds[name]) for name, entry in entries.items())
