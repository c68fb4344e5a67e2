"""Changing a draft's document. Every function returns a new document and leaves the given one as it is.

Phases are named by their `phase_id`, never by their place, so that a change reaches the right one after any move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from scenario_core.custom.new_scenarios import new_phase_id
from scenario_core.scenario import CATEGORIES, DEFAULT_LANGUAGE

__all__ = [
    "add_phase",
    "blank",
    "duplicate_phase",
    "insert_phase",
    "move_phase",
    "phases",
    "put",
    "remove_phase",
    "tidied",
    "value_at",
]

Document = Mapping[str, Any]
_MINUTES: Final = 5


def blank() -> dict[str, Any]:
    """An empty scenario with two empty phases."""
    return {
        "name": "",
        "category": CATEGORIES[0],
        "difficulty": "beginner",
        "language": DEFAULT_LANGUAGE,
        "description": "",
        "user_role": "",
        "ai_role": "",
        "setting": "",
        "duration_minutes": 2 * _MINUTES,
        "phases": [_blank_phase(), _blank_phase()],
        "prerequisites": [],
        "learning_outcomes": [],
        "vocabulary_focus": [],
        "cultural_context": None,
    }


def tidied(document: Document) -> dict[str, Any]:
    """The document with a language, and with phases that the form can name: objects, each with an id of its own."""
    found = deepcopy(dict(document))
    listed = found.get("phases")
    kept = [dict(phase) for phase in listed if isinstance(phase, Mapping)] if isinstance(listed, list) else []
    counts = Counter(phase.get("phase_id") for phase in kept if isinstance(phase.get("phase_id"), str))
    for phase in kept:
        name = phase.get("phase_id")
        if not isinstance(name, str) or not name or counts[name] > 1:
            phase["phase_id"] = new_phase_id()
    found["phases"] = kept
    found["language"] = found.get("language") or DEFAULT_LANGUAGE
    return found


def phases(document: Document) -> list[dict[str, Any]]:
    """The phases of a tidied document."""
    found: list[dict[str, Any]] = document["phases"]
    return found


def value_at(document: Document, phase_id: str | None, name: str) -> Any:
    """A field of the scenario, or of the phase with this id; None where it is missing."""
    if phase_id is None:
        return document.get(name)
    place = _place(document, phase_id)
    return None if place is None else phases(document)[place].get(name)


def put(document: Document, phase_id: str | None, name: str, value: Any) -> dict[str, Any]:
    """The document with another value in one field; a phase that is gone by now changes nothing."""
    changed = deepcopy(dict(document))
    if phase_id is None:
        changed[name] = value
        return changed
    place = _place(changed, phase_id)
    if place is not None:
        changed["phases"][place][name] = value
    return changed


def insert_phase(document: Document, phase: Mapping[str, Any], after: str | None = None) -> dict[str, Any]:
    """The document with a given phase behind the one named, or at the end."""
    changed = deepcopy(dict(document))
    place = _place(changed, after) if after else None
    changed["phases"].insert(len(changed["phases"]) if place is None else place + 1, dict(phase))
    return changed


def add_phase(document: Document) -> tuple[dict[str, Any], str]:
    """(the document with an empty phase at the end; the new phase's id)."""
    phase = _blank_phase()
    return insert_phase(document, phase), phase["phase_id"]


def duplicate_phase(document: Document, phase_id: str) -> tuple[dict[str, Any], str]:
    """(the document with a copy of a phase behind it; the copy's id)."""
    place = _place(document, phase_id)
    source = phases(document)[place] if place is not None else _blank_phase()
    new_id = new_phase_id()
    return insert_phase(document, {**deepcopy(source), "phase_id": new_id}, phase_id), new_id


def remove_phase(document: Document, phase_id: str) -> tuple[dict[str, Any], str | None]:
    """(the document without a phase; the id of the phase that stands in its place now, if any)."""
    changed = deepcopy(dict(document))
    place = _place(changed, phase_id)
    if place is not None:
        del changed["phases"][place]
    rest = changed["phases"]
    return changed, rest[min(place or 0, len(rest) - 1)]["phase_id"] if rest else None


def move_phase(document: Document, phase_id: str, distance: int) -> dict[str, Any]:
    """The document with a phase moved up (negative) or down, at most to the ends."""
    changed = deepcopy(dict(document))
    place = _place(changed, phase_id)
    if place is not None:
        phase = changed["phases"].pop(place)
        changed["phases"].insert(max(0, place + distance), phase)
    return changed


def _place(document: Document, phase_id: str) -> int | None:
    return next((at for at, phase in enumerate(phases(document)) if phase["phase_id"] == phase_id), None)


def _blank_phase() -> dict[str, Any]:
    return {
        "phase_id": new_phase_id(),
        "name": "",
        "description": "",
        "expected_duration_minutes": _MINUTES,
        "key_vocabulary": [],
        "essential_phrases": [],
        "learning_objectives": [],
        "success_criteria": [],
        "cultural_notes": None,
    }
