"""Whether a word is one that anybody uses."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from scenario_core.integrity.language.frequency import zipf
from scenario_core.integrity.language.known import Language
from scenario_core.integrity.language.lemmas import lemmas_of

_COMPOUNDING: Final = frozenset({"de", "nb", "nl", "sv"})
"""Languages that write compounds as one word, with a long word list."""
_JOINTS: Final = ("", "s", "es", "n", "en", "e", "er")
_SHORTEST_PART: Final = 3
_LEAST_PART: Final = 3.0
"""How usual a part of a compound must be, as a power of ten per billion words."""


@lru_cache(maxsize=100_000)
def is_known_word(word: str, language: Language) -> bool:
    """Whether the long list of the language has the word, its lemma, or the parts of which it is made."""
    word = word.removesuffix("'s").strip("'-")
    if len(word) <= 1 or zipf(word, language.code) > 0:
        return True
    if language.lemmas and any(zipf(each, language.code) > 0 for each in lemmas_of(word, language.lemmas)):
        return True
    return language.code in _COMPOUNDING and _is_compound(word, language.code)


def _is_compound(word: str, code: str) -> bool:
    for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        first, last = word[:cut], word[cut:]
        if zipf(last, code) >= _LEAST_PART and any(
            zipf(first.removesuffix(joint), code) >= _LEAST_PART
            for joint in _JOINTS
            if first.endswith(joint) and len(first) - len(joint) >= _SHORTEST_PART
        ):
            return True
    return False
