"""The report as GitHub Flavored Markdown, for a pull-request comment or a job summary: the totals first.

What people wrote stands in it as text: no sign of it is read as markup, becomes a link or calls somebody by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scenario_core.escaping import markdown_line
from scenario_core.integrity.findings import Finding, Report
from scenario_core.integrity.reports.artifact import Artifact
from scenario_core.integrity.reports.content import (
    Group,
    Section,
    counted,
    in_order,
    not_checked,
    reasons,
    sections,
    visible,
)
from scenario_core.integrity.reports.text import details

_REFERENCE: Final = re.compile(r"(?<=[#!%&~^])(?=[\w\"*])|(?<=\bGH-)(?=\d)", re.IGNORECASE)


def render_markdown(report: Report, artifact: Artifact | None = None) -> str:
    """The findings that are not waived by check, then by scenario, below the light and the totals."""
    return "\n".join(_lines(report, artifact)).rstrip("\n") + "\n"


def _lines(report: Report, artifact: Artifact | None) -> Iterator[str]:
    yield from (f"# Scenario Desk: {report.light}", "", f"{_said(report.summary())}.", "")
    yield from (f"- {_said(reason)}" for reason in reasons(report))
    yield ""
    asked = sections(report)
    yield from _table(asked)
    for section in asked:
        if section.groups:
            yield from _section(section, artifact)
    yield from _gaps(report)


def _table(asked: list[Section]) -> Iterator[str]:
    told = [section for section in asked if section.groups or section.waived]
    if not told:
        return
    yield from ("| check | worst | findings | waived |", "|---|---|--:|--:|")
    for section in told:
        name = f"{section.outcome.code} {_said(section.outcome.name)}"
        yield f"| {name} | {section.severity or '-'} | {section.count} | {len(section.waived)} |"
    yield ""


def _section(section: Section, artifact: Artifact | None) -> Iterator[str]:
    yield from (f"## {section.outcome.code} {_said(section.outcome.name)}", "")
    if section.explanation:
        yield from (section.explanation.summary, "", f"How to mend it: {section.explanation.mend}", "")
    for group in section.groups:
        yield from _group(group, artifact)
    yield ""


def _group(group: Group, artifact: Artifact | None) -> Iterator[str]:
    margin = ""
    if group.scenario_id is not None:
        name = f" {_said(group.about.name)}" if group.about else ""
        yield f"- **{_said(group.scenario_id)}**{name}"
        margin = "  "
    for finding in group.findings:
        yield margin + _finding(finding, artifact)


def _finding(finding: Finding, artifact: Artifact | None) -> str:
    line = artifact.line(finding) if artifact else None
    where = finding.field or finding.pointer
    place = f" {_said(where)}" if where else ""
    place += f" (line {line})" if line else ""
    return f"- {finding.severity}{place}: " + "; ".join(_said(text) for text in (finding.message, *details(finding)))


def _gaps(report: Report) -> Iterator[str]:
    if report.not_run:
        yield from ("## Could not run", "")
        for outcome in in_order(report.not_run):
            yield f"- {outcome.code} {_said(outcome.name)}: {_said(outcome.problem)}"
        yield ""
    gaps = [
        f"- {outcome.code} in {counted(number, 'scenario')}: {_said(reason)}"
        for outcome, reason, number in not_checked(report)
    ]
    if gaps:
        yield from ("## Not checked", "", *gaps, "")


def _said(text: str) -> str:
    return markdown_line(_REFERENCE.sub("\N{WORD JOINER}", visible(text)))
