"""The existing app's `learning_sessions`, whose columns differ from one version of it to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from scenario_core.usage.imports.app_values import Cells
from scenario_core.usage.run import EndReason

_OF_SCENARIOS: Final = re.compile(r"scenario|conversation|role", re.IGNORECASE)
_SECONDS: Final = re.compile(r"duration.*_(seconds|secs?)|(seconds|secs?)_.*duration", re.IGNORECASE)
_MINUTES: Final = re.compile(r"duration.*_(minutes|mins?)|(minutes|mins?)_.*duration", re.IGNORECASE)
_ACCURACY: Final = re.compile(r"accuracy(_.*)?|.*_accuracy", re.IGNORECASE)
_PERCENT: Final = re.compile(r".*(percent|pct).*", re.IGNORECASE)
_LONGEST: Final = float(2**31)
Row = Mapping[str, Any]


class SessionTable:
    """The sessions that are of a scenario."""

    def __init__(self, read: Callable[[], Iterator[dict[str, Any]]], cells: Cells) -> None:
        self._read = read
        self._cells = cells
        self._scales: dict[str, float | None] = {}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Those whose type says so."""
        return (row for row in self._read() if self.is_of_scenario(row))

    @staticmethod
    def is_of_scenario(row: Row) -> bool:
        """Whether the row's type says so."""
        return _OF_SCENARIOS.search(str(row.get("session_type") or "")) is not None

    @staticmethod
    def scenario_of(row: Row) -> Any:
        """What the row says of its scenario."""
        return row.get("scenario_id") or row.get("source_id")

    def look_at_scales(self) -> None:
        """Find out for each column of accuracies whether it holds percentages or shares; None where both could be."""
        highest: dict[str, float] = {}
        between: set[str] = set()
        others = 0
        for row in self._read():
            others += not self.is_of_scenario(row)
            for name in row:
                number = _number(row[name]) if _ACCURACY.fullmatch(name) else None
                if number is not None and 0 <= number <= 100:  # noqa: PLR2004 - the highest percentage
                    highest[name] = max(highest.get(name, 0), number)
                    between |= {name} if 0 < number < 1 else set()
        for name, most in highest.items():
            share = 1.0 if name in between else None
            self._scales[name] = 100.0 if most > 1 or _PERCENT.fullmatch(name) else share
        for _ in range(others):
            self._cells.note("sessions of other things than scenarios, left out")

    def run_of(self, row: Row) -> dict[str, Any]:
        """What a session says of its run."""
        cells, end = self._cells, row.get("ended_at")
        return {
            "scenario_id": cells.text(self.scenario_of(row), 255, "scenario ids"),
            "started_at": cells.moment(row.get("started_at"), "starts"),
            "ended_at": cells.moment(end, "ends"),
            "end_reason": None if end is None or end == "" else EndReason.TERMINATED.value,
            "minutes": self._minutes(row),
            "success_rate": self._accuracy(row),
        }

    def _minutes(self, row: Row) -> float | None:
        for name, value in row.items():
            for pattern, unit in ((_SECONDS, 60), (_MINUTES, 1)):
                if value is not None and pattern.fullmatch(name):
                    told = self._cells.number(value, _LONGEST, "durations")
                    return None if told is None else told / unit
        return None

    def _accuracy(self, row: Row) -> float | None:
        for name, value in row.items():
            if value is None or value == "" or not _ACCURACY.fullmatch(name):
                continue
            if (scale := self._scales.get(name)) is None:
                self._cells.note("accuracies that may be shares or percentages, left empty")
                return None
            told = self._cells.number(value, scale, "accuracies")
            return None if told is None else told / scale
        return None


def _number(value: Any) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
