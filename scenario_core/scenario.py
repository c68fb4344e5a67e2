"""What a scenario and a phase are, and the rules that always hold.

Both stores speak in these models. They are immutable, so that nothing handed out can change a store from outside;
make a changed copy with `scenario.model_copy(update={...})`.
"""

from __future__ import annotations

import re
import secrets
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

Category = Literal[
    "restaurant",
    "travel",
    "shopping",
    "business",
    "social",
    "healthcare",
    "emergency",
    "daily_life",
    "hobbies",
    "education",
]
Difficulty = Literal["beginner", "intermediate", "advanced", "native"]
CATEGORIES: Final[tuple[str, ...]] = get_args(Category)
DIFFICULTIES: Final[tuple[str, ...]] = get_args(Difficulty)
DEFAULT_LANGUAGE: Final = "en"
SYSTEM_USER_ID: Final = 0
CUSTOM_PREFIX: Final = "custom_"

_CUSTOM_ID = re.compile(r"custom_(?P<category>[a-z_]+)_(?P<seconds>\d+)_(?P<random>[0-9a-f]{8})")


class Store(StrEnum):
    """Where a scenario lives."""

    PRODUCTION = "production"
    CUSTOM = "custom"


def as_utc(moment: datetime) -> datetime:
    """The same moment with UTC as its zone; a time without a zone is read as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _context(value: Any) -> Any:
    if value is None or isinstance(value, (dict, str)):
        return value
    raise ValueError("an object, a string or null")


CulturalContext = Annotated[
    Any,
    AfterValidator(_context),
    WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "string"}, {"type": "null"}]}),
]
UtcDatetime = Annotated[datetime, AfterValidator(as_utc)]
Lines = tuple[str, ...]


class ScenarioPhase(BaseModel):
    """One step of a scenario. `phase_id` is unique within its scenario only; unknown fields are kept."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    phase_id: Annotated[str, Field(min_length=1)]
    name: str
    description: str = ""
    expected_duration_minutes: Annotated[int, Field(ge=0)]
    key_vocabulary: Lines = ()
    essential_phrases: Lines = ()
    learning_objectives: Lines = ()
    success_criteria: Lines = ()
    cultural_notes: str | None = None


class ConversationScenario(BaseModel):
    """A situation that a learner practises in conversation: metadata and a sequence of phases.

    Category and difficulty are plain strings here, since rows of an adopted database may hold others; each store
    applies its own rules on top. Times are in UTC; durations in minutes. Unknown fields are kept.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    scenario_id: Annotated[str, Field(min_length=1)]
    name: str
    category: str
    difficulty: str
    language: str | None = None
    description: str = ""
    user_role: str
    ai_role: str
    setting: str = ""
    duration_minutes: Annotated[int, Field(ge=0)]
    phases: tuple[ScenarioPhase, ...]
    prerequisites: Lines = ()
    learning_outcomes: Lines = ()
    vocabulary_focus: Lines = ()
    cultural_context: CulturalContext = None
    is_active: bool = True
    created_at: UtcDatetime | None = None
    updated_at: UtcDatetime | None = None


def new_custom_id(category: str) -> str:
    """`custom_{category}_{unix seconds}_{8 hex digits}`."""
    return f"{CUSTOM_PREFIX}{category}_{int(time.time())}_{secrets.token_hex(4)}"


def in_custom_namespace(scenario_id: str) -> bool:
    """Whether the id belongs to the custom side, in any case or Unicode form that could pass for its prefix."""
    return scenario_id.casefold().startswith(CUSTOM_PREFIX)


def is_custom_id(scenario_id: str) -> bool:
    """Whether the id has the exact form that `new_custom_id` makes."""
    found = _CUSTOM_ID.fullmatch(scenario_id)
    return found is not None and found["category"] in CATEGORIES
