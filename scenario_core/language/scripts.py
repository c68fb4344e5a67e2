"""What a text is written in: Latin, Cyrillic, Japanese..., as the four letters of ISO 15924."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from typing import Final

_SCRIPTS: Final = {
    "LATIN": "Latn",
    "CYRILLIC": "Cyrl",
    "GREEK": "Grek",
    "HEBREW": "Hebr",
    "ARABIC": "Arab",
    "DEVANAGARI": "Deva",
    "BENGALI": "Beng",
    "TAMIL": "Taml",
    "THAI": "Thai",
    "HANGUL": "Kore",
    "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
    "CJK": "Hani",
}


def letters_by_script(words: Collection[str]) -> Counter[str]:
    """How many letters of the words are in each script; scripts without a word list count as `Zyyy`."""
    counts: Counter[str] = Counter()
    if (together := "".join(words)).isascii():
        return Counter({"Latn": len(together)} if together else {})
    for word in words:
        counts[script_of(word[0])] += len(word)
    return counts


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """The script of a letter, by its Unicode name; `Zyyy` for one that is in none of those known here."""
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "Zyyy")
