"""A difference as plain lines for a terminal, in which nothing is invisible."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from scenario_core.integrity.diff.model import CatalogueDiff, Change, ChangeKind, ScenarioChange
from scenario_core.integrity.diff.visible import accents_differ, one_line, revealed
from scenario_core.integrity.diff.wording import field_of, heading, move_of, title_of, what_happened

WIDTH: Final = 100
CONTEXT: Final = 30

_EDGE_SPACES = re.compile(r'(?<!\\)"(?P<leading> +)|(?P<trailing> +)(?=")')
_GLYPH = re.compile(r"⟨[^⟨⟩]{1,6}⟩|\\u[0-9a-f]{4}|\\.|.", re.DOTALL)


def render_text(diff: CatalogueDiff, *, old_name: str, new_name: str) -> str:
    """Summary, then one scenario at a time, then each field with its old and new value, one line each.

    Long values are shortened around the change. Characters that can't be seen stand as their names: `⟨NBSP⟩`,
    `⟨SP⟩` for a space at the edge of a text, and `⟨U+0301⟩` for an accent of its own where only one side has such.
    """
    return "\n".join(_lines(diff, old_name, new_name))


def _lines(diff: CatalogueDiff, old_name: str, new_name: str) -> Iterator[str]:
    yield heading(diff, old_name, new_name)
    for scenario_id, record in diff.removed.items():
        yield f"- {one_line(scenario_id)}: removed{_titled(record)}"
    for scenario_id, record in diff.added.items():
        yield f"+ {one_line(scenario_id)}: added{_titled(record)}"
    for scenario_id, (old, new) in diff.moved.items():
        yield f"~ {one_line(scenario_id)}: {move_of(old, new)}"
    for change in diff.changed.values():
        yield from _scenario_lines(change)


def _scenario_lines(scenario: ScenarioChange) -> Iterator[str]:
    yield ""
    yield f"{one_line(scenario.scenario_id)}: {scenario.summary()}"
    for change in scenario.changes:
        yield f"  {field_of(change)}: {what_happened(change)}"
        yield from (f"    {line}" for line in _values(change))


def _values(change: Change) -> tuple[str, ...]:
    match change.kind:
        case ChangeKind.ADDED:
            return (f"+ {_shortened(_glyphs(change.new))}",)
        case ChangeKind.REMOVED:
            return (f"- {_shortened(_glyphs(change.old))}",)
        case ChangeKind.MOVED:
            return (f"~ {_shortened(_glyphs(change.old))}",)
        case ChangeKind.CHANGED:
            return _both(change.old, change.new)


def _both(old: Any, new: Any) -> tuple[str, str]:
    accents = isinstance(old, str) and isinstance(new, str) and accents_differ(old, new)
    old_glyphs, new_glyphs = _glyphs(old, accents=accents), _glyphs(new, accents=accents)
    start, shorter = 0, min(len(old_glyphs), len(new_glyphs))
    while start < shorter and old_glyphs[start] == new_glyphs[start]:
        start += 1
    return f"- {_shortened(old_glyphs, start)}", f"+ {_shortened(new_glyphs, start)}"


def _shortened(glyphs: Sequence[str], start: int = 0) -> str:
    """At most WIDTH glyphs: some that lead to the change at `start`, and as many behind as fit."""
    if len(glyphs) <= WIDTH:
        return "".join(glyphs)
    left = max(0, start - CONTEXT)
    right = left + WIDTH
    return f"{'…' if left else ''}{''.join(glyphs[left:right])}{'…' if right < len(glyphs) else ''}"


def _titled(record: Any) -> str:
    title = title_of(record)
    return "" if title is None else f" ({_shortened(_glyphs(title))})"


def _glyphs(value: Any, *, accents: bool = False) -> list[str]:
    """The value as one line of JSON, cut into what a reader sees as one character."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    named = _EDGE_SPACES.sub(lambda found: found[0].replace(" ", "⟨SP⟩"), text)
    return _GLYPH.findall(revealed(named, accents=accents))
