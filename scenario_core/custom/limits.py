"""The limits for what an author saves, and the check that reports every fault at once, each at its field."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import langcodes
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationError

from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.faults import faults_of
from scenario_core.scenario import DEFAULT_LANGUAGE, Category, ConversationScenario, ScenarioPhase

LONGEST_LANGUAGE_TAG: Final = 10


def _language_tag(tag: str) -> str:
    if len(tag) > LONGEST_LANGUAGE_TAG or not langcodes.tag_is_valid(tag):
        raise ValueError(f"a BCP 47 language tag of at most {LONGEST_LANGUAGE_TAG} characters, such as en or pt-BR")
    return tag


def _or_default(tag: Any) -> Any:
    return DEFAULT_LANGUAGE if tag is None else tag


def _text(shortest: int, longest: int) -> Any:
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Title = Annotated[str, _text(3, 255)]
RoleName = Annotated[str, _text(1, 50)]


class AuthoredPhase(ScenarioPhase):
    """A phase within the limits."""

    phase_id: Annotated[str, _text(1, 100)]
    name: Title
    description: Annotated[str, _text(10, 1000)]
    expected_duration_minutes: Annotated[int, Field(ge=1, le=30)]
    key_vocabulary: Annotated[tuple[Line, ...], Field(min_length=3)]
    essential_phrases: Annotated[tuple[Line, ...], Field(min_length=3)]
    learning_objectives: Annotated[tuple[Line, ...], Field(min_length=1)]
    success_criteria: Annotated[tuple[Line, ...], Field(min_length=1)]


class AuthoredScenario(ConversationScenario):
    """A scenario within the limits. Its id is the store's to give."""

    scenario_id: str = "new"
    name: Title
    category: Category
    difficulty: Literal["beginner", "intermediate", "advanced"]
    language: Annotated[str, BeforeValidator(_or_default), AfterValidator(_language_tag)] = DEFAULT_LANGUAGE
    description: Annotated[str, _text(0, 500)] = ""
    user_role: RoleName
    ai_role: RoleName
    duration_minutes: Annotated[int, Field(ge=5, le=60)]
    phases: Annotated[tuple[AuthoredPhase, ...], Field(min_length=2, max_length=6)]
    prerequisites: tuple[Line, ...] = ()
    learning_outcomes: tuple[Line, ...] = ()
    vocabulary_focus: tuple[Line, ...] = ()


def check(document: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Every fault of a scenario as an author writes it (production's field names), in the order of the form."""
    try:
        AuthoredScenario.model_validate_json(_json(document))
    except ValidationError as error:
        found = faults_of(error)
    else:
        found = []
    return (*found, *_repeated_phase_ids(document))


def require_within_limits(document: Mapping[str, Any]) -> AuthoredScenario:
    """The scenario, trimmed of outer white space.

    Raises:
        InvalidScenarioError: with every fault.
    """
    faults = check(document)
    if faults:
        raise InvalidScenarioError(faults, hint="Mend each field and save again; what you wrote is kept.")
    return AuthoredScenario.model_validate_json(_json(document))


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(dict(document), default=str)


def _repeated_phase_ids(document: Mapping[str, Any]) -> list[Fault]:
    phases = document.get("phases")
    ids = [phase.get("phase_id") for phase in phases if isinstance(phase, Mapping)] if isinstance(phases, list) else []
    counts = Counter(name for name in ids if isinstance(name, str))
    return [
        Fault(f"/phases/{index}/phase_id", "an id that no other phase of the scenario has", repr(name))
        for index, name in enumerate(ids)
        if isinstance(name, str) and counts[name] > 1
    ]
