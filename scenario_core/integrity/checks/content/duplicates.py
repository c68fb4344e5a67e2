"""The check for scenarios that say the same."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

from rapidfuzz.distance import Indel

from scenario_core.integrity.checks.base import ContentCheck, Gathered
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.reading import Reading
from scenario_core.scenario import Store
from scenario_core.search_text import fold_all

_ALIKE: Final = 0.7
_LONGEST: Final = 240
_FEWEST_WORDS: Final = 20
_SHORTEST_WORD: Final = 4
_RUN: Final = 3
_KEYS: Final = 12
_MOST_PER_KEY: Final = 20
_TRIED: Final = 3
_FIRST_SIGN, _SIGNS = 0x100, 0x700
"""Each word is one of 1,792 characters that take two bytes: different words rarely share one."""


class _Sketch(NamedTuple):
    """What is gathered of a scenario: a hash of all its texts, keys of runs of its words, a sign for each word."""

    digest: str
    keys: list[int]
    signs: str


class ScenariosDiffer(ContentCheck):
    """No two scenarios say nearly the same, in one store or across both.

    ## Why it matters

    A learner who has practised one gains nothing from the other, and whoever mends a fault mends it in one of them.

    ## How to mend it

    Compare both (`scenario-desk diff`). Keep the better one, or make the later one differ in situation or level.

    ## Examples

    Found: a shared custom scenario that is an unchanged copy of a production one; a production record under a second
    id with two phrases changed (94% of the words the same).

    Fine: two hotel scenarios that share greetings; one situation in two languages, whose phrases differ.

    ## Limits

    Found are scenarios of which at least 70% of the words are the same in the same order, names and ids aside; of any
    two shipped ones it is 12% at most. The first 240 words of four letters and more are compared, each scenario with
    those that share one of 12 sampled runs of three words, by which hardly any pair is missed. Of several that say the
    same, each but the first is found once. Whether an author made the copy with `duplicate` is not looked at. The same
    story told in other words is not seen.
    """

    code, name = "CQ212", "scenarios differ from each other"

    def gather(self, reading: Reading) -> Any:
        """A sketch, None for a scenario of too few words to compare."""
        texts = [text.value for text in reading.texts if text.pointer != "/name"]
        words = [word for word in fold_all(texts).split() if len(word) >= _SHORTEST_WORD or not word.isascii()]
        if len(words) < _FEWEST_WORDS:
            return None
        signs = "".join(map(_sign, words[:_LONGEST]))
        runs = {zlib.crc32(signs[start : start + _RUN].encode()) for start in range(len(signs) - _RUN + 1)}
        whole = "\n".join(texts).encode("utf-8", "surrogatepass")
        return [hashlib.blake2b(whole, digest_size=8).hexdigest(), sorted(runs)[:_KEYS], signs]

    def conclude(self, gathered: Mapping[str, Gathered]) -> Iterator[Finding]:
        """One finding for each scenario that is like a former one."""
        firsts: dict[str, str] = {}
        sketches: dict[str, _Sketch] = {}
        by_key: dict[int, list[str]] = defaultdict(list)
        for scenario_id, known in gathered.items():
            sketch = _Sketch(*known.value)
            twin = firsts.setdefault(sketch.digest, scenario_id)
            if twin != scenario_id:
                yield self._found(scenario_id, known.store, twin, gathered[twin].store, (sketch, sketch))
                continue
            nearest = _nearest(sketch, sketches, by_key)
            if nearest:
                yield self._found(
                    scenario_id, known.store, nearest, gathered[nearest].store, (sketch, sketches[nearest])
                )
                continue
            sketches[scenario_id] = sketch
            for key in sketch.keys:
                if len(by_key[key]) < _MOST_PER_KEY:
                    by_key[key].append(scenario_id)

    def _found(
        self, scenario_id: str, store: Store, twin: str, twin_store: Store, pair: tuple[_Sketch, _Sketch]
    ) -> Finding:
        own, other = pair
        share = Indel.normalized_similarity(own.signs, other.signs)
        is_same = own.digest == other.digest
        where = f"{twin_store} scenario {twin!r}"
        return self.finding(
            f"a copy of the {where}, unchanged but for its name" if is_same else f"nearly the same as the {where}",
            value=[twin, own.digest, other.digest],
            scenario_id=scenario_id,
            store=store,
            expected=f"less than {_ALIKE:.0%} of the words the same",
            actual="all texts the same" if is_same else f"{share:.0%} of the words the same",
            hint=f"Compare it with {twin!r}: keep one of both, or make them differ.",
        )


def _nearest(sketch: _Sketch, sketches: Mapping[str, _Sketch], by_key: Mapping[int, list[str]]) -> str | None:
    """The scenario that is most like it among those that share most keys, None if none is like it.

    A key that many share is of a phrase that comes everywhere, and tells nothing.
    """
    shared = Counter(chain.from_iterable(by_key.get(key, ()) for key in sketch.keys)).most_common(_TRIED)
    scores = [
        (Indel.normalized_similarity(sketch.signs, sketches[scenario_id].signs, score_cutoff=_ALIKE), scenario_id)
        for scenario_id, _ in shared
    ]
    score, nearest = max(scores, default=(0.0, None))
    return nearest if score >= _ALIKE else None


@lru_cache(maxsize=100_000)
def _sign(word: str) -> str:
    return chr(_FIRST_SIGN + zlib.crc32(word.encode("utf-8", "surrogatepass")) % _SIGNS)


CHECKS: Final[tuple[type[ContentCheck], ...]] = (ScenariosDiffer,)
