"""The production file as bytes: where each record stands in it, so that a save touches nothing else.

A file that is JSON is cut by a parser. One that is not, but is written with a line for each key, is cut at the lines
that begin a record, so that one broken record does not hide the others. Format: RFC 8259, an object by scenario id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import msgspec

from scenario_core.errors import ProductionUnreadableError

BOM: Final = b"\xef\xbb\xbf"
_KEY: Final = re.compile(rb'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*')
_FIRST_KEY_LINE: Final = re.compile(rb'\{\s*?\n([ \t]+)"')
_RESTORE: Final = "Mend the file at that place, or run `scenario-desk backup restore`."


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: its key, and where the key and the value stand in the file."""

    key: str
    key_start: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A file cut into records, in file order. `is_broken` if it is not JSON as a whole."""

    data: bytes
    entries: tuple[Entry, ...]
    is_broken: bool = False

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
            return cls(data, tuple(entries), is_broken=True)

    def value(self, entry: Entry) -> bytes:
        """The bytes of a record."""
        return self.data[entry.start : entry.end]

    def line(self, position: int) -> int:
        """The line of a position, from 1."""
        return self.data.count(b"\n", 0, position) + 1

    def latest(self) -> dict[str, Entry]:
        """The record that every JSON reader would take for each key: the last one."""
        return {entry.key: entry for entry in self.entries}

    def edited(self, values: Mapping[str, bytes], removed: frozenset[str] = frozenset()) -> bytes:
        """The file with these values, rendered at the outer level, in place or appended; every other byte stays."""
        style = Style.of(self.data)
        latest = self.latest()
        kept = [entry for entry in self.entries if entry.key not in removed]
        pieces = []
        for entry in kept:
            replaced = entry.key in values and latest[entry.key] is entry
            value = style.indented(values[entry.key]) if replaced else self.value(entry)
            pieces.append(self.data[entry.key_start : entry.start] + value)
        pieces += [
            json.dumps(key, ensure_ascii=False).encode() + style.colon + style.indented(value)
            for key, value in values.items()
            if key not in latest
        ]
        return self._joined(pieces, kept, style)

    def _joined(self, pieces: list[bytes], kept: list[Entry], style: Style) -> bytes:
        opening = self.data.index(b"{") + 1
        if not self.entries:
            tail = self.data[opening:].lstrip()
            return self.data[:opening] + style.first + (b"," + style.first).join(pieces) + style.newline + tail
        head = self.data[: self.entries[0].key_start]
        tail = self.data[self.entries[-1].end :].lstrip(b", \t\r\n" if self.is_broken else b"")
        if self.is_broken:
            return head + (b"," + style.first).join(pieces) + style.newline + tail
        before = {
            following.key_start: self.data[entry.end : following.key_start]
            for entry, following in pairwise(self.entries)
        }
        separators = [before.get(entry.key_start, b"," + style.first) for entry in kept[1:]]
        separators += [b"," + style.first] * (len(pieces) - 1 - len(separators))
        body = b"".join(part for pair in zip([b"", *separators], pieces, strict=False) for part in pair)
        return head + body + tail


@dataclass(frozen=True, slots=True)
class Style:
    """How a file is laid out: its line ends and its indentation; neither, if it stands on one line."""

    newline: bytes
    indent: bytes

    @classmethod
    def of(cls, data: bytes) -> Style:
        """The style of a file; production's own for an empty object."""
        found = _FIRST_KEY_LINE.search(data)
        if found:
            return cls(b"\r\n" if b"\r\n" in data[: found.end()] else b"\n", found[1])
        return cls(b"\n", b"  ") if not data.strip(BOM + b"{} \t\r\n") else cls(b"", b"")

    @property
    def first(self) -> bytes:
        """What stands before a key."""
        return self.newline + self.indent

    @property
    def colon(self) -> bytes:
        """What stands between a key and its value."""
        return b": " if self.newline else b":"

    def indented(self, value: bytes) -> bytes:
        """A value, rendered from the left margin with line feeds, as it stands one level deeper."""
        return value.replace(b"\n", self.newline + self.indent)

    def outdented(self, value: bytes) -> bytes:
        """A value as it stands in a file of this style, moved back to the left margin with line feeds."""
        return value.replace(self.first, b"\n") if self.newline else value

    def render(self, value: Any) -> bytes:
        """A JSON value from the left margin."""
        if not self.newline:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return json.dumps(value, ensure_ascii=False, indent=self.indent.decode()).encode()


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
        yield Entry(json.loads(data[key_start:position], strict=False), key_start, start, end)
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
    found = _FIRST_KEY_LINE.match(data.removeprefix(BOM).lstrip())
    closing = data.rstrip()
    if found is None or not closing.endswith(b"}") or closing[:-1].rstrip(b" \t")[-1:] != b"\n":
        return None
    if len(closing) - 1 - closing.rindex(b"\n") > len(found[1]):
        return None
    begin = re.compile(rb"(?:^|(?<=\n))" + found[1] + rb'("(?:[^"\\\n]|\\.)*")[ \t]*:\s*')
    starts = list(begin.finditer(data))
    ends = [match.start() for match in starts[1:]] + [len(closing) - 1]
    entries = []
    for match, end in zip(starts, ends, strict=True):
        value = data[match.end() : end].rstrip(b" \t\r\n,")
        key = match[1].decode(errors="replace")[1:-1]
        entries.append(Entry(_decoded(match[1], key), match.start(1), match.end(), match.end() + len(value)))
    return entries or None


def _decoded(quoted: bytes, otherwise: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return otherwise


def _unreadable(data: bytes, error: Exception) -> ProductionUnreadableError:
    if not data.strip():
        return ProductionUnreadableError("The production file is empty.", hint=_RESTORE)
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        return ProductionUnreadableError(f"The production file is not UTF-8 in line {line}.", hint=_RESTORE)
    if isinstance(error, json.JSONDecodeError):
        return ProductionUnreadableError(
            f"The production file is not an object of scenarios by id: {error.msg} in line {error.lineno}, "
            f"column {error.colno}.",
            hint=_RESTORE,
        )
    return ProductionUnreadableError(f"The production file can't be read: {error}.", hint=_RESTORE)
