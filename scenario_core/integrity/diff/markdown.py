"""A difference as Markdown, for a review or a mail: words that are gone are struck out, new ones are bold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from scenario_core.integrity.diff.markdown_text import between, plain, whole
from scenario_core.integrity.diff.model import CatalogueDiff, Change, ChangeKind, ScenarioChange
from scenario_core.integrity.diff.wording import field_of, heading, move_of, title_of, what_happened
from scenario_core.integrity.diff.words import MarkKind

MAX_DEPTH: Final = 5


def render_markdown(diff: CatalogueDiff, *, old_name: str, new_name: str) -> str:
    """The direction and the summary, then a section for each scenario, then each field.

    What people wrote is text here: no sign of it is read as markup or becomes a link. Characters that can't be seen
    stand as their names, and long stretches without a change are shortened.
    """
    return "\n".join(_lines(diff, old_name, new_name)) + "\n"


def _lines(diff: CatalogueDiff, old_name: str, new_name: str) -> Iterator[str]:
    yield from ("# Differences", "", plain(heading(diff, old_name, new_name)))
    for scenario_id, record in diff.removed.items():
        yield from _lonely(scenario_id, record, MarkKind.REMOVED)
    for scenario_id, record in diff.added.items():
        yield from _lonely(scenario_id, record, MarkKind.ADDED)
    for scenario_id, (old, new) in diff.moved.items():
        yield from _section(scenario_id, move_of(old, new))
    for change in diff.changed.values():
        yield from _changed(change)


def _section(scenario_id: str, fact: str) -> Iterator[str]:
    yield from ("", f"## {plain(scenario_id) or 'Without an id'}", "", plain(fact))


def _lonely(scenario_id: str, record: Any, kind: MarkKind) -> Iterator[str]:
    """A scenario that one side has, with all that it holds."""
    title = title_of(record)
    yield from _section(scenario_id, f"{kind.value}{f': {title}' if title else ''}")
    yield from ("", *_members(record, kind))


def _changed(scenario: ScenarioChange) -> Iterator[str]:
    yield from _section(scenario.scenario_id, scenario.summary())
    field = None
    for change in scenario.changes:
        if change.field != field:
            field = change.field
            yield from ("", f"### {plain(field_of(change))}", "")
        yield from _change(change)


def _change(change: Change) -> Iterator[str]:
    fact = what_happened(change)
    match change.kind:
        case ChangeKind.ADDED:
            yield from _value(fact, change.new, MarkKind.ADDED)
        case ChangeKind.REMOVED:
            yield from _value(fact, change.old, MarkKind.REMOVED)
        case ChangeKind.MOVED:
            yield f"- {plain(fact)}: {whole(_text(title_of(change.old) or change.old), MarkKind.EQUAL, '  ')}"
        case ChangeKind.CHANGED if isinstance(change.old, str) and isinstance(change.new, str):
            yield f"- {plain(fact)}: {between(change.old, change.new, '  ')}"
        case ChangeKind.CHANGED:
            old, new = (
                whole(_json(value), kind, "  ")
                for value, kind in ((change.old, MarkKind.REMOVED), (change.new, MarkKind.ADDED))
            )
            yield f"- {plain(fact)}: {old} → {new}"


def _value(label: str, value: Any, kind: MarkKind, depth: int = 0) -> Iterator[str]:
    """A value with its label: on one line, or the members of an object or list below it."""
    margin = "  " * depth
    if isinstance(value, dict | list) and value and depth < MAX_DEPTH:
        yield f"{margin}- {plain(label)}:"
        yield from _members(value, kind, depth + 1)
    else:
        yield f"{margin}- {plain(label)}: {whole(_text(value), kind, f'{margin}  ')}"


def _members(value: Any, kind: MarkKind, depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _value(key, member, kind, depth)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _value(f"item {number}", item, kind, depth)
    else:
        yield from _value("value", value, kind, depth)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
