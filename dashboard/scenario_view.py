"""What the scenario's template draws, from a scenario or from a draft that may hold anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from scenario_core.scenario import DEFAULT_LANGUAGE

__all__ = ["body", "head", "text_of"]


def head(
    document: Mapping[str, Any], *, store: str = "", store_label: str = "", tags: Sequence[str] = ()
) -> dict[str, Any]:
    """The values of `scenario_head`: title, description and what kind of scenario it is."""
    return {
        "store": store,
        "store_label": store_label,
        "tags": list(tags),
        "lang": text_of(document.get("language")) or DEFAULT_LANGUAGE,
        **{name: text_of(document.get(name)) for name in ("name", "description", "category", "difficulty")},
    }


def body(document: Mapping[str, Any], facts: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The values of `scenario_body`: everything below the title."""
    phases = document.get("phases")
    listed = phases if isinstance(phases, Sequence) and not isinstance(phases, str) else ()
    return {
        "lang": text_of(document.get("language")) or DEFAULT_LANGUAGE,
        "duration": _minutes(document.get("duration_minutes")),
        "facts": list(facts),
        "phases": [_phase(number, phase) for number, phase in enumerate(listed, start=1) if isinstance(phase, Mapping)],
        "lists": [
            ("What it practises", _texts(document.get("learning_outcomes"))),
            ("Vocabulary focus", _texts(document.get("vocabulary_focus"))),
            ("Before you start", _texts(document.get("prerequisites"))),
        ],
        "culture": culture(document.get("cultural_context")),
        **{name: text_of(document.get(name)).replace("_", " ") for name in ("user_role", "ai_role")},
        "setting": text_of(document.get("setting")),
    }


def culture(value: Any) -> list[tuple[str, str]]:
    """(topic, text) of a cultural context: of an object by its keys, of anything else as one text without a topic."""
    if isinstance(value, Mapping):
        return [(str(topic).replace("_", " ").capitalize(), _readable(text)) for topic, text in value.items()]
    return [("", _readable(value))] if value else []


def _phase(number: int, phase: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": number,
        "name": text_of(phase.get("name")),
        "description": text_of(phase.get("description")),
        "minutes": _minutes(phase.get("expected_duration_minutes")),
        "vocabulary": _texts(phase.get("key_vocabulary")),
        "phrases": _texts(phase.get("essential_phrases")),
        "objectives": _texts(phase.get("learning_objectives")),
        "criteria": _texts(phase.get("success_criteria")),
        "notes": text_of(phase.get("cultural_notes")),
    }


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _minutes(value: Any) -> int | float | str:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else "?"


def text_of(value: Any) -> str:
    """A text as it is, nothing as an empty one, any other value as Python writes it."""
    return "" if value is None else value if isinstance(value, str) else str(value)


def _texts(value: Any) -> list[str]:
    return [text_of(item) for item in value if text_of(item).strip()] if _is_list(value) else []


def _readable(value: Any) -> str:
    if isinstance(value, str):
        return value
    if _is_list(value) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
