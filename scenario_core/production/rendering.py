"""From a changed scenario to its record: only what differs is set, everything else stays as it was in the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.faults import pointer
from scenario_core.production import exact_json
from scenario_core.production.style import Style
from scenario_core.scenario import ConversationScenario, ScenarioPhase

_Model = TypeVar("_Model", ConversationScenario, ScenarioPhase)


def record_of(scenario: ConversationScenario) -> dict[str, Any]:
    """A new record, with every field; `language` only if it is set."""
    record = _dumped(scenario)
    if record["language"] is None:
        del record["language"]
    return record


def rendered(style: Style, scenario: ConversationScenario, former: ConversationScenario | None, raw: bytes) -> bytes:
    """The record of a scenario as bytes from the left margin; on top of `raw`, which was read as `former`, if any.

    Raises:
        InvalidScenarioError: it has a number that JSON can't hold, or a key stands twice in `raw`.
    """
    record = record_of(scenario) if former is None else merged_record(raw, former, scenario)
    try:
        return style.render(record)
    except ValueError as error:
        name = scenario.scenario_id
        raise InvalidScenarioError([Fault(pointer((name,)), "numbers that JSON can hold", str(error), name)]) from error


def differ(old: ConversationScenario, new: ConversationScenario) -> bool:
    """Whether the two are written differently, which comparing them does not tell: to Python 1 equals true."""
    return old is not new and not _same(_dumped(old), _dumped(new))


def merged_record(raw: bytes, old: ConversationScenario, new: ConversationScenario) -> dict[str, Any]:
    """The record `raw`, read as `old`, with the changes that lead to `new`.

    Raises:
        InvalidScenarioError: a key stands twice in the record, so that one of the two would be lost.
    """
    record: dict[str, Any] = exact_json.loads(raw, old.scenario_id)
    _merge(record, old, new, skip="phases")
    if not _same(_plain(old.phases), _plain(new.phases)):
        record["phases"] = _merged_phases(record["phases"], old.phases, new.phases)
    return record


def _merged_phases(
    records: list[dict[str, Any]], old: tuple[ScenarioPhase, ...], new: tuple[ScenarioPhase, ...]
) -> list[dict[str, Any]]:
    known = {phase.phase_id: (record, phase) for record, phase in zip(records, old, strict=True)}
    merged = []
    for phase in new:
        if phase.phase_id in known:
            record, former = known[phase.phase_id]
            merged.append(_merge(dict(record), former, phase))
        else:
            merged.append(_dumped(phase))
    return merged


def _merge(record: dict[str, Any], old: _Model, new: _Model, *, skip: str = "") -> dict[str, Any]:
    before, after = _dumped(old), _dumped(new)
    for name, value in after.items():
        if name != skip and not (name in before and _same(before[name], value)):
            record[name] = _in_style(value, record.get(name), getattr(new, name))
    for name in before.keys() - after.keys():
        record.pop(name, None)
    return record


def _same(before: Any, after: Any) -> bool:
    """As JSON: 1, 1.0 and true are three values."""
    return json.dumps(before) == json.dumps(after)


def _in_style(value: Any, former: Any, real: Any) -> Any:
    """A time without its zone where the file has it so; it is UTC either way."""
    if isinstance(real, datetime) and isinstance(former, str) and _is_naive(former):
        return real.replace(tzinfo=None).isoformat()
    return value


def _is_naive(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _dumped(model: ConversationScenario | ScenarioPhase) -> dict[str, Any]:
    values = {name: _plain(getattr(model, name)) for name in type(model).model_fields}
    return {**values, **(model.model_extra or {})}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, ScenarioPhase):
        return _dumped(value)
    return dict(value) if isinstance(value, Mapping) else value
