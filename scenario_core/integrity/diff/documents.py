"""Comparing two production documents, two sets of records, or two records."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import orjson

from scenario_core.errors import ProductionUnreadableError
from scenario_core.integrity.diff.align import align
from scenario_core.integrity.diff.model import CatalogueDiff, ScenarioChange
from scenario_core.integrity.diff.record import record_changes
from scenario_core.integrity.diff.values import fingerprint

_SLICES: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_VALUE: Final = msgspec.json.Decoder()
_CHUNK: Final = 1 << 16


def diff_documents(old: bytes, new: bytes) -> CatalogueDiff:
    """Compare two production documents: JSON objects of records by id. A byte order mark in front does not count.

    Both are cut into one slice a record. Only records whose slices differ are parsed.

    Raises:
        ProductionUnreadableError: A side is not JSON, or not an object; the message says which side, and where.
    """
    old, new = old.removeprefix(codecs.BOM_UTF8), new.removeprefix(codecs.BOM_UTF8)
    old_slices = _slices(old, "old")
    new_slices = old_slices if old == new else _slices(new, "new")
    _check_encoding(new, "new")
    old_records = _differing(old_slices, new_slices, old, "old")
    new_records = _differing(new_slices, old_slices, new, "new")
    try:
        return _diff(old_records, new_records, tuple(old_slices), tuple(new_slices))
    except RecursionError as error:
        raise ProductionUnreadableError("A record is nested too deeply to be compared.") from error


def diff_records(old: Mapping[str, Any], new: Mapping[str, Any]) -> CatalogueDiff:
    """Compare records by id, given as plain JSON values. The result refers to them: they must not change later."""
    return _diff(old, new, tuple(old), tuple(new))


def diff_scenario(old_record: Any, new_record: Any) -> ScenarioChange:
    """Compare two records, of one scenario or of a copy and its origin. The result refers to them."""
    known = old_record.get("scenario_id") if isinstance(old_record, dict) else None
    scenario_id = known if isinstance(known, str) else ""
    return ScenarioChange(scenario_id, record_changes(scenario_id, old_record, new_record), fingerprint(old_record))


def _diff(
    old: Mapping[str, Any], new: Mapping[str, Any], old_order: tuple[str, ...], new_order: tuple[str, ...]
) -> CatalogueDiff:
    """Compare records, of which those that are equal on both sides may be missing."""
    return CatalogueDiff(
        added={scenario_id: record for scenario_id, record in new.items() if scenario_id not in old},
        removed={scenario_id: record for scenario_id, record in old.items() if scenario_id not in new},
        changed=_changed(old, new),
        moved=_moved(old_order, new_order),
        old_order=old_order,
        new_order=new_order,
    )


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, ScenarioChange]:
    found = {}
    for scenario_id, record in new.items():
        if scenario_id in old:
            changes = record_changes(scenario_id, old[scenario_id], record)
            if changes:
                found[scenario_id] = ScenarioChange(scenario_id, changes, fingerprint(old[scenario_id]))
    return found


def _moved(old_order: tuple[str, ...], new_order: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    if old_order == new_order:
        return {}
    return {old_order[i]: (i, j) for i, j in align(old_order, new_order).moved}


def _slices(document: bytes, side: str) -> dict[str, msgspec.Raw]:
    try:
        return _SLICES.decode(document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(document, side, error) from error


def _differing(
    slices: dict[str, msgspec.Raw], others: dict[str, msgspec.Raw], document: bytes, side: str
) -> dict[str, Any]:
    """The records whose bytes are not the same on the other side, parsed."""
    try:
        return {key: _VALUE.decode(text) for key, text in slices.items() if text != others.get(key)}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(document, side, error) from error


def _check_encoding(document: bytes, side: str) -> None:
    """Refuse what is not UTF-8: cutting a document into slices does not look inside strings.

    One side is enough, since slices of the other are either parsed or equal. Piecewise, to keep memory small.
    """
    if document.isascii():
        return
    view, start = memoryview(document), 0
    try:
        while start < len(document):
            _, used = codecs.utf_8_decode(view[start : start + _CHUNK], "strict", start + _CHUNK >= len(document))
            start += used
    except UnicodeDecodeError as error:
        raise _unreadable(document, side, error) from error


def _unreadable(document: bytes, side: str, error: Exception) -> ProductionUnreadableError:
    return ProductionUnreadableError(
        f"The {side} side can't be read: {_reason(document) or error}.",
        hint="Mend it, or compare with a backup that can be read.",
    )


def _reason(document: bytes) -> str:
    """What is wrong and where, told by a parser that counts lines; empty if it finds nothing."""
    try:
        document.decode()
        orjson.loads(document)
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        return f"byte {error.start} in line {line} is not UTF-8"
    except orjson.JSONDecodeError as error:
        return f"{error.msg} in line {error.lineno}, column {error.colno}"
    return ""
