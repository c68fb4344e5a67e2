"""A difference as plain lines for a terminal, in which nothing is invisible."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, Final

from scenario_core.integrity.diff_model import CatalogueDiff, Change, ChangeKind, ScenarioChange

WIDTH: Final = 100
CONTEXT: Final = 30

_NAMES: Final = {
    "\u00a0": "NBSP",
    "\u00ad": "SHY",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202f": "NNBSP",
    "\u3000": "IDSP",
    "\ufeff": "BOM",
}
_HIDDEN: Final = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"))
_EDGE_SPACES = re.compile(r'(?<!\\)"(?P<leading> +)|(?P<trailing> +)(?=")')
_GLYPH = re.compile(r"⟨[^⟨⟩]{1,6}⟩|\\u[0-9a-f]{4}|\\.|.", re.DOTALL)


def render_text(diff: CatalogueDiff, *, old_name: str, new_name: str) -> str:
    """Summary, then one scenario at a time, then each field with its old and new value, one line each.

    Long values are shortened around the change. Characters that can't be seen stand as their names: `⟨NBSP⟩`,
    `⟨SP⟩` for a space at the edge of a text, and `⟨U+0301⟩` for an accent of its own where only one side has such.
    """
    return "\n".join(_lines(diff, old_name, new_name))


def _lines(diff: CatalogueDiff, old_name: str, new_name: str) -> Iterator[str]:
    yield f"{_plain(old_name)}, old → {_plain(new_name)}, new: {diff.summary()}"
    for scenario_id, record in diff.removed.items():
        yield f"- {_plain(scenario_id)}: removed{_titled(record)}"
    for scenario_id, record in diff.added.items():
        yield f"+ {_plain(scenario_id)}: added{_titled(record)}"
    for scenario_id, (old, new) in diff.moved.items():
        yield f"~ {_plain(scenario_id)}: moved from place {old + 1} to {new + 1}"
    for change in diff.changed.values():
        yield from _scenario_lines(change)


def _scenario_lines(scenario: ScenarioChange) -> Iterator[str]:
    yield ""
    yield f"{_plain(scenario.scenario_id)}: {scenario.summary()}"
    for change in scenario.changes:
        yield f"  {_plain(change.field) or 'whole record'}: {_what(change)}"
        yield from (f"    {line}" for line in _values(change))


def _what(change: Change) -> str:
    item = f"item {change.place[-1] + 1} " if change.place and isinstance(change.place[-1], int) else ""
    if change.kind is ChangeKind.MOVED and change.new_place:
        return f"{item}moved to {int(change.new_place[-1]) + 1}"
    alike = change.kind is ChangeKind.CHANGED and _looks_same(change.old, change.new)
    return f"{item}{change.kind.value}{' (looks the same)' if alike else ''}"


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
    accents = _composed(old) != _composed(new) or (old != new and _normal(old) == _normal(new))
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
    name = record.get("name") if isinstance(record, dict) else None
    return f" ({_shortened(_glyphs(name))})" if isinstance(name, str) else ""


def _plain(text: str) -> str:
    return _revealed(json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"'), accents=False)


def _glyphs(value: Any, *, accents: bool = False) -> list[str]:
    """The value as one line of JSON, cut into what a reader sees as one character."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    named = _EDGE_SPACES.sub(lambda found: found[0].replace(" ", "⟨SP⟩"), text)
    return _GLYPH.findall(_revealed(named, accents=accents))


def _revealed(text: str, *, accents: bool) -> str:
    return text if text.isascii() and text.isprintable() else "".join(_seen(letter, accents) for letter in text)


def _seen(letter: str, accents: bool) -> str:  # noqa: FBT001
    hidden = letter != " " and unicodedata.category(letter) in _HIDDEN
    twin = unicodedata.normalize("NFC", letter) != letter
    if hidden or twin or (accents and unicodedata.combining(letter)):
        return f"⟨{_NAMES.get(letter) or f'U+{ord(letter):04X}'}⟩"
    return letter


def _composed(value: Any) -> bool:
    return not isinstance(value, str) or unicodedata.is_normalized("NFC", value)


def _normal(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _looks_same(old: Any, new: Any) -> bool:
    return isinstance(old, str) and isinstance(new, str) and _visible_part(old) == _visible_part(new)


def _visible_part(text: str) -> str:
    spaced = "".join(
        " " if unicodedata.category(letter) == "Zs" else letter for letter in unicodedata.normalize("NFC", text)
    )
    return "".join(letter for letter in spaced if letter == " " or unicodedata.category(letter) not in _HIDDEN).strip()
