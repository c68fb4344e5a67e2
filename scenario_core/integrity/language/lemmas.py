"""The dictionary form of words, by simplemma."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simplemma import Lemmatizer

_LANGUAGES_AT_ONCE: Final = 64


@lru_cache(maxsize=100_000)
def lemmas_of(word: str, code: str) -> tuple[str, ...]:
    """The forms under which a dictionary has the word, that of a noun with a capital among them.

    Where simplemma does not know the word, it is its own lemma.
    """
    return tuple(dict.fromkeys(_lemmatizer().lemmatize(form, code) for form in (word, word.capitalize()) if form))


@cache
def _lemmatizer() -> Lemmatizer:
    """One that keeps its dictionaries compressed: a sixth of the memory, and a language is read in half the time."""
    import simplemma  # noqa: PLC0415 - takes 0.1 s, which only a check of texts shall pay
    from simplemma.strategies import DefaultStrategy  # noqa: PLC0415 - likewise
    from simplemma.strategies.dictionaries import StreamDictionaryFactory  # noqa: PLC0415 - likewise

    factory = StreamDictionaryFactory(cache_max_size=_LANGUAGES_AT_ONCE)
    return simplemma.Lemmatizer(lemmatization_strategy=DefaultStrategy(dictionary_factory=factory))
