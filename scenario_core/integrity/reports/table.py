"""The report as CSV for spreadsheets: a row for each finding, and one for each thing that could not be looked at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from scenario_core.escaping import neutralised
from scenario_core.integrity.findings import Finding, Report
from scenario_core.integrity.reports.artifact import Artifact
from scenario_core.integrity.reports.content import counted, in_order, not_checked, ordered, visible

COLUMNS: Final = (
    "state", "code", "severity", "message", "scenario_id", "name", "category", "store", "field", "line", "expected",
    "actual", "hint", "fingerprint", "waiver_reason", "waiver_author", "waiver_expires",
)  # fmt: skip


def render_csv(report: Report, artifact: Artifact | None = None) -> str:
    """`state` says whether a row is an open finding, a waived one, or what could not be looked at.

    A byte order mark stands first, so that spreadsheets read it as UTF-8; lines end as RFC 4180 says; no cell is ever
    taken for a formula.
    """
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(report, artifact):
        writer.writerow({name: neutralised(visible(cell)) for name, cell in row.items()})
    return text.getvalue()


def _rows(report: Report, artifact: Artifact | None) -> Iterator[dict[str, str]]:
    for finding in ordered(report.everything):
        yield _finding(finding, report, artifact)
    for outcome in in_order(report.not_run):
        yield {"state": "could not run", "code": outcome.code, "message": outcome.problem}
    for outcome, reason, number in not_checked(report):
        yield {"state": "not checked", "code": outcome.code, "message": f"{counted(number, 'scenario')}: {reason}"}


def _finding(finding: Finding, report: Report, artifact: Artifact | None) -> dict[str, str]:
    about = report.about.get(finding.scenario_id or "")
    waiver = report.waived.get(finding.fingerprint)
    line = artifact.line(finding) if artifact else None
    row = {
        "state": "waived" if waiver else "open",
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "scenario_id": finding.scenario_id or "",
        "store": finding.store.value if finding.store else "",
        "field": finding.field or finding.pointer,
        "line": str(line or ""),
        "expected": finding.expected,
        "actual": finding.actual,
        "hint": finding.hint,
        "fingerprint": finding.fingerprint,
    }
    if about:
        row |= {"name": about.name, "category": about.category}
    if waiver:
        expires = waiver.expires_on.isoformat() if waiver.expires_on else ""
        row |= {
            "waiver_reason": waiver.reason,
            "waiver_author": str(waiver.author_id),
            "waiver_expires": expires,
        }
    return row
