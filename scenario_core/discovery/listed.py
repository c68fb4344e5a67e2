"""The first of a ranking that a person may see: what is inactive, private or gone by now is passed over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario_core.catalogue import Catalogue
from scenario_core.listing import CatalogueEntry

_AT_ONCE: Final = 50


def first_listed(
    catalogue: Catalogue, user_id: int, ranked: Sequence[str], limit: int, *, only_open: bool = True
) -> tuple[dict[str, CatalogueEntry], tuple[str, ...]]:
    """The entries of the first scenarios that the person may see, in order, and what could not be listed.

    `only_open` leaves out the person's own private ones.
    """
    found: dict[str, CatalogueEntry] = {}
    for start in range(0, len(ranked), _AT_ONCE):
        page = catalogue.listed(user_id, ranked[start : start + _AT_ONCE])
        for entry in page.entries:
            if entry.state != "inactive" and (entry.is_public or not only_open):
                found[entry.scenario_id] = entry
        if len(found) >= limit or page.problems:
            return dict(list(found.items())[:limit]), page.problems
    return found, ()
