"""What the component `findings` draws, made from the findings of a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dashboard import words
from dashboard.differences import value_tree
from dashboard.integrity.listing import Group, Line, Page
from dashboard.integrity.places import Link, Reach, links_of, opening, place_of, repairs_of
from dashboard.integrity.view import NONE, WHOLE, IntegrityView
from scenario_core.integrity import Severity, Waiver
from scenario_core.integrity.checks import by_code
from scenario_core.integrity.explanation import explanation_of
from scenario_core.integrity.reports.content import evidence
from scenario_core.scenario import Store

__all__ = ["SEVERITIES", "Look", "check_title", "facet_groups", "findings_data", "tickable", "told"]

SEVERITIES: Final = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.NOTICE: "Notices"}
STRUCTURAL: Final = (
    "Structural: whether the stores are intact is no matter of opinion, so these findings can't be waived, only mended."
)
CONTENT: Final = "About content: advice, which can be waived with a reason."
_STORES: Final = {
    Store.PRODUCTION.value: "Production",
    Store.CUSTOM.value: "Custom",
    WHOLE: "No single store",
}
_FOUND: Final = {"new": "New in the last run", "before": "Found before"}
Names = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Look:
    """How findings are drawn.

    Attributes:
        label: What the list is called for those who can't see it.
        by: What they are grouped by; `plain` is a list without headings.
        reach: Which scenarios can be opened.
        phase_names: What the phases of a scenario are called.
        person_name: What a person is called, by number.
        ticked: The fingerprints that are ticked; None makes a list without boxes.
        may_waive: Whether waivers can be withdrawn.
        carried: Parameters that every link carries.
        place: The JSON pointer of the place on the page that the reader is led to.
    """

    label: str
    by: str
    reach: Reach
    phase_names: Names
    person_name: Callable[[int], str]
    ticked: frozenset[str] | None = None
    may_waive: bool = False
    carried: Mapping[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Common:
    """What the heading of a group says for all of its findings."""

    hint: str = ""
    severity: bool = False
    repairs: tuple[Link, ...] = ()


def findings_data(page: Page, look: Look) -> dict[str, Any]:
    """One page of findings, ready to be drawn."""
    groups = [_group(group, page, look) for group in page.groups]
    codes = {line.finding.code for group in page.groups for line in group.lines}
    return {
        "label": look.label,
        "place": look.place,
        "groups": groups,
        "checks": {code: about for code in sorted(codes) if (about := told(code)) is not None},
    }


def facet_groups(counts: Mapping[str, Mapping[str, int]], view: IntegrityView) -> list[dict[str, Any]]:
    """The facets with their counts; what is chosen stays listed even where it would leave nothing."""
    sources: list[tuple[str, str, Callable[[str], str], Sequence[str]]] = [
        ("severity", "Severity", lambda name: SEVERITIES[Severity(name)], [each.value for each in Severity]),
        ("store", "Store", _STORES.__getitem__, list(_STORES)),
        ("category", "Category", lambda name: "None" if name == NONE else words.category(name), ()),
        ("check", "Check", check_title, ()),
        ("found", "Since", _FOUND.__getitem__, list(_FOUND)),
    ]
    groups = []
    for key, label, name, order in sources:
        chosen = view.chosen(key)
        values = {value for value, number in counts[key].items() if number} | chosen
        if len(values) > 1 or chosen:
            ranked = sorted(values, key=lambda value: (order.index(value) if value in order else 0, value))
            options = [
                {"value": value, "label": name(value), "number": f"{number:,}", "on": value in chosen}
                for value, number in ((each, counts[key].get(each, 0)) for each in ranked)
            ]
            groups.append({"key": key, "label": label, "options": options})
    return groups


def tickable(line: Line) -> bool:
    """Whether it can be waived: content, and not waived yet."""
    check = by_code(line.finding.code)
    return check is not None and check.waivable and line.waiver is None


def check_title(code: str) -> str:
    """`CQ204 Names written for people`."""
    check = by_code(code)
    return f"{code} {check.name[:1].upper()}{check.name[1:]}" if check else code


def told(code: str) -> dict[str, Any] | None:
    """What a check says of itself; None of one that this version does not know."""
    check = by_code(code)
    if check is None:
        return None
    said = explanation_of(check)
    return {
        "title": check_title(code),
        "kind": CONTENT if check.waivable else STRUCTURAL,
        "summary": _explained(said.summary),
        "parts": [
            {"title": title, "paragraphs": _explained(text)}
            for title, text in (
                ("Why it matters", said.why),
                ("How to mend it", said.mend),
                ("Limits", said.limits),
            )
        ],
    }


def _explained(text: str) -> list[list[tuple[str, bool]]]:
    """The paragraphs of an explanation, each in pieces."""
    return [_coded(" ".join(paragraph.split())) for paragraph in text.split("\n\n")]


def _coded(text: str) -> list[tuple[str, bool]]:
    """(text, whether it is code) of what a check says, in which code stands between backquotes."""
    return [(piece, number % 2 == 1) for number, piece in enumerate(text.split("`")) if piece]


def _tally(group: Group) -> list[dict[str, str]]:
    """`2 errors`, `1 notice`, the worst first."""
    counts = group.counts
    return [
        {"severity": severity.value, "text": words.plural(counts[severity], severity.value)}
        for severity in Severity
        if counts[severity]
    ]


def _group(group: Group, page: Page, look: Look) -> dict[str, Any]:
    whole = page.totals[group.key]
    common = _common(whole) if look.by == "check" else _Common()
    return {
        "key": group.key,
        **_heading(whole, look),
        "tally": _tally(whole),
        "hint": _coded(common.hint),
        "links": [_link(link, look) for link in common.repairs],
        "tick": _tick_all(whole, look),
        "more": {"text": f"Show all {len(whole.lines):,}", "key": group.key} if group.key in page.more else None,
        "findings": [_finding(line, look, common) for line in group.lines],
    }


def _common(group: Group) -> _Common:
    """What all findings of a check say alike: it stands once, above them."""
    hints = {line.finding.hint for line in group.lines}
    severities = {line.finding.severity for line in group.lines}
    of_each_store = {line.store: line.finding for line in group.lines}
    mended = {link.label: link for finding in of_each_store.values() for link in repairs_of(finding)}
    return _Common(hints.pop() if len(hints) == 1 else "", len(severities) == 1, tuple(mended.values()))


def _heading(group: Group, look: Look) -> dict[str, Any]:
    if look.by == "plain":
        return {"title": "", "link": None, "facts": "", "code": None, "store": ""}
    if look.by == "check":
        check = by_code(group.key)
        facts = "" if check is not None and check.waivable else "Structural: to be mended, can't be waived"
        return {"title": check_title(group.key), "link": None, "facts": facts, "code": group.key, "store": ""}
    first = group.lines[0]
    if not group.key:
        return {"title": "The catalogue as a whole", "link": None, "facts": "", "code": None, "store": ""}
    category = "" if first.category == NONE else words.category(first.category)
    return {
        "title": first.name or group.key,
        "link": _opened(group.key, look),
        "facts": " · ".join(filter(None, [category, group.key if first.name else ""])),
        "code": None,
        "store": _STORES[first.store] if first.store != WHOLE else "",
    }


def _tick_all(group: Group, look: Look) -> dict[str, Any] | None:
    """The box for all of a group, of which the page may show but a few; it names how many are meant."""
    if look.ticked is None:
        return None
    prints = {line.finding.fingerprint for line in group.lines if tickable(line)}
    if len(prints) < 2:  # noqa: PLR2004 - one has a box of its own
        return None
    number = len(prints & look.ticked)
    state = "all" if number == len(prints) else "some" if number else "none"
    return {"text": f"Select all {len(prints):,}", "state": state}


def _finding(line: Line, look: Look, common: _Common) -> dict[str, Any]:
    finding = line.finding
    links = [*links_of(finding, look.reach), *([] if look.by == "check" else repairs_of(finding))]
    names = look.phase_names(finding.scenario_id) if finding.scenario_id else {}
    opened = _link(opening(finding), look) if finding.scenario_id in look.reach.readable else None
    show_scenario = look.by == "check" and finding.scenario_id is not None
    place = place_of(finding, names)
    return {
        "id": finding.fingerprint,
        "severity": "" if common.severity else finding.severity.value,
        "code": None if look.by == "check" else finding.code,
        "title": (line.name or finding.scenario_id) if show_scenario else "",
        "title_id": finding.scenario_id if show_scenario and line.name else "",
        "place": place if show_scenario or place or opened is None else "The whole scenario",
        "link": opened,
        "message": _pieces(finding.message),
        "evidence": [{"word": word.capitalize(), "pieces": _pieces(text)} for word, text in evidence(finding)],
        "hint": [] if common.hint else _coded(finding.hint),
        "is_new": line.is_new,
        "since": f"since {line.since:%Y-%m-%d}" if line.since and not line.is_new else "",
        "waiver": _waiver(line.waiver, look) if line.waiver else None,
        "ticked": finding.fingerprint in look.ticked if look.ticked is not None and tickable(line) else None,
        "links": [_link(link, look) for link in links],
    }


def _waiver(waiver: Waiver, look: Look) -> dict[str, Any]:
    until = f", until {waiver.expires_on:%Y-%m-%d}" if waiver.expires_on else ""
    by = f"Waived {waiver.created_at:%Y-%m-%d}{until} ({look.person_name(waiver.author_id)}):"
    return {"by": by, "reason": waiver.reason, "id": waiver.waiver_id if look.may_waive else None}


def _opened(scenario_id: str, look: Look) -> dict[str, Any] | None:
    return _link(Link("", "scenario", {"id": scenario_id}), look) if scenario_id in look.reach.readable else None


def _link(link: Link, look: Look) -> dict[str, Any]:
    return {
        "label": link.label,
        "href": link.href(look.carried),
        "page": link.page,
        "params": dict(link.params),
        "is_repair": link.page == "repairs",
    }


def _pieces(text: str) -> list[tuple[str, bool]]:
    """(text, whether it is the name of a character that can't be seen)."""
    pieces: list[tuple[str, bool]] = value_tree(text)["pieces"] if text else []
    return pieces
