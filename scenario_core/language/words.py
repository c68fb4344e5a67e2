"""Cutting a text into words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0487"  # accents that stand on their own
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u064b-\u065f\u0670"  # Arabic vowels
    "\u0900-\u0963\u0966-\u0dff"  # the scripts of India, whose vowels are no letters to `re`
)


def _words(letter: str) -> re.Pattern[str]:
    """Letters with apostrophes and hyphens between them, with neither a digit nor a sign of an address beside them."""
    return re.compile(rf"(?<![\w@/\\]){letter}+(?:['\u2019\u2010\u2011-]{letter}+)*(?![\w@])")


_PLAIN: Final = _words(r"[^\W\d_]")
_MARKED: Final = _words(rf"(?:[^\W\d_]|[{_MARKS}])")
_HAS_MARKS: Final = re.compile(f"[{_MARKS}]")
_ADDRESSES: Final = re.compile(r"\S{1,99}@\S+|https?://\S+|www\.\S+")
_ENDS_SENTENCE: Final = re.compile(r"[.!?…:;\n]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is written, and its place: `start` counts characters from the beginning of the text."""

    text: str
    starts_sentence: bool
    start: int = 0

    @property
    def folded(self) -> str:
        """Without capitals, and with the apostrophe of the word lists."""
        return _folded(self.text)

    @property
    def is_capitalised(self) -> bool:
        """Whether any of its letters is a capital: a name, or an abbreviation."""
        return self.text != self.text.lower()


def words_of(text: str) -> Iterator[Word]:
    """The words of a text; numbers, codes such as `A8` and addresses are none."""
    text = _without_addresses(text)
    end = 0
    for found in _form(text).finditer(text):
        starts_sentence = end == 0 or _ENDS_SENTENCE.search(text, end, found.start()) is not None
        yield Word(found[0], starts_sentence, found.start())
        end = found.end()


def distinct(texts: Iterable[str]) -> frozenset[str]:
    """The different words of several texts, folded."""
    return frozenset().union(*map(_distinct, texts))


@lru_cache(maxsize=2048)
def _distinct(text: str) -> frozenset[str]:
    """Those of one text. Several checks ask for the texts of one scenario, one check after the other."""
    folded = _folded(_without_addresses(text))
    return frozenset(_form(folded).findall(folded))


def _form(text: str) -> re.Pattern[str]:
    return _MARKED if not text.isascii() and _HAS_MARKS.search(text) else _PLAIN


def _folded(text: str) -> str:
    return text.replace("\u2019", "'").lower()


def _without_addresses(text: str) -> str:
    """The text with spaces in the place of addresses, so that every word stays where it is."""
    return (
        _ADDRESSES.sub(lambda found: " " * len(found[0]), text)
        if "@" in text or "://" in text or "www." in text
        else text
    )
