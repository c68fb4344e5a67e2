"""Where the values of a JSON record stand in its bytes, also of one that is broken somewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Final

_DECODER: Final = json.JSONDecoder(strict=False)
_SPACE: Final = re.compile(r"[ \t\r\n]*")


class Places:
    """The places of one record. Each object and list of it is gone through once, however often it is asked about."""

    def __init__(self, record: bytes) -> None:
        self._text = record.decode("latin-1")  # one character a byte, so that places in it are places in the record
        self._members: dict[int, dict[str, int]] = {}

    def of(self, pointer: str) -> int:
        """Where the value begins that a JSON pointer (RFC 6901) leads to.

        Where the pointer leads nowhere, or the record breaks before the value, it is the innermost value on the way.
        """
        place = self._skip(0)
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            found = self._below(place).get(key)
            if found is None:
                return place
            place = found
        return place

    @cached_property
    def broken_at(self) -> int | None:
        """Where the record stops being JSON; None where it is JSON."""
        try:
            json.loads(self._text)
        except json.JSONDecodeError as error:
            return min(error.pos, len(self._text.rstrip()) - 1)
        except RecursionError:
            return None
        return None

    def _below(self, start: int) -> dict[str, int]:
        """Where the members of a value begin, by key or index; of a repeated key the last one, as readers take it."""
        if start not in self._members:
            self._members[start] = dict(self._walk(start))
        return self._members[start]

    def _walk(self, start: int) -> Iterator[tuple[str, int]]:
        """Every member up to where the value ends or breaks."""
        opening = self._text[start : start + 1]
        if opening not in {"{", "["}:
            return
        place = self._skip(start + 1)
        index = 0
        with suppress(ValueError, RecursionError):
            while self._text[place : place + 1] not in {"}", "]", ""}:
                name = str(index)
                if opening == "{":
                    name, place = self._key(place)
                yield name, place
                _, place = _DECODER.raw_decode(self._text, place)
                place = self._skip(place)
                place = self._skip(place + 1) if self._text[place : place + 1] == "," else place
                index += 1

    def _key(self, start: int) -> tuple[str, int]:
        """A key, and where its value begins."""
        key, end = _DECODER.raw_decode(self._text, start)
        quoted = self._text[start:end]
        if not quoted.isascii():
            key = json.loads(quoted.encode("latin-1").decode("utf-8", "surrogateescape"), strict=False)
        return str(key), self._skip(self._skip(end) + 1)

    def _skip(self, place: int) -> int:
        found = _SPACE.match(self._text, place)
        return found.end() if found else place
