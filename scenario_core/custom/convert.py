"""Between a scenario and its rows. What the app's columns can't hold goes into `extra`, so that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Final

from scenario_core.custom.columns import json_text, without_nul
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase

SCENARIO_COLUMNS: Final = {
    "scenario_id": "scenario_id",
    "name": "title",
    "category": "category",
    "difficulty": "difficulty",
    "language": "language",
    "description": "description",
    "user_role": "user_role",
    "ai_role": "ai_role",
    "setting": "setting",
    "duration_minutes": "estimated_duration",
    "prerequisites": "prerequisites",
    "learning_outcomes": "learning_outcomes",
    "vocabulary_focus": "vocabulary_focus",
    "cultural_context": "cultural_context",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
PHASE_COLUMNS: Final = (
    "phase_id",
    "name",
    "description",
    "expected_duration_minutes",
    "key_vocabulary",
    "essential_phrases",
    "learning_objectives",
    "success_criteria",
    "cultural_notes",
)
SCENARIO_WIDTHS: Final = {
    "scenario_id": 100,
    "name": 255,
    "category": 50,
    "difficulty": 20,
    "language": 10,
    "user_role": 50,
    "ai_role": 50,
}
PHASE_WIDTHS: Final = {"phase_id": 100, "name": 255}
_COLUMN_WIDTHS: Final = {SCENARIO_COLUMNS[name]: width for name, width in SCENARIO_WIDTHS.items()}
_scenario_fields = attrgetter(*SCENARIO_COLUMNS)
_phase_fields = attrgetter(*PHASE_COLUMNS)
LIST_FIELDS: Final = frozenset(
    {
        "prerequisites",
        "learning_outcomes",
        "vocabulary_focus",
        "key_vocabulary",
        "essential_phrases",
        "learning_objectives",
        "success_criteria",
    }
)
_NUL: Final = "\x00"


def scenario_values(scenario: ConversationScenario) -> dict[str, Any]:
    """The scenario's values by column, cut to the columns' widths."""
    values = dict(zip(SCENARIO_COLUMNS.values(), _scenario_fields(scenario), strict=True))
    return _fitted(values, _COLUMN_WIDTHS)


def phase_values(phase: ScenarioPhase, number: int) -> dict[str, Any]:
    """A phase's values by column, cut to the columns' widths; `number` counts from 1."""
    values = dict(zip(PHASE_COLUMNS, _phase_fields(phase), strict=True))
    values["phase_number"] = number
    return _fitted(values, PHASE_WIDTHS)


def extra_of(scenario: ConversationScenario) -> dict[str, Any] | None:
    """What the columns can't hold: unknown fields, `is_active`, texts that are too wide or hold NUL."""
    extra = _leftover(scenario, SCENARIO_COLUMNS, SCENARIO_WIDTHS)
    if not scenario.is_active:
        extra["is_active"] = False
    phases = [_leftover(phase, PHASE_COLUMNS, PHASE_WIDTHS) for phase in scenario.phases]
    if any(phases):
        extra["phases"] = phases
    return extra or None


def scenario_of(
    row: Mapping[str, Any], phases: Iterable[Mapping[str, Any]], extra: Mapping[str, Any] | None = None
) -> ConversationScenario:
    """The scenario that rows hold. Rows of other programs may hold anything: what has the wrong form is read as text.

    `phases` come in the order of their numbers.
    """
    rest = dict(extra or {})
    phase_extras = rest.pop("phases", [])
    values = {name: row[column] for name, column in SCENARIO_COLUMNS.items()}
    values["name"] = _text(values["name"])
    for name in ("category", "difficulty", "description", "user_role", "ai_role", "setting"):
        values[name] = _text(values[name])
    values["language"] = _text(values["language"]) or DEFAULT_LANGUAGE
    values["duration_minutes"] = _minutes(values["duration_minutes"])
    values["cultural_context"] = _context(values["cultural_context"])
    _lists(values)
    values["phases"] = tuple(
        _phase_of(phase, phase_extras[index] if index < len(phase_extras) else {}) for index, phase in enumerate(phases)
    )
    return ConversationScenario.model_validate(_overlaid(values, rest))


def _phase_of(row: Mapping[str, Any], extra: Mapping[str, Any]) -> ScenarioPhase:
    values = {name: row[name] for name in PHASE_COLUMNS}
    values["phase_id"] = _text(values["phase_id"]) or f"phase_{row['phase_number']}"
    for name in ("name", "description"):
        values[name] = _text(values[name])
    values["expected_duration_minutes"] = _minutes(values["expected_duration_minutes"])
    notes = values["cultural_notes"]
    values["cultural_notes"] = None if notes is None else _text(notes)
    _lists(values)
    return ScenarioPhase.model_validate(_overlaid(values, extra))


def _fitted(values: dict[str, Any], widths: Mapping[str, int]) -> dict[str, Any]:
    for name, width in widths.items():
        text = values[name]
        if text is not None and len(text) > width:
            values[name] = text[:width]
    for name, value in values.items():
        if isinstance(value, str) and _NUL in value:
            values[name] = value.replace(_NUL, "")
    return values


def _leftover(model: ConversationScenario | ScenarioPhase, names: Iterable[str], widths: Mapping[str, int]) -> Any:
    """Unknown fields, and the full text of what `_fitting` had to cut."""
    extra = without_nul(dict(model.model_extra or {}))
    for name in names:
        value = getattr(model, name)
        if isinstance(value, str) and len(value) > widths.get(name, len(value)):
            extra[name] = value.replace(_NUL, "")
    return extra


def _overlaid(values: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`extra` on top; the full form of a cut text counts only while its column still holds the cut."""
    for name, value in extra.items():
        column = values.get(name)
        if name not in values or (isinstance(value, str) and isinstance(column, str) and value.startswith(column)):
            values[name] = value
    return values


def _lists(values: dict[str, Any]) -> None:
    for name in LIST_FIELDS & values.keys():
        values[name] = _lines(values[name])


def _lines(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    items = value if isinstance(value, list) else [value]
    return tuple(_text(item) for item in items)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json_text(value) if isinstance(value, (dict, list)) else str(value)


def _minutes(value: Any) -> int:
    return max(value, 0) if isinstance(value, int) else 0


def _context(value: Any) -> Any:
    return value if value is None or isinstance(value, (dict, str)) else _text(value)
