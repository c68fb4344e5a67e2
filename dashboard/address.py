"""The address bar is the state of the catalogue: reading it, and writing it.

Whatever an address holds, reading it gives a view; names and values that nobody knows are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final, Literal
from urllib.parse import parse_qs, urlencode

from scenario_core.listing import LENGTHS, STATES, STORES, CatalogueFilter, SortKey

__all__ = [
    "COLUMNS",
    "DEFAULT_COLUMNS",
    "PAGE_SIZE",
    "CatalogueView",
    "chosen",
    "is_narrowed",
    "is_number",
    "page_count",
    "params",
    "parse",
    "parse_query",
    "query",
    "toggled",
]

PAGE_SIZE: Final = 50
LONGEST_TEXT: Final = 200
LAST_PAGE: Final = 1_000_000
LONGEST_NUMBER: Final = 9
Layout = Literal["table", "tiles"]
COLUMNS: Final = {
    "store": "Store",
    "category": "Category",
    "difficulty": "Level",
    "language": "Language",
    "phases": "Phases",
    "minutes": "Minutes",
    "updated": "Changed",
    "created": "Created",
    "owner": "Owner",
    "state": "State",
    "tags": "Tags",
    "id": "Id",
}
DEFAULT_COLUMNS: Final = ("store", "category", "difficulty", "language", "phases", "minutes", "updated")
_FACETS: Final = {
    "store": "stores",
    "category": "categories",
    "level": "difficulties",
    "language": "languages",
    "length": "lengths",
    "state": "states",
    "owner": "owners",
    "tag": "tags",
}
_CLOSED: Final = {"store": STORES, "length": LENGTHS, "state": STATES}


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """What the catalogue shows: which scenarios, in which order, which page of them, and how they are drawn."""

    wanted: CatalogueFilter = field(default_factory=CatalogueFilter)
    sort: SortKey = SortKey.TITLE
    descending: bool = False
    page: int = 1
    layout: Layout = "table"
    columns: tuple[str, ...] = DEFAULT_COLUMNS

    @property
    def skip(self) -> int:
        """How many scenarios stand before the page."""
        return (self.page - 1) * PAGE_SIZE

    def narrowed(self, wanted: CatalogueFilter) -> CatalogueView:
        """Other scenarios, from their first page on; without a text there is nothing to rank by."""
        sort = self.sort
        if sort is SortKey.RELEVANCE and not wanted.text.strip():
            sort = SortKey.TITLE
        return replace(self, wanted=wanted, sort=sort, page=1)

    def sorted_by(self, sort: SortKey) -> CatalogueView:
        """In another order, or the other way round if it is in this order already."""
        turned = not self.descending if sort is self.sort else sort in {SortKey.UPDATED, SortKey.CREATED}
        return replace(self, sort=sort, descending=turned and sort is not SortKey.RELEVANCE, page=1)


def parse(params: Mapping[str, list[str]]) -> CatalogueView:
    """The view that an address stands for."""

    def last(name: str) -> str:
        return next(reversed(params.get(name) or [""]))

    text = last("q")[:LONGEST_TEXT]
    chosen = {attribute: _values(name, params.get(name, ())) for name, attribute in _FACETS.items()}
    owners = frozenset(int(value) for value in chosen.pop("owners"))
    wanted = CatalogueFilter(text=text, owners=owners, **chosen)  # type: ignore[arg-type]  # the rest are sets of text
    sort = last("sort")
    key = SortKey(sort) if sort in set(SortKey) else SortKey.TITLE
    if key is SortKey.RELEVANCE and not text.strip():
        key = SortKey.TITLE
    page = last("page")
    columns = tuple(name for name in last("columns").split(",") if name in COLUMNS)
    return CatalogueView(
        wanted,
        key,
        last("order") == "down" and key is not SortKey.RELEVANCE,
        min(max(int(page), 1), LAST_PAGE) if page.isascii() and page.isdigit() else 1,
        "tiles" if last("layout") == "tiles" else "table",
        columns or DEFAULT_COLUMNS,
    )


def parse_query(text: str) -> CatalogueView:
    """The view of a query string."""
    return parse(parse_qs(text, keep_blank_values=True))


def params(view: CatalogueView) -> dict[str, list[str]]:
    """The shortest address of a view: what is as usual is left out."""
    found: dict[str, list[str]] = {"q": [view.wanted.text] if view.wanted.text else []}
    for name, attribute in _FACETS.items():
        found[name] = sorted(str(value) for value in getattr(view.wanted, attribute))
    found["sort"] = [view.sort.value] if view.sort is not SortKey.TITLE else []
    found["order"] = ["down"] if view.descending else []
    found["page"] = [str(view.page)] if view.page > 1 else []
    found["layout"] = [view.layout] if view.layout != "table" else []
    found["columns"] = [",".join(view.columns)] if view.columns != DEFAULT_COLUMNS else []
    return {name: values for name, values in found.items() if values}


def query(view: CatalogueView) -> str:
    """The query string of a view."""
    return urlencode(params(view), doseq=True)


def toggled(wanted: CatalogueFilter, name: str, value: str, *, on: bool) -> CatalogueFilter:
    """The filter with one choice of a facet made or taken back; unknown facets and values change nothing."""
    attribute = _FACETS.get(name)
    if attribute is None or not _values(name, [value]):
        return wanted
    choice: str | int = int(value) if attribute == "owners" else value
    held = getattr(wanted, attribute)
    return replace(wanted, **{attribute: held | {choice} if on else held - {choice}})


def chosen(wanted: CatalogueFilter, name: str) -> frozenset[str]:
    """What is chosen of a facet, as it stands in the address."""
    return frozenset(str(value) for value in getattr(wanted, _FACETS[name]))


def is_number(text: str) -> bool:
    """Whether it can be the number of a person."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def page_count(total: int) -> int:
    """How many pages so many scenarios fill."""
    return -(-total // PAGE_SIZE)


def is_narrowed(wanted: CatalogueFilter) -> bool:
    """Whether the filter leaves anything out."""
    return any(getattr(wanted, part.name) for part in fields(wanted) if part.name != "visibility")


def _values(name: str, values: Iterable[str]) -> frozenset[str]:
    allowed = _CLOSED.get(name)
    if name == "owner":
        return frozenset(filter(is_number, values))
    return frozenset(value for value in values if value and (allowed is None or value in allowed))
