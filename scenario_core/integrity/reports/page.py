"""The report as a page of its own: no script, nothing from elsewhere, ready to be printed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from scenario_core.integrity.findings import Report, Severity
from scenario_core.integrity.reports.artifact import Artifact
from scenario_core.integrity.reports.content import (
    Group,
    Section,
    counted,
    evidence,
    in_order,
    not_checked,
    ordered,
    reasons,
    sections,
    visible,
)

SHOWN: Final = 200
"""How many findings of a check the page holds; it says how many more there are, and where."""
OPEN: Final = 25
"""Up to how many findings a check's list is open from the start."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A check that found something, as far as the page shows it. `hint` is what all of its findings say to do next."""

    section: Section
    groups: tuple[Group, ...]
    hint: str
    is_open: bool
    more: int

    @property
    def told(self) -> str:
        """How many findings of which severity there are, and in how many scenarios."""
        found = Counter(finding.severity for group in self.section.groups for finding in group.findings)
        scenarios = sum(1 for group in self.section.groups if group.scenario_id is not None)
        said = ", ".join(counted(found[severity], severity.value) for severity in Severity if found[severity])
        return f"{said} in {counted(scenarios, 'scenario')}" if scenarios else said


def render_html(report: Report, artifact: Artifact | None = None) -> str:
    """The page. Every text is escaped, and what people wrote can't turn the reading direction around it.

    It shows at most 200 findings of a check, and says how many more there are.
    """
    asked = sections(report)
    waived = [
        (finding, report.waived[finding.fingerprint])
        for finding in ordered(report.everything)
        if finding.fingerprint in report.waived
    ]
    return _template().render(
        report=report,
        counts=report.counts(),
        reasons=reasons(report),
        notable=[section for section in asked if section.state != "passed" or section.waived],
        passed=[section for section in asked if section.state == "passed" and not section.waived],
        found=[_found(section) for section in asked if section.groups],
        waived=waived[:SHOWN],
        waived_more=max(0, len(waived) - SHOWN),
        shown=SHOWN,
        open_up_to=OPEN,
        not_run=in_order(report.not_run),
        not_checked=list(not_checked(report)),
        line=artifact.line if artifact else lambda _: None,
        path=artifact.path if artifact else "",
    )


def _found(section: Section) -> _Found:
    hints = {finding.hint for group in section.groups for finding in group.findings}
    return _Found(
        section,
        groups=tuple(_capped(section.groups)),
        hint=hints.pop() if len(hints) == 1 and section.count > 1 else "",
        is_open=section.count <= OPEN,
        more=max(0, section.count - SHOWN),
    )


def _capped(groups: tuple[Group, ...]) -> list[Group]:
    left = SHOWN
    kept = []
    for group in groups:
        if left <= 0:
            break
        kept.append(Group(group.scenario_id, group.about, group.findings[:left]))
        left -= len(group.findings)
    return kept


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("scenario_core.integrity.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    environment.filters |= {"prose": _prose, "coded": _coded, "evidence": evidence, "tally": counted}
    return environment.get_template("report.html.j2")


def _prose(text: str) -> Markup:
    """Paragraphs of a check's explanation; what stands between backquotes is code."""
    paragraphs = (_coded(" ".join(paragraph.split())) for paragraph in text.split("\n\n"))
    return Markup("").join(Markup("<p>{}</p>").format(paragraph) for paragraph in paragraphs)


def _coded(text: str) -> Markup:
    """A text in which whatever stands between backquotes is code."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:
        return escape(visible(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )
