"""Proposing a scenario of one's own for production, from the scenario's page."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import navigate, state, wiring
from dashboard.widgets import notices
from dashboard.words import plain
from scenario_core.catalogue import CatalogueScenario
from scenario_core.custom.proposal_records import UNDER_REVIEW, new_proposal_id
from scenario_core.custom.proposals import LONGEST_TEXT
from scenario_core.errors import ScenarioDeskError
from scenario_core.people import Operation, Person, may
from scenario_core.scenario import Store

__all__ = ["AIMS", "PRIVACY", "offer"]

PRIVACY: Final = (
    "Content managers will see the scenario as it is now. It stays as private as it is: nobody sees what you change "
    "later until you bring it to the proposal, and when you withdraw the proposal they no longer see it."
)
AIMS: Final = {"replace": "Replace the production scenario that it is a copy of", "add": "Add it as a new scenario"}


def offer(found: CatalogueScenario, me: Person) -> None:
    """The button below an own scenario's title: to propose it, or to the proposal that is under review."""
    custom = found.custom
    if custom is None or not may(me, Operation.PROPOSE, found.subject).allowed:
        return
    try:
        with wiring.desk().builder() as service:
            latest = service.proposals.latest_of(custom.scenario_id, me.user_id)
    except ScenarioDeskError:
        return
    if latest is not None and latest.state in UNDER_REVIEW:
        st.button(
            "Its proposal", icon=":material/rate_review:", key="its_proposal", on_click=navigate.go,
            args=(navigate.PROPOSALS,), kwargs={"id": latest.proposal_id},
        )  # fmt: skip
        return
    popover = st.popover(
        "Propose to production", icon=":material/rate_review:", on_change="rerun", key="propose_to_production"
    )
    if popover.open:
        with popover:
            _form(found)


def _form(found: CatalogueScenario) -> None:
    custom = found.custom
    if custom is None:
        return
    origin = custom.origin
    of_production = origin is not None and origin.store is Store.PRODUCTION
    text = f"propose_text_{custom.scenario_id}_{state.user_id()}"
    st.caption(PRIVACY)
    if of_production and origin is not None:
        st.radio(
            "What for?", list(AIMS), key=f"{text}_aim", format_func=AIMS.__getitem__, persist_state="session"
        )  # fmt: skip
        st.caption(f"It is a copy of {plain(origin.title or origin.scenario_id)}.")
    st.text_area(
        "What content managers should know (optional)", key=text, max_chars=LONGEST_TEXT, height=96,
        persist_state="session",
    )  # fmt: skip
    st.button(
        "Propose", type="primary", icon=":material/send:", key="propose_do", on_click=_propose,
        args=(custom.scenario_id, custom.version, text),
    )  # fmt: skip


@notices.guarded
def _propose(scenario_id: str, version: int, text: str) -> None:
    replace = st.session_state.get(f"{text}_aim") == "replace"
    proposal_id = state.steady(f"proposal of {scenario_id}", new_proposal_id)
    with wiring.desk().builder() as service:
        made = service.proposals.propose(
            scenario_id, state.user_id(), expected_version=version, replace=replace, text=st.session_state[text],
            proposal_id=proposal_id,
        )  # fmt: skip
    st.session_state[text] = ""
    state.say("Proposed: content managers can see it now.", ":material/send:")
    navigate.go(navigate.PROPOSALS, id=made.proposal_id)
