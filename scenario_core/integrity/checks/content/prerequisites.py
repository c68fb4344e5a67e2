"""The check for prerequisites that nothing teaches."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final

from rapidfuzz import fuzz, process

from scenario_core.integrity.checks.base import ContentCheck, Gathered
from scenario_core.integrity.checks.content.wording import short
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.reading import Reading
from scenario_core.search_text import fold

_ALIKE: Final = 80
_SHORTEST_WORD: Final = 4
_STEM: Final = 5
_RAREST: Final = 3
_MOST_PER_WORD: Final = 50
_MOST_TOGETHER: Final = 500
_TRIED: Final = 12
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

    The first five letters of words of four letters and more are compared, in any order, by rapidfuzz's token set
    ratio; 80 of 100 counts as taught. What is said in other words is not recognised, nor is another language. What the
    scenario teaches itself does not count.
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
        index = _Index(gathered, {word for text in asked.values() for word in _stems(text)})
        for scenario_id, known in gathered.items():
            for place, prerequisite in enumerate(known.value[0]):
                text = asked.get(prerequisite)
                if text is None or known.value[0].index(prerequisite) != place:
                    continue
                nearest, score = index.nearest(text, scenario_id)
                if score < _ALIKE:
                    yield self.finding(
                        f"no other scenario teaches {short(prerequisite)!r}",
                        value=prerequisite,
                        scenario_id=scenario_id,
                        store=known.store,
                        pointer="/prerequisites",
                        field="prerequisites",
                        expected=f"an outcome, vocabulary or name that is at least {_ALIKE}% alike",
                        actual=f"the nearest is {short(nearest)!r}: {score:.0f}%" if nearest else "nothing like it",
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
        self._texts = list(self._teachers)
        self._compared: dict[int, str] = {}
        self._places: dict[str, dict[int, None]] = defaultdict(dict)
        for place, text in enumerate(self._texts):
            stems = _stems(text)
            for word in words.intersection(stems):
                self._places[word][place] = None
                self._compared[place] = " ".join(stems)

    def nearest(self, text: str, scenario_id: str) -> tuple[str, float]:
        """(the most alike of what other scenarios teach, how much alike it is of 100)."""
        if self._by_another(text, scenario_id):
            return text, 100.0
        wanted = _stems(text)
        tried = [each for each in self._likely(wanted) if self._by_another(self._texts[each], scenario_id)]
        if not tried:
            return "", 0.0
        choices = [self._compared[each] for each in tried]
        _, score, place = process.extractOne(" ".join(wanted), choices, scorer=fuzz.token_set_ratio)
        return self._texts[tried[place]], score

    def _likely(self, wanted: list[str]) -> list[int]:
        """The places of some texts that have the rarest of the words together, and of those that have most of them."""
        found = sorted((self._places[word] for word in wanted if word in self._places), key=len)[:_RAREST]
        rarest = islice(found[0], _MOST_TOGETHER) if found else ()
        together = (place for place in rarest if all(place in other for other in found))
        counts = Counter(chain.from_iterable(islice(each, _MOST_PER_WORD) for each in found))
        most = (place for place, _ in counts.most_common(_TRIED))
        return list(dict.fromkeys(chain(islice(together, _TRIED), most)))

    def _by_another(self, text: str, scenario_id: str) -> bool:
        teachers = self._teachers.get(text, ())
        return len(teachers) > 1 or (len(teachers) == 1 and teachers[0] != scenario_id)


def _stems(folded: str) -> list[str]:
    """The beginnings of the words that carry meaning, or of all if none is long enough."""
    words = folded.split()
    return [word[:_STEM] for word in words if len(word) >= _SHORTEST_WORD or not word.isascii()] or words


CHECKS: Final[tuple[type[ContentCheck], ...]] = (PrerequisitesAreTaught,)
