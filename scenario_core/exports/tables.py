"""The catalogue as a table for spreadsheets, in which no cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

import xlsxwriter

from scenario_core.escaping import neutralised
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
LONGEST_CELL: Final = 32_767
_FORBIDDEN_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXTS_STAY_TEXTS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
Cell = str | int | bool


def rows(entries: Iterable[CatalogueEntry]) -> list[dict[str, Cell]]:
    """One row a scenario; the last change in ISO 8601 and UTC, empty where it is unknown."""
    return [_row(entry) for entry in entries]


def to_csv(entries: Iterable[CatalogueEntry]) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read it as such; lines end as RFC 4180 says."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(COLUMNS), lineterminator="\r\n")
    writer.writeheader()
    for row in rows(entries):
        writer.writerow({name: neutralised(cell) if isinstance(cell, str) else cell for name, cell in row.items()})
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(entries: Iterable[CatalogueEntry]) -> bytes:
    """An Excel workbook whose texts are texts.

    Characters that XML 1.0 forbids, most control characters among them, are left out, since the format can't hold
    them; lines end as Excel ends them; a text is cut at Excel's limit of 32,767 characters.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _TEXTS_STAY_TEXTS) as book:
        sheet = book.add_worksheet("Scenarios")
        bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
        for column, (name, width) in enumerate(COLUMNS.items()):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, bold)
        found = rows(entries)
        for line, row in enumerate(found, start=1):
            for column, name in enumerate(COLUMNS):
                cell = row[name]
                if isinstance(cell, bool):
                    sheet.write_boolean(line, column, cell)
                elif isinstance(cell, int):
                    sheet.write_number(line, column, cell)
                else:
                    sheet.write_string(line, column, _held_by_excel(cell), quoted)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(found)), len(COLUMNS) - 1)
    return target.getvalue()


def _held_by_excel(text: str) -> str:
    """The part of a text that a cell can hold. Excel counts in UTF-16, where an emoji is two characters."""
    kept = re.sub("\r\n?", "\n", _FORBIDDEN_IN_XML.sub("", text))
    return kept.encode("utf-16-le")[: 2 * LONGEST_CELL].decode("utf-16-le", "ignore")


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
