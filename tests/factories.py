"""Scenarios, files and databases to test with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from scenario_core.custom import ScenarioBuilderService, schema
from scenario_core.custom.directory import LocalDirectory
from scenario_core.custom.engine import create_engine, session_factory
from scenario_core.people import Directory
from scenario_core.scenario import ConversationScenario

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "data" / "scenarios" / "scenarios.json"

OWNER, STRANGER, ADMIN = 7, 8, 1
Document = dict[str, Any]
FreshEngine = Callable[[str, Path], AbstractContextManager[sa.Engine]]
"""Makes a migrated database, on "sqlite" in a folder or on "postgresql"."""


def phase_document(phase_id: str = "greeting", **fields: Any) -> Document:
    """A phase within the authoring limits."""
    return {
        "phase_id": phase_id,
        "name": f"The {phase_id}",
        "description": "A long enough description of what happens here.",
        "expected_duration_minutes": 5,
        "key_vocabulary": ["table", "menu", "bill"],
        "essential_phrases": ["A table, please.", "The menu, please.", "The bill, please."],
        "learning_objectives": ["Ask for things politely"],
        "success_criteria": ["Gets what was asked for"],
        "cultural_notes": None,
        **fields,
    }


def scenario_document(scenario_id: str = "dinner_for_two", **fields: Any) -> Document:
    """A scenario within the authoring limits, in production's field names."""
    return {
        "scenario_id": scenario_id,
        "name": "Dinner for Two",
        "category": "restaurant",
        "difficulty": "beginner",
        "description": "An evening in a restaurant.",
        "user_role": "customer",
        "ai_role": "waiter",
        "setting": "A small restaurant",
        "duration_minutes": 10,
        "phases": [phase_document("greeting"), phase_document("ordering")],
        "prerequisites": [],
        "learning_outcomes": ["Order a meal"],
        "vocabulary_focus": ["food"],
        "cultural_context": {"region": "anywhere"},
        "is_active": True,
        "created_at": "2026-01-02T03:04:05",
        "updated_at": "2026-02-03T04:05:06",
        **fields,
    }


def scenario(scenario_id: str = "dinner_for_two", **fields: Any) -> ConversationScenario:
    """A scenario as a model."""
    return ConversationScenario.model_validate_json(json.dumps(scenario_document(scenario_id, **fields)))


def catalogue_document(*scenario_ids: str) -> Document:
    """A production file's content."""
    return {name: scenario_document(name, name=f"Title of {name}") for name in scenario_ids}


def write_production(path: Path, document: Any) -> Path:
    """Write a production file in production's own form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="")
    return path


@contextmanager
def migrated(url: str) -> Iterator[sa.Engine]:
    """An engine on a database of this version."""
    engine = create_engine(url)
    try:
        schema.upgrade(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def builder(
    engine: sa.Engine, *, directory: Directory | None = None, **options: Any
) -> Iterator[ScenarioBuilderService]:
    """The service on a session of its own; user 1 holds every role, others are authors."""
    with session_factory(engine)() as session:
        yield ScenarioBuilderService(session, directory=directory or LocalDirectory(ADMIN), **options)
