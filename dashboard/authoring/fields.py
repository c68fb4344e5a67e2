"""The fields of the form: what each is called, how it is written, and how its text becomes a value and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from scenario_core.scenario import CATEGORIES

__all__ = ["PHASE_FIELDS", "SCENARIO_FIELDS", "Field", "Kind", "key_of", "shown", "written"]


class Kind(StrEnum):
    """How a field is written."""

    LINE = "line"
    TEXT = "text"
    LINES = "lines"
    MINUTES = "minutes"
    CHOICE = "choice"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `hint` says what belongs there, `rows` is its height in lines of text."""

    name: str
    label: str
    kind: Kind
    hint: str = ""
    options: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    rows: int = 3
    is_optional: bool = False


SCENARIO_FIELDS: Final = (
    Field("name", "Title", Kind.LINE, "3 to 255 characters, as learners will see it.", most=255),
    Field("category", "Category", Kind.CHOICE, options=CATEGORIES),
    Field("difficulty", "Level", Kind.CHOICE, options=("beginner", "intermediate", "advanced")),
    Field("language", "Language", Kind.LANGUAGE, "The language that is practised."),
    Field("duration_minutes", "Minutes in all", Kind.MINUTES, "5 to 60.", least=5, most=60),
    Field("description", "Description", Kind.TEXT, "At most 500 characters.", most=500),
    Field("user_role", "The learner plays", Kind.LINE, "For example: guest, patient, customer.", most=50),
    Field("ai_role", "The partner plays", Kind.LINE, "For example: receptionist, doctor, cashier.", most=50),
    Field("setting", "Setting", Kind.TEXT, "Where and when it takes place."),
    Field("learning_outcomes", "What it practises", Kind.LINES, "One a line.", is_optional=True),
    Field("vocabulary_focus", "Vocabulary focus", Kind.LINES, "One a line.", is_optional=True),
    Field(
        "prerequisites",
        "Before you start",
        Kind.LINES,
        "What learners should know already, one a line.",
        is_optional=True,
    ),
)
PHASE_FIELDS: Final = (
    Field("name", "Name of the phase", Kind.LINE, "3 to 255 characters.", most=255),
    Field("expected_duration_minutes", "Minutes", Kind.MINUTES, "1 to 30.", least=1, most=30),
    Field("description", "What happens", Kind.TEXT, "10 to 1,000 characters.", most=1000),
    Field("key_vocabulary", "Key vocabulary", Kind.LINES, "At least 3, one a line. Paste as many as you like.", rows=5),
    Field("essential_phrases", "Essential phrases", Kind.LINES, "At least 3, one a line.", rows=5),
    Field("learning_objectives", "Objectives", Kind.LINES, "At least 1, one a line."),
    Field("success_criteria", "Success criteria", Kind.LINES, "At least 1, one a line."),
    Field("cultural_notes", "Cultural notes", Kind.TEXT, is_optional=True),
)
CULTURE: Final = Field(
    "cultural_context", "Cultural context", Kind.TEXT, "What a learner should know.", is_optional=True
)
_BULLETS: Final = ("- ", "* ", "• ", "\N{EN DASH} ")


def shown(field: Field, value: Any) -> Any:
    """A stored value as its widget shows it; a value of another kind is shown as far as it can be."""
    match field.kind:
        case Kind.LINES:
            return "\n".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value or "")
        case Kind.MINUTES:
            return value if isinstance(value, int) and not isinstance(value, bool) else None
        case Kind.CHOICE | Kind.LANGUAGE:
            return value if isinstance(value, str) and value else None
        case _:
            return "" if value is None else str(value)


def written(field: Field, value: Any) -> Any:
    """What was written as the value to be stored; bullets before pasted lines are left out."""
    match field.kind:
        case Kind.LINES:
            return list(_lines(str(value or "")))
        case Kind.TEXT if field.is_optional:
            return value or None
        case Kind.LINE | Kind.TEXT:
            return value or ""
        case _:
            return value


def key_of(draft_id: str, phase_id: str | None, name: str) -> str:
    """A widget's key, the same for one field of one phase wherever the phase stands, and safe as a class name."""
    phase = hashlib.sha256(phase_id.encode()).hexdigest()[:10] if phase_id is not None else "scenario"
    return f"field-{draft_id[:8]}-{phase}-{name}"


def _lines(text: str) -> Iterable[str]:
    for line in text.splitlines():
        item = line.strip()
        for bullet in _BULLETS:
            item = item.removeprefix(bullet).strip()
        if item:
            yield item
