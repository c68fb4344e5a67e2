"""The head of the audit: the light and its reasons, the totals, what changed, the trend, and what to take away."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import streamlit as st

from dashboard import wiring
from dashboard.charts import trend
from dashboard.integrity import wording
from dashboard.markup import render
from dashboard.widgets import integrity_run
from dashboard.widgets.integrity_state import Audit
from scenario_core.integrity import Report
from scenario_core.integrity.reports import FORMATS, Artifact, Format

__all__ = ["draw"]

_LABELS: Final = {
    "html": "Page to read or print",
    "markdown": "Markdown",
    "csv": "CSV table",
    "json": "JSON",
    "sarif": "SARIF 2.1.0",
    "junit": "JUnit XML",
}
_FILE: Final = "integrity-report"


def draw(audit: Audit) -> None:
    """Everything above the findings."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        _light(audit)
        with st.container(horizontal=True, vertical_alignment="center", key="audit_actions"):
            integrity_run.button()
            _downloads(audit.report)
    with right:
        _trend(audit)


def _light(audit: Audit) -> None:
    checked = f"Checked {wording.moment_and_age(audit.checked.at, datetime.now(UTC))}."
    st.html(render("audit_head", **audit.head, checked=checked, outdated=audit.checked.is_outdated))


def _trend(audit: Audit) -> None:
    if not audit.past.runs:
        st.caption("There is no history of runs: it is kept in the database, which does not answer.")
        return
    found = trend.frame(audit.past.runs)
    st.altair_chart(trend.chart(found), width="stretch", key="trend", alt=trend.described(found))


def _downloads(report: Report) -> None:
    popover = st.popover("Download the report", icon=":material/download:", on_change="rerun", key="report_downloads")
    if not popover.open:
        return
    with popover:
        st.caption("The whole report, whatever is filtered.")
        for name, label in _LABELS.items():
            written = FORMATS[name]
            st.download_button(
                label, partial(_made, written, report), f"{_FILE}.{written.suffix}", written.mime,
                on_click="ignore", key=f"report_{name}", icon=":material/download:", width="stretch", type="tertiary",
            )  # fmt: skip


def _made(written: Format, report: Report) -> bytes:
    return written.encoded(report, Artifact.of(wiring.desk().production, report, Path.cwd()))
