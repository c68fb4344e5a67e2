"""What the components of `dashboard.components` draw, made from the catalogue's entries and facets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from dashboard import address, words
from scenario_core.catalogue import Facets
from scenario_core.listing import CatalogueEntry, CatalogueFilter

__all__ = ["Look", "facet_groups", "href", "listing_data"]

SORTABLE: Final = {"updated": "updated", "created": "created", "minutes": "duration"}
NUMERIC: Final = frozenset({"phases", "minutes"})
OwnerName = Callable[[int], str]


def href(page: str, **params: str) -> str:
    """A link to a page, relative, so that it holds under every base path."""
    return f"{page}?{urlencode(params)}" if params else page


@dataclass(frozen=True, slots=True)
class Look:
    """How a list is drawn.

    Attributes:
        label: What the list is called for those who can't see it.
        columns: The columns beside the title, of `address.COLUMNS`.
        layout: As a table or as tiles.
        ticked: The ids that are ticked; None makes a list without boxes.
        tags: The tags of the scenarios that have any.
        notes: What is said of scenarios beside their facts, as tiles show it.
        sort: (sort key, descending) that the list stands in; None makes a list without orders.
        carried: Parameters that every link carries.
    """

    label: str
    columns: Sequence[str] = address.DEFAULT_COLUMNS
    layout: str = "table"
    ticked: Collection[str] | None = None
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    sort: tuple[str, bool] | None = None
    carried: Mapping[str, str] = field(default_factory=dict)


def listing_data(
    entries: Iterable[CatalogueEntry], reader_id: int, owner_name: OwnerName, look: Look
) -> dict[str, Any]:
    """A list's data, ready to be drawn."""
    names = {value: key for key, value in SORTABLE.items()}
    return {
        "label": look.label,
        "layout": look.layout,
        "selectable": look.ticked is not None,
        "sortable": look.sort is not None,
        "sort": names.get(look.sort[0], look.sort[0]) if look.sort else None,
        "descending": bool(look.sort and look.sort[1]),
        "columns": [
            {
                "key": name,
                "label": address.COLUMNS[name],
                "sortable": look.sort is not None and name in SORTABLE,
                "numeric": name in NUMERIC,
            }
            for name in look.columns
        ],
        "rows": [_row(entry, reader_id, owner_name, look) for entry in entries],
    }


def facet_groups(facets: Facets, wanted: CatalogueFilter, owner_name: OwnerName) -> list[dict[str, Any]]:
    """The facets with their counts; what is chosen stays listed even where it would leave nothing."""
    more = "" if facets.exact else "+"
    sources: list[tuple[str, str, Mapping[str, int], Callable[[str], str]]] = [
        ("store", "Store", facets.counts["store"], words.store),
        ("category", "Category", facets.counts["category"], words.category),
        ("level", "Level", facets.counts["difficulty"], words.level),
        ("language", "Language", facets.counts["language"], words.language),
        ("length", "Length", facets.counts["length"], words.length),
        ("state", "State", facets.counts["state"], words.state),
        (
            "owner",
            "Owner",
            {str(key): number for key, number in facets.owners.items()},
            lambda key: owner_name(int(key)),
        ),
        ("tag", "Tag", facets.tags, str),
    ]
    groups = []
    for key, label, counts, name in sources:
        chosen = address.chosen(wanted, key)
        values = [*counts, *sorted(chosen - counts.keys())]
        options = [
            {"value": value, "label": name(value), "number": f"{counts.get(value, 0):,}{more}", "on": value in chosen}
            for value in values
        ]
        if options:
            groups.append({"key": key, "label": label, "options": options})
    return groups


def _row(entry: CatalogueEntry, reader_id: int, owner_name: OwnerName, look: Look) -> dict[str, Any]:
    store = words.store_of(entry, reader_id)
    return {
        "id": entry.scenario_id,
        "href": href("scenario", id=entry.scenario_id, **look.carried),
        "title": entry.title or entry.scenario_id,
        "lang": entry.language,
        "store": store,
        "store_label": words.store(store),
        "ticked": entry.scenario_id in (look.ticked or ()),
        "category": words.category(entry.category),
        "difficulty": words.level(entry.difficulty),
        "language": words.language(entry.language),
        "phases": entry.phase_count,
        "minutes": entry.duration_minutes,
        "updated": _day(entry.updated_us),
        "created": _day(entry.created_us),
        "owner": _owner(entry, store, owner_name) if "owner" in look.columns else "",
        "state": words.state(entry.state),
        "tags": list(look.tags.get(entry.scenario_id, ())),
        "facts": words.facts(entry),
        "note": look.notes.get(entry.scenario_id, ""),
    }


def _owner(entry: CatalogueEntry, store: str, owner_name: OwnerName) -> str:
    return "" if entry.owner_id is None or store == "production" else owner_name(entry.owner_id)


def _day(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds / 1_000_000, UTC):%Y-%m-%d}" if microseconds else ""
