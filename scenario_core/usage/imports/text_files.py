"""CSV and JSON Lines: each record with its number and its line, and faults for those that can't be taken apart."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import msgspec
import pyarrow as pa

from scenario_core.errors import Fault
from scenario_core.usage.imports.cells import bare
from scenario_core.usage.imports.files import FileSource
from scenario_core.usage.imports.forms import (
    KNOWN,
    USER,
    Form,
    Raw,
    Report,
    in_line,
    require_known,
    unreadable,
)
from scenario_core.usage.imports.spool import PLACE, Pseudonyms, Spool, batches
from scenario_core.usage.run import COLUMNS, SCHEMA

_TEXTS: Final = frozenset({"run_id", "scenario_id", "store", "language", "end_reason", "last_phase"})
_LISTS: Final = {each.name for each in SCHEMA if pa.types.is_list(each.type)}
_READ: Final = tuple(name for name in COLUMNS if name != "source")
_WRONG: Final = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_LARGEST_CELL: Final = 1 << 24
_LINES_A_REPORT: Final = 2_048


Count = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
"""What the dataset holds as int32."""


class _Run(msgspec.Struct):
    run_id: str
    scenario_id: str | None = None
    store: Any = None
    learner: str | None = None
    user: str | int | None = None
    language: str | None = None
    source: Any = None
    started_at: str | None = None
    ended_at: str | None = None
    end_reason: str | None = None
    last_phase: str | None = None
    phases_completed: Count | None = None
    total_phases: Count | None = None
    phase_seconds: list[float] | None = None
    minutes: float | None = None
    vocabulary: list[str] | None = None
    objectives: list[str] | None = None
    success_rate: float | None = None
    completion_score: float | None = None
    finished_only: bool | None = None


class _StrictRun(_Run, forbid_unknown_fields=True):
    """A run with no other fields."""


_DECODERS: Final[dict[bool, msgspec.json.Decoder[_Run]]] = {
    False: msgspec.json.Decoder(_StrictRun),
    True: msgspec.json.Decoder(_Run),
}
_LIST_DECODERS: Final[dict[bool, msgspec.json.Decoder[_Run]]] = {
    name: msgspec.json.Decoder(list[float] if name == "phase_seconds" else list[str]) for name in _LISTS
}


class Lines:
    """The lines of a file as text, counted; bytes that are no UTF-8 are remembered by their line."""

    def __init__(self, file: BinaryIO, report: Report) -> None:
        self._file = file
        self._report = report
        self._size = max(1, os.fstat(file.fileno()).st_size)
        self.line = 0
        self.damaged: set[int] = set()

    def __iter__(self) -> Iterator[str]:
        for raw in self._file:
            self.line += 1
            if self.line == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901 - the mark is no part of the line
            if self.line % _LINES_A_REPORT == 0:
                self._report(self._file.tell() / self._size)
            try:
                yield raw.decode()
            except UnicodeDecodeError:
                self.damaged.add(self.line)
                yield raw.decode(errors="replace")


class CsvFile(FileSource):
    """A CSV file with a heading: commas, double quotes, UTF-8; lists are JSON arrays."""

    form = Form.CSV

    def read(self, folder: Path, pseudonym: Callable[[str | int], str], report: Report) -> Raw:
        """Bring the records into a Parquet file; see `Source`."""
        csv.field_size_limit(_LARGEST_CELL)
        with self.path.open("rb") as file:
            lines = Lines(file, report)
            rows = csv.reader(iter(lines), strict=True)
            try:
                heading = next(rows, [])
            except csv.Error as error:
                raise unreadable("CSV", str(error)) from error
            places = require_known(heading, ignore_unknown=self.ignore_unknown)
            kept = [name for name in _READ if name in places or (name == "learner" and USER in places)]
            schema = pa.schema([pa.field(name, SCHEMA.field(name).type if name in _LISTS else pa.string())
                                for name in kept] + list(PLACE))  # fmt: skip
            spool = Spool(folder, schema)
            reading = _CsvReading(spool, places, len(heading), Pseudonyms(pseudonym))
            try:
                for batch in batches(reading.records(rows, lines)):
                    reading.add(batch)
            finally:
                spool.close()
        return spool.raw


class _CsvReading:
    def __init__(self, spool: Spool, places: dict[str, int], width: int, pseudonyms: Pseudonyms) -> None:
        self._spool, self._places, self._width, self._pseudonyms = spool, places, width, pseudonyms

    def records(self, rows: Any, lines: Lines) -> Iterator[tuple[int, int, list[str]]]:
        """Number, first line and cells of each record that can be taken apart; blank lines are none."""
        number, last = 0, lines.line
        while True:
            try:
                cells = next(rows, None)
            except csv.Error as error:
                number, last = number + 1, self._break(number + 1, last + 1, lines, f"quoted cells: {error}")
                continue
            if cells is None:
                return
            first, last = last + 1, lines.line
            if not cells:
                continue
            number += 1
            if lines.damaged and not lines.damaged.isdisjoint(range(first, last + 1)):
                self._break(number, first, lines, "UTF-8")
            elif len(cells) != self._width:
                self._break(number, first, lines, f"{self._width} cells", str(len(cells)))
            else:
                yield number, first, cells

    def add(self, batch: list[tuple[int, int, list[str]]]) -> None:
        good = [each for each in batch if self._lists_of(*each)]
        columns: dict[str, Any] = {"record": [each[0] for each in good], "line": [each[1] for each in good]}
        for name, place in self._places.items():
            cells = [each[2][place] for each in good]
            if name in _TEXTS:
                columns[name] = [bare(cell) if cell[:1] == "'" else cell for cell in cells]
            elif name != USER:
                columns[name] = cells
        if USER in self._places:
            users = [self._pseudonyms(bare(each[2][self._places[USER]])) for each in good]
            given = columns.get("learner") or [""] * len(users)
            columns["learner"] = [cell or user for cell, user in zip(given, users, strict=True)]
        self._spool.add(columns)

    def _lists_of(self, number: int, line: int, cells: list[Any]) -> bool:
        good = True
        for name in _LISTS & self._places.keys():
            place = self._places[name]
            if not (cell := cells[place]):
                cells[place] = None
                continue
            try:
                cells[place] = _LIST_DECODERS[name].decode(cell)
            except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
                what = "a JSON array of numbers" if name == "phase_seconds" else "a JSON array of texts"
                self._spool.raw.blame(Fault(f"/{number}/{name}", what, in_line(cell, line)))
                good = False
        self._spool.raw.broken += not good
        return good

    def _break(self, number: int, line: int, lines: Lines, expected: str, found: str = "") -> int:
        self._spool.raw.broken += 1
        self._spool.raw.blame(Fault(f"/{number}", expected, f"{found} in line {line}".strip()))
        return lines.line


class JsonLinesFile(FileSource):
    """A file with one JSON object in each line."""

    form = Form.JSONL

    def read(self, folder: Path, pseudonym: Callable[[str | int], str], report: Report) -> Raw:
        """Bring the records into a Parquet file; see `Source`."""
        moments = ("started_at", "ended_at")
        types = {each.name: pa.string() if each.name in moments else each.type for each in SCHEMA}
        spool = Spool(folder, pa.schema([pa.field(name, types[name]) for name in _READ] + list(PLACE)))
        pseudonyms = Pseudonyms(pseudonym)
        try:
            with self.path.open("rb") as file:
                for batch in batches(self._runs(spool.raw, Lines(file, report))):
                    self._add(spool, batch, pseudonyms)
        finally:
            spool.close()
        return spool.raw

    def _runs(self, raw: Raw, lines: Lines) -> Iterator[tuple[int, int, _Run]]:
        decoder, number = _DECODERS[self.ignore_unknown], 0
        for text in lines:
            if not text.strip():
                continue
            number += 1
            if lines.line in lines.damaged:
                raw.broken += 1
                raw.blame(Fault(f"/{number}", "UTF-8", f"in line {lines.line}"))
                continue
            try:
                run = decoder.decode(text)
            except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
                raw.broken += 1
                raw.blame(fault_of(error, number, lines.line))
                continue
            yield number, lines.line, run

    @staticmethod
    def _add(spool: Spool, batch: list[tuple[int, int, _Run]], pseudonyms: Pseudonyms) -> None:
        columns: dict[str, Any] = {name: [getattr(each[2], name) for each in batch] for name in _READ}
        columns["learner"] = [each[2].learner or pseudonyms(each[2].user) for each in batch]
        columns["store"] = [each[2].store if isinstance(each[2].store, str) else None for each in batch]
        columns["finished_only"] = [bool(each[2].finished_only) for each in batch]
        columns["record"], columns["line"] = [each[0] for each in batch], [each[1] for each in batch]
        spool.add(columns)


def fault_of(error: Exception, number: int, line: int) -> Fault:
    """What is wrong with a line of JSON, in terms of a record."""
    found = _WRONG.fullmatch(str(error))
    what, path = (found["what"], found["path"] or "") if found else (str(error), "")
    if "unknown field" in what:
        return Fault(f"/{number}", f"only the fields {', '.join(KNOWN)}", f"{what} in line {line}")
    pointer = f"/{number}" + path.replace(".", "/").replace("[", "/").replace("]", "")
    expected, _, got = what.removeprefix("Expected ").partition(", got ")
    if not isinstance(error, msgspec.ValidationError):
        return Fault(pointer, "one JSON object in UTF-8", f"{what} in line {line}")
    return Fault(pointer, expected.replace("`", ""), f"{got.replace('`', '')} in line {line}".strip())
