"""Differences between two versions of a scenario, in the words of the form, ready for the template `changes`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dashboard.authoring.fields import CULTURE, PHASE_FIELDS, SCENARIO_FIELDS
from scenario_core.integrity.diff import Change, ChangeKind, MarkKind, diff_scenario, looks_same, marks, visible

__all__ = ["between", "field_name", "grouped", "lines", "phase_names", "readable", "record_tree", "value_tree"]

LONGEST_EQUAL: Final = 240
KEPT_OF_EQUAL: Final = 80
_KEPT_BY_THE_STORE: Final = frozenset({"scenario_id", "created_at", "updated_at"})
_OF_THE_STORE: Final = {"scenario_id": "Id", "created_at": "Created", "updated_at": "Last change", "phase_id": "Id"}
_SCENARIO: Final = {field.name: field.label for field in (*SCENARIO_FIELDS, CULTURE)} | {"is_active": "Active"}
_PHASE: Final = {field.name: field.label for field in PHASE_FIELDS}
_NO_LABELS: Final[Mapping[str, str]] = {}
_PART: Final = re.compile(
    r'\.?(?P<key>[^\W\d][\w-]*)|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]|\[(?P<bare>[^\]]*)\]', re.DOTALL
)
_GLYPH: Final = re.compile(r"(⟨[^⟨⟩]{1,8}⟩)")
Line = dict[str, Any]


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Line]:
    """One line a change: where, what happened, the old and the new value. Ids and times of the store are left out."""
    names = phase_names(old) | phase_names(new)
    changes = diff_scenario(dict(old), dict(new)).changes
    return lines((change for change in changes if not _is_kept_by_the_store(change.field)), names)


def lines(changes: Iterable[Change], names: Mapping[str, str]) -> list[Line]:
    """One line a change."""
    return [_line(change, names) for change in changes]


def grouped(found: Iterable[Line]) -> list[dict[str, Any]]:
    """The lines by their fields, each field once, in the order in which they first appear."""
    fields: dict[str, list[Line]] = {}
    for line in found:
        fields.setdefault(line["where"], []).append(line)
    return [{"where": where, "lines": of_field} for where, of_field in fields.items()]


def field_name(field: str, names: Mapping[str, str]) -> str:
    """`phases[greeting].essential_phrases` -> `Greeting · Essential phrases`."""
    parts = _parts(field)
    if not parts:
        return field or "The whole record"
    if parts[0] == "phases" and len(parts) > 1:
        labels = [names.get(parts[1]) or parts[1], "Phase", *parts[2:]]
        if len(parts) > 2:  # noqa: PLR2004 - `phases`, the phase, and what is in it
            labels[1:3] = [_label(parts[2], _PHASE)]
    else:
        labels = [_label(parts[0], _SCENARIO), *map(_topic, parts[1:])]
    return " · ".join(labels)


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


def phase_names(document: Any) -> dict[str, str]:
    """What the phases of a record are called, by their ids."""
    phases = document.get("phases") if isinstance(document, Mapping) else None
    return {
        str(phase.get("phase_id")): str(phase.get("name") or "")
        for phase in (phases if isinstance(phases, Sequence) and not isinstance(phases, str) else ())
        if isinstance(phase, Mapping)
    }


def record_tree(record: Any) -> dict[str, Any]:
    """A whole record for the template, with the labels of the form."""
    return value_tree(record, _SCENARIO)


def value_tree(value: Any, labels: Mapping[str, str] = _NO_LABELS) -> dict[str, Any]:
    """A JSON value for the template: `members` of an object, `entries` of a list, `pieces` of a text, a `literal`."""
    if isinstance(value, Mapping):
        known = _PHASE if "phase_id" in value else labels
        return {"members": [(_label(str(key), known), value_tree(member)) for key, member in value.items()]}
    if isinstance(value, list | tuple):
        return {"entries": [value_tree(item) for item in value]}
    if isinstance(value, str):
        return {"pieces": _pieces(visible(value))}
    return {"literal": json.dumps(value, ensure_ascii=False, default=str)}


def _parts(field: str) -> list[str]:
    """The keys and ids that a field is named by; nothing where it is not named like that."""
    found, place = [], 0
    while place < len(field):
        match = _PART.match(field, place)
        if match is None:
            return []
        quoted = match["quoted"]
        bare = match["bare"] or ""
        found.append(json.loads(quoted) if quoted else match["key"] or bare)
        place = match.end()
    return found


def _label(key: str, known: Mapping[str, str]) -> str:
    return known.get(key) or _OF_THE_STORE.get(key) or _topic(key)


def _topic(key: str) -> str:
    if key.isascii() and key.isdigit():
        return f"Item {int(key) + 1}"
    spaced = key.replace("_", " ")
    return spaced[:1].upper() + spaced[1:]


def _is_kept_by_the_store(field: str) -> bool:
    return field in _KEPT_BY_THE_STORE or field.endswith("].phase_id")


def _line(change: Change, names: Mapping[str, str]) -> Line:
    line: Line = {
        "where": field_name(change.field, names),
        "what": _what(change),
        "kind": change.kind.value,
        "marks": None,
        "old": None,
        "new": None,
    }
    both_texts = isinstance(change.old, str) and isinstance(change.new, str)
    if change.kind is ChangeKind.CHANGED and both_texts:
        return line | {"marks": _marks(change.old, change.new)}
    if change.kind is ChangeKind.MOVED:
        return line | {"new": value_tree(readable(change.new) if _is_phase(change.new) else change.new)}
    if change.kind is not ChangeKind.ADDED:
        line["old"] = _side(change.old, change)
    if change.kind is not ChangeKind.REMOVED:
        line["new"] = _side(change.new, change)
    return line


def _what(change: Change) -> str:
    """`item 2 changed`, `phase moved from place 3 to 1`, `changed, but it looks the same`."""
    place = change.place[-1] if change.place else None
    noun = "phase" if _is_phase(change.old) or _is_phase(change.new) else "item"
    item = f"{noun} {place + 1} " if isinstance(place, int) else ""
    if change.kind is ChangeKind.MOVED and change.old_place and change.new_place:
        return f"{noun} moved from place {int(change.old_place[-1]) + 1} to {int(change.new_place[-1]) + 1}"
    both_texts = isinstance(change.old, str) and isinstance(change.new, str)
    unseen = change.kind is ChangeKind.CHANGED and both_texts and looks_same(change.old, change.new)
    return f"{item}{change.kind.value}{', but it looks the same' if unseen else ''}"


def _is_phase(value: Any) -> bool:
    return isinstance(value, Mapping) and "phase_id" in value


def _side(value: Any, change: Change) -> dict[str, Any]:
    """One side of a change; a text against another kind of value in quotes, so that `"5"` and `5` can be told apart."""
    if change.kind is ChangeKind.CHANGED and isinstance(value, str):
        return {"literal": visible(json.dumps(value, ensure_ascii=False))}
    return value_tree(value)


def _marks(old: str, new: str) -> list[dict[str, Any]]:
    found = marks(old, new)
    last = len(found) - 1
    return [
        {
            "kind": mark.kind.value,
            "pieces": _pieces(
                _shortened(mark.shown, first=number == 0, last=number == last)
                if mark.kind is MarkKind.EQUAL
                else mark.shown
            ),
        }
        for number, mark in enumerate(found)
    ]


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """A long stretch that did not change, by its ends that stand next to a change."""
    if len(text) <= LONGEST_EQUAL:
        return text
    before = "" if first else text[:KEPT_OF_EQUAL]
    after = "" if last else text[-KEPT_OF_EQUAL:]
    return f"{before} … {after}"


def _pieces(text: str) -> list[tuple[str, bool]]:
    """(text, whether it is the name of a character that can't be seen)."""
    return [(piece, bool(_GLYPH.fullmatch(piece))) for piece in _GLYPH.split(text) if piece]
