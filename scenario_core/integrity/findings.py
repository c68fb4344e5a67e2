"""What the checks report: findings, and one report that every face of the audit shows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from scenario_core.integrity.diff import canonical
from scenario_core.scenario import Store

FINGERPRINT_LENGTH: Final = 16


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"

    def reaches(self, threshold: Severity) -> bool:
        """Whether it is at least as bad as the threshold."""
        order = list(Severity)
        return order.index(self) <= order.index(threshold)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, where, and what to do about it.

    Attributes:
        code: The check that found it.
        severity: How bad it is.
        message: One sentence, without the place.
        scenario_id: The scenario, None where it concerns the whole.
        store: Where the scenario lives, None where it concerns both or neither.
        pointer: A JSON pointer (RFC 6901) into the scenario's record.
        field: The same place for people and for fingerprints, phases by their id: `phases[greeting].name`.
        expected: What should be there.
        actual: What is there: the measured evidence.
        hint: What to do next.
        fingerprint: A hash of check, place and flagged value. It stays while the value does, whatever the message says.
    """

    code: str
    severity: Severity
    message: str
    scenario_id: str | None = None
    store: Store | None = None
    pointer: str = ""
    field: str = ""
    expected: str = ""
    actual: str = ""
    hint: str = ""
    fingerprint: str = ""

    def __str__(self) -> str:
        where = f"{self.scenario_id}{self.pointer}: " if self.scenario_id else ""
        return f"{self.code} {self.severity}: {where}{self.message}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "scenario_id": self.scenario_id,
            "store": self.store.value if self.store else None,
            "pointer": self.pointer,
            "field": self.field,
            "expected": self.expected,
            "actual": self.actual,
            "hint": self.hint,
            "fingerprint": self.fingerprint,
        }


def fingerprint_of(code: str, store: Store | None, scenario_id: str | None, place: str, value: Any) -> str:
    """What tells one flagged value from every other: 16 hexadecimal digits."""
    text = canonical([code, store.value if store else None, scenario_id, place, value])
    return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_LENGTH]


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody's decision that a finding of a content check is right as it is, for as long as the value stays.

    `code`, `scenario_id`, `field` and `message` say what was waived, for people; only the fingerprint counts.
    """

    waiver_id: str
    fingerprint: str
    code: str
    scenario_id: str | None
    field: str
    message: str
    reason: str
    author_id: int
    created_at: datetime
    expires_on: date | None = None

    def has_expired(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.expires_on is not None and self.expires_on < today


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check came to.

    `problem` says why it could not run, and is empty where it did. `not_checked` counts the scenarios that the check
    has no means to judge, by the reason.
    """

    code: str
    name: str
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    not_checked: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """What people call a scenario that something was found in."""

    name: str
    category: str
    store: Store


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of one run.

    Attributes:
        outcomes: One for each check that was asked, in the order of their codes.
        production_count: How many production scenarios can be read.
        custom_count: How many shared custom scenarios there are.
        revision: The SHA-256 of the production that was looked at.
        waived: The waivers that hold, by the fingerprint of what they waive.
        about: Name, category and store of each scenario with findings, by id.
    """

    outcomes: tuple[Outcome, ...]
    production_count: int
    revision: str
    custom_count: int = 0
    waived: Mapping[str, Waiver] = field(default_factory=dict)
    about: Mapping[str, About] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found and is not waived, in the order of the checks."""
        return tuple(finding for finding in self.everything if finding.fingerprint not in self.waived)

    @property
    def everything(self) -> tuple[Finding, ...]:
        """Everything that was found, waived or not."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)

    @property
    def waived_count(self) -> int:
        """How many findings are waived."""
        return sum(1 for finding in self.everything if finding.fingerprint in self.waived)

    @property
    def not_run(self) -> tuple[Outcome, ...]:
        """The checks that could not run."""
        return tuple(outcome for outcome in self.outcomes if outcome.problem)

    @property
    def light(self) -> str:
        """`red` with errors, else `grey` where a check could not run or none was asked, else `yellow` or `green`."""
        severities = {finding.severity for finding in self.findings}
        if Severity.ERROR in severities:
            return "red"
        if self.not_run or not self.outcomes:
            return "grey"
        return "yellow" if Severity.WARNING in severities else "green"

    def exit_code(self, fail_on: Severity | None = Severity.WARNING) -> int:
        """2 where a check could not run, since the result is then incomplete; 1 with findings as bad; else 0."""
        if self.not_run:
            return 2
        if fail_on is None:
            return 0
        return 1 if any(finding.severity.reaches(fail_on) for finding in self.findings) else 0

    def counts(self) -> Counter[Severity]:
        """How many findings there are of each severity, waived ones left out."""
        return Counter(finding.severity for finding in self.findings)

    def summary(self) -> str:
        """One line for people; how many are waived is always said."""
        counts = self.counts()
        found = ", ".join(_count(counts[severity], severity.value) for severity in Severity if counts[severity])
        over = f"{_count(len(self.outcomes), 'check')} over {self._scope()}"
        parts = [f"{found}: {over}" if found else f"clean: {over}"]
        if self.waived_count:
            parts.append(f"{self.waived_count} waived")
        if self.not_run:
            parts.append(f"{_count(len(self.not_run), 'check')} could not run")
        return "; ".join(parts)

    def _scope(self) -> str:
        shared = f" and {_count(self.custom_count, 'shared scenario')}" if self.custom_count else ""
        return _count(self.production_count, "production scenario") + shared


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
