"""Which runs are in, and taking sample runs out."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import state, wiring
from dashboard.widgets import notices, usage_exports, usage_imports
from dashboard.widgets.usage_state import Asked, current, show
from dashboard.words import plural
from scenario_core.people import Operation, may
from scenario_core.stewardship.sample_runs import remove_sample
from scenario_core.stewardship.steward import Steward

__all__ = ["banner", "menu"]

_POPOVER: Final = "usage_data"


def banner(asked: Asked) -> None:
    """While sample runs are in: that they are, whether they are shown, and the one click that removes them."""
    dataset = wiring.usage().dataset
    if not dataset.has_sample():
        return
    shown = asked.chosen.is_sample
    text = "**These runs are made up.** They show what this page can do; no learner has done them."
    if not shown:
        text = "Made-up sample runs are in the database. They are not counted here."
    with st.container(horizontal=True, vertical_alignment="center", key="usage_sample"):
        (st.warning if shown else st.info)(text, icon=":material/science:")
        if may(state.me(), Operation.MANAGE_RUNS).allowed:
            st.button("Remove the sample runs", key="remove_sample", icon=":material/delete_sweep:", on_click=_remove)


def menu(asked: Asked) -> None:
    """How many runs there are and where they lie, and the ways in and out."""
    if not may(asked.analyst.person, Operation.MANAGE_RUNS).allowed:
        return
    popover = st.popover("Data", icon=":material/database:", on_change="rerun", key=_POPOVER)
    if not popover.open:
        return
    with popover, notices.or_stop():
        dataset = wiring.usage().dataset
        files = dataset.files()
        real = sum(file.runs for file in files if not file.is_sample)
        recorded = dataset.recorded()
        made_up = sum(file.runs for file in files if file.is_sample)
        st.markdown(
            f"- {plural(real, 'run')} in {plural(sum(not file.is_sample for file in files), 'file')}\n"
            f"- {plural(recorded, 'run')} recorded and not compacted yet\n"
            f"- {plural(made_up, 'sample run')}"
        )
        usage_imports.button(popover=_POPOVER)
        usage_exports.choice(real + recorded, popover=_POPOVER)


@notices.guarded
def _remove() -> None:
    count = remove_sample(Steward(wiring.desk(), state.me()))
    wiring.usage().changed()
    show(current().cleared)
    state.say(f"Removed {plural(count, 'sample run')}.", ":material/delete_sweep:")
