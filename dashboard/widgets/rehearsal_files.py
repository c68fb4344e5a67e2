"""A rehearsal as a file to keep."""

from __future__ import annotations

import streamlit as st

from dashboard.words import plain
from scenario_core.exports.file_names import file_name
from scenario_core.rehearsal import Score, Transcript
from scenario_core.rehearsal.summary import to_markdown
from scenario_core.scenario import ConversationScenario

__all__ = ["downloads"]


def downloads(scenario: ConversationScenario, transcript: Transcript, found: Score) -> None:
    """Summary and transcript, for people and for programs."""
    with st.container(horizontal=True, gap="xsmall", key="rehearsal_files"):
        for label, ending, mime, text in (
            ("Transcript", "md", "text/markdown", to_markdown(scenario, transcript, found)),
            ("Transcript as JSON", "json", "application/json", transcript.model_dump_json(indent=2)),
        ):
            st.download_button(
                plain(label), text, f"rehearsal-of-{file_name(scenario.name, ending)}", mime, on_click="ignore",
                icon=":material/download:", type="tertiary", key=f"rehearsal_{ending}",
            )  # fmt: skip
