"""Putting whole records into a production file: byte for byte from another, in its own style, in a given order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.faults import pointer
from scenario_core.production import exact_json
from scenario_core.production.document import Document
from scenario_core.production.io import LoadedScenarios
from scenario_core.production.style import Style


def transplanted(source: Document, key: str, target: Document) -> bytes:
    """A record of one file as it would stand in another, from the left margin.

    Raises:
        InvalidScenarioError: the files differ in style, and a key stands twice in the record.
    """
    raw, style = source.value(source.latest()[key]), Style.of(target.data)
    if Style.of(source.data) == style:
        return style.outdented(raw)
    return style.render(exact_json.loads(raw, key))


def rewritten(
    document: Document, values: Mapping[str, bytes], removed: AbstractSet[str], order: Sequence[str]
) -> bytes:
    """The file with these records in place or added, others removed, and those in `order` in this order.

    What is not in `order`, such as a record that can't be read, keeps its place. Every other byte stays.

    Raises:
        InvalidScenarioError: a key that is to be removed stands twice, so that the other one would come to count.
    """
    counts = Counter(entry.key for entry in document.entries)
    faults = [
        Fault(pointer((key,)), "a key that stands once in the file", f"it {counts[key]} times; leave one first", key)
        for key in removed
        if counts[key] > 1
    ]
    if faults:
        raise InvalidScenarioError(faults, hint="Nothing was changed.")
    data = document.edited(values, frozenset(removed))
    return _reordered(Document.parse(data), order)


def require_readable(written: LoadedScenarios, keys: AbstractSet[str]) -> None:
    """Do nothing if all of these records can be read as scenarios.

    Raises:
        InvalidScenarioError: with every fault of those that can't.
    """
    if missing := keys - written.scenarios.keys():
        faults = [fault for fault in written.errors if fault.scenario_id in missing]
        raise InvalidScenarioError(faults, hint="Nothing was changed.")


def _reordered(document: Document, order: Sequence[str]) -> bytes:
    """The records in another order; what stands between two of them stays where it is."""
    counts = Counter(entry.key for entry in document.entries)
    places = [index for index, entry in enumerate(document.entries) if entry.has_key and counts[entry.key] == 1]
    by_key = {document.entries[index].key: document.entries[index] for index in places}
    wanted = [by_key[key] for key in order if key in by_key]
    ordered = set(order)
    slots = [index for index in places if document.entries[index].key in ordered]
    if [document.entries[index] for index in slots] == wanted:
        return document.data
    moved = dict(zip(slots, wanted, strict=True))
    pieces, position = [], 0
    for index, entry in enumerate(document.entries):
        put = moved.get(index, entry)
        pieces += [document.data[position : entry.key_start], document.data[put.key_start : put.end]]
        position = entry.end
    return b"".join([*pieces, document.data[position:]])
