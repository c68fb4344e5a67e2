"""The report for people at a terminal: a line for each finding, what was expected and what to do below it."""

from __future__ import annotations

from collections.abc import Iterator

from scenario_core.integrity.findings import Finding, Report
from scenario_core.integrity.reports.artifact import Artifact
from scenario_core.integrity.reports.content import counted, evidence, in_order, not_checked, one_line, ordered


def render_text(report: Report, artifact: Artifact | None = None) -> str:
    """The findings that are not waived, what could not be looked at, and one line that sums up."""
    del artifact
    return "".join(f"{one_line(line)}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    for finding in ordered(report.findings):
        yield str(finding)
        yield from (f"  {detail}" for detail in details(finding))
    for outcome in in_order(report.not_run):
        yield f"{outcome.code} could not run: {outcome.problem}"
    for outcome, reason, number in not_checked(report):
        yield f"{outcome.code} not checked in {counted(number, 'scenario')}: {reason}"
    yield report.summary()


def details(finding: Finding) -> list[str]:
    """What was expected and found, as far as the message does not say it, and what to do next."""
    said = ", ".join(f"{word} {text}" for word, text in evidence(finding))
    return [text for text in (said, finding.hint) if text]
