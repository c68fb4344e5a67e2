"""Checks of the plan of a scenario: its minutes, and the limits that authors work within."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scenario_core.custom import limits
from scenario_core.errors import Fault
from scenario_core.integrity.checks.base import ContentCheck
from scenario_core.integrity.findings import Finding, Severity
from scenario_core.integrity.reading import Reading
from scenario_core.scenario import Store

_TOLERATED_MINUTES: Final = 2
_TOLERATED_SHARE: Final = 0.1
_REPEATED_PHASE_ID: Final = "an id that no other phase"


class MinutesAddUp(ContentCheck):
    """The minutes of the phases add up to the minutes of the scenario, to within 2 minutes or a tenth.

    ## Why it matters

    Learners choose by the minutes that the catalogue shows, and the phases set the pace of the conversation. Where
    they disagree one of both misleads.

    ## How to mend it

    Set the scenario's minutes to the sum, or share the difference out among the phases.

    ## Examples

    Found: 30 minutes with phases of 5, 5 and 5; 10 minutes with phases of 8 and 7.

    Fine: 15 minutes with phases of 4, 4 and 5: greeting and feedback may take the rest.

    ## Limits

    It adds numbers up and can't tell whether a phase really takes as long as it says. The larger of 2 minutes and a
    tenth of the scenario's minutes is tolerated.
    """

    code, name = "CQ201", "minutes add up"

    def read(self, reading: Reading) -> Iterator[Finding]:
        """At most one finding, at the scenario's minutes."""
        minutes = [phase.expected_duration_minutes for phase in reading.scenario.phases]
        total, said = sum(minutes), reading.scenario.duration_minutes
        if abs(total - said) > max(_TOLERATED_MINUTES, _TOLERATED_SHARE * said):
            yield self.of(
                reading,
                f"the phases add up to {total} minutes, the scenario says {said}",
                value=[said, *minutes],
                pointer="/duration_minutes",
                field="duration_minutes",
                expected=f"{total} minutes: {' + '.join(map(str, minutes))}",
                actual=f"{said} minutes",
                hint="Set the scenario's minutes to the sum, or change those of a phase.",
            )


class WithinAuthoringLimits(ContentCheck):
    """Every scenario is within the limits that the editor sets for authors.

    ## Why it matters

    A scenario below them is too thin to practise: a phase without phrases leaves the learner alone. One above them
    can't be duplicated and saved without cutting it first.

    ## How to mend it

    Open the scenario in the editor, which names the same faults at their fields.

    ## Examples

    Found: a phase with two phrases; a title of two letters; seven phases; 90 minutes; no success criterion.

    Fine: `native` as the level of a production scenario, which authors can't choose.

    ## Limits

    It counts and measures. Three phrases that say nothing are within the limits. Phase ids that repeat are IC115,
    and empty entries CQ206.
    """

    code, name, severity = "CQ202", "within the authoring limits", Severity.WARNING

    def read(self, reading: Reading) -> Iterator[Finding]:
        """One finding for each field that is outside its limits."""
        document = reading.scenario.model_dump(mode="json")
        for fault in limits.check(document):
            if not self._is_fine(fault, reading):
                yield self.of(
                    reading,
                    f"expected {fault.expected}, found {fault.actual}",
                    value=_value_at(document, fault.pointer),
                    pointer=fault.pointer,
                    field=_place(fault.pointer, reading),
                    expected=fault.expected,
                    actual=fault.actual,
                    hint="Mend the field in the editor or in the file.",
                )

    @staticmethod
    def _is_fine(fault: Fault, reading: Reading) -> bool:
        """Whether production may hold it, or another check says it."""
        if fault.pointer == "/difficulty":
            return reading.scenario.difficulty == "native" and reading.store is Store.PRODUCTION
        is_entry = fault.pointer.rpartition("/")[2].isdigit()
        return is_entry or fault.expected.startswith(_REPEATED_PHASE_ID)


def _value_at(document: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document.get(part)
    return document


def _place(pointer: str, reading: Reading) -> str:
    """`/phases/0/name` as `phases[greeting].name`; an item of a list is named by its list."""
    parts = [part for part in pointer.split("/")[1:] if not part.isdigit()]
    if parts[0] != "phases" or len(parts) == 1:
        return parts[0]
    _, field, _ = reading.phases[int(pointer.split("/")[2])]
    return f"{field}.{parts[1]}"


CHECKS: Final[tuple[type[ContentCheck], ...]] = (MinutesAddUp, WithinAuthoringLimits)
