"""Exporting runs: the forms to choose from, how far the export is, and the file to take away."""

from __future__ import annotations

import streamlit as st

from dashboard import state, wiring
from dashboard.backup_rows import size
from dashboard.usage.exporting import MIMES, Export, Made, most_runs
from dashboard.usage.import_words import FORMS
from dashboard.widgets import notices
from dashboard.words import plural
from scenario_core.people import Operation, may
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.imports import Form

__all__ = ["choice", "draw"]

QUICK_SECONDS = 0.7
"""For so long the page waits for what it has begun, so that few runs need no progress bar."""


def choice(runs: int, *, popover: str) -> None:
    """A button for each form, where there are runs, for those who may.

    Args:
        runs: How many runs there are.
        popover: The key of the popover that the buttons close.
    """
    if not runs or not may(state.me(), Operation.MANAGE_RUNS).allowed:
        return
    held = wiring.exports().of(state.user_id())
    is_busy = held is not None and held.is_running
    st.markdown("**Export runs**")
    with st.container(horizontal=True):
        for form in MIMES:
            if runs <= most_runs(form):
                st.button(
                    FORMS[form], key=f"usage_export_{form}", icon=":material/download:", on_click=_start,
                    args=(form, popover), disabled=is_busy,
                )  # fmt: skip
    if any(runs > most_runs(form) for form in MIMES):
        st.caption("What is too large for a browser, `scenario-desk usage export --output FILE` writes.")
    st.caption("All runs but sample ones, by pseudonym, in forms that can be imported again.")


def draw() -> None:
    """What has become of the person's export; nothing where there is none."""
    # Always there: what draws itself again may be sent after what stands behind it on the page.
    place = st.container()
    if not may(state.me(), Operation.MANAGE_RUNS).allowed:
        return
    held = wiring.exports().of(state.user_id())
    if held is None:
        return
    with place, st.container(horizontal=True, vertical_alignment="center", border=True, key="usage_export_bar"):
        if held.is_running:
            _progress()
        elif held.made is not None:
            _file(held.form, held.made)
        elif held.problem is not None:
            notices.failed(held.problem)
            _dismiss()


@st.fragment(run_every="1s")
def _progress() -> None:
    """Draws itself again until the export has ended, and then the page."""
    held = wiring.exports().of(state.user_id())
    if held is None or not held.is_running:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="usage_export_progress"):
        st.progress(held.share, text=_doing(held))
        st.button(
            "Stop", key="usage_export_stop", icon=":material/stop_circle:", disabled=held.is_stopping,
            on_click=lambda: wiring.exports().stop(state.user_id()),
        )  # fmt: skip


def _doing(held: Export) -> str:
    return f"{'Stopping' if held.is_stopping else 'Exporting as'} {FORMS[held.form]}: {held.share:.0%}"


def _file(form: Form, made: Made) -> None:
    st.markdown(f"**{made.name}** is ready: {plural(made.runs, 'run')}, {size(made.size)}.", width="stretch")
    st.download_button(
        "Download", made.path.read_bytes, made.name, MIMES[form], on_click="ignore", key="usage_export_file",
        icon=":material/download:", type="primary",
    )  # fmt: skip
    _dismiss()


def _dismiss() -> None:
    st.button(
        "Dismiss", key="usage_export_dismiss", type="tertiary",
        on_click=lambda: wiring.exports().forget(state.user_id()),
    )  # fmt: skip


@notices.guarded
def _start(form: Form, popover: str) -> None:
    st.session_state[popover] = False
    steward = Steward(wiring.desk(), state.me())
    wiring.exports().start(steward, form)
    wiring.exports().wait(steward.user_id, QUICK_SECONDS)
