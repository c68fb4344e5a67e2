"""From what was chosen to the bytes of a file: exact values, and only the lines of the records that change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from scenario_core.errors import Fault, InvalidScenarioError, ProductionUnreadableError
from scenario_core.faults import pointer
from scenario_core.integrity.diff import SCENARIO_ORDER, WHOLE, CatalogueDiff, Unit, diff_documents, merged, take_units
from scenario_core.integrity.diff.readable import unreadable, without
from scenario_core.production import exact_json, io, rewriting
from scenario_core.production.document import Document
from scenario_core.production.style import Style


def offered(target: Document, source: Document) -> CatalogueDiff:
    """The difference from target to source, whose units can be taken over.

    A record that can't be read in the target counts as missing there, so that it can be replaced; one that can't be
    read in the source is left alone.

    Raises:
        ProductionUnreadableError: a side has no records.
    """
    try:
        return diff_documents(target.data, source.data)
    except ProductionUnreadableError:
        broken = unreadable(source)
        return diff_documents(without(target, unreadable(target) | broken), without(source, broken))


def replaced(target: Document, source: Document) -> CatalogueDiff:
    """What would change if the source took the target's place; what could be read before and not after is removed."""
    try:
        return diff_documents(target.data, source.data)
    except ProductionUnreadableError:
        return diff_documents(without(target, unreadable(target)), without(source, unreadable(source)))


def doubled(document: Document) -> list[str]:
    """The keys that stand more than once: the document holds more records than can be compared."""
    counts = Counter(entry.key for entry in document.entries)
    return [key for key, count in counts.items() if count > 1]


def spliced(path: Path, target: Document, source: Document, change: CatalogueDiff, chosen: Collection[Unit]) -> bytes:
    """The target's bytes with what was chosen from the source.

    Args:
        path: the production file, for messages.
        target: what is to change.
        source: what it is taken from.
        change: what `offered` says of the two.
        chosen: units of it.

    Raises:
        StalePlanError: there is no such difference.
        InvalidScenarioError: what would stand there breaks production's rules, or a key stands twice in a record.
    """
    names = {*change.removed, *change.added, *change.changed}
    old, new = (
        _decoded(side, order, names) for side, order in ((target, change.old_order), (source, change.new_order))
    )
    made = list(take_units(change, old, new, chosen))
    staying = set(made)
    values = {
        name: rewriting.transplanted(source, name, target)
        if WHOLE in fields
        else _rendered(target, name, merged(exact_record(target, name), exact_record(source, name), fields))
        for name, fields in _by_scenario(chosen).items()
        if name in staying
    }
    data = rewriting.rewritten(target, values, old.keys() - staying, made)
    rewriting.require_readable(io.parse(path, data), values.keys())
    return data


def with_record(target: Document, scenario_id: str, record: Any) -> Document:
    """The target with this record in place or added.

    Raises:
        InvalidScenarioError: it holds what JSON can't hold.
    """
    return Document.parse(target.edited({scenario_id: _rendered(target, scenario_id, record)}))


def exact_record(document: Document, scenario_id: str) -> Any:
    """A record with its numbers as they are written.

    Raises:
        InvalidScenarioError: a key stands twice in it.
    """
    return exact_json.loads(document.value(document.latest()[scenario_id]), scenario_id)


def _decoded(document: Document, order: Sequence[str], names: Collection[str]) -> dict[str, Any]:
    """The records in their order, of which those that are equal on both sides are left as None."""
    latest = document.latest()
    return {name: msgspec.json.decode(document.value(latest[name])) if name in names else None for name in order}


def _by_scenario(chosen: Collection[Unit]) -> Mapping[str, set[str]]:
    wanted: dict[str, set[str]] = {}
    for unit in chosen:
        if unit != SCENARIO_ORDER:
            wanted.setdefault(unit.scenario_id, set()).add(unit.field)
    return wanted


def _rendered(target: Document, scenario_id: str, record: Any) -> bytes:
    try:
        return Style.of(target.data).render(record)
    except ValueError as error:
        fault = Fault(pointer((scenario_id,)), "values that JSON and UTF-8 can hold", str(error), scenario_id)
        raise InvalidScenarioError([fault], hint="Nothing was changed.") from error
