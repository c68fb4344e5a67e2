"""What a check is.

A check's docstring is its documentation, and its page is generated from it: a sentence that says what holds where
nothing is found, then the sections `Why it matters`, `How to mend it`, `Examples` and `Limits` as `## ` headings.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from scenario_core.integrity.findings import Finding, Severity, fingerprint_of
from scenario_core.integrity.reading import Reading, Text
from scenario_core.integrity.snapshot import Snapshot
from scenario_core.scenario import Store


class Check(ABC):
    """One question. `code` never changes its meaning; `severity` is that of its findings unless one says otherwise."""

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    waivable: ClassVar[bool] = False
    needs_database: ClassVar[bool] = True

    def finding(self, message: str, *, value: Any = None, severity: Severity | None = None, **more: Any) -> Finding:
        """A finding of this check. `value` is what is flagged: a waiver and the history hold on to it.

        Where it is None, what was found is taken.
        """
        made = Finding(self.code, severity or self.severity, message, **more)
        flagged = made.actual if value is None else value
        place = made.field or made.pointer
        fingerprint = fingerprint_of(self.code, made.store, made.scenario_id, place, flagged)
        return Finding(self.code, made.severity, message, **more, fingerprint=fingerprint)


class StructuralCheck(Check):
    """A question to the whole: files, rows, ids, protection. What it finds can't be waived."""

    @abstractmethod
    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """Yield what is wrong.

        Raises:
            CouldNotRunError: what the check needs is not there.
        """


class ContentCheck(Check):
    """A question to what is written, asked of production and of shared custom scenarios alike.

    `read` and `gather` look at one scenario alone; what they return is kept for as long as the scenario does not
    change. `conclude` sees what was gathered of all.
    """

    severity = Severity.NOTICE
    waivable = True
    needs_database = False

    def not_checked(self, reading: Reading) -> str:
        """Why this check can't judge the scenario, such as a language that it does not know; empty if it can."""
        del reading
        return ""

    def read(self, reading: Reading) -> Iterator[Finding]:
        """Yield what is wrong with one scenario alone."""
        del reading
        yield from ()

    def gather(self, reading: Reading) -> Any:
        """What `conclude` needs to know of one scenario, as a JSON value; None for nothing."""
        del reading

    def conclude(self, gathered: Mapping[str, Gathered]) -> Iterator[Finding]:
        """Yield what is wrong among scenarios, from what was gathered, by scenario id in the order of the stores."""
        del gathered
        yield from ()

    def of(self, reading: Reading, message: str, *, at: Text | None = None, **more: Any) -> Finding:
        """A finding about one scenario, at a text of it if given."""
        if at is not None:
            more = {"pointer": at.pointer, "field": at.field, "value": at.value, **more}
        return self.finding(message, scenario_id=reading.scenario_id, store=reading.store, **more)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a content check knows of one scenario."""

    store: Store
    value: Any
