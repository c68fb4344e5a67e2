"""The catalogue as a table for spreadsheets, in which no cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import xlsxwriter

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
_FORMULA_SIGNS: Final = frozenset("=+-@\t\r\n")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
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
    """An Excel workbook whose texts are texts; control characters, which the format can't hold, are left out."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
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
                    sheet.write_string(line, column, _FORBIDDEN_IN_XML.sub("", cell)[:LONGEST_CELL], quoted)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(found)), len(COLUMNS) - 1)
    return target.getvalue()


def neutralised(text: str) -> str:
    """The text behind an apostrophe where a spreadsheet could take it for a formula, whatever it begins with."""
    first = next((sign for sign in text if unicodedata.category(sign) not in _INVISIBLE), "")
    beginnings = {text[:1], unicodedata.normalize("NFKC", first)[:1]}
    return f"'{text}" if beginnings & _FORMULA_SIGNS else text


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
