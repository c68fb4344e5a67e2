"""Authored text inside Markdown, in which words are struck out or bold and every other sign means itself."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from scenario_core.integrity.diff.visible import edges_named, named, revealed
from scenario_core.integrity.diff.words import Mark, MarkKind, marks, tokens

CONTEXT: Final = 80

_SIGNS: Final = {MarkKind.EQUAL: "", MarkKind.REMOVED: "~~", MarkKind.ADDED: "**"}
_LINE_FEED: Final = named("\n").rstrip("\n")
_FIRST_LINE_ENDS: Final = re.compile(rf"\A(?:(?:{_LINE_FEED})?\n)+")
_LAST_LINE_ENDS: Final = re.compile(rf"(?:(?:{_LINE_FEED})?\n)+\Z")
_ADDRESS_SIGN: Final = re.compile(r"[:.@/$#](?=\S)")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ESCAPES: Final = str.maketrans({sign: _ENTITIES.get(sign, f"\\{sign}") for sign in string.punctuation})

_Piece = tuple[str, str]


def plain(text: str) -> str:
    """One line of text. What can't be seen stands by its name."""
    return _escaped(revealed(edges_named(text), accents=False).replace("\n", ""))


def between(old: str, new: str, margin: str) -> str:
    """The way from the old to the new text. Further lines begin with the margin, to stay in the same block."""
    return _written(_pieces(marks(old, new)), margin)


def whole(text: str, kind: MarkKind, margin: str) -> str:
    """A text that one side has. An empty one is told in words, since no sign can mark it."""
    if not text:
        return "empty text"
    old, new = ("" if kind is MarkKind.ADDED else text), ("" if kind is MarkKind.REMOVED else text)
    return between(old, new, margin)


def _pieces(found: Sequence[Mark]) -> list[_Piece]:
    """Signs and the text between them as it will be seen."""
    shown = [
        (_SIGNS[mark.kind], _shown(mark, is_first=place == 0, is_last=place == len(found) - 1))
        for place, mark in enumerate(found)
    ]
    return [(sign, text) for sign, text in shown if text]


def _shown(mark: Mark, *, is_first: bool, is_last: bool) -> str:
    text = mark.shown
    if mark.kind is MarkKind.EQUAL:
        short = _shortened(mark.text, is_first=is_first, is_last=is_last)
        text = revealed(edges_named(short, start=is_first, end=is_last), accents=False, keep="\n")
    for pattern, applies in ((_FIRST_LINE_ENDS, is_first), (_LAST_LINE_ENDS, is_last)):
        if applies:
            text = pattern.sub(lambda found: _LINE_FEED * found[0].count("\n"), text)
    return text


def _shortened(text: str, *, is_first: bool, is_last: bool) -> str:
    """The words next to the changes, where there are many words without one."""
    if is_first and is_last:
        return text
    before, after = (0 if is_first else CONTEXT), (0 if is_last else CONTEXT)
    if len(text) <= before + after + CONTEXT:
        return text
    start = "".join(tokens(text[:before])[:-1])
    end = "".join(tokens(text[len(text) - after :])[1:])
    return f"{start}…{end}"


def _written(pieces: Sequence[_Piece], margin: str) -> str:
    """The pieces as Markdown, each line of them with signs of its own."""
    lines: list[list[_Piece]] = [[]]
    for sign, text in pieces:
        first, *others = text.split("\n")
        lines[-1].append((sign, first))
        lines += [[(sign, other)] for other in others]
    return f"\\\n{margin}".join("".join(_signed(_spaces_outside(line))) for line in lines)


def _spaces_outside(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Signs have no meaning next to a space that they should enclose."""
    found: list[_Piece] = []
    for sign, text in pieces:
        inner = text.strip(" ")
        start = len(text) - len(text.lstrip(" ")) if inner else len(text)
        end = start + len(inner)
        found += [(sign_, part) for sign_, part in (("", text[:start]), (sign, inner), ("", text[end:])) if part]
    return found


def _signed(pieces: Sequence[_Piece]) -> Iterator[str]:
    for place, (sign, text) in enumerate(pieces):
        if sign:
            yield f"{sign}{_escaped(text)}{sign}"
            continue
        before, after = (pieces[place - 1] if place else None), (pieces[place + 1] if place + 1 < len(pieces) else None)
        coded_start = before is not None and _needs_code(text[0], before[1][-1])
        coded_end = after is not None and _needs_code(text[-1], after[1][0])
        yield _with_coded_edges(text, start=coded_start, end=coded_end)


def _needs_code(outer: str, inner: str) -> bool:
    """Whether signs between these two would be read as text: they mark a punctuation mark only behind another one."""
    return _is_punctuation(inner) and not (outer == " " or _is_punctuation(outer))


def _is_punctuation(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "PS"


def _with_coded_edges(text: str, *, start: bool, end: bool) -> str:
    """The text, with its first or last letter as a number: that ends in a semicolon and looks the same."""
    if len(text) == 1:
        return _coded(text) if start or end else _escaped(text)
    first, last = (1 if start else 0), len(text) - (1 if end else 0)
    return _coded(text[:first]) + _escaped(text[first:last]) + _coded(text[last:])


def _coded(text: str) -> str:
    return "".join(f"&#{ord(letter)};" for letter in text)


def _escaped(text: str) -> str:
    """Every sign means itself.

    A word joiner, which nobody sees, keeps addresses from becoming links: readers look for those after they have
    resolved escapes.
    """
    return _ADDRESS_SIGN.sub(lambda found: f"{found[0]}\N{WORD JOINER}", text).translate(_ESCAPES)
