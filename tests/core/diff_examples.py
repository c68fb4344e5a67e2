"""Records to compare, and short ways to say what changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

from scenario_core.integrity.diff import (
    Change,
    ScenarioChange,
    apply_scenario,
    diff_scenario,
)

Record = dict[str, Any]
Edit = Callable[[Record, Random], None]

NBSP = "\u00a0"


def exactly(value: Any) -> str:
    """JSON equality told by the standard library: types count, the order of keys does not."""
    return json.dumps(value, sort_keys=True)


def phase(phase_id: str, **fields: Any) -> Record:
    return {
        "phase_id": phase_id,
        "name": phase_id.title(),
        "description": f"What happens in {phase_id}",
        "expected_duration_minutes": 4,
        "key_vocabulary": [f"{phase_id} word {n}" for n in range(4)],
        "essential_phrases": ["Good evening", "Do you have a table?", "For two, please", "Thank you"],
        "learning_objectives": [f"Manage the {phase_id}"],
        "success_criteria": ["Understood", "Polite"],
        "cultural_notes": None,
        **fields,
    }


def scenario(scenario_id: str = "dinner", **fields: Any) -> Record:
    return {
        "scenario_id": scenario_id,
        "name": "Dinner reservation",
        "category": "restaurant",
        "difficulty": "beginner",
        "description": "Book a table.",
        "user_role": "customer",
        "ai_role": "waiter",
        "setting": "A restaurant",
        "duration_minutes": 20,
        "phases": [phase("greeting"), phase("order"), phase("payment"), phase("farewell")],
        "prerequisites": ["greetings", "numbers"],
        "learning_outcomes": ["book", "order", "pay"],
        "vocabulary_focus": [],
        "cultural_context": {"tipping": "ten percent", "dress code": None},
        "is_active": True,
        "created_at": "2025-12-20T14:46:22",
        **fields,
    }


def changed(edit: Callable[[Record], object], **fields: Any) -> tuple[Record, Record, ScenarioChange]:
    """A record, the same record after an edit, and their difference, proved to be exact."""
    old = scenario(**fields)
    new = copy.deepcopy(old)
    edit(new)
    change = diff_scenario(old, new)
    assert exactly(apply_scenario(change, old)) == exactly(new)
    return old, new, change


def seen(change: ScenarioChange) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.pointer, one.field) for one in change.changes]


def only(change: ScenarioChange) -> Change:
    assert len(change.changes) == 1, seen(change)
    return change.changes[0]


def as_bytes(document: Any, **options: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, **options).encode()


def catalogue(*ids: str) -> dict[str, Record]:
    return {scenario_id: scenario(scenario_id) for scenario_id in ids}
