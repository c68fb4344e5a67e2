"""The report as JSON for programs. The format is described by `report.schema.json` beside this module.

`version` is raised when a name goes away or changes its meaning; names may be added under the same version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

from scenario_core.integrity.findings import Finding, Report, Severity, Waiver
from scenario_core.integrity.reports.artifact import Artifact
from scenario_core.integrity.reports.content import Section, in_order, not_checked, ordered, reasons, sections

FORMAT: Final = "scenario-desk-report"
VERSION: Final = 1


def render_json(report: Report, artifact: Artifact | None = None) -> str:
    """Everything that the report holds; waived findings stand among the others, marked by their waiver."""
    counts = report.counts()
    return dumped(
        {
            "format": FORMAT,
            "version": VERSION,
            "light": report.light,
            "reasons": reasons(report),
            "summary": report.summary(),
            "totals": {
                **{severity.value: counts[severity] for severity in Severity},
                "waived": report.waived_count,
                "could_not_run": len(report.not_run),
            },
            "production": {"count": report.production_count, "revision": report.revision},
            "custom": {"count": report.custom_count},
            "checks": [_check(section) for section in sections(report)],
            "not_run": [
                {"code": outcome.code, "name": outcome.name, "problem": outcome.problem}
                for outcome in in_order(report.not_run)
            ],
            "not_checked": [
                {"code": outcome.code, "reason": reason, "scenarios": number}
                for outcome, reason, number in not_checked(report)
            ],
            "findings": [
                _finding(finding, report.waived.get(finding.fingerprint), artifact)
                for finding in ordered(report.everything)
            ],
            "scenarios": {
                scenario_id: {"name": about.name, "category": about.category, "store": about.store.value}
                for scenario_id, about in sorted(report.about.items())
            },
        }
    )


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the format."""
    found: dict[str, Any] = json.loads(resources.files(__package__).joinpath("report.schema.json").read_bytes())
    return found


def dumped(value: Any) -> str:
    r"""JSON that every reader takes: half a surrogate pair, which is no text, becomes its code, such as `\ud800`."""
    return json.dumps(_storable(value), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_storable(key): _storable(each) for key, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value


def _check(section: Section) -> dict[str, Any]:
    return {
        "code": section.outcome.code,
        "name": section.outcome.name,
        "severity": section.check.severity.value if section.check else None,
        "waivable": section.check.waivable if section.check else None,
        "state": section.state,
        "findings": section.count,
        "waived": len(section.waived),
        "problem": section.outcome.problem,
    }


def _finding(finding: Finding, waiver: Waiver | None, artifact: Artifact | None) -> dict[str, Any]:
    return {
        **finding.to_json(),
        "line": artifact.line(finding) if artifact else None,
        "waiver": None
        if waiver is None
        else {
            "reason": waiver.reason,
            "author_id": waiver.author_id,
            "created_at": waiver.created_at.isoformat(),
            "expires_on": waiver.expires_on.isoformat() if waiver.expires_on else None,
        },
    }
