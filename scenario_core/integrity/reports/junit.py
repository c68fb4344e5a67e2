"""The report as JUnit XML, which CI services show as tests: one test a check.

Nobody has standardised the format. This keeps to what Jenkins, GitLab and pytest agree on: one `failure` or `error` a
test case, and the details in its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from scenario_core.integrity.findings import Finding, Report, Severity
from scenario_core.integrity.reports.artifact import Artifact
from scenario_core.integrity.reports.content import Section, counted, one_line, ordered, sections, visible
from scenario_core.integrity.reports.text import details


def render_junit(report: Report, artifact: Artifact | None = None) -> str:
    """A check that could not run is an error; errors and warnings are failures; notices stand in the output."""
    del artifact
    asked = sections(report)
    root = ET.Element("testsuites", {"name": "scenario-desk"})
    suite = ET.SubElement(root, "testsuite", {"name": "scenario-desk check", **_totals(asked)})
    facts = {"revision": report.revision, "light": report.light, "waived": str(report.waived_count)}
    properties = ET.SubElement(suite, "properties")
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": visible(value)})
    for section in asked:
        _add_case(suite, section)
    _add_text(suite, "system-out", [report.summary()])
    ET.indent(root)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + ET.tostring(root, encoding="unicode") + "\n"


def _totals(asked: list[Section]) -> dict[str, str]:
    verdicts = [_verdict(section) for section in asked]
    return {
        "tests": str(len(asked)),
        "failures": str(verdicts.count("failure")),
        "errors": str(verdicts.count("error")),
        "skipped": "0",
    }


def _verdict(section: Section) -> str:
    if section.outcome.problem:
        return "error"
    return "failure" if section.severity and _is_grave(section.severity) else ""


def _is_grave(severity: Severity) -> bool:
    return severity.reaches(Severity.WARNING)


def _add_case(suite: ET.Element, section: Section) -> None:
    outcome = section.outcome
    case = ET.SubElement(
        suite, "testcase", {"classname": "scenario-desk", "name": visible(f"{outcome.code} {outcome.name}")}
    )
    open_ones = [finding for group in section.groups for finding in group.findings]
    grave = [finding for finding in open_ones if _is_grave(finding.severity)]
    verdict = _verdict(section)
    if verdict == "error":
        problem = f"could not run: {outcome.problem}"
        _add_text(case, "error", [problem, *_told(grave)], message=problem, type="could not run")
    elif verdict == "failure":
        told = f"{counted(len(grave), 'finding')}: {outcome.name}"
        _add_text(case, "failure", _told(grave), message=told, type=str(section.severity))
    rest = [
        *_told(finding for finding in open_ones if not _is_grave(finding.severity)),
        *(f"waived: {line}" for line in _told(section.waived)),
        *(
            f"not checked in {counted(number, 'scenario')}: {reason}"
            for reason, number in sorted(outcome.not_checked.items())
        ),
    ]
    if rest:
        _add_text(case, "system-out", rest)


def _told(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in ordered(findings):
        yield one_line("; ".join(text.rstrip(".") for text in (str(finding), *details(finding))))


def _add_text(parent: ET.Element, name: str, lines: Iterable[str], **attributes: str) -> None:
    element = ET.SubElement(parent, name, {key: visible(value) for key, value in attributes.items()})
    element.text = visible("\n".join(lines))
