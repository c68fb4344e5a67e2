"""What the existing app's cells hold, as far as it can be read; what can't be is counted."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from scenario_core.custom.columns import json_value
from scenario_core.scenario import as_utc

_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(3000, 1, 1, tzinfo=UTC)
_LARGEST: Final = 2**31 - 1


class Cells:
    """Reads cells, and counts those that it can't."""

    def __init__(self, notes: Counter[str]) -> None:
        self._notes = notes

    def note(self, what: str) -> None:
        """Count something that a person should know of."""
        self._notes[what] += 1

    def text(self, value: Any, longest: int, what: str) -> str | None:
        """A text, cut of blanks; none that is empty, and none that is too long or has no place in a file."""
        if value is None or isinstance(value, (bytes, dict, list)):
            return None
        text = str(value).strip()
        if len(text) > longest or "\x00" in text or not _is_text(text):
            self.note(f"{what} that can't be read, left empty")
            return None
        return text or None

    def moment(self, value: Any, what: str) -> datetime | None:
        """A moment in UTC, in whatever form of ISO 8601."""
        found = None
        if isinstance(value, datetime):
            found = as_utc(value)
        elif isinstance(value, str) and value.strip():
            try:
                found = as_utc(datetime.fromisoformat(value.strip()))
            except (ValueError, OverflowError):
                found = None
        elif value is None or value == "":
            return None
        if found is None or not _EARLIEST <= found < _LATEST:
            self.note(f"{what} that can't be read, left empty")
            return None
        return found

    def number(self, value: Any, most: float, what: str) -> float | None:
        """A number from 0 to the most."""
        if value is None or value == "":
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not 0 <= number <= most or isinstance(value, bool):
            self.note(f"{what} outside 0 to {most:g}, left empty" if most < _LARGEST else f"{what} below 0, left empty")
            return None
        return number

    def count(self, value: Any, what: str) -> int | None:
        """A whole number of 0 or more."""
        number = self.number(value, _LARGEST, what)
        return None if number is None or number != int(number) else int(number)

    def texts(self, value: Any, what: str) -> list[str]:
        """A JSON list of texts; anything else is an empty one."""
        if value is None or value == "":
            return []
        if isinstance(value, (str, bytes)):
            try:
                value = json_value(value if isinstance(value, str) else value.decode())
            except (ValueError, RecursionError):
                value = None
        if not isinstance(value, list):
            self.note(f"{what} that are no JSON list, left empty")
            return []
        return [item for item in value if isinstance(item, str) and _is_text(item)]


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
