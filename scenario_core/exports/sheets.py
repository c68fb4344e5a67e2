"""Tables for spreadsheets and other programs, in which no cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
import xlsxwriter

from scenario_core.escaping import neutralised

LONGEST_CELL: Final = 32_767
COMMENT: Final = "#"
"""Begins each line of a CSV file that tells of the table and is no row of it."""
_FORBIDDEN_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXTS_STAY_TEXTS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_NARROWEST: Final = 8
_WIDEST: Final = 60
Cell = str | int | float | bool | None
About = Sequence[tuple[str, str]]
"""What must be known of a table: what it is called, and what there is to say."""


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook. `widths` are in characters; a column without one is as wide as its longest text."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Cell]]
    widths: Mapping[str, int] = field(default_factory=dict)


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain values, whatever engine they come from; None where there is nothing."""
    columns = {str(name): [_plain(value) for value in frame[name].tolist()] for name in frame.columns}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def cells_of(frame: pd.DataFrame) -> list[dict[str, Cell]]:
    """The rows of a frame as cells: days in ISO 8601, lists as one text."""
    return [{name: _cell(value) for name, value in row.items()} for row in plain_rows(frame)]


def csv_of(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]], about: About = ()) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read it as such; lines end as RFC 4180 says.

    What there is to say of the table stands above it, in lines that begin with `#`: `pandas.read_csv(comment="#")`
    passes over them. With them every text is quoted, so that a `#` within one is none.
    """
    text = io.StringIO(newline="")
    for name, said in about:
        text.write(f"{COMMENT},")
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(
            [neutralised(_one_line(part)) for part in (name, said)]
        )
    writer = csv.DictWriter(
        text, list(columns), lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC if about else csv.QUOTE_MINIMAL
    )
    writer.writeheader()
    for row in rows:
        writer.writerow({name: neutralised(cell) if isinstance(cell, str) else cell for name, cell in row.items()})
    return text.getvalue().encode("utf-8-sig")


def workbook_of(*sheets: Sheet) -> bytes:
    """An Excel workbook whose texts are texts.

    Characters that XML 1.0 forbids, most control characters among them, are left out, since the format can't hold
    them; lines end as Excel ends them; a text is cut at Excel's limit of 32,767 characters.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _TEXTS_STAY_TEXTS) as book:
        bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for column, name in enumerate(sheet.columns):
                page.set_column(column, column, sheet.widths.get(name) or _width(sheet, name))
                page.write_string(0, column, name, bold)
            for line, row in enumerate(sheet.rows, start=1):
                for column, name in enumerate(sheet.columns):
                    _write(page, line, column, row[name], quoted)
            page.freeze_panes(1, 0)
            page.autofilter(0, 0, max(1, len(sheet.rows)), len(sheet.columns) - 1)
    return target.getvalue()


def _write(page: Any, line: int, column: int, cell: Cell, quoted: Any) -> None:
    if isinstance(cell, bool):
        page.write_boolean(line, column, cell)
    elif isinstance(cell, int | float):
        page.write_number(line, column, cell)
    elif cell is not None:
        page.write_string(line, column, _held_by_excel(cell), quoted)


def _held_by_excel(text: str) -> str:
    """The part of a text that a cell can hold. Excel counts in UTF-16, where an emoji is two characters."""
    kept = re.sub("\r\n?", "\n", _FORBIDDEN_IN_XML.sub("", text))
    return kept.encode("utf-16-le")[: 2 * LONGEST_CELL].decode("utf-16-le", "ignore")


def _width(sheet: Sheet, name: str) -> int:
    longest = max((len(row[name]) if isinstance(row[name], str) else 0 for row in sheet.rows), default=0)  # type: ignore[arg-type]  # it is a text
    return min(_WIDEST, max(_NARROWEST, len(name) + 2, longest + 2))


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


def _cell(value: Any) -> Cell:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return "; ".join(str(each) for each in value) if isinstance(value, list) else value


def _one_line(text: str) -> str:
    return " ".join(text.split())
