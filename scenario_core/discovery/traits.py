"""How alike scenarios are: by the words that they teach, and by what kind of scenario they are.

Words are weighed by how few scenarios hold them (inverse document frequency: Spärck Jones, Journal of Documentation 28,
1972), and the likeness of two is the cosine of their weighted words. Its square root counts, since even close relatives
share few words. The most frequent words of a language are left out.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any, Final, Self

from scenario_core.language import known_language
from scenario_core.language.frequency import frequencies
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario
from scenario_core.search_text import fold

_WORD, _TOKEN, _TAG = "w", "t", "#"
_WEIGHTS: Final = {_WORD: 1.0, _TOKEN: 0.35, _TAG: 1.5}
"""An entry of vocabulary says more of a scenario than a word that stands somewhere in a phrase; a tag says most."""
_COSINE: Final = 0.7
_SAME_CATEGORY: Final = 0.15
_SAME_LANGUAGE: Final = 0.1
_SAME_LEVEL: Final = 0.05
_LEAST: Final = 0.1
"""What is less alike is not like it."""
_SHORTEST: Final = 2
MOST_COMMON: Final = 500
"""How many of the most frequent words of a language say nothing of what a text is about."""
_SPELT: Final = re.compile(r"\w+(?:['\u2019]\w+)*")
Vector = Mapping[str, float]


@dataclass(frozen=True)
class Traits:
    """What one scenario is compared by. `terms` are a kind and a folded text; `written` is how words are written."""

    scenario_id: str
    category: str
    level: str
    language: str
    terms: frozenset[str]
    written: Mapping[str, str]

    @classmethod
    def of(cls, scenario: ConversationScenario) -> Self:
        """Those of a scenario."""
        phases = scenario.phases
        vocabulary = [*scenario.vocabulary_focus, *(word for phase in phases for word in phase.key_vocabulary)]
        phrases = [phrase for phase in phases for phrase in phase.essential_phrases]
        kind = (scenario.category, scenario.difficulty, scenario.language or DEFAULT_LANGUAGE)
        return cls.from_lists(scenario.scenario_id, kind, vocabulary, phrases)

    @classmethod
    def from_lists(
        cls, scenario_id: str, kind: tuple[str, str, str], vocabulary: Iterable[Any], phrases: Iterable[Any]
    ) -> Self:
        """Those of lists that may hold anything. `kind` is category, level and language."""
        category, level, language = kind
        language = language.partition("-")[0]
        written: dict[str, str] = {}
        for entry in _texts(vocabulary):
            if folded := fold(entry):
                written.setdefault(f"{_WORD}{folded}", " ".join(entry.split()))
        usual = common_words(language)
        for text in (*written.values(), *_texts(phrases)):
            for word in _SPELT.findall(text):
                for token in fold(word).split():
                    if _tells(token) and token not in usual:
                        written.setdefault(f"{_TOKEN}{token}", word.lower())
        return cls(scenario_id, category, level, language, frozenset(written), written)

    def tagged(self, tags: Iterable[str]) -> Traits:
        """The same with the tags that everyone who may read the scenario sees."""
        added = frozenset(f"{_TAG}{tag}" for tag in tags)
        if not added:
            return self
        return Traits(self.scenario_id, self.category, self.level, self.language, self.terms | added, self.written)


@dataclass(frozen=True)
class Alike:
    """How like a scenario another one is, from 0 to 1, and why: the rarest shared words first."""

    scenario_id: str
    score: float
    words: tuple[str, ...]
    tags: tuple[str, ...]
    is_same_category: bool
    is_same_level: bool


@dataclass
class Weighed:
    """Scenarios with their words weighed against each other."""

    traits: Mapping[str, Traits]
    _frequency: Counter[str] = field(default_factory=Counter)
    _vectors: dict[str, Vector] = field(default_factory=dict)
    _holders: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _by_category: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for each in self.traits.values():
            self._frequency.update(each.terms)
            self._by_category[each.category].append(each.scenario_id)
            for term in each.terms:
                self._holders[term].append(each.scenario_id)
        self._vectors = {name: self._vector(each) for name, each in self.traits.items()}

    def like(self, wanted: Traits, others: Iterable[Traits] = (), *, limit: int) -> list[Alike]:
        """What is like a scenario, the most alike first; `others` are compared beside those that are weighed."""
        vector = self._vector(wanted)
        cosines: dict[str, float] = defaultdict(float)
        for term, weight in vector.items():
            for name in self._holders.get(term, ()):
                cosines[name] += weight * self._vectors[name][term]
        names = {*cosines, *self._by_category.get(wanted.category, ())}
        compared = {name: self.traits[name] for name in names}
        for other in others:
            if other.scenario_id not in self.traits:
                theirs = self._vector(other)
                compared[other.scenario_id] = other
                cosines[other.scenario_id] = sum(theirs[term] * vector[term] for term in theirs.keys() & vector.keys())
        compared.pop(wanted.scenario_id, None)
        scores = {name: _score(wanted, other, cosines.get(name, 0.0)) for name, other in compared.items()}
        likes = [name for name, score in scores.items() if score >= _LEAST]
        best = heapq.nsmallest(limit, likes, key=lambda name: (-scores[name], name))
        return [self._alike(wanted, compared[name], scores[name]) for name in best]

    def _vector(self, traits: Traits) -> Vector:
        weights = {term: _WEIGHTS[term[0]] * self._rarity(term) for term in traits.terms}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {term: weight / length for term, weight in weights.items()}

    def _rarity(self, term: str) -> float:
        return math.log(1 + (len(self.traits) + 1) / (self._frequency.get(term, 0) + 1))

    def _alike(self, wanted: Traits, other: Traits, score: float) -> Alike:
        shared = sorted(wanted.terms & other.terms, key=lambda term: (-self._rarity(term), term))
        return Alike(
            other.scenario_id,
            score,
            _shared_words(wanted, shared),
            tuple(term[1:] for term in shared if term[0] == _TAG),
            is_same_category=other.category == wanted.category,
            is_same_level=other.level == wanted.level,
        )


def _shared_words(wanted: Traits, shared: list[str]) -> tuple[str, ...]:
    """Entries of vocabulary that both have, then words of phrases that are in none of these."""
    entries = [term for term in shared if term[0] == _WORD]
    said = {token for term in entries for token in term[1:].split()}
    words = [term for term in shared if term[0] == _TOKEN and len(term) > _SHORTEST and term[1:] not in said]
    return tuple(wanted.written[term] for term in (*entries, *words))


def _score(wanted: Traits, other: Traits, cosine: float) -> float:
    same_kind = (
        (_SAME_CATEGORY, other.category == wanted.category),
        (_SAME_LEVEL, other.level == wanted.level),
        (_SAME_LANGUAGE, other.language == wanted.language),
    )
    return _COSINE * math.sqrt(cosine) + sum(weight for weight, is_same in same_kind if is_same)


@cache
def common_words(language: str) -> frozenset[str]:
    """The words that stand in every text of a language, folded; none of a language that no list knows."""
    known = known_language(language)
    if known is None:
        return frozenset()
    listed = islice(frequencies(known.code, "small"), MOST_COMMON)
    return frozenset(token for word in listed for token in fold(word).split())


def _texts(values: Iterable[Any]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))


def _tells(token: str) -> bool:
    """Whether a word of a phrase says anything: numbers do not, nor single letters of an alphabet."""
    return not token.isdigit() and (len(token) >= _SHORTEST or not token.isascii())
