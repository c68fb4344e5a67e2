"""The address bar is the state of the page Integrity: which findings it shows, and how they are grouped.

Whatever an address holds, reading it gives a view; names and values that nobody knows are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from dashboard.address import LAST_PAGE, LONGEST_TEXT, is_number
from scenario_core.integrity import Severity
from scenario_core.scenario import Store

__all__ = [
    "FACETS",
    "NONE",
    "WHOLE",
    "By",
    "IntegrityView",
    "Section",
    "Show",
    "params",
    "parse",
]

Section = Literal["findings", "checks", "waivers", "runs"]
By = Literal["check", "scenario"]
Show = Literal["open", "waived", "all"]
WHOLE: Final = "whole"
"""In the place of a store: what concerns both stores, or neither."""
NONE: Final = "-"
"""In the place of a category or a scenario: what is about no scenario that can be read, or about no one."""
FACETS: Final = {
    "severity": "severities",
    "store": "stores",
    "category": "categories",
    "check": "checks",
    "found": "found",
}
_SECTIONS: Final[dict[str, Section]] = {name: name for name in get_args(Section)}
_BYS: Final[dict[str, By]] = {name: name for name in get_args(By)}
_SHOWS: Final[dict[str, Show]] = {name: name for name in get_args(Show)}
_CLOSED: Final[dict[str, frozenset[str]]] = {
    "severity": frozenset(severity.value for severity in Severity),
    "store": frozenset({WHOLE, *(store.value for store in Store)}),
    "found": frozenset({"new", "before"}),
}


@dataclass(frozen=True, slots=True)
class IntegrityView:
    """What the page shows.

    Attributes:
        section: The findings, all checks, the waivers, or the runs so far.
        by: What the findings are grouped by.
        show: Findings that are open, waived, or both.
        text: What must stand in a finding.
        severities: One of these; nothing lets all pass, here and below.
        stores: Where the scenario lives.
        categories: The scenario's category.
        checks: The codes of the checks.
        found: Whether the last run was the first to find it.
        scenario: The id of the one scenario that is wanted, or `NONE` for what is about no one; empty for all.
        page: Which page of the groups.
    """

    section: Section = "findings"
    by: By = "check"
    show: Show = "open"
    text: str = ""
    severities: frozenset[str] = field(default_factory=frozenset)
    stores: frozenset[str] = field(default_factory=frozenset)
    categories: frozenset[str] = field(default_factory=frozenset)
    checks: frozenset[str] = field(default_factory=frozenset)
    found: frozenset[str] = field(default_factory=frozenset)
    scenario: str = ""
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter leaves something out, beside what is waived."""
        return bool(self.text.strip() or self.scenario or any(getattr(self, name) for name in FACETS.values()))

    @property
    def cleared(self) -> IntegrityView:
        """The same without any filter."""
        return IntegrityView(self.section, self.by, self.show)

    def chosen(self, facet: str) -> frozenset[str]:
        """What is chosen of a facet."""
        values: frozenset[str] = getattr(self, FACETS[facet])
        return values

    def toggled(self, facet: str, value: str, *, on: bool) -> IntegrityView:
        """With one choice of a facet made or taken back; unknown facets and values change nothing."""
        if facet not in FACETS or not _known(facet, [value]):
            return self
        held = self.chosen(facet)
        return replace(self, **{FACETS[facet]: held | {value} if on else held - {value}}, page=1)  # type: ignore[arg-type]  # each is a set of text


def parse(found: Mapping[str, Sequence[str]]) -> IntegrityView:
    """The view of an address; of a name that stands there twice, the last value counts unless several may be chosen."""

    def last(name: str) -> str:
        values = found.get(name)
        return values[-1] if values else ""

    page = last("page")
    chosen = {attribute: _known(name, found.get(name, ())) for name, attribute in FACETS.items()}
    return IntegrityView(
        _SECTIONS.get(last("section"), "findings"),
        _BYS.get(last("by"), "check"),
        _SHOWS.get(last("show"), "open"),
        last("q")[:LONGEST_TEXT],
        **chosen,
        scenario=last("scenario"),
        page=min(max(int(page), 1), LAST_PAGE) if is_number(page) else 1,
    )


def params(view: IntegrityView) -> dict[str, list[str]]:
    """The shortest address of a view: what is as usual is left out."""
    usual = IntegrityView()
    found: dict[str, list[str]] = {
        "section": [view.section] if view.section != usual.section else [],
        "by": [view.by] if view.by != usual.by else [],
        "show": [view.show] if view.show != usual.show else [],
        "q": [view.text],
        **{name: sorted(view.chosen(name)) for name in FACETS},
        "scenario": [view.scenario],
        "page": [str(view.page)] if view.page > 1 else [],
    }
    return {name: kept for name, values in found.items() if (kept := [value for value in values if value])}


def _known(facet: str, values: Iterable[str]) -> frozenset[str]:
    allowed = _CLOSED.get(facet)
    return frozenset(value for value in values if value and (allowed is None or value in allowed))
