"""Unfinished drafts as scenarios that can be rehearsed: what is missing is left empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.scenario_view import text_of
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase

__all__ = ["rehearsable"]


def rehearsable(document: Mapping[str, Any], scenario_id: str) -> ConversationScenario:
    """A tidied draft, whatever is missing in it."""
    return ConversationScenario(
        scenario_id=scenario_id,
        name=text_of(document.get("name")),
        category=text_of(document.get("category")),
        difficulty=text_of(document.get("difficulty")),
        language=text_of(document.get("language")) or DEFAULT_LANGUAGE,
        description=text_of(document.get("description")),
        user_role=text_of(document.get("user_role")),
        ai_role=text_of(document.get("ai_role")),
        setting=text_of(document.get("setting")),
        duration_minutes=_minutes(document.get("duration_minutes")),
        phases=tuple(_phase(phase) for phase in document["phases"]),
        prerequisites=_texts(document.get("prerequisites")),
        learning_outcomes=_texts(document.get("learning_outcomes")),
        vocabulary_focus=_texts(document.get("vocabulary_focus")),
    )


def _phase(phase: Mapping[str, Any]) -> ScenarioPhase:
    return ScenarioPhase(
        phase_id=phase["phase_id"],
        name=text_of(phase.get("name")),
        description=text_of(phase.get("description")),
        expected_duration_minutes=_minutes(phase.get("expected_duration_minutes")),
        key_vocabulary=_texts(phase.get("key_vocabulary")),
        essential_phrases=_texts(phase.get("essential_phrases")),
        learning_objectives=_texts(phase.get("learning_objectives")),
        success_criteria=_texts(phase.get("success_criteria")),
        cultural_notes=text_of(phase.get("cultural_notes")) or None,
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text_of(item) for item in value) if isinstance(value, list | tuple) else ()


def _minutes(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
