"""Publishing a proposal: choose its place in production, look at the plan, do exactly that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from dashboard import sides, state, wiring
from dashboard.markup import render
from dashboard.proposal_words import plan_sentences
from dashboard.widgets import notices, person
from dashboard.words import plain
from scenario_core.custom.proposal_records import Proposal, ProposalState
from scenario_core.errors import ScenarioDeskError
from scenario_core.people import Operation, may
from scenario_core.stewardship import proposals
from scenario_core.stewardship.proposals import PublishPlan
from scenario_core.stewardship.proposed import LONGEST_ID, Candidate

__all__ = ["Going", "box", "is_offered"]

_PLAN: Final = "publish_plan"
_REFUSED: Final = "publish_refused"
_AIM: Final = "publish_aim"
_ID: Final = "publish_id"
_INTERRUPTED: Final = "Publishing was interrupted after production was written. Publish again, and the rest is done."


@dataclass(frozen=True, slots=True)
class Going:
    """Where the page can go from here: to another id in production, and away from publishing."""

    choose: Callable[[str], None]
    leave: Callable[[], None]


def is_offered(found: Proposal) -> bool:
    """Whether the person may publish it now."""
    return found.state is ProposalState.OPEN and may(state.me(), Operation.REVIEW).allowed


def box(found: Proposal, made: Candidate | None, production_id: str, going: Going) -> None:
    """What a content manager publishes an open proposal with.

    Args:
        found: the proposal.
        made: what it would make of production, None where that can't be told.
        production_id: the id in production that the address names, empty for the usual one.
        going: where the page can go.
    """
    with st.container(border=True, key="publish_box"):
        st.subheader("Publish")
        if proposals.is_interrupted(sides.steward(), found):
            st.warning(_INTERRUPTED, icon=":material/sync_problem:")
        else:
            _place(found, made, production_id, going.choose)
        with st.container(horizontal=True):
            st.button(
                "Show the plan", icon=":material/fact_check:", key="publish_show_plan",
                on_click=_make_plan, args=(found, production_id, going.choose),
            )  # fmt: skip
            st.button("Leave it", type="tertiary", key="publish_leave", on_click=_leave, args=(going,))
        _plan(found, production_id)


def _place(found: Proposal, made: Candidate | None, production_id: str, choose: Callable[[str], None]) -> None:
    by = sides.steward()
    suggested = proposals.suggest(by, found)
    replaces = made is not None and made.former is not None and made.production_id == found.origin_id
    if found.origin_id:
        origin = wiring.desk().production.get(found.origin_id)
        aims = {"replace": f"Replace {origin.name if origin else found.origin_id}", "add": "Add it as a new scenario"}
        state.hold(_AIM, "replace" if replaces else "add")
        st.radio(
            "Where to?", list(aims), key=_AIM, format_func=lambda aim: plain(aims[aim]), horizontal=True,
            on_change=lambda: choose((found.origin_id or "") if st.session_state[_AIM] == "replace" else suggested),
        )  # fmt: skip
    if not replaces:
        state.hold(_ID, production_id or suggested)
        st.text_input(
            "Id in production", key=_ID, max_chars=LONGEST_ID, width=420,
            help="Lower case words joined by underscores, such as late_bus_home.",
            on_change=lambda: choose(str(st.session_state[_ID]).strip()),
        )  # fmt: skip


def _make_plan(found: Proposal, production_id: str, choose: Callable[[str], None]) -> None:
    """Plan for what is typed now, be it in the address yet or not."""
    _forget()
    typed = str(st.session_state.get(_ID, "")).strip()
    if typed and st.session_state.get(_AIM, "add") == "add" and typed != production_id:
        production_id = typed
        choose(typed)
    where = _where(found.proposal_id, production_id)
    try:
        planned = proposals.plan(sides.steward(), found.proposal_id, production_id or None)
    except ScenarioDeskError as error:
        st.session_state[_REFUSED] = (where, error)
        return
    st.session_state[_PLAN] = (where, planned)


def _where(proposal_id: str, production_id: str) -> tuple[object, ...]:
    """Whose plan it is, and for what."""
    return state.user_id(), proposal_id, production_id


def _plan(found: Proposal, production_id: str) -> None:
    """The plan as it was made; nothing of it is computed again."""
    where, refused = st.session_state.get(_REFUSED) or (None, None)
    if refused is not None and where == _where(found.proposal_id, production_id):
        notices.failed(refused)
    where, planned = st.session_state.get(_PLAN) or (None, None)
    if planned is None or where != _where(found.proposal_id, production_id):
        return
    author = person.owner_name(found.entry.proposer_id)
    sentences = plan_sentences(planned, found.entry.title, author)
    st.html(render("repair_plan", heading="The plan", sentences=sentences, more=0))
    st.button(
        "Publish now", icon=":material/publish:", type="primary", key="publish_do", on_click=_publish,
        args=(planned, production_id),
    )  # fmt: skip


def _leave(going: Going) -> None:
    _forget()
    going.leave()


def _forget() -> None:
    st.session_state.pop(_PLAN, None)
    st.session_state.pop(_REFUSED, None)


def _publish(planned: PublishPlan, production_id: str) -> None:
    """Do it; what was refused is said where the plan stood."""
    _forget()
    try:
        done = proposals.publish(sides.steward(), planned)
    except ScenarioDeskError as error:
        st.session_state[_REFUSED] = (_where(planned.proposal.proposal_id, production_id), error)
        return
    wiring.forget_report()
    state.say(f"Published as {plain(done.entry.production_id or '')}.", ":material/publish:")
