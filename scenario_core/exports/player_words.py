"""The words of a phase with everything by which a page without a dictionary can tell them in what a learner types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from scenario_core.language import known_language, lemmas_of, usual_words
from scenario_core.language.function_words import contractions
from scenario_core.language.lemmas import words_of_lemmas
from scenario_core.rehearsal import Matcher, Wanted
from scenario_core.rehearsal.tokens import SHORTEST_SLIP, Token, allowed_slips, tokenizer_for
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario
from scenario_core.search_text import fold

_SHARED_LETTERS: Final = 4
_COMMON: Final = 2.5
"""Words that are used so often, as a power of ten per billion words, are no slips. The matcher itself knows more."""


def player_phases(scenario: ConversationScenario) -> list[list[dict[str, Any]]]:
    """What to look for in each phase, as JSON values.

    Of each word `base` has the forms that slips are compared with, `forms` all forms that are the word, and `near` the
    other words that look like it.
    """
    tag = scenario.language or DEFAULT_LANGUAGE
    matcher = Matcher(tag)
    wanted = [matcher.wanted(phase) for phase in scenario.phases]
    words = {word.text: word for phase in wanted for each in phase for word in each.words}
    spoken = _spoken(tag, words.values())
    return [[_entry(each, spoken) for each in phase] for phase in wanted]


def _entry(wanted: Wanted, spoken: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "kind": wanted.kind.value,
        "entry": wanted.entry,
        "whole": wanted.whole,
        "words": [spoken[word.text] for word in wanted.words],
        "indispensable": list(wanted.indispensable),
    }


def _spoken(tag: str, words: Iterable[Token]) -> dict[str, dict[str, Any]]:
    language = known_language(tag)
    code, lemmas = (language.code, language.lemmas) if language is not None and language.lemmas else ("", "")
    listed = list(words)
    by_lemma = words_of_lemmas(lemmas, {lemma for word in listed for lemma in _lemmas(word, lemmas)}) if lemmas else {}
    found: dict[str, dict[str, Any]] = {}
    for word in listed:
        forms = set(word.forms)
        if code:
            inflected = (form for lemma in _lemmas(word, lemmas) for form in by_lemma.get(lemma, ()))
            forms |= {fold(form) for form in (*inflected, *_stemmed(word, tag, code))}
            forms |= {part for part, meant in contractions(code).items() if fold(meant) in word.forms}
        base = sorted(word.forms)
        near = sorted(_near(base, code) - forms) if code else []
        found[word.text] = {"text": word.text, "base": base, "forms": sorted(filter(None, forms)), "near": near}
    return found


def _lemmas(word: Token, lemmas: str) -> tuple[str, ...]:
    return (word.text.lower(), *lemmas_of(word.text.lower(), lemmas))


def _stemmed(word: Token, tag: str, code: str) -> Iterator[str]:
    """Usual words that begin alike and have the same stem."""
    tokenizer = tokenizer_for(tag)
    beginning = word.folded[:_SHARED_LETTERS]
    for other in _by_beginning(code).get(beginning, ()):
        if any(token.is_form_of(word) for token in tokenizer.tokens(other)):
            yield other


@cache
def _by_beginning(code: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in usual_words(code, _COMMON):
        found.setdefault(fold(word)[:_SHARED_LETTERS], []).append(word)
    return found


@cache
def _common(code: str) -> list[str]:
    return sorted({fold(word) for word in usual_words(code, _COMMON)})


def _near(base: Iterable[str], code: str) -> set[str]:
    """The words of the language that are so like one of these that they would pass for slips of it."""
    return {
        match[0]
        for form in base
        if len(form) >= SHORTEST_SLIP
        for match in process.extract(
            form, _common(code), scorer=OSA.distance, score_cutoff=allowed_slips(form) + 1, limit=None
        )
    }
