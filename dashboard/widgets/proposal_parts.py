"""What a proposal consists of: the change in production, what the checks find, and the conversation."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import components, sides, state, wiring
from dashboard.differences import grouped, lines, record_tree
from dashboard.integrity.drawing import Look, findings_data
from dashboard.integrity.listing import Group, Page, lines_of
from dashboard.integrity.places import Reach, phase_names
from dashboard.markup import render
from dashboard.proposal_words import event
from dashboard.widgets import notices, paging, person
from dashboard.words import plain, plural
from scenario_core.custom.proposal_records import Proposal
from scenario_core.custom.proposals import LONGEST_TEXT
from scenario_core.integrity import Report
from scenario_core.production import rendering
from scenario_core.scenario import ConversationScenario
from scenario_core.stewardship import proposal_findings
from scenario_core.stewardship.proposed import Candidate

__all__ = ["change", "conversation", "findings", "report_on"]

_REPORT: Final = "proposal_report"
_PAGE: Final = "findings"


def change(found: Proposal, made: Candidate | None) -> None:
    """What would differ in production, or the whole of what would be added."""
    if made is None or made.former is None:
        record = record_tree(rendering.record_of(made.scenario if made else found.scenario))
        st.html(render("scenario_difference", kind="added", record=record, fields=[], more=0))
        return
    names = phase_names(made.former) | phase_names(made.scenario)
    changes = [each for of_one in made.change.changed.values() for each in of_one.changes]
    summary = f"{plural(len(changes), 'change')}" if changes else "no differences"
    st.html(render("comparison_head", old_name="Production", new_name="Proposal", summary=summary))
    st.html(render("scenario_difference", kind="changed", record=None, fields=grouped(lines(changes, names)), more=0))


def report_on(found: Proposal, scenario: ConversationScenario) -> Report:
    """What the checks find in the scenario as it would stand in production; looked for once for each state of both."""
    key = (
        state.user_id(), found.proposal_id, found.version, scenario.scenario_id, wiring.desk().production.revision,
    )  # fmt: skip
    held, report = st.session_state.get(_REPORT) or (None, None)
    if report is None or held != key:
        report = proposal_findings.assess(sides.steward(), scenario)
        st.session_state[_REPORT] = (key, report)
    return report


def findings(report: Report, scenario: ConversationScenario) -> None:
    """Everything that was found, waived or not, and what could not be judged."""
    found = lines_of(report, None, None)
    if not found:
        st.html(render("empty", title="Nothing was found.", text="The content checks have nothing to say of it."))
    first = paging.skipped(_PAGE, len(found))
    shown = found[first : first + paging.SIZE]
    if len(found) > len(shown):
        st.caption(f"{first + 1:,} to {first + len(shown):,} of {len(found):,} findings, the worst first.")
    group = Group("", shown)
    look = Look(
        "Findings in this proposal", "plain", Reach(frozenset()), lambda _: phase_names(scenario),
        person.owner_names(), carried=state.link_params(),
    )  # fmt: skip
    components.findings(
        findings_data(Page(1, 1, (group,), {"": group}), look),
        key="proposal_findings",
        on_go=lambda _page, _params: None,
    )
    paging.draw(_PAGE, len(found))
    for outcome in report.outcomes:
        for reason in (outcome.problem, *outcome.not_checked):
            if reason:
                st.caption(plain(f"{outcome.code} {outcome.name}: not checked, {reason}"))


def conversation(found: Proposal) -> None:
    """What was done and said, in order, and the way to say something."""
    with wiring.desk().builder() as service:
        said = service.proposals.events(found.proposal_id, state.user_id())
    name = person.owner_names()
    st.html(render("proposal_talk", events=[event(each, name) for each in said]))
    key = f"proposal_comment_{found.proposal_id}_{state.user_id()}"
    st.text_area("Comment", key=key, max_chars=LONGEST_TEXT, height=96, persist_state="session", width=640)
    st.button("Comment", icon=":material/chat:", key="proposal_say_do", on_click=_say, args=(found.proposal_id, key))


@notices.guarded
def _say(proposal_id: str, key: str) -> None:
    """Store it; the second click of a double click brings the same text once more."""
    text = st.session_state[key]
    if text and state.is_repeated(f"{key}_said", text):
        st.session_state[key] = ""
        return
    with wiring.desk().builder() as service:
        service.proposals.comment(proposal_id, state.user_id(), text)
    st.session_state[key] = ""
