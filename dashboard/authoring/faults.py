"""Where each fault of a draft belongs: its part of the form, its field, and a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboard.authoring import document as documents
from dashboard.authoring.fields import CULTURE, PHASE_FIELDS, SCENARIO_FIELDS
from scenario_core.custom import limits
from scenario_core.errors import Fault

__all__ = ["SCENARIO_PART", "FormFault", "by_field", "first_of_each", "found", "located"]

SCENARIO_PART: Final = "scenario"
_PHASE: Final = re.compile(r"/phases/(\d+)(?:/([^/]+))?")
_SCENARIO_LABELS: Final = {field.name: field.label for field in (*SCENARIO_FIELDS, CULTURE)} | {"phases": "Phases"}
_PHASE_LABELS: Final = {field.name: field.label for field in PHASE_FIELDS}


@dataclass(frozen=True, slots=True)
class FormFault:
    """One fault, or advice that does not keep a draft from being saved.

    `phase_id` is None for a field of the scenario itself.
    """

    phase_id: str | None
    name: str
    where: str
    sentence: str
    is_advice: bool = False

    @property
    def part(self) -> str:
        """The part of the form that holds the field."""
        return self.phase_id or SCENARIO_PART


def found(document: Mapping[str, Any]) -> tuple[FormFault, ...]:
    """Every fault of a tidied document, each field once, in the order of the form."""
    faults = [located(document, fault.pointer, _sentence(fault)) for fault in limits.check(document)]
    return first_of_each(faults)


def located(document: Mapping[str, Any], pointer: str, sentence: str, *, is_advice: bool = False) -> FormFault:
    """What is said of the value at a JSON pointer into a tidied document, at its field."""
    match = _PHASE.match(pointer)
    if match is None:
        name = pointer.strip("/").split("/")[0]
        return FormFault(None, name, _SCENARIO_LABELS.get(name, name), sentence, is_advice)
    place, name = int(match[1]), match[2] or "name"
    phase = documents.phases(document)[place]
    where = f"Phase {place + 1}, {_PHASE_LABELS.get(name, name)}"
    return FormFault(phase["phase_id"], name, where, sentence, is_advice)


def _sentence(fault: Fault) -> str:
    actual = "nothing yet" if fault.actual in {"0", "nothing", "''", "None"} else fault.actual
    return f"{fault.expected}, found {actual}"


def first_of_each(said: Sequence[FormFault]) -> tuple[FormFault, ...]:
    """The first that is said of each field, in the order in which fields are last named."""
    return tuple({(each.phase_id, each.name): each for each in reversed(said)}.values())[::-1]


def by_field(faults: Iterable[FormFault]) -> dict[tuple[str | None, str], FormFault]:
    """The faults by phase and field."""
    return {(fault.phase_id, fault.name): fault for fault in faults}
