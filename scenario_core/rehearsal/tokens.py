"""Turns and entries as words with all the forms by which two of them can be the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from scenario_core.language import Language, known_language, lemmas_of, usual_words, words_of, zipf
from scenario_core.language.function_words import contracted, function_words, without_courtesy
from scenario_core.language.lemmas import has_entry, stem_of
from scenario_core.language.terms import articles
from scenario_core.search_text import fold

_PART: Final = re.compile("[^'\u2019\u2010\u2011-]+")
_COMMON: Final = 3.0
"""From once in a million words on, a word is no slip of another one."""
SHORTEST_SLIP: Final = 4
_SHORTEST_STEM: Final = 3
_LONG: Final = 8
"""From so many letters on two of them may be wrong."""
_ACCENTED_FROM: Final = 2.0
_NOUNS_HAVE_CAPITALS: Final = "de"
_WITHOUT_SPACES: Final = re.compile("[\u0e00-\u0e7f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a part of one such as the two of *l'eau*, with its place in the text.

    `forms` are the word and its dictionary forms, folded; `stems` what is left of it without endings. `is_lemma` says
    whether it is a dictionary form itself; `whole` is the word that it is a part of.
    """

    text: str
    start: int
    forms: frozenset[str] = field(compare=False)
    stems: frozenset[str] = field(compare=False, default=frozenset())
    is_lemma: bool = field(compare=False, default=False)
    is_capital_inside: bool = False
    whole: str = ""

    @property
    def end(self) -> int:
        """Behind its last character."""
        return self.start + len(self.text)

    def is_form_of(self, other: Token) -> bool:
        """Whether the two can be forms of one word; two dictionary forms with one stem are two words: *mesa*, *mes*."""
        if not self.forms.isdisjoint(other.forms):
            return True
        return not (self.stems.isdisjoint(other.stems) or (self.is_lemma and other.is_lemma))

    @property
    def folded(self) -> str:
        """The word as it stands, without capitals and accents."""
        return fold(self.text)


class Tokenizer:
    """Cuts texts in one language into words."""

    def __init__(self, tag: str) -> None:
        known = known_language(tag)
        self._language: Language | None = known if known is not None and known.lemmas else None
        self._tag = tag

    @property
    def note(self) -> str:
        """What can't be done in this language."""
        if self._language is not None:
            return ""
        return f"There are no dictionary forms for {self._tag}: words are found only as they are written."

    @cached_property
    def _function_words(self) -> frozenset[str]:
        return function_words(self._language.code if self._language else "")

    def tokens(self, text: str) -> tuple[Token, ...]:
        """The words of a text."""
        return tuple(self._tokens(text))

    def is_function_word(self, token: Token) -> bool:
        """Whether the word says little by itself."""
        return token.text.lower() in self._function_words

    def is_article(self, token: Token) -> bool:
        """Whether the word is an article, or one that stands for *something* in dictionaries."""
        return self._language is not None and token.text.lower() in articles(self._language.code)

    def without_courtesy(self, text: str) -> str:
        """The text without *please*."""
        return without_courtesy(text, self._language.code) if self._language else text

    def is_name(self, token: Token) -> bool:
        """Whether the word may stand for another name, day or place.

        It then has a capital inside a sentence. In German every noun has one, so that names can't be told.
        """
        language = self._language
        if language is None or language.code == _NOUNS_HAVE_CAPITALS or not token.is_capital_inside:
            return False
        is_acronym = len(token.text) > 1 and token.text.isupper()
        is_compound = token.whole != token.text and zipf(token.whole.lower(), language.code) >= _COMMON
        return not (is_acronym or is_compound or self.is_function_word(token))

    def is_without_spaces(self, text: str) -> bool:
        """Whether the text is in a script that does not put spaces between words."""
        return self._language is None and _WITHOUT_SPACES.search(text) is not None

    def may_be_slip(self, token: Token, wanted: Token, *, more: int = 0) -> bool:
        """Whether a word of a turn is probably the wanted one with a letter or two wrong.

        `more` is how many letters beyond that may be wrong.
        """
        if self._language is None:
            return False
        longest = max(map(len, wanted.forms))
        if longest < SHORTEST_SLIP or not _is_unknown(token.text.lower(), self._language):
            return False
        written = token.folded
        return any(
            OSA.distance(written, form, score_cutoff=(most := allowed_slips(form) + more)) <= most
            for form in wanted.forms
            if len(form) >= SHORTEST_SLIP
        )

    def _tokens(self, text: str) -> Iterator[Token]:
        for word in words_of(text):
            for part in _PART.finditer(word.text):
                written = part[0]
                inside = not word.starts_sentence and written[0].isupper()
                yield Token(written, word.start + part.start(), *self._forms(written.lower()), inside, word.text)

    def _forms(self, word: str) -> tuple[frozenset[str], frozenset[str], bool]:
        language = self._language
        return (frozenset({fold(word)}), frozenset(), True) if language is None else _forms(word, language)


@cache
def tokenizer_for(tag: str) -> Tokenizer:
    """The tokenizer for a BCP 47 tag."""
    return Tokenizer(tag)


@lru_cache(maxsize=100_000)
def _forms(word: str, language: Language) -> tuple[frozenset[str], frozenset[str], bool]:
    """(dictionary forms, stems, whether it is a dictionary form) of a word, and of what it is with accents."""
    spellings = {word, contracted(word, language.code)}
    if not has_entry(word, language.lemmas):
        spellings |= _with_accents(language.code).get(fold(word), frozenset())
    forms = frozenset(fold(form) for each in spellings for form in (each, *lemmas_of(each, language.lemmas)))
    stems = frozenset(fold(stem_of(each, language.code)) for each in spellings)
    is_lemma = any(each in lemmas_of(each, language.lemmas) for each in spellings)
    return forms, frozenset(stem for stem in stems if len(stem) >= _SHORTEST_STEM), is_lemma


@cache
def _with_accents(code: str) -> dict[str, frozenset[str]]:
    """The words that have accents by what is left without them: what a learner types on another keyboard."""
    found: dict[str, set[str]] = {}
    for word in usual_words(code, _ACCENTED_FROM):
        if not word.isascii():
            found.setdefault(fold(word), set()).add(word)
    return {plain: frozenset(words) for plain, words in found.items()}


@lru_cache(maxsize=100_000)
def _is_unknown(word: str, language: Language) -> bool:
    spellings = {word} | _with_accents(language.code).get(fold(word), frozenset())
    return all(zipf(each, language.code) < _COMMON and not has_entry(each, language.lemmas) for each in spellings)


def allowed_slips(form: str) -> int:
    """How many letters of a word may be wrong."""
    return 2 if len(form) >= _LONG else 1
