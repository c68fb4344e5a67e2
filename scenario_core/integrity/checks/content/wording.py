"""How findings quote what they found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_LONGEST: Final = 80
_SHOWN: Final = 6


def short(text: str) -> str:
    """The text, cut where it is too long for a table of findings."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def some(items: Sequence[str]) -> str:
    """The items, the first few if they are many."""
    rest = len(items) - _SHOWN
    return ", ".join(map(short, items[:_SHOWN])) + (f" and {rest} more" if rest > 0 else "")
