"""The order of search results: by where the words stand, then by the latest change."""

from __future__ import annotations

from collections.abc import Iterable

from scenario_core.listing import CatalogueEntry
from scenario_core.search_text import fold, matches, query_terms


def ranked(entries: Iterable[CatalogueEntry], text: str) -> list[tuple[tuple[int, int, str], CatalogueEntry]]:
    """(key, entry) with the best first: the title itself, its beginning, words of it, words elsewhere."""
    folded, terms = fold(text), query_terms(text)
    keyed = [(_key(entry, folded, terms), entry) for entry in entries]
    return sorted(keyed, key=lambda item: item[0])


def _key(entry: CatalogueEntry, folded: str, terms: list[list[str]]) -> tuple[int, int, str]:
    if entry.title_key == folded:
        rank = 0
    elif entry.title_key.startswith(folded):
        rank = 1
    else:
        rank = 2 if matches(terms, entry.title_key) else 3
    return rank, -entry.updated_us, entry.scenario_id
