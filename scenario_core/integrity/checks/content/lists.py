"""Checks of lists: entries that are empty, that repeat, and phrases that are practised twice."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from scenario_core.integrity.checks.base import ContentCheck
from scenario_core.integrity.checks.content.wording import short
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.reading import PHASE_LISTS, SCENARIO_LISTS, Reading, Text

_SHORTEST_PHRASE: Final = 3
_SHORTEST_WITHOUT_SPACES: Final = 6
_WITHOUT_SPACES: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_PUNCTUATION: Final = re.compile(
    "[!-/:-@\\[-`{-~¡§«¶·»¿\u2010-\u2027\u2030-\u205e\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff20]+"
)


def alike(text: str) -> str:
    """A form that two entries share if they differ by case, white space or punctuation alone; accents tell apart.

    What is nothing but punctuation keeps it.
    """
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_PUNCTUATION.sub(" ", plain).split()) or plain.strip()


class EntriesSayNewThings(ContentCheck):
    """Every entry of a list says something, and nothing is said twice: outcomes, objectives, criteria, words, notes.

    ## Why it matters

    Learners see an empty bullet, or the same one twice; a repeated criterion counts twice when a run is judged. A
    scenario without outcomes doesn't say what it is good for, and no prerequisite can be met by it.

    ## How to mend it

    Take the entry out, or write what it should have said. Write at least one outcome.

    ## Examples

    Found: an empty success criterion; `Order a meal` and `order a meal.` in one list; the same cultural note in two
    phases; no learning outcomes at all; a note of spaces.

    Fine: no prerequisites; `papa` and `papá`; the same objective in two phases, since it may be practised again.

    ## Limits

    Entries that say the same in other words are not seen. Phrases that come again in another phase are CQ207.
    """

    code, name = "CQ206", "entries not empty or repeated"

    def read(self, reading: Reading) -> Iterator[Finding]:
        """One finding for each entry, and one for a scenario without outcomes."""
        lists: dict[str, list[Text]] = defaultdict(list)
        for text in reading.named(*SCENARIO_LISTS, *PHASE_LISTS):
            lists[text.field].append(text)
        for entries in lists.values():
            yield from self._among(reading, entries)
        notes = [text for text in reading.named("cultural_notes") if text.value]
        yield from self._among(reading, notes)
        if not reading.scenario.learning_outcomes:
            yield self.of(
                reading,
                "no learning outcomes",
                value=[],
                pointer="/learning_outcomes",
                field="learning_outcomes",
                expected="at least 1 learning outcome",
                actual="0",
                hint="Say what learners can do afterwards.",
            )

    def _among(self, reading: Reading, entries: Iterable[Text]) -> Iterator[Finding]:
        seen: dict[str, Text] = {}
        counts: Counter[str] = Counter()
        for text in entries:
            counts[text.value] += 1
            if not text.value.strip():
                yield self.of(
                    reading,
                    "an empty entry",
                    at=text,
                    value=[text.value, counts[text.value]],
                    expected="a text",
                    actual=repr(short(text.value)),
                    hint="Take it out.",
                )
                continue
            first = seen.setdefault(alike(text.value), text)
            if first is not text:
                yield self.of(
                    reading,
                    f"says the same as {first.pointer}",
                    at=text,
                    value=[text.value, counts[text.value]],
                    expected="an entry that is not there yet",
                    actual=short(text.value),
                    hint="Take one of both out.",
                )


class PhrasesPractisedOnce(ContentCheck):
    """No phrase of a phase comes again in another phase of the scenario.

    ## Why it matters

    A learner has practised it already; the place is free for a phrase that moves the conversation on. It is often
    left over from a phase that was copied.

    ## How to mend it

    Replace the later one, or take it out.

    ## Examples

    Found: `The bill, please.` in the first phase and `the bill please` in the third.

    Fine: `Thank you!` in each phase: phrases of one or two words are courtesies that come again.

    ## Limits

    Only the same words count. In languages without spaces phrases of fewer than 6 characters are not compared.
    """

    code, name = "CQ207", "phrases in one phase only"

    def read(self, reading: Reading) -> Iterator[Finding]:
        """One finding for each phrase that a former phase has."""
        seen: dict[str, Text] = {}
        told: set[tuple[str, str]] = set()
        for text in reading.named("essential_phrases"):
            phrase = alike(text.value)
            first = seen.setdefault(phrase, text)
            if first.field == text.field or (phrase, text.field) in told or not _is_long_enough(phrase):
                continue
            told.add((phrase, text.field))
            yield self.of(
                reading,
                f"the phrase is practised in {first.field.partition('.')[0]} already",
                at=text,
                expected="a phrase that no former phase has",
                actual=short(text.value),
                hint="Replace it, or take it out of one of both phases.",
            )


def _is_long_enough(phrase: str) -> bool:
    if _WITHOUT_SPACES.search(phrase):
        return len(phrase) >= _SHORTEST_WITHOUT_SPACES
    return len(phrase.split()) >= _SHORTEST_PHRASE


CHECKS: Final[tuple[type[ContentCheck], ...]] = (EntriesSayNewThings, PhrasesPractisedOnce)
