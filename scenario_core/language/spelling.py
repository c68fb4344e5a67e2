"""Whether a word is one that people use, or a slip of one that they do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import Final

from scenario_core.language.frequency import frequencies, zipf
from scenario_core.language.known import Language
from scenario_core.language.lemmas import LONGEST_WORD, has_entry, lemmas_of

_COMPOUNDING: Final = frozenset({"de", "nb", "nl", "sv"})
"""Languages that write compounds as one word, with a long word list."""
_JOINTS: Final = ("", "s", "es", "n", "en", "e", "er")
_SHORTEST_PART: Final = 3
_LEAST_PART: Final = 3.0
"""How usual a part of a compound must be, as a power of ten per billion words."""
SLIP_BELOW: Final = 2.5
"""Slips that many people make are in the lists too, up to about here."""
_LEAD: Final = 2.5
"""How much more usual what was meant must be, as a power of ten: 300 times."""
_LEAST_OF_UNKNOWN: Final = 1.0
_SHORTEST_SLIP: Final = 5
_USUAL_WORDS: Final = 5000


@lru_cache(maxsize=100_000)
def slip(word: str, language: Language) -> str | None:
    """None for a word that people use; else the word that was probably meant, empty if there is none near.

    A word is used if the long list of the language has it, its lemma, or the parts of which it is made. One that is
    rare and in no dictionary is a slip all the same if a word that differs by one letter, or by two swapped ones, is
    300 times as frequent.
    """
    word = word.removesuffix("'s").strip("'-")
    usual = zipf(word, language.code)
    if len(word) <= 1 or usual >= SLIP_BELOW or (language.lemmas and has_entry(word, language.lemmas)):
        return None
    if len(word) > LONGEST_WORD:
        return ""
    meant = _meant(word, language.code, max(usual, _LEAST_OF_UNKNOWN) + _LEAD) if len(word) >= _SHORTEST_SLIP else ""
    is_used = usual > 0 or _has_used_lemma(word, language) or _is_compound(word, language.code)
    return None if is_used and not (meant and usual > 0) else meant


def _has_used_lemma(word: str, language: Language) -> bool:
    return bool(language.lemmas) and any(zipf(each, language.code) > 0 for each in lemmas_of(word, language.lemmas))


def _meant(word: str, code: str, least: float) -> str:
    """The most usual word that is one slip away, empty if none is usual enough."""
    known = frequencies(code)
    found = max(((known[each], each) for each in _one_slip_away(word, code) if each in known), default=(0.0, ""))[1]
    return found if found and zipf(found, code) >= least else ""


def _one_slip_away(word: str, code: str) -> Iterator[str]:
    letters = _letters(code)
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield from (before + letter + after for letter in letters)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in letters)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


@cache
def _letters(code: str) -> tuple[str, ...]:
    """The letters of the language's most usual words."""
    usual = islice(frequencies(code), _USUAL_WORDS)
    return tuple(sorted({letter for word in usual for letter in word if letter.isalpha()}))


def _is_compound(word: str, code: str) -> bool:
    if code not in _COMPOUNDING:
        return False
    for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        first, last = word[:cut], word[cut:]
        if zipf(last, code) >= _LEAST_PART and any(
            zipf(first.removesuffix(joint), code) >= _LEAST_PART
            for joint in _JOINTS
            if first.endswith(joint) and len(first) - len(joint) >= _SHORTEST_PART
        ):
            return True
    return False
