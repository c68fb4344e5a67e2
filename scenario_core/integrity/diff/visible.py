"""Characters that nobody sees, shown by name: `⟨NBSP⟩`; and whether two texts look the same."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final

_NAMES: Final = {
    "\t": "TAB",
    "\n": "LF",
    "\r": "CR",
    " ": "SP",
    "\u0085": "NEL",
    "\u00a0": "NBSP",
    "\u00ad": "SHY",
    "\u061c": "ALM",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u2028": "LS",
    "\u2029": "PS",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u202f": "NNBSP",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\u3000": "IDSP",
    "\ufe0e": "VS15",
    "\ufe0f": "VS16",
    "\ufeff": "BOM",
}
_HIDDEN: Final = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"))
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters by category, but empty
_REORDERING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SELECTOR: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LINE_SIGNS: Final = "\t\n\r"
_BREAK: Final = re.compile(r"\r\n|[\t\n\r]")
_START_SPACES: Final = re.compile(r"\A ++")
_LINE_END_SPACES: Final = re.compile(r"(?<! ) ++(?=[\r\n])")
_END_SPACES: Final = re.compile(r"(?<! ) ++\Z")
_SPACES: Final = re.compile(" +")


def visible(text: str, other: str | None = None) -> str:
    """The text, with characters that can't be seen and spaces at the ends of lines by name.

    Where `other` is given, as the other side of a change, so are those that only differ from it: accents of their own
    where one side has such, tabs and line ends where they are not the same on both sides.
    """
    accents = other is not None and accents_differ(text, other)
    breaks = other is not None and _BREAK.findall(text) != _BREAK.findall(other)
    return revealed(edges_named(text), accents=accents, keep="" if breaks else _LINE_SIGNS)


def looks_same(old: str, new: str) -> bool:
    """Whether nothing of the difference can be seen: spaces, invisible characters, how accents are written."""
    return _seen_part(old) == _seen_part(new)


def accents_differ(old: str, new: str) -> bool:
    """Whether two texts differ in how accents are written, or in the style of a sign: then they must be shown."""
    if old == new:
        return False
    return _is_composed(old) != _is_composed(new) or _bare(old) == _bare(new)


def revealed(text: str, *, accents: bool, keep: str = "") -> str:
    """The text with what can't be seen by name; spaces and the characters to `keep` stay."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_names(accents=accents, keep=keep))


def disarmed(text: str) -> str:
    """The text as it looks, without the power to reorder what stands around it or to break what shows it."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_DANGERS)


def spelled_out(text: str) -> str:
    """Every character by name: for a text of spaces."""
    return "".join(map(named, text))


def named(letter: str) -> str:
    """The name of a character, such as `⟨NBSP⟩` or `⟨U+0301⟩`; behind that of a line feed still goes the line feed."""
    name = f"⟨{_NAMES.get(letter) or f'U+{ord(letter):04X}'}⟩"
    return f"{name}\n" if letter == "\n" else name


def edges_named(text: str, *, start: bool = True, end: bool = True) -> str:
    """The text with spaces at its start, at its end and at the ends of its lines by name."""
    for pattern, applies in ((_START_SPACES, start), (_END_SPACES, end), (_LINE_END_SPACES, True)):
        if applies:
            text = pattern.sub(lambda found: spelled_out(found[0]), text)
    return text


def one_line(text: str) -> str:
    """A name on one line, with what can't be seen by name and line ends as in JSON."""
    return revealed(json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"'), accents=False)


class _Names(dict[int, str]):
    """What stands for a character, found out when it is first met. `str.translate` asks it at the speed of C."""

    def __init__(self, is_named: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_named = is_named

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        shown = self[code] = named(letter) if self._is_named(letter) else letter
        return shown


@cache
def _names(*, accents: bool, keep: str) -> _Names:
    return _Names(lambda letter: letter not in keep and _is_hidden(letter, accents=accents))


def _is_hidden(letter: str, *, accents: bool) -> bool:
    if letter == " ":
        return False
    unseen = unicodedata.category(letter) in _HIDDEN or letter in _BLANK
    twin = unicodedata.normalize("NFC", letter) != letter
    return unseen or twin or (accents and bool(unicodedata.combining(letter) or _SELECTOR.match(letter)))


def _is_dangerous(letter: str) -> bool:
    return letter in _REORDERING or (letter not in _LINE_SIGNS and unicodedata.category(letter) in {"Cc", "Cs"})


def _is_composed(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)


def _bare(text: str) -> str:
    return _SELECTOR.sub("", unicodedata.normalize("NFC", text))


def _seen_part(text: str) -> str:
    lines = "".join(map(_seen, _bare(text).replace("\r\n", "\n"))).split("\n")
    return "\n".join(_SPACES.sub(" ", line).strip() for line in lines).strip()


def _seen(letter: str) -> str:
    if letter in "\n\r\u2028\u2029":
        return "\n"
    if letter == "\t" or unicodedata.category(letter) == "Zs":
        return " "
    return "" if unicodedata.category(letter) in _HIDDEN or letter in _BLANK else letter


_DANGERS: Final = _Names(_is_dangerous)
