"""Differences between two versions of a scenario, in the words of the form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard.authoring.fields import CULTURE, PHASE_FIELDS, SCENARIO_FIELDS
from scenario_core.integrity.diff import diff_scenario
from scenario_core.integrity.diff_model import Change, ChangeKind

__all__ = ["between", "field_name", "readable"]

_KEPT_BY_THE_STORE: Final = frozenset({"scenario_id", "created_at", "updated_at"})
_SCENARIO: Final = {field.name: field.label for field in (*SCENARIO_FIELDS, CULTURE)} | {"is_active": "Active"}
_PHASE: Final = {field.name: field.label for field in PHASE_FIELDS}
_PHASE_FIELD: Final = re.compile(r"phases\[(?P<id>.+?)\](?:\.(?P<name>\w+))?")


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, str]]:
    """One line a change: where, what happened, the old and the new text. Ids and times of the store are left out."""
    names = _phase_names(old) | _phase_names(new)
    changes = diff_scenario(dict(old), dict(new)).changes
    return [_line(change, names) for change in changes if not _is_kept_by_the_store(change.field)]


def field_name(field: str, phase_names: Mapping[str, str]) -> str:
    """`phases[greeting].essential_phrases` -> `Greeting · Essential phrases`."""
    match = _PHASE_FIELD.match(field)
    if match is None:
        return _SCENARIO.get(field, field.replace("_", " ").capitalize())
    name = phase_names.get(match["id"]) or match["id"]
    part = match["name"]
    return f"{name} · {_PHASE.get(part, part)}" if part else f"{name} · Phase"


def readable(value: Any) -> str:
    """A value for people: lists line by line, phases by their name, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and "phase_id" in value:
        return str(value.get("name") or value["phase_id"])
    if isinstance(value, Sequence):
        return "\n".join(readable(item) for item in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_kept_by_the_store(field: str) -> bool:
    return field in _KEPT_BY_THE_STORE or field.endswith("].phase_id")


def _line(change: Change, names: Mapping[str, str]) -> dict[str, str]:
    moved = change.kind is ChangeKind.MOVED
    return {
        "where": field_name(change.field, names),
        "what": change.kind.value,
        "old": _moved(change.old, change.old_place) if moved else readable(change.old),
        "new": _moved(change.new, change.new_place) if moved else readable(change.new),
    }


def _moved(value: Any, place: tuple[str | int, ...] | None) -> str:
    return f"{readable(value)} (place {int(place[-1]) + 1})" if place else readable(value)


def _phase_names(document: Mapping[str, Any]) -> dict[str, str]:
    phases = document.get("phases")
    return {
        str(phase.get("phase_id")): str(phase.get("name") or "")
        for phase in (phases if isinstance(phases, Sequence) and not isinstance(phases, str) else ())
        if isinstance(phase, Mapping)
    }
