"""Unfinished drafts as scenarios that can be rehearsed: what is missing is left empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase

__all__ = ["rehearsable"]


def rehearsable(document: Mapping[str, Any], scenario_id: str) -> ConversationScenario:
    """A tidied draft, whatever is missing in it."""
    return ConversationScenario(
        scenario_id=scenario_id,
        name=_text(document.get("name")),
        category=_text(document.get("category")),
        difficulty=_text(document.get("difficulty")),
        language=_text(document.get("language")) or DEFAULT_LANGUAGE,
        description=_text(document.get("description")),
        user_role=_text(document.get("user_role")),
        ai_role=_text(document.get("ai_role")),
        setting=_text(document.get("setting")),
        duration_minutes=_minutes(document.get("duration_minutes")),
        phases=tuple(_phase(phase) for phase in document["phases"]),
        prerequisites=_texts(document.get("prerequisites")),
        learning_outcomes=_texts(document.get("learning_outcomes")),
        vocabulary_focus=_texts(document.get("vocabulary_focus")),
    )


def _phase(phase: Mapping[str, Any]) -> ScenarioPhase:
    return ScenarioPhase(
        phase_id=phase["phase_id"],
        name=_text(phase.get("name")),
        description=_text(phase.get("description")),
        expected_duration_minutes=_minutes(phase.get("expected_duration_minutes")),
        key_vocabulary=_texts(phase.get("key_vocabulary")),
        essential_phrases=_texts(phase.get("essential_phrases")),
        learning_objectives=_texts(phase.get("learning_objectives")),
        success_criteria=_texts(phase.get("success_criteria")),
        cultural_notes=_text(phase.get("cultural_notes")) or None,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in value) if isinstance(value, list | tuple) else ()


def _minutes(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
