"""What every face of a report says alike: the order of the findings, the light's reasons, the unseen made visible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from scenario_core.integrity.checks import Check, by_code
from scenario_core.integrity.explanation import Explanation, explanation_of
from scenario_core.integrity.findings import About, Finding, Outcome, Report, Severity

STRUCTURAL: Final = "structural: what it finds can't be waived"
CONTENT: Final = "content: what it finds is advice and can be waived"
_LAST_SHORT_CODE: Final = 0xFF
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Group:
    """What one check found in one scenario, or, without one, in the whole."""

    scenario_id: str | None
    about: About | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One check of a report. `explanation` is None where the check is unknown to this version."""

    outcome: Outcome
    check: type[Check] | None
    explanation: Explanation | None
    groups: tuple[Group, ...]
    waived: tuple[Finding, ...]

    @property
    def count(self) -> int:
        """How many findings there are, waived ones left out."""
        return sum(len(group.findings) for group in self.groups)

    @property
    def severity(self) -> Severity | None:
        """The worst of its findings; None without any."""
        found = {finding.severity for group in self.groups for finding in group.findings}
        return next((severity for severity in Severity if severity in found), None)

    @property
    def state(self) -> str:
        """`could not run`, `found` or `passed`."""
        if self.outcome.problem:
            return "could not run"
        return "found" if self.groups else "passed"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """By check, scenario and place, so that the same findings always stand in the same order."""
    found = list(findings)
    rank = _ranks(finding.code for finding in found)
    return sorted(
        found,
        key=lambda each: (
            rank[each.code], each.scenario_id or "", each.store or "", each.pointer, each.field, each.message,
            each.fingerprint, each.actual, each.expected, each.hint, each.severity,
        ),
    )  # fmt: skip


def in_order(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The structural checks by their codes, then those of content."""
    found = list(outcomes)
    rank = _ranks(outcome.code for outcome in found)
    return sorted(found, key=lambda outcome: rank[outcome.code])


def sections(report: Report) -> list[Section]:
    """The checks of a report in their order, each with what it found, by scenario."""
    return [_section(report, outcome) for outcome in in_order(report.outcomes)]


def reasons(report: Report) -> list[str]:
    """Why the light is as it is, the gravest reason first."""
    counts = report.counts()
    found = {severity: [counted(counts[severity], severity.value)] if counts[severity] else [] for severity in Severity}
    silent = [outcome.code for outcome in in_order(report.not_run)]
    could_not_run = [f"{counted(len(silent), 'check')} could not run: {', '.join(silent)}"] if silent else []
    said = [*found[Severity.ERROR], *could_not_run, *found[Severity.WARNING], *found[Severity.NOTICE]]
    return said or ["nothing was found" if report.outcomes else "no check was asked"]


def not_checked(report: Report) -> Iterator[tuple[Outcome, str, int]]:
    """(check, reason, how many scenarios) of everything that a check had no means to judge."""
    for outcome in in_order(report.outcomes):
        for reason, number in sorted(outcome.not_checked.items()):
            yield outcome, reason, number


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 error`, `2 errors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def evidence(finding: Finding) -> list[tuple[str, str]]:
    """What was expected and what was found, as far as the message does not say it."""
    both = (("expected", finding.expected), ("found", finding.actual))
    return [(word, text) for word, text in both if text and not _says(finding.message, text)]


def visible(text: str) -> str:
    r"""The text with a code such as `\x1b` or `\u202e` for every sign that would not be seen as what it is.

    No page shows them, no XML holds them, or they break the line or turn its reading around.
    """
    return _UNSEEN.sub(lambda found: _code(ord(found[0])), text)


def one_line(text: str) -> str:
    """The text in one line, so that none of it can pass for a line of the report."""
    return visible(text).replace("\n", r"\n")


def _says(message: str, text: str) -> bool:
    """Whether a message holds a text that is no part of a longer word in it."""
    start = message.find(text)
    before, after = message[max(0, start - 1) : start], message[start + len(text) :][:1]
    longer = (before.isalnum() and text[0].isalnum()) or (after.isalnum() and text[-1].isalnum())
    return start >= 0 and not longer


def _code(number: int) -> str:
    return f"\\x{number:02x}" if number <= _LAST_SHORT_CODE else f"\\u{number:04x}"


def _ranks(codes: Iterable[str]) -> dict[str, tuple[bool, str]]:
    """Where each check stands: structural ones first, since what they find is graver."""
    found = {code: by_code(code) for code in set(codes)}
    return {code: (check is None or check.waivable, code) for code, check in found.items()}


def _section(report: Report, outcome: Outcome) -> Section:
    findings = ordered(outcome.findings)
    open_ones = [finding for finding in findings if finding.fingerprint not in report.waived]
    check = by_code(outcome.code)
    return Section(
        outcome,
        check,
        explanation_of(check) if check else None,
        tuple(
            Group(scenario_id, report.about.get(scenario_id) if scenario_id else None, tuple(group))
            for scenario_id, group in groupby(open_ones, key=lambda finding: finding.scenario_id)
        ),
        tuple(finding for finding in findings if finding.fingerprint in report.waived),
    )
