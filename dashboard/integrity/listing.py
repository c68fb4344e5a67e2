"""The findings of a view: which pass, how many would pass with another choice, and in which groups they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dashboard.integrity.view import FACETS, NONE, WHOLE, IntegrityView, Show
from scenario_core.integrity import Finding, Report, Severity, Waiver
from scenario_core.integrity.checks import by_code
from scenario_core.integrity.reports.content import ordered
from scenario_core.search_text import fold_all, query_terms

__all__ = ["GROUPS", "IN_GROUP", "IN_ONE", "Group", "Line", "Listing", "Page", "lines_of", "listing", "page_of"]

GROUPS: Final = 25
"""How many groups a page shows."""
IN_GROUP: Final = 5
"""How many findings of a group it shows."""
IN_ONE: Final = 50
"""How many findings a page shows where there is only one group."""
_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Line:
    """A finding with what people call its scenario, who has waived it, and since when it is there."""

    finding: Finding
    name: str
    category: str
    store: str
    waiver: Waiver | None
    since: datetime | None
    is_new: bool
    words: str

    def value(self, facet: str) -> str:
        """What a facet says of it."""
        match facet:
            case "severity":
                return self.finding.severity.value
            case "store":
                return self.store
            case "category":
                return self.category
            case "check":
                return self.finding.code
            case _:
                return "new" if self.is_new else "before"


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together: the findings of one check, or of one scenario. `key` is the code, or the id."""

    key: str
    lines: tuple[Line, ...]

    @property
    def severity(self) -> Severity:
        """The worst of its findings."""
        return min((line.finding.severity for line in self.lines), key=_RANK.__getitem__)

    @property
    def counts(self) -> Counter[Severity]:
        """How many of each severity."""
        return Counter(line.finding.severity for line in self.lines)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a view finds.

    Attributes:
        groups: The findings that pass, grouped, the worst first.
        counts: How many findings each choice of a facet would leave, by facet and value.
        shown: How many would pass that are open, waived, or either.
    """

    groups: tuple[Group, ...]
    counts: Mapping[str, Mapping[str, int]]
    shown: Mapping[Show, int]

    @property
    def total(self) -> int:
        """How many findings pass."""
        return sum(len(group.lines) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing. `more` says how many findings of a group it leaves out, by the group's key."""

    number: int
    pages: int
    groups: tuple[Group, ...]
    totals: Mapping[str, Group]
    more: Mapping[str, int] = field(default_factory=dict)


def lines_of(report: Report, since: Mapping[str, datetime] | None, last_run: datetime | None) -> tuple[Line, ...]:
    """Everything that was found, as the page shows it.

    `since` says when each finding was first found in a run that has its place in the history. What the last of these
    runs was the first to find is new, and so is what no run has found so far. None where there is no history.
    """
    return tuple(_line(report, finding, since, last_run) for finding in ordered(report.everything))


def listing(lines: Iterable[Line], view: IntegrityView) -> Listing:
    """What a view finds among all lines."""
    terms = [" " + " ".join(term) for term in query_terms(view.text)]
    wanted = {name: chosen for name in FACETS if (chosen := view.chosen(name))}
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    is_waived = Counter[bool]()
    passing: list[Line] = []
    for line in lines:
        if not _is_about(line, view, terms):
            continue
        failed = [name for name, chosen in wanted.items() if line.value(name) not in chosen]
        if not failed:
            is_waived[line.waiver is not None] += 1
        if view.show != "all" and (line.waiver is None) != (view.show == "open"):
            continue
        if not failed:
            passing.append(line)
            for name, counter in counts.items():
                counter[line.value(name)] += 1
        elif len(failed) == 1:
            counts[failed[0]][line.value(failed[0])] += 1
    shown: dict[Show, int] = {"open": is_waived[False], "waived": is_waived[True], "all": is_waived.total()}
    return Listing(_grouped(passing, view), counts, shown)


def page_of(found: Listing, number: int) -> Page:
    """One page: some groups with their first findings each, or, of a single group, some findings."""
    if len(found.groups) == 1:
        group = found.groups[0]
        pages = _pages(len(group.lines), IN_ONE)
        number = min(number, pages)
        part = Group(group.key, group.lines[(number - 1) * IN_ONE : number * IN_ONE])
        return Page(number, pages, (part,), {group.key: group})
    pages = _pages(len(found.groups), GROUPS)
    number = min(number, pages)
    chosen = found.groups[(number - 1) * GROUPS : number * GROUPS]
    return Page(
        number,
        pages,
        tuple(Group(group.key, group.lines[:IN_GROUP]) for group in chosen),
        {group.key: group for group in chosen},
        {group.key: len(group.lines) - IN_GROUP for group in chosen if len(group.lines) > IN_GROUP},
    )


def _line(report: Report, finding: Finding, since: Mapping[str, datetime] | None, last_run: datetime | None) -> Line:
    about = report.about.get(finding.scenario_id) if finding.scenario_id else None
    first = None if since is None else since.get(finding.fingerprint)
    waiver = report.waived.get(finding.fingerprint)
    name = about.name if about else ""
    return Line(
        finding,
        name,
        (about.category if about else "") or NONE,
        finding.store.value if finding.store else WHOLE,
        waiver,
        first,
        is_new=since is not None and waiver is None and (first is None or first == last_run),
        words=" " + fold_all([finding.code, finding.scenario_id or "", name, finding.message, finding.field,
                              finding.expected, finding.actual]),
    )  # fmt: skip


def _is_about(line: Line, view: IntegrityView, terms: Sequence[str]) -> bool:
    if view.scenario and (line.finding.scenario_id or NONE) != view.scenario:
        return False
    return all(term in line.words for term in terms)


def _grouped(lines: Iterable[Line], view: IntegrityView) -> tuple[Group, ...]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.finding.code if view.by == "check" else line.finding.scenario_id or "", []).append(line)
    for members in found.values():
        members.sort(key=lambda line: _RANK[line.finding.severity])
    order: Callable[[Group], tuple[Any, ...]] = _check_order if view.by == "check" else _scenario_order
    return tuple(sorted((Group(key, tuple(members)) for key, members in found.items()), key=order))


def _check_order(group: Group) -> tuple[Any, ...]:
    """The worst first; of the same severity the structural ones first, by code."""
    check = by_code(group.key)
    return _RANK[group.severity], check is None or check.waivable, group.key


def _scenario_order(group: Group) -> tuple[Any, ...]:
    """The catalogue as a whole first, then the worst, then the most."""
    return bool(group.key), _RANK[group.severity], -len(group.lines), group.lines[0].name.casefold(), group.key


def _pages(number: int, size: int) -> int:
    return max(1, -(-number // size))
