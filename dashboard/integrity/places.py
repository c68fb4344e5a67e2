"""Where a finding is in the words of the form, and the addresses that lead there and to what mends it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from dashboard.differences import field_name
from scenario_core.integrity import Finding
from scenario_core.scenario import ConversationScenario
from scenario_core.stewardship import repairs
from scenario_core.stewardship.states import APPROVED, MIRROR, PRODUCTION

__all__ = ["Link", "Reach", "links_of", "opening", "phase_names", "place_of", "pointer_of", "repairs_of"]

_PHASE: Final = re.compile(r'phases\[(?P<id>"(?:[^"\\]|\\.)*"|[^\]]*)\](?P<rest>.*)', re.DOTALL)
_FROM_BACKUP: Final = frozenset({"IC103"})
_FROM_MIRROR: Final = frozenset({"IC105", "IC114"})


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page, by the page's name in addresses."""

    label: str
    page: str
    params: Mapping[str, str] = field(default_factory=dict)

    def href(self, carried: Mapping[str, str]) -> str:
        """The relative address, with the parameters that every link carries."""
        found = {**self.params, **carried}
        return f"{self.page}?{urlencode(found)}" if found else self.page


@dataclass(frozen=True, slots=True)
class Reach:
    """Which scenarios the reader can open, and which of them are the reader's to edit."""

    readable: frozenset[str]
    own: frozenset[str] = frozenset()


def phase_names(scenario: ConversationScenario | None) -> dict[str, str]:
    """What the phases of a scenario are called, by their ids."""
    return {phase.phase_id: phase.name for phase in scenario.phases} if scenario else {}


def place_of(finding: Finding, names: Mapping[str, str]) -> str:
    """`Greeting · Essential phrases`; empty where it is about the scenario as a whole."""
    return field_name(finding.field, names) if finding.field else finding.pointer


def opening(finding: Finding) -> Link:
    """Its scenario, at the field that it is about."""
    params = {"id": finding.scenario_id or "", "field": finding.field, "finding": finding.fingerprint}
    return Link("Open", "scenario", {name: value for name, value in params.items() if value})


def links_of(finding: Finding, reach: Reach) -> list[Link]:
    """Where it can be changed, and the difference that it is about."""
    found = []
    scenario_id = finding.scenario_id
    if scenario_id in reach.own:
        found.append(Link("Edit", "author", {"scenario": scenario_id}))
    compared = {APPROVED: _FROM_BACKUP, MIRROR: _FROM_MIRROR}
    for old, codes in compared.items():
        if finding.code in codes:
            found.append(Link("See the difference", "compare", _difference_params(old, scenario_id)))
    return found


def repairs_of(finding: Finding) -> list[Link]:
    """What may mend it."""
    return [Link(repair.title, "repairs", {"repair": repair.name}) for repair in repairs.for_finding(finding)]


def pointer_of(finding_field: str, scenario: ConversationScenario) -> str:
    """The JSON pointer of a place for people, without its item; empty where the scenario has no such place."""
    found = _PHASE.fullmatch(finding_field)
    if found is None:
        name = finding_field.partition(".")[0].partition("[")[0]
        return f"/{name}" if name in type(scenario).model_fields else ""
    wanted = found["id"].strip('"')
    index = next((number for number, phase in enumerate(scenario.phases) if phase.phase_id == wanted), None)
    if index is None:
        return ""
    name = found["rest"].lstrip(".").partition("[")[0]
    return f"/phases/{index}/{name}" if name else f"/phases/{index}"


def _difference_params(old: str, scenario_id: str | None) -> dict[str, str]:
    params = {"old": old, "new": PRODUCTION}
    return {**params, "scenario": scenario_id} if scenario_id else params
