"""Checks of the words that a scenario teaches: whether its phrases use them, and whether they fit its level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from scenario_core.integrity.checks.base import ContentCheck
from scenario_core.integrity.checks.content.wording import some
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.reading import Reading
from scenario_core.language import (
    Language,
    Phrases,
    distinct,
    known_language,
    lemmas_of,
    reason_for,
    term_of,
    usual_words,
    words_of,
    zipf,
)

_LEAST_USED: Final = 0.8
_RARE_BELOW: Final = {"beginner": 3.5, "intermediate": 2.5}
_FEWEST_RARE: Final = 3
_LEAST_RARE: Final = 0.02
_NOUNS_HAVE_CAPITALS: Final = "de"


class VocabularyIsUsed(ContentCheck):
    """At least 80% of a phase's key vocabulary is used by a phrase of the scenario.

    ## Why it matters

    Words are remembered from sentences. A word that no phrase uses is only met in a list.

    ## How to mend it

    Write a phrase with the word, or take it out of the phase.

    ## Examples

    Found: the entries `fork`, `spoon`, `menu`, `bill` beside phrases that use `menu` and `bill` alone (50%).

    Fine: `to look for` with *I am looking for a jacket*; `die Rechnung (bill)` with *Rechnungen, bitte*; `kommt an`
    with *Wann kommt der Zug an?*; one entry of five that is not used.

    ## Limits

    Words are compared as they stand and by their lemma, and count as used too if a form in the phrase begins alike;
    of an entry with several words all must be in one phrase, in any order. Glosses in brackets, after a colon or after
    a dash are left out, and so are articles in eight languages. Irregular forms that simplemma does not know are
    missed. Languages without lemmas, such as Japanese, Chinese, Korean and Vietnamese, are not checked.
    """

    code, name = "CQ208", "vocabulary used by phrases"

    def not_checked(self, reading: Reading) -> str:
        """Without lemmas a word and its forms are strangers."""
        return reason_for(reading.language, needs_lemmas=True)

    def read(self, reading: Reading) -> Iterator[Finding]:
        """One finding for each phase with too small a share."""
        language = known_language(reading.language)
        if language is None:
            return
        phrases = Phrases((text.value for text in reading.named("essential_phrases")), language)
        for pointer, field, phase in reading.phases:
            entries = tuple(dict.fromkeys(entry for entry in phase.key_vocabulary if entry.strip()))
            unused = [entry for entry in entries if not phrases.use(term_of(entry))]
            used = len(entries) - len(unused)
            if unused and used < _LEAST_USED * len(entries):
                yield self.of(
                    reading,
                    f"{len(unused)} of {len(entries)} entries are in no phrase: {some(unused)}",
                    value=sorted(unused),
                    pointer=f"{pointer}/key_vocabulary",
                    field=f"{field}.key_vocabulary",
                    expected=f"at least {_LEAST_USED:.0%} used by a phrase",
                    actual=f"{used / len(entries):.0%}: {used} of {len(entries)}",
                    hint="Write a phrase with each, or take it out.",
                )


class WordsFitTheLevel(ContentCheck):
    """The words of vocabulary and phrases are not unusually rare for the level that the scenario declares.

    ## Why it matters

    A beginner who meets many words that even native speakers seldom use gives up, or learns what is of little use.

    ## How to mend it

    Look at the words that are named. Replace some, or raise the level, or leave it: a topic may need them.

    ## Examples

    Found: a beginner's scenario with `discreetly`, `waive` and `discrepancy`.

    Fine: `croissant` and one more rare word in a beginner's scenario; anything at the levels advanced and native.

    ## Limits

    Advice only: rare is not difficult. `Croissant` is rare and easy, `get over it` is frequent and hard. Found are
    scenarios in which at least 3 words, and 2% of all, are used less often than 3 times in a million words (beginner,
    below 3.5 on wordfreq's Zipf scale) or once in 3 million (intermediate, below 2.5); of a word and its lemma the
    more frequent counts. Frequencies are those of written text up to 2021. Names are left out, but in German, where
    nouns have capitals too. Languages without a long word list are not checked. The level is never changed.
    """

    code, name = "CQ211", "words fit the level"

    def not_checked(self, reading: Reading) -> str:
        """Short lists end where rare words begin."""
        return reason_for(reading.language, needs_long_list=True)

    def read(self, reading: Reading) -> Iterator[Finding]:
        """At most one finding, at the level."""
        language = known_language(reading.language)
        threshold = _RARE_BELOW.get(reading.scenario.difficulty)
        if language is None or threshold is None:
            return
        texts = [text.value for text in reading.named("essential_phrases")]
        texts += [term_of(text.value) for text in reading.named("key_vocabulary")]
        words = distinct(texts)
        seldom = words - usual_words(language.code, threshold)
        rare = sorted((usual, word) for word in seldom if 0 < (usual := _usual(word, language)) < threshold)
        if len(rare) < _FEWEST_RARE:
            return
        names = _names(texts, language)
        rare = [(usual, word) for usual, word in rare if word not in names]
        if len(rare) < _FEWEST_RARE or len(rare) < _LEAST_RARE * len(words):
            return
        yield self.of(
            reading,
            f"{len(rare)} of {len(words)} words are rare for {reading.scenario.difficulty}",
            value=[reading.scenario.difficulty, sorted(word for _, word in rare)],
            pointer="/difficulty",
            field="difficulty",
            expected=f"fewer than {_FEWEST_RARE} words below {threshold} on the Zipf scale",
            actual=some([f"{word} {usual:.1f}" for usual, word in rare]),
            hint="Replace some of them, or leave it as it is: the level is yours to judge.",
        )


def _names(texts: Iterable[str], language: Language) -> set[str]:
    """What stands with a capital inside a sentence."""
    if language.code == _NOUNS_HAVE_CAPITALS:
        return set()
    words = (word for text in texts for word in words_of(text))
    return {word.folded for word in words if word.is_capitalised and not word.starts_sentence}


@lru_cache(maxsize=100_000)
def _usual(word: str, language: Language) -> float:
    """The frequency of the word or of a lemma of it, whichever is most frequent."""
    forms = (word, *(lemmas_of(word, language.lemmas) if language.lemmas else ()))
    return max(zipf(form, language.code) for form in forms)


CHECKS: Final[tuple[type[ContentCheck], ...]] = (VocabularyIsUsed, WordsFitTheLevel)
