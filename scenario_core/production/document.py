"""The production file as bytes: where each record stands in it, so that a save touches nothing else.

A file that is JSON is cut by a parser. One that is not, but is written with a line for each key, is cut at the lines
that begin a record, so that one broken record does not hide the others. Format: RFC 8259, an object by scenario id.
How a file is laid out is in `style`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import msgspec

from scenario_core.errors import ProductionUnreadableError
from scenario_core.production.style import BOM, FIRST_KEY_LINE, Style

_KEY: Final = re.compile(rb'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*')
_LIKE_A_KEY: Final = re.compile(r'"?([^"{}\[\]:,\s]+)"?\s*:?\s*\{')
_SEPARATOR: Final = b", \t\r\n"
_RESTORE: Final = "Mend the file at that place, or run `scenario-desk backup restore`."


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: its key, and where the key and the value stand in the file.

    Where the key itself is broken there is none, and the value begins at once; `key` is then the most likely one.
    """

    key: str
    key_start: int
    start: int
    end: int

    @property
    def has_key(self) -> bool:
        """Whether the record has a key that can be read."""
        return self.start > self.key_start


@dataclass(frozen=True)
class Document:
    """A file cut into records, in file order. `problem` says why it is not JSON as a whole, and is empty if it is."""

    data: bytes
    entries: tuple[Entry, ...]
    problem: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Document:
        """Cut a file into its records.

        Raises:
            ProductionUnreadableError: it is not UTF-8, not an object, or ends too early.
        """
        entries = _cut_fast(data)
        if entries is not None:
            return cls(data, tuple(entries))
        try:
            return cls(data, tuple(_cut_strictly(data)))
        except (ValueError, RecursionError) as error:
            entries = _cut_at_lines(data)
            if entries is None:
                raise _unreadable(data, error) from error
            return cls(data, tuple(entries), _told(error))

    def value(self, entry: Entry) -> bytes:
        """The bytes of a record."""
        return self.data[entry.start : entry.end]

    def line(self, position: int) -> int:
        """The line of a position, from 1."""
        return self.data.count(b"\n", 0, position) + 1

    def latest(self) -> Mapping[str, Entry]:
        """The record that every JSON reader would take for each key: the last one."""
        return self._latest

    @cached_property
    def _latest(self) -> Mapping[str, Entry]:
        likely = {entry.key: entry for entry in self.entries if not entry.has_key}
        return MappingProxyType(likely | {entry.key: entry for entry in self.entries if entry.has_key})

    def edited(self, values: Mapping[str, bytes], removed: frozenset[str] = frozenset()) -> bytes:
        """The file with these values, rendered at the outer level, in place or appended.

        Every other byte stays, except for a comma that is missing between two records, or one too many at the end.
        """
        style = Style.of(self.data)
        latest = self.latest()
        kept = [entry for entry in self.entries if not (entry.key in removed and latest[entry.key] is entry)]
        pieces = []
        for entry in kept:
            replaced = entry.key in values and latest[entry.key] is entry
            value = style.indented(values[entry.key]) if replaced else self.value(entry)
            key = self.data[entry.key_start : entry.start]
            pieces.append((key if entry.has_key or not replaced else _quoted(entry.key) + style.colon) + value)
        pieces += [
            _quoted(key) + style.colon + style.indented(value) for key, value in values.items() if key not in latest
        ]
        return self._joined(pieces, kept, style)

    def spliced(self, key: str, raw: bytes) -> bytes:
        """The file with this record in the place of the one that counts for the key, exactly as it is given."""
        entry = self.latest()[key]
        return self.data[: entry.start] + raw + self.data[entry.end :]

    def _joined(self, pieces: list[bytes], kept: list[Entry], style: Style) -> bytes:
        separator = b"," + style.before_key
        if not self.entries:
            opening = self.data.index(b"{") + 1
            first = style.newline + style.indent
            return self.data[:opening] + first + separator.join(pieces) + style.newline + self.data[opening:].lstrip()
        head = self.data[: self.entries[0].key_start]
        tail = self.data[self.entries[-1].end :]
        if tail.lstrip().startswith(b","):
            tail = style.newline + tail.lstrip(_SEPARATOR)
        if not pieces:
            return head.rstrip() + tail.lstrip()
        before = {
            following.key_start: between if b"," in between or not following.has_key else b"," + between
            for entry, following in pairwise(self.entries)
            for between in [self.data[entry.end : following.key_start]]
        }
        separators = [before[entry.key_start] for entry in kept[1:]]
        separators += [separator] * (len(pieces) - 1 - len(separators))
        body = b"".join(part for pair in zip([b"", *separators], pieces, strict=False) for part in pair)
        return head + body + tail


def _quoted(key: str) -> bytes:
    return json.dumps(key, ensure_ascii=False).encode()


