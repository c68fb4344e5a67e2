"""Production scenarios in memory, ready to be listed: their entries, their folded texts, and their orders."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from scenario_core.listing import CatalogueEntry, CatalogueFilter, Kind, SortKey, accepts, search_document, sort_value
from scenario_core.scenario import SYSTEM_USER_ID, ConversationScenario, Store
from scenario_core.search_text import matches, query_terms


def production_entry(scenario: ConversationScenario) -> CatalogueEntry:
    """The catalogue's entry of a production scenario."""
    state = "ready" if scenario.is_active else "inactive"
    return CatalogueEntry.of(scenario, Store.PRODUCTION, owner_id=SYSTEM_USER_ID, is_public=True, state=state)


class ProductionIndex:
    """Everything is computed once for one loading of the file."""

    def __init__(self, scenarios: Mapping[str, ConversationScenario]) -> None:
        self.scenarios = scenarios
        self._orders: dict[SortKey, list[CatalogueEntry]] = {}

    @cached_property
    def entries(self) -> list[CatalogueEntry]:
        """One entry for each scenario, in the order of the file."""
        return [production_entry(scenario) for scenario in self.scenarios.values()]

    def page(
        self, wanted: CatalogueFilter, sort: SortKey, *, descending: bool, after: tuple[Any, str] | None, limit: int
    ) -> list[CatalogueEntry]:
        """The next entries in order after the key (sort value, scenario id) of the last one seen."""
        return list(islice(self._after(wanted, sort, descending=descending, after=after), limit))

    def matching(self, wanted: CatalogueFilter) -> list[CatalogueEntry]:
        """All entries that the filter lets through."""
        passes = self._filter(wanted)
        return [entry for entry in self.entries if passes(entry)]

    def kinds(self, wanted: CatalogueFilter) -> Counter[Kind]:
        """How many scenarios there are of each kind, by text alone."""
        return Counter(map(Kind.of, self.matching(CatalogueFilter(text=wanted.text, owners=wanted.owners))))

    def _after(
        self, wanted: CatalogueFilter, sort: SortKey, *, descending: bool, after: tuple[Any, str] | None
    ) -> Iterator[CatalogueEntry]:
        order = self._order(sort)
        sign = -1 if descending else 1
        if after is None:
            candidates = order[::sign]
        elif descending:
            position = bisect_right(order, after, key=lambda entry: sort_value(entry, sort))
            candidates = [entry for entry in reversed(order[:position]) if sort_value(entry, sort) != after]
        else:
            candidates = order[bisect_right(order, after, key=lambda entry: sort_value(entry, sort)) :]
        return filter(self._filter(wanted), candidates)

    def _order(self, sort: SortKey) -> list[CatalogueEntry]:
        if sort not in self._orders:
            self._orders[sort] = sorted(self.entries, key=lambda entry: sort_value(entry, sort))
        return self._orders[sort]

    def _filter(self, wanted: CatalogueFilter) -> Callable[[CatalogueEntry], bool]:
        terms = query_terms(wanted.text)
        if wanted.text.strip() and not terms:
            return lambda _entry: False
        texts = self._texts if terms else {}

        def passes(entry: CatalogueEntry) -> bool:
            if wanted.owners and entry.owner_id not in wanted.owners:
                return False
            return accepts(wanted, Kind.of(entry)) and (not terms or matches(terms, texts[entry.scenario_id]))

        return passes

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {name: " ".join(search_document(scenario)) for name, scenario in self.scenarios.items()}
