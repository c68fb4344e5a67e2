"""From a record's bytes to a scenario, or to faults that say where and what was expected."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final

from pydantic import ValidationError

from scenario_core.errors import Fault
from scenario_core.faults import faults_of, pointer, shown
from scenario_core.production.document import Document, Entry
from scenario_core.production.rendering import record_of
from scenario_core.scenario import (
    CATEGORIES,
    DIFFICULTIES,
    ConversationScenario,
    ScenarioPhase,
    in_custom_namespace,
)

NOT_JSON: Final = "a record that is valid JSON"
_PLACE: Final = re.compile(r"(.*) at line (\d+) column (\d+)")
_MAY_BE_NULL: Final = {
    model: tuple(name for name, info in model.model_fields.items() if not info.is_required())
    for model in (ConversationScenario, ScenarioPhase)
}


def read_entry(document: Document, entry: Entry) -> tuple[ConversationScenario | None, list[Fault]]:
    """The scenario of a record, or None and every fault, with pointers from the root of the file."""
    raw = document.value(entry)
    if not entry.has_key:
        return None, [_no_key(document, entry)]
    try:
        scenario = ConversationScenario.model_validate_json(raw)
    except ValidationError as error:
        if _is_not_json(error):
            return None, [_not_json(document, entry, error)]
        try:
            scenario = ConversationScenario.model_validate_json(_without_nulls(raw))
        except ValidationError as still:
            return None, faults_of(still, below=pointer((entry.key,)), scenario_id=entry.key)
        except (ValueError, RecursionError):
            return None, [_not_json(document, entry, error)]
    faults = broken_rules(entry.key, scenario)
    return (None, faults) if faults else (scenario, [])


def broken_rules(key: str, scenario: ConversationScenario) -> list[Fault]:
    """What production asks of a scenario on top of its form."""

    def fault(path: tuple[int | str, ...], expected: str, actual: str, **more: Any) -> Fault:
        return Fault(pointer((key, *path)), expected, actual, key, **more)

    found = []
    if scenario.scenario_id != key:
        found.append(fault(("scenario_id",), f"its key {key!r}", shown(scenario.scenario_id), rule="key"))
    if in_custom_namespace(key):
        found.append(fault((), "an id outside the custom_ namespace", shown(key), rule="namespace"))
    if scenario.category not in CATEGORIES:
        found.append(fault(("category",), f"one of {', '.join(CATEGORIES)}", shown(scenario.category)))
    if scenario.difficulty not in DIFFICULTIES:
        found.append(fault(("difficulty",), f"one of {', '.join(DIFFICULTIES)}", shown(scenario.difficulty)))
    if not scenario.phases:
        found.append(fault(("phases",), "at least 1 phase", "none"))
    ids = [phase.phase_id for phase in scenario.phases]
    if len(set(ids)) < len(ids):
        counts = Counter(ids)
        expected = "an id that no other phase of the scenario has"
        found += [
            fault(("phases", index, "phase_id"), expected, shown(name), rule="repeated_phase")
            for index, name in enumerate(ids)
            if counts[name] > 1
        ]
    return found


def checked(key: str, scenario: ConversationScenario) -> tuple[ConversationScenario | None, list[Fault]]:
    """The scenario as it will be read back, or None and every fault. Copying a model checks nothing."""
    try:
        found = ConversationScenario.model_validate_json(json.dumps(record_of(scenario)))
    except ValidationError as error:
        if _is_not_json(error):
            return None, [Fault(pointer((key,)), "text that UTF-8 can hold", "half a surrogate pair", key)]
        return None, faults_of(error, below=pointer((key,)), scenario_id=key)
    except (TypeError, ValueError) as error:
        return None, [Fault(pointer((key,)), "values that JSON can hold", str(error), key)]
    faults = broken_rules(key, found)
    return (None, faults) if faults else (found, [])


def _without_nulls(raw: bytes) -> bytes:
    """The record without the nulls that mean "not given"; real files hold them in any field that may be left out.

    Raises:
        ValueError: it is not JSON.
    """
    record = json.loads(raw)
    if isinstance(record, dict):
        _drop_nulls(record, _MAY_BE_NULL[ConversationScenario])
        phases = record.get("phases")
        for phase in phases if isinstance(phases, list) else ():
            if isinstance(phase, dict):
                _drop_nulls(phase, _MAY_BE_NULL[ScenarioPhase])
    return json.dumps(record).encode()


def _drop_nulls(record: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name in record and record[name] is None:
            del record[name]


def _not_json(document: Document, entry: Entry, error: ValidationError) -> Fault:
    message = str(error.errors(include_url=False)[0].get("ctx", {}).get("error", "invalid JSON"))
    first = document.line(entry.start)
    if place := _PLACE.match(message):
        line, column = int(place[2]), int(place[3])
        if line == 1:
            column += entry.start - document.data.rfind(b"\n", 0, entry.start) - 1
        message = f"{place[1]} in line {first + line - 1}, column {column}"
    else:
        message = f"{message} in the record that begins in line {first}"
    return Fault(pointer((entry.key,)), NOT_JSON, message, entry.key)


def _no_key(document: Document, entry: Entry) -> Fault:
    first_line = document.value(entry).split(b"\n", 1)[0].decode(errors="replace").strip()
    found = f"{shown(first_line)} in line {document.line(entry.start)}"
    return Fault(pointer((entry.key,)), f"{NOT_JSON}, after an id in quotes and a colon", found, entry.key)


def _is_not_json(error: ValidationError) -> bool:
    return error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid"
