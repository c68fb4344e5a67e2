"""What its author and content managers do with a proposal, publishing aside: each asks once more before it does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import navigate, sides, state, wiring
from dashboard.markup import render
from dashboard.widgets import notices
from dashboard.widgets.propose import AIMS
from dashboard.words import plain
from scenario_core.custom.proposal_records import UNDER_REVIEW, Proposal, ProposalState
from scenario_core.custom.proposals import LONGEST_TEXT, WITHDRAWABLE
from scenario_core.errors import ScenarioDeskError
from scenario_core.people import Operation, Subject, may
from scenario_core.scenario import Store
from scenario_core.stewardship import proposals

__all__ = ["author", "manager"]

_PRIVATE: Final = "Content managers will no longer see the proposal, nor what was said about it."


def author(found: Proposal) -> None:
    """Bring it to the current version, withdraw it, open the scenario."""
    scenario_id = found.entry.scenario_id
    subject = Subject(scenario_id, Store.CUSTOM, found.entry.proposer_id)
    st.button(
        "Open the scenario", icon=":material/forum:", key="proposal_scenario", on_click=navigate.open_scenario,
        args=(scenario_id,),
    )  # fmt: skip
    if found.state in UNDER_REVIEW and may(state.me(), Operation.PROPOSE, subject).allowed:
        box = st.popover("Bring it up to date", icon=":material/update:", on_change="rerun", key="proposal_update")
        if box.open:
            with box:
                _update_form(found)
    if found.state not in WITHDRAWABLE or not may(state.me(), Operation.WITHDRAW_PROPOSAL, subject).allowed:
        return
    box = st.popover("Withdraw", icon=":material/undo:", on_change="rerun", key="proposal_withdraw")
    if box.open:
        with box:
            st.markdown(_PRIVATE)
            st.button(
                "Withdraw it", type="primary", key="proposal_withdraw_do", on_click=_withdraw,
                args=(found.proposal_id, found.version),
            )  # fmt: skip


def manager(found: Proposal) -> None:
    """Ask for changes, decline, take a publication back."""
    if not may(state.me(), Operation.REVIEW).allowed:
        return
    if found.state is ProposalState.OPEN:
        _with_text(found, "Ask for changes", "Which changes?", "edit_note", "ask", _ask)
    if found.state in UNDER_REVIEW:
        _with_text(found, "Decline", "Why?", "block", "decline", _decline)
    if found.state is ProposalState.PUBLISHED:
        box = st.popover("Take it back", icon=":material/undo:", on_change="rerun", key="proposal_revert")
        if box.open:
            with box:
                _revert_plan(found)


def _update_form(found: Proposal) -> None:
    key = f"proposal_update_{found.proposal_id}_{state.user_id()}"
    st.caption("Content managers see the scenario as it is now, in the place of what they saw before.")
    if found.origin_id:
        aims = list(AIMS)
        st.radio(
            "What for?", aims, index=0 if found.entry.replaces else 1, key=f"{key}_aim",
            format_func=AIMS.__getitem__, persist_state="session",
        )  # fmt: skip
    st.text_area("What has changed (optional)", key=key, max_chars=LONGEST_TEXT, height=96, persist_state="session")
    st.button(
        "Bring it up to date", type="primary", key="proposal_update_do", on_click=_update,
        args=(found.proposal_id, found.version, key),
    )  # fmt: skip


def _with_text(
    found: Proposal, label: str, question: str, icon: str, name: str, act: Callable[[str, int, str], None]
) -> None:
    """A button that opens a field for one text that has to be given."""
    box = st.popover(label, icon=f":material/{icon}:", on_change="rerun", key=f"proposal_{name}")
    if not box.open:
        return
    key = f"proposal_{name}_{found.proposal_id}_{state.user_id()}"
    with box:
        st.text_area(
            question, key=key, max_chars=LONGEST_TEXT, height=96, persist_state="session", help="Its author reads this."
        )
        st.button(
            label, type="primary", key=f"proposal_{name}_do", on_click=act, args=(found.proposal_id, found.version, key)
        )


def _revert_plan(found: Proposal) -> None:
    try:
        planned = proposals.plan_revert(sides.steward(), found.proposal_id)
    except ScenarioDeskError as error:
        notices.failed(error)
        return
    sentences = [*planned.sentences(), "what production holds now is kept as a backup, and the mirror follows"]
    st.html(render("repair_plan", heading="What would be done", sentences=sentences, more=0))
    st.button("Take it back now", type="primary", key="proposal_revert_do", on_click=_revert, args=(planned,))


@notices.guarded
def _update(proposal_id: str, version: int, key: str) -> None:
    aim = st.session_state.get(f"{key}_aim")
    replace = None if aim is None else aim == "replace"
    with wiring.desk().builder() as service:
        service.proposals.update(
            proposal_id, state.user_id(), expected_version=version, replace=replace, text=st.session_state[key]
        )
    st.session_state[key] = ""
    state.say("The proposal holds the scenario as it is now, and is open again.", ":material/update:")


@notices.guarded
def _withdraw(proposal_id: str, version: int) -> None:
    with wiring.desk().builder() as service:
        service.proposals.withdraw(proposal_id, state.user_id(), expected_version=version)
    state.say("Withdrawn: only you see it now.", ":material/undo:")


@notices.guarded
def _ask(proposal_id: str, version: int, key: str) -> None:
    with wiring.desk().builder() as service:
        service.proposals.ask(proposal_id, state.user_id(), st.session_state[key], expected_version=version)
    st.session_state[key] = ""
    state.say("The author is asked for changes.", ":material/edit_note:")


@notices.guarded
def _decline(proposal_id: str, version: int, key: str) -> None:
    with wiring.desk().builder() as service:
        service.proposals.decline(proposal_id, state.user_id(), st.session_state[key], expected_version=version)
    st.session_state[key] = ""
    state.say("Declined.", ":material/block:")


@notices.guarded
def _revert(planned: proposals.RevertPlan) -> None:
    proposals.revert(sides.steward(), planned)
    wiring.forget_report()
    title = plain(planned.proposal.entry.title)
    state.say(f"Taken back: {title} is as it was before.", ":material/undo:")
