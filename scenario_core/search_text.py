"""How text is folded for searching: the same on every engine and in memory.

Text becomes a string of tokens separated by single spaces: compatibility-decomposed (so that composed and decomposed
forms are one), without accents, case-folded, cut at everything that is neither letter nor digit. Languages written
without spaces (Chinese, Japanese) become one token a character; a query for several is then a search for neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_TOKEN: Final = re.compile(
    "[\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"  # kana and ideographs stand alone
    "|[^\\W_\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_ASCII_TOKEN: Final = re.compile("[a-z0-9]+")


def fold(text: str) -> str:
    """The tokens of `text`, separated by single spaces."""
    if text.isascii():
        return " ".join(_ASCII_TOKEN.findall(text.lower()))
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    # Kana voicing marks are composed again, so that a syllable stays one character.
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFC", plain)))


def fold_all(texts: Iterable[str]) -> str:
    """The tokens of all `texts`, one string."""
    return fold("\n".join(texts))


def query_terms(query: str) -> list[list[str]]:
    """A query as terms that must all be found; each is a run of neighbouring tokens, the last of which is a prefix."""
    terms = [fold(word).split() for word in query.split()]
    return [term for term in terms if term]


def matches(terms: Iterable[list[str]], folded: str) -> bool:
    """Whether text folded by `fold` holds every term."""
    haystack = f" {folded}"
    return all(f" {' '.join(term)}" in haystack for term in terms)
