"""The address bar is the state of the audit log: which entries, from where on, and which one is open.

Whatever an address holds, reading it gives a view; names and values that nobody knows are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from dashboard.address import LONGEST_TEXT, is_number
from scenario_core.scenario import Store
from scenario_core.stewardship.audit_log import AuditFilter

__all__ = ["AuditView", "params", "parse"]


@dataclass(frozen=True, slots=True)
class AuditView:
    """What the audit log shows. Days are those of UTC, both included."""

    person: int | None = None
    operation: str = ""
    store: Store | None = None
    scenario: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None
    entry: int | None = None

    @property
    def wanted(self) -> AuditFilter:
        """The entries that pass."""
        return AuditFilter(
            self.person,
            self.operation or None,
            self.store,
            self.scenario or None,
            _midnight(self.since),
            _midnight(self.until + timedelta(days=1)) if self.until and self.until < date.max else None,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether the filter leaves anything out."""
        return self.wanted != AuditFilter()

    def narrowed(self, **changes: object) -> AuditView:
        """Another filter, from its latest entry."""
        return replace(self, **{"before": None, "entry": None, **changes})  # type: ignore[arg-type]  # by field name


def parse(found: Mapping[str, Sequence[str]]) -> AuditView:
    """The view of an address; of a name that stands there twice, the last value counts."""

    def last(name: str) -> str:
        values = found.get(name)
        return values[-1] if values else ""

    return AuditView(
        _number(last("person")),
        last("operation")[:LONGEST_TEXT],
        Store(last("store")) if last("store") in set(Store) else None,
        last("scenario").strip()[:LONGEST_TEXT],
        _day(last("from")),
        _day(last("to")),
        _number(last("before")),
        _number(last("entry")),
    )


def params(view: AuditView) -> dict[str, str]:
    """The shortest address of a view: what is as usual is left out."""
    found = {
        "person": view.person,
        "operation": view.operation,
        "store": view.store.value if view.store else None,
        "scenario": view.scenario,
        "from": view.since,
        "to": view.until,
        "before": view.before,
        "entry": view.entry,
    }
    return {name: str(value) for name, value in found.items() if value not in {None, ""}}


def _number(text: str) -> int | None:
    return int(text) if is_number(text) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-23") else None
    except ValueError:
        return None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
