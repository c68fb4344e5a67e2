"""The report as a SARIF 2.1.0 log (OASIS standard, errata 01), which code scanning services and editors read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from importlib import metadata
from typing import Any, Final
from urllib.parse import quote

from scenario_core.integrity.explanation import SECTIONS, Explanation
from scenario_core.integrity.findings import Finding, Report, Severity, Waiver
from scenario_core.integrity.reports.artifact import Artifact
from scenario_core.integrity.reports.as_json import dumped
from scenario_core.integrity.reports.content import Section, counted, in_order, not_checked, ordered, sections, visible
from scenario_core.integrity.reports.text import details
from scenario_core.scenario import Store

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT: Final = "scenarioDesk/v1"
LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_BRACKET: Final = re.compile(r"(\\*)([\[\]])")


def render_sarif(report: Report, artifact: Artifact | None = None) -> str:
    """One run: the checks as rules, the findings as results, waived ones as suppressed results.

    Findings about custom scenarios have no place in a file, only a logical one.
    """
    asked = sections(report)
    places = {section.outcome.code: index for index, section in enumerate(asked)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "Scenario Desk",
                "version": metadata.version("scenario-desk"),
                "rules": [_rule(section) for section in asked],
            }
        },
        "automationDetails": {"id": "scenario-desk/check/"},
        "invocations": [_invocation(report, places)],
        "columnKind": "utf16CodeUnits",
        "results": [_result(finding, report, places, artifact) for finding in ordered(report.everything)],
        "properties": {
            "light": report.light,
            "summary": report.summary(),
            "waived": report.waived_count,
            "revision": report.revision,
        },
    }
    if artifact is not None:
        run["artifacts"] = [{"location": {"uri": _uri(artifact)}, "roles": ["analysisTarget"]}]
    return dumped({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(section: Section) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": section.outcome.code,
        "name": section.outcome.name,
        "shortDescription": {"text": section.outcome.name},
    }
    if section.check is not None and section.explanation is not None:
        rule |= {
            "fullDescription": {"text": _message([section.explanation.summary])},
            "help": {
                "text": _message([_help(section.explanation, "")]),
                "markdown": _without_placeholders(_help(section.explanation, "## ")),
            },
            "defaultConfiguration": {"level": LEVELS[section.check.severity]},
            "properties": {"tags": ["content" if section.check.waivable else "structural"]},
        }
    return rule


def _help(explanation: Explanation, sign: str) -> str:
    texts = (explanation.why, explanation.mend, explanation.examples, explanation.limits)
    parts = [f"{sign}{title}\n\n{text}" for title, text in zip(SECTIONS, texts, strict=True)]
    return "\n\n".join([explanation.summary, *parts])


def _invocation(report: Report, places: dict[str, int]) -> dict[str, Any]:
    """A check that could not run makes the whole run an unsuccessful one, as the standard asks for."""
    invocation: dict[str, Any] = {"executionSuccessful": not report.not_run}
    not_run = in_order(report.not_run)
    problems = [
        _notification("error", outcome.code, places, f"{outcome.code} could not run: {outcome.problem}")
        for outcome in not_run
    ]
    gaps = [
        _notification(
            "note", outcome.code, places, f"{outcome.code} not checked in {counted(number, 'scenario')}: {reason}"
        )
        for outcome, reason, number in not_checked(report)
    ]
    if problems:
        invocation["toolConfigurationNotifications"] = problems
    if gaps:
        invocation["toolExecutionNotifications"] = gaps
    return invocation


def _notification(level: str, code: str, places: dict[str, int], text: str) -> dict[str, Any]:
    return {
        "level": level,
        "message": {"text": _message([text])},
        "associatedRule": {"id": code, "index": places[code]},
    }


def _result(finding: Finding, report: Report, places: dict[str, int], artifact: Artifact | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": LEVELS[finding.severity],
        "message": {"text": _message([finding.message, *details(finding)])},
        "locations": [location] if (location := _location(finding, artifact)) else [],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {"finding": finding.to_json()},
    }
    if waiver := report.waived.get(finding.fingerprint):
        result["suppressions"] = [_suppression(waiver)]
    return result


def _location(finding: Finding, artifact: Artifact | None) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if artifact is not None and finding.store is not Store.CUSTOM:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(artifact), "index": 0},
            "region": {"startLine": artifact.line(finding) or 1},
        }
    if finding.scenario_id is not None:
        place = finding.field or finding.pointer.removeprefix("/")
        location["logicalLocations"] = [
            {
                "name": place or finding.scenario_id,
                "fullyQualifiedName": f"{finding.scenario_id}/{place}" if place else finding.scenario_id,
                "kind": "value" if place else "object",
            }
        ]
    return location


def _suppression(waiver: Waiver) -> dict[str, Any]:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": visible(waiver.reason),
        "properties": {
            "author_id": waiver.author_id,
            "expires_on": waiver.expires_on.isoformat() if waiver.expires_on else None,
        },
    }


def _message(lines: Iterable[str]) -> str:
    """A message in which braces are no placeholders and brackets no links (sections 3.11.5 and 3.11.6).

    Readers take a backslash before a bracket away, so one that was there already is doubled.
    """
    text = _without_placeholders(visible("\n".join(lines)))
    return _BRACKET.sub(r"\1\1\\\2", text) if "](" in text else text


def _without_placeholders(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _uri(artifact: Artifact) -> str:
    return quote(os.fsencode(artifact.path))
