"""Mends that are safe to apply with one click: each changes one value, by a rule that its check gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from scenario_core.integrity.findings import Finding

_FEWEST: Final = {"key_vocabulary": 3, "essential_phrases": 3, "learning_objectives": 1, "success_criteria": 1}
"""What a phase must keep to be within the authoring limits."""
_MINUTES: Final = range(5, 61)
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mend:
    """A change of a document: what the button says, and what it does.

    `apply` returns a new document. Where the value has changed since, it returns the document as it is.
    """

    label: str
    apply: Callable[[Document], dict[str, Any]]


def mend_of(finding: Finding, document: Document) -> Mend | None:
    """The mend of a finding about the document; None where only its author can know what is meant."""
    make = _MENDS.get(finding.code)
    return make(finding, document) if make is not None else None


def _minutes(finding: Finding, document: Document) -> Mend | None:
    del finding
    total = _sum(document)
    if total not in _MINUTES:
        return None
    return Mend(f"Set to {total} minutes", lambda now: {**deepcopy(dict(now)), "duration_minutes": _sum(now)})


def _sum(document: Document) -> int:
    minutes = [phase.get("expected_duration_minutes") for phase in document.get("phases") or ()]
    return sum(each for each in minutes if isinstance(each, int))


def _entry(finding: Finding, document: Document) -> Mend | None:
    """Take out an entry that is empty or says what another one says, where enough are left."""
    held = value_at(document, finding.pointer)
    entries = value_at(document, finding.pointer.rpartition("/")[0])
    fewest = _FEWEST.get(finding.pointer.split("/")[-2], 0)
    if held is None or not isinstance(entries, list) or len(entries) <= fewest:
        return None
    return Mend("Take it out", lambda now: _without(now, finding.pointer, held))


def _slip(finding: Finding, document: Document) -> Mend | None:
    """Put the word that was meant in the place of a slip; few people get the first letter wrong."""
    del document
    slip = re.match(r"'(?P<slip>[^']+)' may be a slip of '(?P<meant>[^']+)'", finding.message)
    if slip is None or slip["slip"][0].casefold() != slip["meant"][0].casefold():
        return None
    meant = slip["meant"].capitalize() if slip["slip"][:1].isupper() else slip["meant"]
    return Mend(f"Write “{meant}”", lambda now: _rewritten(now, finding.pointer, slip["slip"], meant))


_MENDS: Final[dict[str, Callable[[Finding, Document], Mend | None]]] = {
    "CQ201": _minutes,
    "CQ206": _entry,
    "CQ207": _entry,
    "CQ209": _slip,
}


def value_at(document: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901); None where there is none."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            document = document[int(key)] if key.isdigit() and int(key) < len(document) else None
        else:
            document = document.get(key) if isinstance(document, Mapping) else None
    return document


def _without(now: Document, pointer: str, held: Any) -> dict[str, Any]:
    changed = deepcopy(dict(now))
    entries = value_at(changed, pointer.rpartition("/")[0])
    if isinstance(entries, list) and value_at(changed, pointer) == held:
        del entries[int(pointer.rpartition("/")[2])]
    return changed


def _rewritten(now: Document, pointer: str, slip: str, meant: str) -> dict[str, Any]:
    changed = deepcopy(dict(now))
    place, _, name = pointer.rpartition("/")
    holder, text = value_at(changed, place), value_at(changed, pointer)
    if isinstance(text, str) and holder is not None:
        written = re.sub(rf"\b{re.escape(slip)}\b", lambda _: meant, text)
        holder[int(name) if isinstance(holder, list) else name] = written
    return changed
