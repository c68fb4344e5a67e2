"""The light of the audit in a few lines: green only where every check has run and found neither error nor warning."""

from __future__ import annotations

import streamlit as st

from dashboard import navigate, state, wiring
from dashboard.integrity import wording
from dashboard.markup import render
from dashboard.widgets import integrity_run

__all__ = ["draw"]


def draw() -> None:
    """The light, why it is as it is, and the way to what was found."""
    checked = wiring.checks().latest(state.me())
    if checked is None:
        st.html(render("light", kind="unknown", title="The catalogue is being checked.", text=""))
        integrity_run.progress(has_report=False)
        return
    light, because = wording.light(checked.report)
    text = f"{because} {wording.totals(checked.report).capitalize()}."
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="home_light"):
        st.html(render("light", kind=light.kind, title=light.title, text=text), width="stretch")
        navigate.link(navigate.INTEGRITY, "Integrity", ":material/fact_check:")
