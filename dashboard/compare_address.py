"""The address bar is the state of Compare: which two states, what of their difference, and what is to be taken over.

Whatever an address holds, reading it gives a view; names and values that nobody knows are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from dashboard.address import LAST_PAGE, LONGEST_TEXT
from scenario_core.integrity.diff import ChangeKind

__all__ = ["PAGE_SIZE", "CompareView", "params", "parse"]

PAGE_SIZE: Final = 25
_KINDS: Final = frozenset(kind.value for kind in ChangeKind)


@dataclass(frozen=True, slots=True)
class CompareView:
    """What Compare shows.

    Attributes:
        old: The name of the old state; empty if none is chosen.
        new: The name of the new state.
        kinds: What must have happened to a scenario for it to be listed; nothing lists all.
        text: What must stand in its id or title.
        page: Which page of the list.
        scenario: The scenario that is open; empty for the list.
        into: The state that something is to be taken over into; empty while nobody asked for that.
    """

    old: str = ""
    new: str = ""
    kinds: frozenset[str] = field(default_factory=frozenset)
    text: str = ""
    page: int = 1
    scenario: str = ""
    into: str = ""

    @property
    def swapped(self) -> CompareView:
        """The same the other way round."""
        return replace(self, old=self.new, new=self.old)

    def between(self, old: str, new: str) -> CompareView:
        """Two other states, with all that was said of the former ones left out."""
        return CompareView(old, new)

    def listing(self, kinds: frozenset[str] | None = None, text: str | None = None) -> CompareView:
        """Another choice of scenarios, from its first page."""
        return replace(
            self, kinds=self.kinds if kinds is None else kinds, text=self.text if text is None else text, page=1
        )


def parse(found: Mapping[str, Sequence[str]]) -> CompareView:
    """The view of an address; of a name that stands there twice, the last value counts."""

    def last(name: str) -> str:
        values = found.get(name)
        return values[-1] if values else ""

    page = last("page")
    return CompareView(
        last("old"),
        last("new"),
        frozenset(found.get("kind", ())) & _KINDS,
        last("q")[:LONGEST_TEXT],
        min(max(int(page), 1), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < len("1000000") else 1,
        last("scenario"),
        last("into"),
    )


def params(view: CompareView) -> dict[str, list[str]]:
    """The shortest address of a view: what is as usual is left out."""
    found = {
        "old": [view.old],
        "new": [view.new],
        "kind": sorted(view.kinds),
        "q": [view.text],
        "page": [str(view.page)] if view.page > 1 else [],
        "scenario": [view.scenario],
        "into": [view.into],
    }
    return {name: kept for name, values in found.items() if (kept := [value for value in values if value])}
