"""How a production file is laid out, so that what is written into it looks like the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from scenario_core.production import exact_json

BOM: Final = b"\xef\xbb\xbf"
FIRST_KEY_LINE: Final = re.compile(rb"\{\s*?\n([ \t]+)[^\s}\]]")
_FIRST_COLON: Final = re.compile(rb'"[ \t]*:( ?)')


@dataclass(frozen=True, slots=True)
class Style:
    """Line ends and indentation, neither if the file stands on one line; and whether a space follows a colon."""

    newline: bytes
    indent: bytes
    space: bytes

    @classmethod
    def of(cls, data: bytes) -> Style:
        """The style of a file; production's own for an empty object."""
        colon = _FIRST_COLON.search(data)
        space = colon[1] if colon else b" "
        found = FIRST_KEY_LINE.search(data)
        if found:
            return cls(b"\r\n" if b"\r\n" in data[: found.end()] else b"\n", found[1], space)
        return cls(b"", b"", space) if data.strip(BOM + b"{} \t\r\n") else cls(b"\n", b"  ", b" ")

    @property
    def before_key(self) -> bytes:
        """What stands between a comma and the next key."""
        return self.newline + self.indent if self.newline else self.space

    @property
    def colon(self) -> bytes:
        """What stands between a key and its value."""
        return b":" + self.space

    def indented(self, value: bytes) -> bytes:
        """A value, rendered from the left margin with line feeds, as it stands one level deeper."""
        return value.replace(b"\n", self.newline + self.indent)

    def outdented(self, value: bytes) -> bytes:
        """A value as it stands in a file of this style, moved back to the left margin with line feeds."""
        return value.replace(self.newline + self.indent, b"\n") if self.newline else value

    def render(self, value: Any) -> bytes:
        """A JSON value from the left margin.

        Raises:
            ValueError: it has a number or a text that JSON can't hold.
        """
        colon = self.colon.decode()
        if self.newline:
            return exact_json.dumps(value, separators=(",", colon), indent=self.indent.decode())
        return exact_json.dumps(value, separators=("," + self.space.decode(), colon))
