"""The check for words that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from scenario_core.integrity.checks.base import ContentCheck
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.language import (
    Language,
    Word,
    distinct,
    is_known_word,
    known_language,
    reason_for,
    words_of,
)
from scenario_core.integrity.reading import Reading, Text
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
    """Every word of phrases and explanations is one that somebody has used before.

    ## Why it matters

    A word that no list has is mostly a slip of the keys, and learners copy it.

    ## How to mend it

    Correct the word. If it is right, add it to the key vocabulary, or waive the finding.

    ## Examples

    Found: `resturant`, `reservaton`, `Gracais` at the beginning of a sentence.

    Fine: `Novak` and other names; `Wi-Fi`; German compounds of known words; words of the key vocabulary; the Spanish
    `puedas` in the English explanation of a Spanish scenario.

    ## Limits

    A word is known if wordfreq's long list has it or its lemma: about 300,000 forms, down to one in 100 million words.
    Slips that are words themselves, such as *form* for *from*, and slips that are frequent enough to be in the list
    are missed. Words with capitals are taken for names, in German always, elsewhere inside a sentence. What explains
    may use words of the declared language and of English. Where more than a fifth of the words is unknown, the text is
    in another language, which CQ210 is for. Languages without a long word list are not checked.
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
            unknown = _unknown(texts, languages)
            if unknown:
                unknown -= _taught(reading) | _names(reading) | told
                told |= unknown
                yield from self._at_first_place(reading, texts, unknown, languages)

    def _at_first_place(
        self, reading: Reading, texts: Sequence[Text], unknown: set[str], languages: Sequence[Language]
    ) -> Iterator[Finding]:
        left = set(unknown)
        for text in texts:
            for word in words_of(text.value):
                is_name = word.is_capitalised and languages[0].code == _NOUNS_HAVE_CAPITALS
                if word.folded in left and not is_name:
                    left.discard(word.folded)
                    yield self._of_word(reading, text, word, languages)

    def _of_word(self, reading: Reading, text: Text, word: Word, languages: Sequence[Language]) -> Finding:
        lists = " or ".join(dict.fromkeys(each.code for each in languages))
        return self.of(
            reading,
            f"no word list of {lists} has {word.text!r}",
            at=text,
            value=word.folded,
            expected="a word that somebody has used before",
            actual=text.value,
            hint="Correct it; if it is right, add it to the key vocabulary or waive this.",
        )


def _unknown(texts: Sequence[Text], languages: Sequence[Language]) -> set[str]:
    """The words that none of the languages has; none at all where they are so many that it must be another one."""
    words = distinct(text.value for text in texts)
    unknown = {word for word in words if not any(is_known_word(word, language) for language in languages)}
    return unknown if len(unknown) <= _MOST_UNKNOWN * len(words) else set()


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
