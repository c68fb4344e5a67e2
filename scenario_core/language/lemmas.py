"""The dictionary form of words, by simplemma, and their stems, by Snowball."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import langcodes

if TYPE_CHECKING:
    from simplemma import Lemmatizer
    from simplemma.strategies.dictionaries import DictionaryFactory

LONGEST_WORD: Final = 40
"""What is longer is no word of a language that is written with spaces, and takes long to take apart."""
_LANGUAGES_AT_ONCE: Final = 64


@lru_cache(maxsize=100_000)
def lemmas_of(word: str, code: str) -> tuple[str, ...]:
    """The forms under which a dictionary has the word, that of a noun with a capital among them.

    Where simplemma does not know the word, it is its own lemma.
    """
    if len(word) > LONGEST_WORD:
        return (word,)
    return tuple(dict.fromkeys(_lemmatizer().lemmatize(form, code) for form in (word, word.capitalize()) if form))


@lru_cache(maxsize=100_000)
def has_entry(word: str, code: str) -> bool:
    """Whether simplemma's dictionary has this form of a word, as it stands or with a capital."""
    dictionary = _dictionaries().get_dictionary(code)
    return any(dictionary.get(form) is not None for form in (word, word.capitalize()))


def words_of_lemmas(code: str, lemmas: Collection[str]) -> dict[str, list[str]]:
    """The words that simplemma's dictionary has under each lemma.

    It reads all of them, which takes up to two seconds and, for that time, 200 MB.
    """
    from simplemma.strategies.dictionaries import DefaultDictionaryFactory  # noqa: PLC0415 - likewise

    found: dict[str, list[str]] = {}
    for word, lemma in DefaultDictionaryFactory().get_dictionary(code).items():
        if lemma in lemmas:
            found.setdefault(lemma, []).append(word)
    return found


@lru_cache(maxsize=100_000)
def stem_of(word: str, code: str) -> str:
    """What is left of a word without its endings; empty where Snowball does not know the language.

    Two forms of one word may have two lemmas, since a form can belong to several words: *maduras* to *madurar*.
    """
    stem_words = _stemmer(code)
    return stem_words([word])[0] if stem_words and len(word) <= LONGEST_WORD else ""


@cache
def _stemmer(code: str) -> Callable[[list[str]], list[str]] | None:
    import snowballstemmer  # noqa: PLC0415 - likewise

    name = langcodes.Language.get(code).language_name().casefold()
    return snowballstemmer.stemmer(name).stemWords if name in snowballstemmer.algorithms() else None


@cache
def _lemmatizer() -> Lemmatizer:
    import simplemma  # noqa: PLC0415 - takes 0.1 s, which only a check of texts shall pay
    from simplemma.strategies import DefaultStrategy  # noqa: PLC0415 - likewise

    return simplemma.Lemmatizer(lemmatization_strategy=DefaultStrategy(dictionary_factory=_dictionaries()))


@cache
def _dictionaries() -> DictionaryFactory:
    """Dictionaries that stay compressed: an eighth of the memory, and a language is read in less time."""
    from simplemma.strategies.dictionaries import StreamDictionaryFactory  # noqa: PLC0415 - likewise

    return StreamDictionaryFactory(cache_max_size=_LANGUAGES_AT_ONCE)
