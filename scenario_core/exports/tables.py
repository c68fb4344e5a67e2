"""The catalogue as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from scenario_core.exports.sheets import Cell, Sheet, csv_of, workbook_of
from scenario_core.listing import CatalogueEntry
from scenario_core.scenario import Store

COLUMNS: Final = {
    "scenario_id": 34,
    "title": 40,
    "store": 12,
    "category": 14,
    "difficulty": 14,
    "language": 10,
    "phases": 8,
    "minutes": 9,
    "state": 12,
    "owner_id": 10,
    "shared": 8,
    "updated": 24,
}


def rows(entries: Iterable[CatalogueEntry]) -> list[dict[str, Cell]]:
    """One row a scenario; the last change in ISO 8601 and UTC, empty where it is unknown."""
    return [_row(entry) for entry in entries]


def to_csv(entries: Iterable[CatalogueEntry]) -> bytes:
    """The catalogue as CSV, as `sheets.csv_of` says."""
    return csv_of(list(COLUMNS), rows(entries))


def to_xlsx(entries: Iterable[CatalogueEntry]) -> bytes:
    """The catalogue as an Excel workbook, as `sheets.workbook_of` says."""
    return workbook_of(Sheet("Scenarios", list(COLUMNS), rows(entries), COLUMNS))


def _row(entry: CatalogueEntry) -> dict[str, Cell]:
    is_production = entry.store is Store.PRODUCTION
    return {
        "scenario_id": entry.scenario_id,
        "title": entry.title,
        "store": entry.store.value,
        "category": entry.category,
        "difficulty": entry.difficulty,
        "language": entry.language,
        "phases": entry.phase_count,
        "minutes": entry.duration_minutes,
        "state": entry.state,
        "owner_id": "" if is_production or entry.owner_id is None else entry.owner_id,
        "shared": is_production or entry.is_public,
        "updated": entry.updated_at.isoformat() if entry.updated_at else "",
    }
