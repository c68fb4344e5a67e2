"""What the pages of discovery say and draw, made from what the core found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dashboard import rows, words
from dashboard.words import plural
from scenario_core.custom.collections import LONGEST_NOTE, Collection
from scenario_core.custom.ratings import MOST_STARS, Rating, RatingSums
from scenario_core.discovery import Rising, Unfinished, Used
from scenario_core.discovery.traits import Alike
from scenario_core.listing import CatalogueEntry

__all__ = [
    "average",
    "collection_data",
    "collection_facts",
    "collection_rows",
    "progress",
    "reviews",
    "rising",
    "stars",
    "used",
    "why",
]

_WORDS_NAMED: Final = 4
_SHORTENED: Final = 120
OwnerName = Callable[[int], str]


def average(sums: RatingSums) -> str:
    """`★ 4.3 of 5 from 12 ratings`: an average never stands without its number."""
    return f"★ {sums.mean:.1f} of {MOST_STARS} from {plural(sums.number, 'rating')}"


def stars(number: int) -> str:
    """`★★★☆☆`."""
    return "★" * number + "☆" * (MOST_STARS - number)


def used(each: Used) -> str:
    """By how many learners, and how often."""
    return f"{plural(each.learners, 'learner')}, {plural(each.starts, 'start')}"


def rising(each: Rising, smallest_group: int) -> str:
    """How many learners lately, and how many before."""
    before = (
        f"fewer than {smallest_group} in the four weeks before"
        if each.before is None
        else "nobody in the four weeks before"
        if each.before == 0
        else f"{each.before:.1f} a week before"
    )
    return f"{plural(each.learners, 'learner')} in 7 days, {before}"


def progress(each: Unfinished) -> str:
    """How far it is, and since when it waits."""
    return f"{each.phases_completed} of {plural(each.total_phases, 'phase')} done, last on {each.heard_at:%Y-%m-%d}"


def why(alike: Alike) -> str:
    """What two scenarios share, the rarest words first."""
    said = []
    if alike.words:
        named = ", ".join(alike.words[:_WORDS_NAMED])
        more = ", …" if len(alike.words) > _WORDS_NAMED else ""
        said.append(f"shares {plural(len(alike.words), 'word')}: {named}{more}")
    if alike.tags:
        said.append(f"both tagged {', '.join(alike.tags)}")
    same = " and ".join(
        name for name, is_same in (("category", alike.is_same_category), ("level", alike.is_same_level)) if is_same
    )
    if same:
        said.append(f"same {same}")
    sentence = "; ".join(said) or "similar phrases"
    return sentence[:1].upper() + sentence[1:]


def reviews(found: Sequence[Rating], owner_name: OwnerName) -> list[dict[str, Any]]:
    """Reviews as the template shows them."""
    return [
        {
            "name": owner_name(each.person_id),
            "stars": stars(each.stars),
            "number": each.stars,
            "day": f"{each.updated_at:%Y-%m-%d}",
            "text": each.review,
        }
        for each in found
    ]


def collection_facts(collection: Collection, reader_id: int, owner_name: OwnerName) -> str:
    """What it is, of how many scenarios, and whose."""
    kind = "Learning path" if collection.is_path else "Collection"
    parts = [kind, plural(len(collection.items), "scenario")]
    if collection.owner_id != reader_id:
        parts.append(f"by {owner_name(collection.owner_id)}")
    return " · ".join(parts)


def collection_rows(
    found: Sequence[Collection], reader_id: int, owner_name: OwnerName, label: str, carried: Mapping[str, str]
) -> dict[str, Any]:
    """Collections as tiles of the same list that scenarios are shown in."""
    return {
        "label": label,
        "layout": "tiles",
        "selectable": False,
        "sortable": False,
        "sort": None,
        "descending": False,
        "columns": [],
        "rows": [
            {
                "id": each.collection_id,
                "href": rows.href("collection", id=each.collection_id, **carried),
                "title": each.title,
                "lang": None,
                "store": store_of(each, reader_id),
                "store_label": visibility(each, reader_id),
                "ticked": False,
                "facts": collection_facts(each, reader_id, owner_name),
                "note": _shortened(each.description),
                "tags": [],
            }
            for each in found
        ],
    }


def store_of(collection: Collection, reader_id: int) -> str:
    """The look of its badge: mine or shared."""
    return "mine" if collection.owner_id == reader_id else "shared"


def visibility(collection: Collection, reader_id: int) -> str:
    """Whose it is and, of one's own, whether others see it."""
    if collection.owner_id != reader_id:
        return "Shared"
    return "Mine, shared" if collection.is_public else "Mine, private"


def collection_data(
    collection: Collection, entries: Mapping[str, CatalogueEntry], first: int, last: int, carried: Mapping[str, str]
) -> dict[str, Any]:
    """The scenarios of a collection from one place to another, counted from 1, ready to be drawn."""
    listed = list(enumerate(collection.items, start=1))[first - 1 : last]
    return {
        "label": "Steps of the learning path" if collection.is_path else "Scenarios of the collection",
        "ordered": collection.is_path,
        "editable": False,
        "first": first,
        "total": len(collection.items),
        "longest_note": LONGEST_NOTE,
        "items": [
            {
                "id": item.scenario_id,
                "place": place,
                "href": rows.href("scenario", id=item.scenario_id, **carried),
                "title": entries[item.scenario_id].title or item.scenario_id,
                "lang": entries[item.scenario_id].language,
                "facts": words.facts(entries[item.scenario_id]),
                "note": item.note,
            }
            for place, item in listed
            if item.scenario_id in entries
        ],
    }


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORTENED else line[: _SHORTENED - 1].rstrip() + "…"
