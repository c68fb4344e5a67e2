"""Vocabulary entries: what the term itself is, and whether a phrase uses it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Final

from scenario_core.language.known import Language
from scenario_core.language.lemmas import lemmas_of
from scenario_core.language.words import distinct
from scenario_core.search_text import fold

_GLOSS: Final = re.compile(
    r"[(\[\uff08][^)\]\uff09]{0,99}[)\]\uff09]|(?<=\s)[-\u2013\u2014=\u2192/|]\s.*|(?::\s|\uff1a).*", re.DOTALL
)
_FILLERS: Final = {
    "en": "a an the to sb sth somebody someone something one's oneself be",
    "de": "der die das den dem des ein eine einen einem einer sich etwas jemand jemanden jemandem etw jdn jdm",
    "es": "el la los las un una unos unas lo algo alguien se",
    "fr": "le la les l' un une des du de d' se s' quelque chose quelqu'un qqch qqn",
    "it": "il lo la i gli le l' un uno una un' si qualcosa qualcuno",
    "pt": "o a os as um uma uns umas algo alguém se",
    "nl": "de het een zich iets iemand",
    "ca": "el la els les l' un una uns unes",
}
_SHORTEST_STEM: Final = 4


def term_of(entry: str) -> str:
    """The entry without its gloss: `die Rechnung (bill)`, `la cuenta - the bill` and `menu: a list` lose theirs."""
    return " ".join(_GLOSS.sub(" ", entry).split()) or entry.strip()


class Phrases:
    """The phrases of a scenario, to look for vocabulary in."""

    def __init__(self, phrases: Iterable[str], language: Language) -> None:
        self._language = language
        self._phrases = [
            frozenset().union(*(_forms(word, language.lemmas) for word in distinct((phrase,)))) for phrase in phrases
        ]
        self._together: frozenset[str] = frozenset().union(*self._phrases)
        self._in_order = sorted(self._together)

    def use(self, term: str) -> bool:
        """Whether one phrase has every word of the term, in any form and order: `kommt an` in *Wann kommt er an?*.

        Articles and words such as *something* are not looked for. A word that no phrase has as it stands or by its
        lemma may begin like a word of a phrase: simplemma does not know every form.
        """
        words = distinct((term,))
        sought = [_forms(word, self._language.lemmas) for word in words - fillers(self._language.code) or words]
        places = [self._phrases_with(word) for word in sought]
        return not places or bool(set.intersection(*places))

    def _phrases_with(self, word: frozenset[str]) -> set[int]:
        wanted = word & self._together or frozenset(form for each in word for form in self._beginning_like(each))
        return {place for place, forms in enumerate(self._phrases) if not wanted.isdisjoint(forms)} if wanted else set()

    def _beginning_like(self, form: str) -> Iterator[str]:
        stem = form[: max(_SHORTEST_STEM, len(form) - len(form) * 3 // 10)]
        for place in range(bisect_left(self._in_order, stem), len(self._in_order)):
            if not self._in_order[place].startswith(stem):
                return
            yield self._in_order[place]


@cache
def fillers(code: str) -> frozenset[str]:
    """Articles, and what stands for *something* and *somebody* in entries."""
    return frozenset(_FILLERS.get(code, "").split())


@cache
def articles(code: str) -> frozenset[str]:
    """The fillers as parts of words: `l` for the `l'` of *l'eau*."""
    return frozenset(word.rstrip("'") for word in fillers(code))


@lru_cache(maxsize=100_000)
def _forms(word: str, code: str) -> frozenset[str]:
    return frozenset(fold(form) for form in (word, *lemmas_of(word, code)))
