"""Where a list goes on: the sort value and id of the last entry seen, as text for an address bar."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

from scenario_core.errors import InvalidQueryError
from scenario_core.listing import SortKey

Key = tuple[Any, ...]

_TYPES: Final = {
    SortKey.TITLE: [str, str],
    SortKey.UPDATED: [int, str],
    SortKey.CREATED: [int, str],
    SortKey.DURATION: [int, str],
    SortKey.RELEVANCE: [int, int, str],
}


def encode(sort: SortKey, key: Key) -> str:
    """The key as text that needs no escaping in a URL."""
    text = json.dumps([sort, *key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(sort: SortKey, cursor: str) -> Key:
    """The key of a cursor.

    Raises:
        InvalidQueryError: it is damaged, or was made for another order.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, *key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, TypeError, ValueError):
        made_for, key = "", []
    numbers = [value for value in key if isinstance(value, int)]
    if made_for != sort or [type(value) for value in key] != _TYPES[sort] or any(abs(n) >= 2**63 for n in numbers):
        raise InvalidQueryError(
            f"The place {cursor!r} in the list can't be read.", hint="Start again from the first page."
        )
    return tuple(key)
