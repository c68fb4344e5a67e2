"""Which vocabulary and phrases a learner's turn uses: it says that the words are there, never that they are right.

Both sides are cut into words and reduced to dictionary forms and stems without accents. A vocabulary entry is used when
all of its content words are in the turn, a phrase when two thirds of them are, in any order. Names in a phrase are not
looked for: a learner has another. A word that nobody uses may be a slip of the keys for one that is sought; a common
word never is: *house* is no *mouse*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from scenario_core.language import term_of
from scenario_core.rehearsal.tokens import Token, Tokenizer, tokenizer_for
from scenario_core.scenario import ScenarioPhase
from scenario_core.search_text import fold

_NEARLY: Final = 0.5
_FEWEST_CONTENT_WORDS: Final = 2
"""With fewer content words an entry is recognised by its other words too: *check-in* by more than *check*, and of a
phrase by three quarters of them: *My name is Alex.* by more than *name*."""


class Kind(StrEnum):
    """What a phase gives the learner to use."""

    VOCABULARY = "vocabulary"
    PHRASE = "phrase"


class Use(StrEnum):
    """How far an entry has been used."""

    NOT_YET = "not yet"
    NEARLY = "nearly"
    USED = "used"

    @property
    def rank(self) -> int:
        """0, 1 or 2."""
        return list(Use).index(self)


@dataclass(frozen=True, slots=True)
class Match:
    """A word of the turn that stands for one of the entry: its place in the turn, and the word of the entry."""

    start: int
    end: int
    wanted: str


@dataclass(frozen=True, slots=True)
class Detection:
    """What a turn has of one entry; `missing` are the content words that are not there."""

    kind: Kind
    entry: str
    use: Use
    matches: tuple[Match, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry as it is looked for.

    Attributes:
        kind: What it is.
        entry: As it stands in the phase.
        words: The words to look for.
        indispensable: Those without which it is not used, however many of the others there are.
        whole: In place of words, the whole text, where there are no spaces between words.
    """

    kind: Kind
    entry: str
    words: tuple[Token, ...]
    indispensable: tuple[str, ...] = ()
    whole: str = ""


class Matcher:
    """Looks for the entries of phases in turns in one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._tokenizer = tokenizer_for(language)

    @property
    def note(self) -> str:
        """What the matcher can't do in this language; empty where it can do everything."""
        return self._tokenizer.note

    def phase(self, phase: ScenarioPhase, text: str) -> tuple[Detection, ...]:
        """What the turn has of each vocabulary entry and each phrase, in the order of the phase."""
        return self.find(self.wanted(phase), text)

    def wanted(self, phase: ScenarioPhase) -> tuple[Wanted, ...]:
        """What to look for in a phase: its vocabulary, then its phrases."""
        return _wanted_of(phase.key_vocabulary, phase.essential_phrases, self._language)

    def find(self, wanted: Sequence[Wanted], text: str, *, forgives: bool = True) -> tuple[Detection, ...]:
        """What the turn has of each entry; `forgives` slips of the keys, which a careful writer does not make."""
        turn = self._tokenizer.tokens(text)
        folded = fold(text) if any(each.whole for each in wanted) else ""
        return tuple(
            _in_whole(each, folded) if each.whole else self._in_words(each, turn, forgives=forgives) for each in wanted
        )

    def _in_words(self, wanted: Wanted, turn: Sequence[Token], *, forgives: bool) -> Detection:
        matches, missing = [], []
        for word in wanted.words:
            found = next((token for token in turn if token.is_form_of(word)), None)
            if found is None and forgives:
                found = next((token for token in turn if self._tokenizer.may_be_slip(token, word)), None)
            if found is None:
                missing.append(word.text)
            else:
                matches.append(Match(found.start, found.end, word.text))
        use = _use(wanted, len(matches), missing)
        if use is Use.NOT_YET and wanted.kind is Kind.VOCABULARY and forgives and self._is_near(wanted, turn):
            use = Use.NEARLY
        matches.sort(key=lambda match: match.start)
        return Detection(wanted.kind, wanted.entry, use, tuple(matches), tuple(missing))

    def _is_near(self, wanted: Wanted, turn: Iterable[Token]) -> bool:
        return len(wanted.words) == 1 and any(
            self._tokenizer.may_be_slip(token, wanted.words[0], more=1) for token in turn
        )


@lru_cache(maxsize=4096)
def _wanted(kind: Kind, entry: str, language: str) -> Wanted:
    tokenizer = tokenizer_for(language)
    text = term_of(entry) if kind is Kind.VOCABULARY else tokenizer.without_courtesy(entry)
    if tokenizer.is_without_spaces(text):
        return Wanted(kind, entry, (), whole=fold(text))
    everything = _distinct(tokenizer.tokens(text))
    words = [word for word in everything if not _is_left_open(word, kind, tokenizer)] or everything
    content = [word for word in words if not tokenizer.is_function_word(word)]
    if len(content) >= _FEWEST_CONTENT_WORDS:
        return Wanted(kind, entry, tuple(content))
    return Wanted(kind, entry, tuple(words), tuple(word.text for word in content or words))


@lru_cache(maxsize=512)
def _wanted_of(vocabulary: tuple[str, ...], phrases: tuple[str, ...], language: str) -> tuple[Wanted, ...]:
    entries = [(Kind.VOCABULARY, entry) for entry in vocabulary] + [(Kind.PHRASE, entry) for entry in phrases]
    return tuple(_wanted(kind, entry, language) for kind, entry in dict.fromkeys(entries))


def _is_left_open(word: Token, kind: Kind, tokenizer: Tokenizer) -> bool:
    """Whether a learner may say something else in its place, or nothing."""
    return tokenizer.is_article(word) or (kind is Kind.PHRASE and tokenizer.is_name(word))


def _distinct(tokens: Iterable[Token]) -> list[Token]:
    """Without words that stand twice: *half past six, not half past seven* asks for *half* once."""
    kept: list[Token] = []
    for token in tokens:
        if not any(token.is_form_of(other) for other in kept):
            kept.append(token)
    return kept


def _use(wanted: Wanted, matched: int, missing: Sequence[str]) -> Use:
    total = len(wanted.words)
    if wanted.kind is Kind.VOCABULARY:
        enough = matched == total
    elif wanted.indispensable:
        enough = 4 * matched >= 3 * total and not set(missing).intersection(wanted.indispensable)
    else:
        enough = 3 * matched >= 2 * total
    if total and enough:
        return Use.USED
    says_nothing = bool(wanted.indispensable) and set(wanted.indispensable) <= set(missing)
    return Use.NEARLY if matched and matched >= _NEARLY * total and not says_nothing else Use.NOT_YET


def _in_whole(wanted: Wanted, folded: str) -> Detection:
    """Without spaces nothing tells where a word ends: the entry has to stand in the turn as it is."""
    is_used = bool(wanted.whole) and wanted.whole in folded
    missing = () if is_used else (wanted.entry,)
    return Detection(wanted.kind, wanted.entry, Use.USED if is_used else Use.NOT_YET, (), missing)
