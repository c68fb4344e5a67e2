"""The check for records and texts that were never meant to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scenario_core.integrity.checks.base import ContentCheck
from scenario_core.integrity.checks.content.wording import short
from scenario_core.integrity.findings import Finding, Severity
from scenario_core.integrity.reading import Reading, Text
from scenario_core.language.placeholders import any_placeholder, is_test_id, placeholder_in


class NothingLeftToWrite(ContentCheck):
    """No text is a placeholder, and no scenario a test record.

    ## Why it matters

    A learner who meets `Lorem ipsum` or `TBD` takes the whole catalogue for unfinished.

    ## How to mend it

    Write the text, or take the scenario out of the catalogue until it is written.

    ## Examples

    Found: `Lorem ipsum dolor`, `TBD`, `TODO: greet the host`, `asdf`, `xxxx`, `aaaa`, `...`, `Hello {name}`,
    `Test scenario 2`, `Escenario de prueba`, `Untitled`, the id `test_1`, and, as a notice, the phrase
    `My name is [name].`

    Fine: `Todo incluido` in Spanish and Portuguese; `A Short Test`; `test` and `none` as words to learn; the id
    `test_results`; `[laughs]`; `Hmmm!`.

    ## Limits

    It knows marks in English, Spanish, French, German, Italian, Portuguese and Japanese, whatever the language of the
    scenario. A slot in square brackets is recognised by words such as `name` or `date`, or by capitals.
    """

    code, name, severity = "CQ203", "no placeholders or test records", Severity.WARNING

    def read(self, reading: Reading) -> Iterator[Finding]:
        """One finding for each text, and one for the id."""
        if is_test_id(reading.scenario_id):
            yield self.of(
                reading,
                f"the id {reading.scenario_id!r} is that of a test record",
                value=reading.scenario_id,
                pointer="/scenario_id",
                field="scenario_id",
                actual=reading.scenario_id,
                hint="Take the scenario out, or give it an id that says what it is about.",
            )
        if any_placeholder(((text.name, text.value) for text in reading.texts), reading.language):
            told: set[tuple[str, str]] = set()
            for text in reading.texts:
                if (text.field, text.value) not in told:
                    yield from self._in(reading, text)
                    told.add((text.field, text.value))

    def _in(self, reading: Reading, text: Text) -> Iterator[Finding]:
        found = placeholder_in(text.value, text.name, reading.language, is_title=text.pointer == "/name")
        if found:
            is_meant = found.is_slot and text.name == "essential_phrases"
            yield self.of(
                reading,
                f"{found.what}: {short(found.found)!r}",
                at=text,
                severity=Severity.NOTICE if is_meant else self.severity,
                expected="a text for learners",
                actual=short(text.value),
                hint="Write an example in place of the slot." if found.is_slot else "Write the text.",
            )


CHECKS: Final[tuple[type[ContentCheck], ...]] = (NothingLeftToWrite,)
