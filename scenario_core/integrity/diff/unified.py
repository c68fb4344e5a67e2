"""A difference as unified text, as reviews and mails show it, in which nothing is invisible."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from scenario_core.integrity.diff.align import align
from scenario_core.integrity.diff.model import CatalogueDiff, Change, ChangeKind, ScenarioChange, plural
from scenario_core.integrity.diff.visible import accents_differ, edges_named, one_line, revealed
from scenario_core.integrity.diff.wording import field_of, move_of, title_of, what_happened

CONTEXT: Final = 3


def render_unified(diff: CatalogueDiff, *, old_name: str, new_name: str) -> str:
    """Both sides by name, the summary, then a header for each scenario and field with the lines that differ.

    Texts are only cut where they have line ends; other values are JSON. Each line begins with `-`, `+`, or with a space
    for what both sides have, so that no authored line can be taken for a header. Characters that can't be seen stand
    as their names.
    """
    return "\n".join(_lines(diff, old_name, new_name))


def _lines(diff: CatalogueDiff, old_name: str, new_name: str) -> Iterator[str]:
    yield f"--- {one_line(old_name)}, old"
    yield f"+++ {one_line(new_name)}, new"
    yield f"# {diff.summary()}"
    for scenario_id, record in diff.removed.items():
        yield _header(f"{one_line(scenario_id)}: removed")
        yield from _value("-", record)
    for scenario_id, record in diff.added.items():
        yield _header(f"{one_line(scenario_id)}: added")
        yield from _value("+", record)
    for scenario_id, (old, new) in diff.moved.items():
        yield _header(f"{one_line(scenario_id)}: {move_of(old, new)}")
    for change in diff.changed.values():
        yield from _of_scenario(change)


def _of_scenario(scenario: ScenarioChange) -> Iterator[str]:
    name = one_line(scenario.scenario_id)
    yield _header(f"{name}: {scenario.summary()}")
    for change in scenario.changes:
        yield _header(f"{name} · {field_of(change)}: {what_happened(change)}")
        yield from _of_change(change)


def _header(text: str) -> str:
    return f"@@ {text} @@"


def _of_change(change: Change) -> Iterator[str]:
    match change.kind:
        case ChangeKind.ADDED:
            yield from _value("+", change.new)
        case ChangeKind.REMOVED:
            yield from _value("-", change.old)
        case ChangeKind.MOVED:
            yield f" {_title(change.old)}"
        case ChangeKind.CHANGED if isinstance(change.old, str) and isinstance(change.new, str):
            yield from _of_texts(change.old, change.new)
        case ChangeKind.CHANGED:
            yield from _json("-", change.old)
            yield from _json("+", change.new)


def _value(sign: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and not _could_be_json(value):
        yield from (f"{sign}{_seen(line, accents=False)}" for line in value.split("\n"))
    else:
        yield from _json(sign, value)


def _json(sign: str, value: Any) -> Iterator[str]:
    for line in json.dumps(value, ensure_ascii=False, indent=2).split("\n"):
        yield f"{sign}{_seen(line, accents=False)}"


def _could_be_json(text: str) -> bool:
    """Whether a text would be taken for another value, or for none, if it stood without quotes."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return not text
    return True


def _title(item: Any) -> str:
    """What moved, on one line: an object by its name."""
    title = item if isinstance(item, str) else title_of(item)
    return one_line(title) if title else _seen(json.dumps(item, ensure_ascii=False), accents=False)


def _of_texts(old: str, new: str) -> Iterator[str]:
    """The lines that differ, with a few around them."""
    rows = list(_rows(old.split("\n"), new.split("\n")))
    changes = [number for number, (sign, _) in enumerate(rows) if sign != " "]
    near = {number for change in changes for number in range(change - CONTEXT, change + CONTEXT + 1)}
    accents = accents_differ(old, new)
    for is_near, group in groupby(enumerate(rows), key=lambda row: row[0] in near):
        lines = [f"{sign}{_seen(line, accents=accents)}" for _, (sign, line) in group]
        yield from lines if is_near else [_header(plural(len(lines), "equal line"))]


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line with its sign."""
    old_start = new_start = 0
    for i, j in (*align(old, new).kept, (len(old), len(new))):
        yield from (("-", line) for line in old[old_start:i])
        yield from (("+", line) for line in new[new_start:j])
        yield from ((" ", line) for line in old[i : i + 1])
        old_start, new_start = i + 1, j + 1


def _seen(line: str, *, accents: bool) -> str:
    return revealed(edges_named(line, start=False), accents=accents)
