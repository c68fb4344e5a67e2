"""Notes of one's own on days: what to remember when looking at usage."""

from __future__ import annotations

import streamlit as st

from dashboard import state, wiring
from dashboard.widgets import notices
from dashboard.widgets.usage_state import Asked
from dashboard.words import plain
from scenario_core.usage.notes import LONGEST_TEXT, Note, add_note, delete_note, notes

__all__ = ["menu"]

_MOST = 20


def menu(asked: Asked) -> None:
    """The menu of notes; its content is only drawn while it is open."""
    popover = st.popover("Notes", icon=":material/sticky_note_2:", on_change="rerun", key="usage_notes")
    if not popover.open:
        return
    with popover, notices.or_stop():
        st.caption("Marks on the time axis that only you see.")
        held = notes(asked.analyst.desk.engine, asked.analyst.person)
        for note in held[:_MOST]:
            _line(note)
        if not held:
            st.caption("No notes yet.")
        with st.form("usage_note", border=False, clear_on_submit=True):
            st.date_input("Day", value=asked.today, key="usage_note_day")
            st.text_input("Note", key="usage_note_text", max_chars=LONGEST_TEXT, placeholder="Newsletter sent")
            st.form_submit_button("Keep the note", on_click=_add)


def _line(note: Note) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{note.on_day.isoformat()}** {plain(note.text)}")
        st.button(
            "Delete", key=f"drop_note_{note.note_id}", icon=":material/delete:", type="tertiary", on_click=_delete,
            args=(note.note_id,), help=f"Delete the note {plain(note.text)}",
        )  # fmt: skip


@notices.guarded
def _add() -> None:
    add_note(wiring.desk().engine, state.me(), st.session_state.usage_note_day, st.session_state.usage_note_text)
    state.say("The note is on the time axis.", ":material/sticky_note_2:")


@notices.guarded
def _delete(note_id: str) -> None:
    delete_note(wiring.desk().engine, state.me(), note_id)
    state.say("The note is deleted.", ":material/delete:")
