"""Comparing documents of which some records can't be read: those are left out, and hide no other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import msgspec
import orjson

from scenario_core.errors import ProductionUnreadableError
from scenario_core.integrity.diff.documents import diff_documents
from scenario_core.integrity.diff.model import CatalogueDiff
from scenario_core.production.document import Document


def diff_readable(old: bytes, new: bytes) -> CatalogueDiff:
    """The difference of the records that can be read on both sides; `left_out` names the others.

    Raises:
        ProductionUnreadableError: a side can't be cut into records.
    """
    try:
        return diff_documents(old, new)
    except ProductionUnreadableError:
        documents = Document.parse(old), Document.parse(new)
        broken = unreadable(documents[0]) | unreadable(documents[1])
        if not broken:
            raise
        found = diff_documents(*(without(document, broken) for document in documents))
        return replace(found, left_out=tuple(sorted(broken)))


def unreadable(document: Document) -> frozenset[str]:
    """The ids whose record is no JSON, is nested too deeply, or holds a number or a text that can't be compared."""
    return frozenset(key for key, entry in document.latest().items() if not _is_readable(document.value(entry)))


def without(document: Document, keys: Collection[str]) -> bytes:
    """The records but these, as a document of its own."""
    kept = [
        orjson.dumps(key) + b":" + document.value(entry)
        for key, entry in document.latest().items()
        if key not in keys and entry.has_key
    ]
    return b"{" + b",".join(kept) + b"}"


def _is_readable(record: bytes) -> bool:
    try:
        msgspec.json.decode(record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