def _cut_fast(data: bytes) -> list[Entry] | None:
    """Where the values stand, from their raw slices; None where that is not certain."""
    body = data.removeprefix(BOM)
    try:
        slices = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    position = data.index(b"{") + 1
    entries = []
    for key, raw in slices.items():
        found = _KEY.match(data, position)
        if found is None or msgspec.json.decode(found[1]) != key:
            return None
        start = found.end()
        position = start + memoryview(raw).nbytes
        entries.append(Entry(key, found.start(1), start, position))
    return entries if data[position:].strip() == b"}" else None


def _cut_strictly(data: bytes) -> Iterator[Entry]:
    """Like the fast way, but keys may repeat, and the error says where.

    Raises:
        ValueError: it is not JSON, or not an object.
    """
    text = data.decode("latin-1")  # one character a byte, so that places in it are places in the file
    decode = json.JSONDecoder(strict=False).raw_decode
    position = _skip(text, len(BOM) if data.startswith(BOM) else 0)
    position = _expect(text, position, "{")
    first = True
    while text[position : position + 1] != "}":
        if not first:
            position = _expect(text, position, ",")
        key_start = position
        key, position = decode(text, position)
        if not isinstance(key, str):
            raise json.JSONDecodeError("Expecting a scenario id in double quotes", text, key_start)
        start = _expect(text, _skip(text, position), ":")
        _, end = decode(text, start)
        yield Entry(_decoded(data[key_start:position]), key_start, start, end)
        position = _skip(text, end)
        first = False
    if text[position + 1 :].strip():
        raise json.JSONDecodeError("Expecting nothing after the closing brace", text, position + 1)


def _expect(text: str, position: int, sign: str) -> int:
    if text[position : position + 1] != sign:
        raise json.JSONDecodeError(f"Expecting '{sign}'", text, position)
    return _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _cut_at_lines(data: bytes) -> list[Entry] | None:
    """Records by the lines that begin one; None where the file has no such lines, or no closing brace of its own."""
    found = FIRST_KEY_LINE.match(data.removeprefix(BOM).lstrip())
    closing = data.rstrip()
    if found is None or not closing.endswith(b"}") or closing[:-1].rstrip(b" \t")[-1:] != b"\n":
        return None
    indent = found[1]
    if len(closing) - 1 - closing.rindex(b"\n") > len(indent):
        return None
    begin = re.compile(rb"(?<=\n)" + indent + rb'("(?:[^"\\\n]|\\.)*")[ \t]*:\s*')
    starts = list(begin.finditer(data))
    if not starts:
        return None
    opening = data.index(b"{") + 1
    entries = list(_without_key(data, opening, starts[0].start()))
    for match, end in zip(starts, [*(match.start() for match in starts[1:]), len(closing) - 1], strict=True):
        value_end = _end_of_record(data, match.end(), end, indent)
        key_start = match.start(1)
        entries.append(Entry(_decoded(match[1]), key_start, match.end(), value_end))
        entries += _without_key(data, value_end, end)
    return entries


def _end_of_record(data: bytes, start: int, end: int, indent: bytes) -> int:
    """Where a record ends: at the line that closes it, or else where the next begins."""
    closing = data.find(b"\n" + indent + b"}", start, end)
    return start + len(data[start:end].rstrip(_SEPARATOR)) if closing < 0 else closing + len(indent) + 2


def _without_key(data: bytes, start: int, end: int) -> Iterator[Entry]:
    """What stands between two records and is none with a key, if anything does."""
    text = data[start:end]
    if stripped := text.strip(_SEPARATOR):
        start += text.index(stripped)
        first_line = stripped.split(b"\n", 1)[0].decode(errors="replace").strip()
        likely = _LIKE_A_KEY.search(first_line)
        yield Entry(likely[1] if likely else first_line, start, start, start + len(stripped))


def _decoded(quoted: bytes) -> str:
    """A key; as it is written where it is no text, such as half a surrogate pair."""
    try:
        key = json.loads(quoted, strict=False)
        key.encode()
    except ValueError:
        return quoted.decode(errors="replace")[1:-1]
    return str(key)


def _told(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} in line {error.lineno}, column {error.colno}"
    return "values nested too deeply" if isinstance(error, RecursionError) else str(error)


def _unreadable(data: bytes, error: Exception) -> ProductionUnreadableError:
    if not data.removeprefix(BOM).strip():
        return ProductionUnreadableError("The production file is empty.", hint=_RESTORE)
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        return ProductionUnreadableError(
            f"The production file is not UTF-8 in line {line} (byte {wrong.start}).", hint=_RESTORE
        )
    return ProductionUnreadableError(
        f"The production file is not an object of scenarios by id: {_told(error)}.", hint=_RESTORE
    )
