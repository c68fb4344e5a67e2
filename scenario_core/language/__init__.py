"""What the project knows of languages: words, lemmas, frequencies, and which languages it can judge at all."""

from scenario_core.language.frequency import usual_words, zipf
from scenario_core.language.known import Language, known_language, reason_for
from scenario_core.language.lemmas import lemmas_of
from scenario_core.language.shares import Guess, guess, known_share
from scenario_core.language.spelling import slip
from scenario_core.language.terms import Phrases, term_of
from scenario_core.language.words import Word, distinct, words_of

__all__ = [
    "Guess",
    "Language",
    "Phrases",
    "Word",
    "distinct",
    "guess",
    "known_language",
    "known_share",
    "lemmas_of",
    "reason_for",
    "slip",
    "term_of",
    "usual_words",
    "words_of",
    "zipf",
]
