"""The check for words that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from scenario_core.integrity.checks.base import ContentCheck
from scenario_core.integrity.checks.content.wording import short
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.reading import Reading, Text
from scenario_core.language import (
    Language,
    Word,
    distinct,
    known_language,
    reason_for,
    slip,
    usual_words,
    words_of,
    zipf,
)
from scenario_core.language.spelling import SLIP_BELOW
from scenario_core.scenario import DEFAULT_LANGUAGE

_TAUGHT: Final = ("key_vocabulary", "vocabulary_focus")
_PRACTISED: Final = ("essential_phrases",)
_EXPLAINING: Final = (
    "description",
    "setting",
    "prerequisites",
    "learning_outcomes",
    "learning_objectives",
    "success_criteria",
    "cultural_notes",
)
_MOST_UNKNOWN: Final = 0.2
_NOUNS_HAVE_CAPITALS: Final = "de"


class WordsAreKnown(ContentCheck):
    """Every word of phrases and explanations is one that people use.

    ## Why it matters

    A word that no list has is mostly a slip of the keys, and learners copy it.

    ## How to mend it

    Correct the word. If it is right, add it to the key vocabulary, or waive the finding.

    ## Examples

    Found: `resturant`, `reservaton`, `Gracais` at the beginning of a sentence.

    Fine: `Novak` and other names; `Wi-Fi`; German compounds of known words; words of the key vocabulary; the Spanish
    `puedas` in the English explanation of a Spanish scenario.

    ## Limits

    A word is used if wordfreq's long list has it or its lemma: about 300,000 forms, down to one in 100 million words.
    A word of the list that is rarer than one in 3 million (2.5 on the Zipf scale), and that simplemma's dictionary does
    not have, is found too if one that differs by a letter or by two swapped ones is 300 times as frequent. Slips that
    are words themselves, such as *form* for *from*, and slips of short words are missed. Words with capitals are taken
    for names, in German always, elsewhere inside a sentence. What explains may use words of the declared language and
    of English. Where more than a fifth of the words is unknown, the text is in another language, which CQ210 is for.
    Languages without a long word list are not checked.
    """

    code, name = "CQ209", "words known"

    def not_checked(self, reading: Reading) -> str:
        """A short list does not know enough."""
        return reason_for(reading.language, needs_long_list=True)

    def read(self, reading: Reading) -> Iterator[Finding]:
        """One finding for each unknown word, at its first place."""
        language, english = known_language(reading.language), known_language(DEFAULT_LANGUAGE)
        if language is None or english is None:
            return
        told: set[str] = set()
        for fields, languages in ((_PRACTISED, (language,)), (_EXPLAINING, (language, english))):
            texts = reading.named(*fields)
            slips = _slips(texts, languages)
            if slips:
                left_out = _taught(reading) | _names(reading) | told
                slips = {word: meant for word, meant in slips.items() if word not in left_out}
                told |= slips.keys()
                yield from self._at_first_place(reading, texts, slips, languages)

    def _at_first_place(
        self, reading: Reading, texts: Sequence[Text], slips: dict[str, str], languages: Sequence[Language]
    ) -> Iterator[Finding]:
        nouns_have_capitals = languages[0].code == _NOUNS_HAVE_CAPITALS
        for text in texts:
            for word in words_of(text.value):
                if word.folded in slips and not (word.is_capitalised and nouns_have_capitals):
                    yield self._of_word(reading, text, word, slips.pop(word.folded), languages)

    def _of_word(self, reading: Reading, text: Text, word: Word, meant: str, languages: Sequence[Language]) -> Finding:
        code = languages[0].code
        known = max(((zipf(word.folded, each.code), each.code) for each in languages), default=(0.0, code))
        written = short(word.text)
        evidence = (
            f"{written}: {known[0]:.1f} on the Zipf scale of {known[1]}" if known[0] else f"{written}: in no list"
        )
        return self.of(
            reading,
            f"{written!r} may be a slip of {meant!r}" if meant else f"nobody seems to use {written!r}",
            at=text,
            value=word.folded,
            expected=meant or "a word that somebody has used before",
            actual=evidence,
            hint="Correct it; if it is right, add it to the key vocabulary or waive this.",
        )


def _slips(texts: Sequence[Text], languages: Sequence[Language]) -> dict[str, str]:
    """The words that are used in none of the languages, each with what was probably meant, by the first of them.

    None at all where they are so many that the text must be in another language.
    """
    words = distinct(text.value for text in texts)
    found = {}
    for word in words.difference(*(usual_words(language.code, SLIP_BELOW) for language in languages)):
        meant = ""
        for language in languages:
            judged = slip(word, language)
            if judged is None:
                break
            meant = meant or judged
        else:
            found[word] = meant
    return found if len(found) <= _MOST_UNKNOWN * len(words) else {}


def _taught(reading: Reading) -> frozenset[str]:
    return distinct(text.value for text in reading.named(*_TAUGHT))


def _names(reading: Reading) -> set[str]:
    """What stands with a capital inside a sentence, wherever else it stands."""
    return {
        word.folded
        for text in reading.named(*_PRACTISED, *_EXPLAINING)
        for word in words_of(text.value)
        if word.is_capitalised and not word.starts_sentence
    }


CHECKS: Final[tuple[type[ContentCheck], ...]] = (WordsAreKnown,)
