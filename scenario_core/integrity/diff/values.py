"""Exact equality of JSON values, and a text that is equal exactly where the values are."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

Place = tuple[str | int, ...]

_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def same(old: Any, new: Any) -> bool:
    """Whether two JSON values are equal: `1`, `1.0` and `true` are not, and the order of keys does not count."""
    if type(old) is not type(new):
        return False
    if isinstance(old, dict):
        return len(old) == len(new) and all(key in new and same(value, new[key]) for key, value in old.items())
    if isinstance(old, list):
        return len(old) == len(new) and all(map(same, old, new))
    if isinstance(old, float):
        return repr(old) == repr(new)
    return bool(old == new)


def canonical(value: Any) -> str:
    """A text for each JSON value: two texts are equal exactly if `same` says so of their values."""
    return _CANONICAL.encode(value)


def fingerprint(value: Any) -> str:
    """A hash of the canonical text."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def json_pointer(place: Place) -> str:
    """The place as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in place)
