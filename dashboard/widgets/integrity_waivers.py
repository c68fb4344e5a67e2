"""Every waiver: what it waives, who decided that and why, until when, and the way back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

import streamlit as st

from dashboard import state, wiring, words
from dashboard.differences import field_name
from dashboard.integrity.drawing import check_title
from dashboard.integrity.places import phase_names
from dashboard.markup import render
from dashboard.widgets import integrity_waive, notices, person
from dashboard.widgets.integrity_state import Audit
from dashboard.words import plain, plural
from scenario_core.integrity import Waiver, waivers
from scenario_core.people import Operation, may

__all__ = ["draw"]

PAGE: Final = 25


def draw(audit: Audit) -> None:
    """The waivers, those that waive nothing first."""
    with notices.or_stop():
        found = waivers.listed(wiring.desk().engine)
    if not found:
        text = "Tick findings about content in the section Findings, and give a reason."
        st.html(render("empty", title="There are no waivers.", text=text))
        return
    flagged = {finding.fingerprint for finding in audit.report.everything}
    today = datetime.now(UTC).date()
    found.sort(key=lambda waiver: _state(waiver, flagged, today)[0] == "good")
    idle = [waiver.waiver_id for waiver in found if _state(waiver, flagged, today)[0] != "good"]
    decision = may(state.me(), Operation.WAIVE)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plural(len(found), 'waiver')}**, {len(idle):,} of which waive nothing", width="content")
        if idle and decision.allowed:
            st.button(
                f"Withdraw the {len(idle):,} that waive nothing", icon=":material/cleaning_services:", type="tertiary",
                on_click=integrity_waive.withdraw_all, args=(idle,), key="withdraw_idle",
            )  # fmt: skip
    if not decision.allowed:
        st.caption(f":material/lock: They can't be withdrawn by you: {plain(decision.rule)}.")
    pages = -(-len(found) // PAGE)
    number = min(int(st.session_state.get("waivers_page", 1)), pages)
    for waiver in found[(number - 1) * PAGE : number * PAGE]:
        _one(waiver, audit, *_state(waiver, flagged, today), may_withdraw=decision.allowed)
    if pages > 1:
        state.hold("waivers_page", number)
        st.pagination(pages, key="waivers_page")


def _state(waiver: Waiver, flagged: set[str], today: date) -> tuple[str, str]:
    if waiver.has_expired(today):
        return "warn", "Expired"
    return ("good", "In use") if waiver.fingerprint in flagged else ("unknown", "Nothing to waive any more")


def _one(waiver: Waiver, audit: Audit, kind: str, said: str, *, may_withdraw: bool) -> None:
    scenario_id = waiver.scenario_id or ""
    about = audit.report.about.get(scenario_id)
    names = phase_names(wiring.desk().production.get(scenario_id))
    until = f", until {waiver.expires_on:%Y-%m-%d}" if waiver.expires_on else ""
    with st.container(horizontal=True, vertical_alignment="top", border=True):
        st.html(
            render(
                "waiver",
                kind=kind,
                state=said,
                check=check_title(waiver.code),
                scenario=about.name if about else scenario_id,
                place=field_name(waiver.field, names) if waiver.field else "",
                message=waiver.message,
                by=f"{person.owner_name(waiver.author_id)} on {words.moment(waiver.created_at)} UTC{until}",
                reason=waiver.reason,
            ),
            width="stretch",
        )
        if may_withdraw:
            st.button(
                "Withdraw", icon=":material/undo:", type="tertiary", key=f"withdraw_{waiver.waiver_id}",
                on_click=integrity_waive.withdraw, args=(waiver.waiver_id,),
                help=f"Withdraw the waiver of {plain(waiver.message)}",
            )  # fmt: skip
