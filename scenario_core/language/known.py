"""Which languages can be judged: a BCP 47 tag, reduced to the code under which the word lists know the language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import langcodes

_FARTHEST: Final = 5
"""The distance of langcodes up to which two tags are one language for a word list: `en-GB` and `en` are 5 apart."""
_WITHOUT_SPACES: Final = frozenset({"ja", "ko", "zh"})
"""wordfreq cuts these into words by dictionaries of their own, which are not among this project's dependencies."""
_ENDLESS_FORMS: Final = frozenset({"fi"})
"""A word of Finnish has so many forms that no list is long enough."""
_SHOWN: Final = 20
_SAME_LISTS: Final = {"bs": "sh", "hr": "sh", "sr": "sh"}
_LEMMAS: Final = {"fil": "tl", "sh": "hbs"}
"""simplemma's codes where they differ from those of wordfreq."""
_SCRIPTS: Final = {"sh": frozenset({"Latn", "Cyrl"})}


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language that has a word list; there is one object for each.

    `lemmas` is the code of its lemmas, empty where there are none; `scripts` what it is written in, such as `Latn`.
    """

    code: str
    lemmas: str
    scripts: frozenset[str]


@lru_cache(maxsize=1024)
def known_language(tag: str) -> Language | None:
    """The language of a tag, None where there is no word list for it."""
    if not langcodes.tag_is_valid(tag):
        return None
    code, distance = langcodes.closest_match(tag, sorted(frequency_codes()), max_distance=_FARTHEST)
    if distance > _FARTHEST:
        code = _SAME_LISTS.get(str(langcodes.Language.get(tag).language), "")
    return _language(code) if code else None


def reason_for(tag: str, *, needs_lemmas: bool = False, needs_long_list: bool = False) -> str:
    """Why a text in the language of a tag can't be judged; empty where it can."""
    language = known_language(tag)
    if language is None:
        return f"{tag}: no word list" if langcodes.tag_is_valid(tag) else f"{tag[:_SHOWN]!r}: not a language tag"
    if needs_long_list and language.code not in _long_lists():
        return f"{tag}: no long word list"
    return f"{tag}: no lemmas" if needs_lemmas and not language.lemmas else ""


def languages_in(script: str) -> tuple[Language, ...]:
    """Every language with a word list that is written in the script."""
    return tuple(language for code in sorted(frequency_codes()) if script in (language := _language(code)).scripts)


@cache
def frequency_codes() -> frozenset[str]:
    """The codes of the word lists that need no other program."""
    from wordfreq import available_languages  # noqa: PLC0415 - takes 0.1 s, which only a check of texts shall pay

    return frozenset(available_languages("best")) - _WITHOUT_SPACES


@cache
def _long_lists() -> frozenset[str]:
    from wordfreq import available_languages  # noqa: PLC0415 - as above

    return frozenset(available_languages("large")) - _ENDLESS_FORMS


@cache
def _language(code: str) -> Language:
    lemmas = _LEMMAS.get(code, code)
    scripts = _SCRIPTS.get(code) or frozenset({str(langcodes.Language.get(code).maximize().script)})
    return Language(code, lemmas if lemmas in _lemma_codes() else "", scripts)


@cache
def _lemma_codes() -> frozenset[str]:
    from simplemma.strategies.dictionaries.dictionary_factory import (  # noqa: PLC0415 - as above
        SUPPORTED_LANGUAGES,
    )

    return frozenset(SUPPORTED_LANGUAGES)
