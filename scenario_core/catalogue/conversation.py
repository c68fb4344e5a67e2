"""What a learner's conversation starts from: one format for scenarios of both stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase, Store


@dataclass(frozen=True, slots=True)
class Conversation:
    """A started conversation. `run_id` is None where the start could not be recorded, and `problem` says why."""

    run_id: str | None
    scenario_id: str
    store: Store
    title: str
    description: str
    language: str
    difficulty: str
    setting: str
    user_role: str
    ai_role: str
    duration_minutes: int
    phases: tuple[ScenarioPhase, ...]
    problem: str = ""

    @classmethod
    def of(cls, scenario: ConversationScenario, store: Store, *, run_id: str | None, problem: str = "") -> Self:
        """The conversation about a scenario."""
        return cls(
            run_id=run_id,
            scenario_id=scenario.scenario_id,
            store=store,
            title=scenario.name,
            description=scenario.description,
            language=scenario.language or DEFAULT_LANGUAGE,
            difficulty=scenario.difficulty,
            setting=scenario.setting,
            user_role=scenario.user_role,
            ai_role=scenario.ai_role,
            duration_minutes=scenario.duration_minutes,
            phases=scenario.phases,
            problem=problem,
        )
