"""Text that people wrote, made safe for the forms that it is put into, where it must stay text."""

from __future__ import annotations

import re
import string
import unicodedata
from itertools import takewhile
from typing import Final

_FORMULA_SIGNS: Final = frozenset("=+-@")
_BREAKS: Final = frozenset("\t\r\n")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Me", "Mn", "Zl", "Zp", "Zs"})
_BLANK_SIGNS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_ADDRESS: Final = re.compile(r"@|(?<=[a-z]):(?=\S)|(?<=www)\.|(?<=\w)\.(?=[^\W\d_])", re.IGNORECASE)
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ESCAPED: Final = str.maketrans(
    {sign: _ENTITIES.get(sign, f"\\{sign}") for sign in string.punctuation if sign not in "',;%\"?/"}
)


def neutralised(text: str) -> str:
    """The text behind an apostrophe where a spreadsheet could take it for a formula, whatever it begins with."""
    hidden = "".join(takewhile(_is_hidden, text))
    first = unicodedata.normalize("NFKC", text[len(hidden) :][:1])[:1]
    return f"'{text}" if first in _FORMULA_SIGNS or _BREAKS.intersection(hidden) else text


def markdown_line(text: str) -> str:
    """One line of Markdown in which every sign means itself.

    A word joiner, which nobody sees, keeps addresses from becoming links: readers look for those after they have
    resolved escapes.
    """
    line = re.sub("[ \t]+", " ", " ".join(text.splitlines())).strip()
    return _ADDRESS.sub(lambda found: f"{found[0]}\N{WORD JOINER}", line).translate(_ESCAPED)


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in _INVISIBLE or sign in _BLANK_SIGNS
