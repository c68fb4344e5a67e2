"""What the last restore of this session has done, and the button that takes it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from dashboard import navigate, sides, state, wiring
from dashboard.widgets import notices
from dashboard.words import plain
from scenario_core.people import Operation, may
from scenario_core.stewardship import restoring
from scenario_core.stewardship.restoring import Restored

__all__ = ["bar", "keep"]

_DONE: Final = "restore_done"


@dataclass(frozen=True, slots=True)
class Done:
    """A restore, with the hash of what it has made of its target."""

    restored: Restored
    after: str
    summary: str


def keep(restored: Restored, after: str, summary: str) -> None:
    """Remember what was done, so that one click can undo it."""
    st.session_state[_DONE] = (state.user_id(), Done(restored, after, summary))


def bar(title: Callable[[str], str]) -> None:
    """What was done, where the way back is, and the log; nothing where nothing was."""
    owner, done = st.session_state.get(_DONE) or (None, None)
    if done is None or owner != state.user_id():
        return
    with st.container(border=True, key="restore_done_bar"):
        st.markdown(_sentence(done, title))
        with st.container(horizontal=True, vertical_alignment="center"):
            if done.restored.kept:
                st.button(
                    "Undo", icon=":material/undo:", type="primary", on_click=_undo, args=(done,), key="undo_restore"
                )
            if may(state.me(), Operation.READ_AUDIT).allowed:
                navigate.link(navigate.AUDIT_LOG, "See it in the audit log", ":material/receipt_long:")
            st.button("Dismiss", type="tertiary", on_click=_forget, key="dismiss_restore")


def _sentence(done: Done, title: Callable[[str], str]) -> str:
    restored = done.restored
    target, source = plain(title(restored.target)), plain(title(restored.source))
    kept = f" What was there is kept as {plain(title(restored.kept))}." if restored.kept else ""
    return f"**Changed {target}:** {plain(done.summary)}, from {source}.{kept}"


def _forget() -> None:
    st.session_state.pop(_DONE, None)


@notices.guarded
def _undo(done: Done) -> None:
    restored = done.restored
    planned = restoring.plan_undo(sides.steward(), restored.kept or "", restored.target, done.after)
    restoring.apply(sides.steward(), planned, deletions=len(planned.deletions))
    _forget()
    wiring.forget_report()
    state.say("Undone: everything is as it was before.", ":material/undo:")
