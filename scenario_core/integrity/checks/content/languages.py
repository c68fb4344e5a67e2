"""The check that compares what is written with the language that the scenario declares."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scenario_core.integrity.checks.base import ContentCheck, Gathered
from scenario_core.integrity.findings import Finding, Severity
from scenario_core.integrity.reading import Reading
from scenario_core.language import (
    Guess,
    guess,
    known_language,
    reason_for,
)
from scenario_core.scenario import DEFAULT_LANGUAGE, Store

_PRACTISED: Final = ("key_vocabulary", "essential_phrases")
_EXPLAINING: Final = ("description", "setting", "learning_objectives", "success_criteria", "cultural_notes")
_FEWEST_SCENARIOS: Final = 5
_MOST: Final = 0.8


class TextsInTheirLanguage(ContentCheck):
    """Vocabulary and phrases are in the language that the scenario declares, and what explains them is in a usual one.

    ## Why it matters

    The language decides who is offered the scenario, which voice reads it and how answers are judged. A scenario that
    declares none counts as English.

    ## How to mend it

    Declare the language that is practised, or put the right texts in.

    ## Examples

    Found: Spanish phrases in a scenario that declares `de` or nothing; one phase in English in a French scenario;
    Japanese phrases under `en`; as a notice, a description in Spanish where the catalogue explains in English.

    Fine: English descriptions of a French scenario; French ones of a French scenario; a few borrowed words.

    ## Limits

    A word speaks for another language if it is at least twice as frequent there, by wordfreq's common words, and half
    of the words must. Texts of fewer than 12 different words are not judged, and in another script those of fewer
    than 40 letters. Languages that share most words, such as Danish and Norwegian or Malay and Indonesian, are not
    told apart. Languages without a word list, such as Japanese, are not checked. Explanations are compared with those
    of at least 5 production scenarios of which 80% agree.
    """

    code, name, severity = "CQ210", "texts in their language", Severity.WARNING

    def not_checked(self, reading: Reading) -> str:
        """Without a word list nothing can be compared."""
        return reason_for(reading.language)

    def read(self, reading: Reading) -> Iterator[Finding]:
        """One finding for the scenario as a whole, or else one for each phase."""
        language = known_language(reading.language)
        if language is None:
            return
        texts = reading.named(*_PRACTISED)
        found = guess((text.value for text in texts), language)
        if found:
            values = sorted(text.value for text in texts)
            yield self._foreign(reading, found, "vocabulary and phrases", [reading.language, *values], "language")
            return
        for pointer, field, phase in reading.phases:
            values = sorted((*phase.key_vocabulary, *phase.essential_phrases))
            if found := guess(values, language):
                yield self._foreign(reading, found, "the phase", [reading.language, *values], field, pointer)

    def gather(self, reading: Reading) -> Any:
        """What the explanations are in, with the numbers, the declared language, and a hash of the texts."""
        texts = [text.value for text in reading.named(*_EXPLAINING)]
        found = _explained_in(texts, reading.language)
        if found is None:
            return [DEFAULT_LANGUAGE]
        digest = hashlib.blake2b("\n".join(sorted(texts)).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        return [found.other, found.evidence, reading.language, digest]

    def conclude(self, gathered: Mapping[str, Gathered]) -> Iterator[Finding]:
        """A notice for each scenario that explains itself in a language of its own."""
        counts = Counter(known.value[0] for known in gathered.values() if known.store is Store.PRODUCTION)
        if counts.total() < _FEWEST_SCENARIOS:
            return
        common, count = counts.most_common(1)[0]
        if count < _MOST * counts.total():
            return
        for scenario_id, known in gathered.items():
            if known.value[0] != common and len(known.value) > 1:
                other, evidence, declared, digest = known.value
                if other != declared:
                    yield self.finding(
                        f"descriptions, objectives and criteria seem to be in {other}",
                        severity=Severity.NOTICE,
                        value=digest,
                        scenario_id=scenario_id,
                        store=known.store,
                        pointer="/description",
                        field="description",
                        expected=f"{common}, as {count} of {counts.total()} production scenarios, or {declared}",
                        actual=evidence,
                        hint="Translate them, or leave them if they are meant so.",
                    )

    def _foreign(
        self, reading: Reading, found: Guess, what: str, value: list[str], field: str, pointer: str = "/language"
    ) -> Finding:
        return self.of(
            reading,
            f"{what} seem{'s' if pointer != '/language' else ''} to be in {found.other}, not in {reading.language}",
            value=value,
            pointer=pointer,
            field=field,
            expected=reading.language,
            actual=found.evidence,
            hint="Declare the language that is practised, or put the right texts in.",
        )


def _explained_in(texts: list[str], declared: str) -> Guess | None:
    """What the explanations are in if not in English: the declared language, or another."""
    english = known_language(DEFAULT_LANGUAGE)
    found = guess(texts, english) if english else None
    language = known_language(declared)
    if found is None or language is None or declared == DEFAULT_LANGUAGE:
        return found
    other = guess(texts, language)
    return other or Guess(declared, found.evidence)


CHECKS: Final[tuple[type[ContentCheck], ...]] = (TextsInTheirLanguage,)
