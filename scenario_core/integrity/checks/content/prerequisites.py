"""The check for prerequisites that nothing teaches."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rapidfuzz import fuzz, process

from scenario_core.integrity.checks.base import ContentCheck, Gathered
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.reading import Reading
from scenario_core.search_text import fold

_ALIKE: Final = 80
_SHORTEST_WORD: Final = 4
_RAREST: Final = 3
_MOST_PER_WORD: Final = 200
_TRIED: Final = 20
_LEVEL: Final = re.compile(
    r"\b(?:a1|a2|b1|b2|c1|c2|cefr|beginners?|elementary|intermediate|advanced|native|levels?|nivel|niveau|livello"
    r"|principiante|debutant|anfanger|iniciante)\b"
    r"|\bbasic (?:\w+ )?(?:knowledge|vocabulary|grammar|language|conversation|communication|skills)\b"
    r"|^basic (?:english|spanish|french|german|italian|portuguese|japanese|chinese|korean|russian|arabic)$"
    r"|^(?:none|no|nothing|no prerequisites|n a|keine|ninguno|ninguna|aucun|aucune|nessuno|nenhum|nenhuma)$"
)
_Taught = dict[str, frozenset[str]]


class PrerequisitesAreTaught(ContentCheck):
    """Whatever a scenario presupposes is taught by another one.

    ## Why it matters

    A learner who lacks a prerequisite looks for the scenario that teaches it. If there is none, the path ends there.

    ## How to mend it

    Write the prerequisite as the other scenario's outcome says it, write the scenario that is missing, or take the
    prerequisite out.

    ## Examples

    Found: `Read a contract` where no other scenario has it as its outcome, its vocabulary, its name or its id.

    Fine: `Order a meal` where another scenario's outcome is `Ordering a meal politely`; `A2` and `basic vocabulary`,
    which are levels and not taught by any one scenario; `none`.

    ## Limits

    Words of four letters and more are compared, in any order, by rapidfuzz's token set ratio; 80 of 100 counts as
    taught. What is said in other words is not recognised, nor is another language. What the scenario teaches itself
    does not count.
    """

    code, name = "CQ213", "prerequisites taught"

    def gather(self, reading: Reading) -> Any:
        """[prerequisites as they are written, what it teaches as it is compared]."""
        scenario = reading.scenario
        taught = [scenario.name, scenario.scenario_id, *scenario.learning_outcomes, *scenario.vocabulary_focus]
        folded = dict.fromkeys(text for each in taught if (text := fold(each)))
        return [[each for each in scenario.prerequisites if each.strip()], list(folded)]

    def conclude(self, gathered: Mapping[str, Gathered]) -> Iterator[Finding]:
        """One finding for each prerequisite of each scenario."""
        asked = {each: fold(each) for known in gathered.values() for each in known.value[0]}
        asked = {each: text for each, text in asked.items() if text and not _LEVEL.search(text)}
        if not asked:
            return
        index = _Index(gathered, {word for text in asked.values() for word in _words(text)})
        for scenario_id, known in gathered.items():
            for place, prerequisite in enumerate(known.value[0]):
                text = asked.get(prerequisite)
                if text is None or known.value[0].index(prerequisite) != place:
                    continue
                nearest, score = index.nearest(text, scenario_id)
                if score < _ALIKE:
                    yield self.finding(
                        f"no other scenario teaches {prerequisite!r}",
                        value=prerequisite,
                        scenario_id=scenario_id,
                        store=known.store,
                        pointer="/prerequisites",
                        field="prerequisites",
                        expected=f"an outcome, vocabulary or name that is at least {_ALIKE}% alike",
                        actual=f"the nearest is {nearest!r}: {score:.0f}%" if nearest else "nothing like it",
                        hint="Word it as the other scenario does, or take it out.",
                    )


class _Index:
    """What is taught, found by the words that somebody asks for."""

    def __init__(self, gathered: Mapping[str, Gathered], words: set[str]) -> None:
        self._teachers: dict[str, list[str]] = defaultdict(list)
        for scenario_id, known in gathered.items():
            for text in known.value[1]:
                teachers = self._teachers[text]
                if len(teachers) <= 1:  # the second one is enough to know that another scenario teaches it
                    teachers.append(scenario_id)
        self._by_word: dict[str, list[str]] = defaultdict(list)
        for text in self._teachers:
            for word in words.intersection(text.split()):
                self._by_word[word].append(text)

    def nearest(self, text: str, scenario_id: str) -> tuple[str, float]:
        """(the most alike of what other scenarios teach, how much alike it is of 100)."""
        if self._by_another(text, scenario_id):
            return text, 100.0
        wanted = _words(text)
        rarest = sorted(wanted, key=lambda word: (len(self._by_word.get(word, ())), word))[:_RAREST]
        counts = Counter(each for word in rarest for each in self._by_word.get(word, ())[:_MOST_PER_WORD])
        tried = [each for each, _ in counts.most_common(_TRIED) if self._by_another(each, scenario_id)]
        if not tried:
            return "", 0.0
        choices = [" ".join(_words(each)) for each in tried]
        _, score, place = process.extractOne(" ".join(wanted), choices, scorer=fuzz.token_set_ratio)
        return tried[place], score

    def _by_another(self, text: str, scenario_id: str) -> bool:
        return any(teacher != scenario_id for teacher in self._teachers.get(text, ()))


def _words(folded: str) -> list[str]:
    """The words that carry meaning, or all if none is long enough."""
    words = folded.split()
    return [word for word in words if len(word) >= _SHORTEST_WORD or not word.isascii()] or words


CHECKS: Final[tuple[type[ContentCheck], ...]] = (PrerequisitesAreTaught,)
