"""Finding scenarios: what people rate highest, what learners use, and what is like a scenario.

Nothing here tells anything of a private scenario to anyone but its owner: rankings are made of what everyone may read
alone, and whatever is to be shown passes the catalogue for the person who looks.
"""

from scenario_core.discovery.likeness import Likeness, MoreLikeThis, Similar
from scenario_core.discovery.rated import FEWEST_RATINGS, BestRated, Rated, lower_bound
from scenario_core.discovery.unfinished import Unfinished, unfinished
from scenario_core.discovery.used import Rising, Used, UsedRankings, Usings

__all__ = [
    "FEWEST_RATINGS",
    "BestRated",
    "Likeness",
    "MoreLikeThis",
    "Rated",
    "Rising",
    "Similar",
    "Unfinished",
    "Used",
    "UsedRankings",
    "Usings",
    "lower_bound",
    "unfinished",
]
