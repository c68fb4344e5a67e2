"""The faces of a report in files: one function a format, all of them holding the same findings in the same order.

The same report gives the same bytes: they hold no time, no path of a machine and no random id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from scenario_core.integrity.findings import Report
from scenario_core.integrity.reports.artifact import Artifact
from scenario_core.integrity.reports.as_json import render_json, report_schema
from scenario_core.integrity.reports.junit import render_junit
from scenario_core.integrity.reports.markdown import render_markdown
from scenario_core.integrity.reports.page import render_html
from scenario_core.integrity.reports.sarif import render_sarif
from scenario_core.integrity.reports.table import render_csv
from scenario_core.integrity.reports.text import render_text
from scenario_core.integrity.reports.waiver_file import parse_waivers, render_waivers

__all__ = [
    "FORMATS",
    "Artifact",
    "Format",
    "parse_waivers",
    "render_csv",
    "render_html",
    "render_json",
    "render_junit",
    "render_markdown",
    "render_sarif",
    "render_text",
    "render_waivers",
    "report_schema",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A form that a report can be taken away in. `suffix` has no dot; the text is to be written as UTF-8."""

    name: str
    suffix: str
    mime: str
    render: Callable[[Report, Artifact | None], str]

    def encoded(self, report: Report, artifact: Artifact | None = None) -> bytes:
        """The bytes of a file. Half a surrogate pair, which is no text, becomes its code."""
        return self.render(report, artifact).encode("utf-8", "backslashreplace")


FORMATS: Final[Mapping[str, Format]] = {
    each.name: each
    for each in (
        Format("text", "txt", "text/plain", render_text),
        Format("json", "json", "application/json", render_json),
        Format("sarif", "sarif", "application/sarif+json", render_sarif),
        Format("junit", "xml", "application/xml", render_junit),
        Format("markdown", "md", "text/markdown", render_markdown),
        Format("html", "html", "text/html", render_html),
        Format("csv", "csv", "text/csv", render_csv),
    )
}
