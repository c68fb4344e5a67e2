"""What the checks report: findings, and one report that every face of the audit shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, where, and what to do about it."""

    code: str
    severity: Severity
    message: str
    scenario_id: str | None = None
    pointer: str = ""
    expected: str = ""
    actual: str = ""
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.scenario_id}{self.pointer}: " if self.scenario_id else ""
        return f"{self.code} {self.severity}: {where}{self.message}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check came to; `problem` says why it could not run, and is empty where it did."""

    code: str
    name: str
    findings: tuple[Finding, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of one run."""

    outcomes: tuple[Outcome, ...]
    production_count: int
    revision: str

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found, in the order of the checks."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)

    @property
    def not_run(self) -> tuple[Outcome, ...]:
        """The checks that could not run."""
        return tuple(outcome for outcome in self.outcomes if outcome.problem)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 where a check could not run, since the result is then incomplete."""
        if self.not_run:
            return 2
        return 1 if self.findings else 0

    def summary(self) -> str:
        """One line for people."""
        if not self.findings and not self.not_run:
            return f"clean: {len(self.outcomes)} checks over {self.production_count} production scenarios"
        counts = Counter(finding.severity for finding in self.findings)
        parts = [f"{counts[severity]} {severity}{'' if counts[severity] == 1 else 's'}" for severity in Severity]
        missing = f"; {len(self.not_run)} checks could not run" if self.not_run else ""
        return ", ".join(parts) + missing

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values; the same state gives the same bytes."""
        return {
            "summary": self.summary(),
            "exit_code": self.exit_code,
            "production_count": self.production_count,
            "production_revision": self.revision,
            "checks": [
                {"code": outcome.code, "name": outcome.name, "problem": outcome.problem, "found": len(outcome.findings)}
                for outcome in self.outcomes
            ],
            "findings": [asdict(finding) for finding in self.findings],
        }
