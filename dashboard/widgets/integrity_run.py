"""Running the checks again: the button, how far the run is, and the way to stop it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import state, wiring
from dashboard.integrity.keeper import Running
from dashboard.widgets import notices, person
from dashboard.words import plain

__all__ = ["button", "progress"]

_WAITING: Final = "waits_for_checks"


def button(label: str = "Check again", *, primary: bool = False) -> None:
    """Ask for a run; while one goes on that somebody has asked for, that is the run."""
    st.button(
        label, icon=":material/refresh:", on_click=_ask, key="check_again", type="primary" if primary else "secondary"
    )


def progress(*, has_report: bool) -> None:
    """How far the run is that is going on; nothing where none is, or why the last one came to nothing."""
    checks = wiring.checks()
    running = checks.running
    if running is not None:
        # In a container of its own: what draws itself again may be sent after what stands behind it on the page.
        with st.container():
            _running(running.number, has_report=has_report)
        return
    st.session_state.pop(_WAITING, None)
    if checks.problem:
        st.warning(plain(checks.problem), icon=":material/sync_problem:")


@notices.guarded
def _ask() -> None:
    wiring.checks().start(state.me())
    st.session_state[_WAITING] = True


def _stop() -> None:
    wiring.checks().stop()
    st.session_state.pop(_WAITING, None)
    state.say("Stopped: what is shown is what was found before.", ":material/stop_circle:")


@st.fragment(run_every="1s")
def _running(number: int, *, has_report: bool) -> None:
    """Draws itself again each second. Who waits for the result sees it at once, for others nothing moves by itself."""
    running = wiring.checks().running
    if running is not None:
        with st.container(horizontal=True, vertical_alignment="center", border=True, key="check_progress"):
            st.progress(_share(running), text=_told(running))
            st.button("Stop", icon=":material/stop_circle:", on_click=_stop, key="stop_checks")
        return
    if st.session_state.pop(_WAITING, False) or not has_report:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="check_done"):
        st.markdown("The checks have run again.", width="stretch")
        if st.button("Show what they found", icon=":material/refresh:", key=f"show_run_{number}"):
            st.rerun()


def _share(running: Running) -> float:
    return min(1.0, running.done / running.total) if running.total else 0.0


def _told(running: Running) -> str:
    steps = f": {running.done:,} of {running.total:,}" if running.total else ""
    asker = running.person
    if asker is None or asker.user_id == state.user_id():
        return f"Checking{steps}"
    return f"Checking{steps}, asked for by {plain(person.owner_name(asker.user_id))}"
