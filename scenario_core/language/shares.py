"""Which language a text is in: how much of it each language's list of common words holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from scenario_core.language.frequency import usual_words, zipf
from scenario_core.language.known import Language, languages_in
from scenario_core.language.scripts import letters_by_script
from scenario_core.language.words import distinct

FEWEST_WORDS: Final = 12
"""Fewer different words say too little about their language."""
FEWEST_LETTERS: Final = 40
"""Fewer letters say too little about their script."""
OWN_SHARE: Final = 0.7
"""Below this share of common words a text is compared with every language, from it on with English alone."""
MORE_USUAL: Final = 0.3
"""The lead, in powers of ten, from which a word is more usual in one language than in another: twice as frequent."""
LEAST_LEAD: Final = 0.5
"""The share of words that must be more usual in another language. Of texts in their own language it is below 0.15."""
_COMMON: Final = 2.9
_ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Guess:
    """A text that is not in its language: what it is in, a language or a script, and the numbers that say so."""

    other: str
    evidence: str


def known_share(words: frozenset[str], code: str) -> float:
    """The share of the words that are used at least once in a million words of the language."""
    others = words - usual_words(code, _COMMON, "small")
    count = len(words) - len(others) + sum(1 for word in others if zipf(word, code, "small") > 0)
    return count / len(words) if words else 0.0


def guess(texts: Iterable[str], language: Language) -> Guess | None:
    """What the texts are in if it is not the language; None where it is, or where there is too little to tell."""
    words = distinct(texts)
    letters = letters_by_script(words)
    script, count = max(letters.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if script in language.scripts:
        return _other_language(words, language, script) if len(words) >= FEWEST_WORDS else None
    total = letters.total()
    if total < FEWEST_LETTERS or count * 2 < total:
        return None
    return Guess(f"the script {script}", f"{count} of {total} letters are {script}")


def _other_language(words: frozenset[str], language: Language, script: str) -> Guess | None:
    share = known_share(words, language.code)
    others = [each.code for each in languages_in(script) if share < OWN_SHARE or each.code == _ENGLISH]
    leads = ((_lead(words, code, language.code), code) for code in others if code != language.code)
    lead, other = max(leads, default=(0, ""))
    if lead < LEAST_LEAD * len(words):
        return None
    evidence = f"{lead} of {len(words)} words are more usual in {other} than in {language.code}"
    return Guess(other, f"{evidence}, which knows {share:.0%} of them")


def _lead(words: Collection[str], code: str, own: str) -> int:
    """How many words are more usual in one language than in the text's own."""
    return sum(1 for word in words if zipf(word, code, "small") > zipf(word, own, "small") + MORE_USUAL)
