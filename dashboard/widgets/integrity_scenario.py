"""What the checks found in one scenario: all of it, and the one finding that a link has led to."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from dashboard import components, navigate, state
from dashboard.differences import field_name
from dashboard.integrity.drawing import findings_data
from dashboard.integrity.listing import Group, Line, Page
from dashboard.integrity.places import phase_names, pointer_of
from dashboard.markup import render
from dashboard.widgets import integrity_run, integrity_state
from dashboard.widgets.integrity_findings import follow
from dashboard.widgets.integrity_waive import withdraw
from scenario_core.scenario import ConversationScenario

__all__ = ["asked_for", "listed"]

SHOWN: Final = 50


def asked_for(scenario: ConversationScenario) -> None:
    """The finding that the address names, above the scenario, whose place is marked; nothing where it names none."""
    field, fingerprint = st.query_params.get("field", ""), st.query_params.get("finding", "")
    if not (field or fingerprint):
        return
    audit = integrity_state.latest()
    lines = [line for line in audit.lines if line.finding.scenario_id == scenario.scenario_id] if audit else []
    found = tuple(line for line in lines if line.finding.fingerprint == fingerprint)[:1]
    place = pointer_of(found[0].finding.field if found else field, scenario)
    if fingerprint and not found and audit is not None:
        where = field_name(field, phase_names(scenario)) if field else "The scenario"
        st.html(render("finding_note", where=where))
    _draw(found, "What this page was opened for", place, key="finding_asked_for")
    if found:
        navigate.link(navigate.INTEGRITY, "Back to all findings", ":material/arrow_back:", check=found[0].finding.code)


def listed(scenario: ConversationScenario) -> None:
    """Everything that was found in the scenario, waived or not."""
    audit = integrity_state.latest()
    if audit is None:
        st.html(render("empty", title="The catalogue is being checked.", text=""))
        integrity_run.progress(has_report=False)
        return
    found = tuple(line for line in audit.lines if line.finding.scenario_id == scenario.scenario_id)
    if not found:
        gaps = any(outcome.problem or outcome.not_checked for outcome in audit.report.outcomes)
        text = "Some checks could not run, or do not know some language: the page Integrity says which." if gaps else ""
        st.html(render("empty", title="Nothing was found.", text=text))
    _draw(found[:SHOWN], "Findings in this scenario", "", key="scenario_findings")
    navigate.link(
        navigate.INTEGRITY, "On the page Integrity", ":material/fact_check:", scenario=scenario.scenario_id, show="all"
    )


def _draw(found: tuple[Line, ...], label: str, place: str, *, key: str) -> None:
    group = Group("", found)
    look = replace(integrity_state.look(found, label, "plain"), carried=state.link_params(), place=place)
    components.findings(
        findings_data(Page(1, 1, (group,), {"": group}), look), key=key, on_go=follow, on_withdraw=withdraw
    )
