"""Work on the ticked scenarios. What was ticked is what is meant, whatever the filter says by now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import streamlit as st

from dashboard import navigate, state, wiring
from dashboard.markup import render
from dashboard.widgets import downloads, notices
from dashboard.words import plain, plural
from scenario_core.custom.batch import Kind, Outcome
from scenario_core.stewardship.states import SCENARIO

__all__ = ["bar", "undo_bar"]

PAIR: Final = 2
_DONE: Final = {
    "share": "Shared",
    "unshare": "Made private",
    "delete": "Deleted",
    "tag": "Tagged",
    "untag": "Took tags off",
}
_ASK: Final = {
    "share": ("Share", ":material/group_add:", "Everyone will be able to read and duplicate these."),
    "unshare": ("Make private", ":material/lock:", "Only you will be able to read these."),
    "delete": (
        "Delete",
        ":material/delete:",
        "They move to My scenarios, Deleted, from where you can bring them back.",
    ),
}


def bar() -> None:
    """The tools for what is ticked; nothing while nothing is."""
    ticked = state.ticked()
    if not ticked:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="bulk", border=True):
        st.markdown(f"**{plural(len(ticked), 'scenario')} selected**", width="content")
        popover = st.popover("Export", icon=":material/download:", on_change="rerun", key="bulk_export")
        if popover.open:
            with popover:
                downloads.of_ids(tuple(ticked), "selected")
        for kind, (label, icon, _text) in _ASK.items():
            if st.button(label, icon=icon, key=f"bulk_{kind}"):
                _confirm(cast("Kind", kind), tuple(ticked))
        if st.button("Tag", icon=":material/label:", key="bulk_tag"):
            _tag(tuple(ticked))
        if len(ticked) == PAIR:
            old, new = (f"{SCENARIO}{scenario_id}" for scenario_id in ticked)
            st.button(
                "Compare", icon=":material/compare:", on_click=navigate.go,
                args=(navigate.COMPARE,), kwargs={"old": old, "new": new}, key="bulk_compare",
            )  # fmt: skip
        st.button("Clear", type="tertiary", on_click=ticked.clear, key="bulk_clear")


def undo_bar() -> None:
    """What the last batch has done, and the button that takes it back."""
    outcome = state.last_batch()
    if outcome is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="undo_bar"):
        st.markdown(_sentence(outcome), width="stretch")
        if outcome.done:
            st.button("Undo", icon=":material/undo:", on_click=_undo, key="undo_batch", type="primary")
        st.button("Dismiss", type="tertiary", on_click=state.forget_batch, key="dismiss_batch")


@st.dialog("Please confirm", width="medium")
def _confirm(kind: Kind, ids: tuple[str, ...]) -> None:
    label, icon, text = _ASK[kind]
    foreseen = _foreseen(kind, ids)
    if foreseen.done:
        st.markdown(f"{label} {plural(len(foreseen.done), 'scenario')}? {text}")
    _names(foreseen)
    number = len(foreseen.done)
    if st.button(f"{label} {number}", icon=icon, type="primary", disabled=not number, key="confirm_batch"):
        _apply(kind, ids)
        st.rerun()


@st.dialog("Tag scenarios", width="medium")
def _tag(ids: tuple[str, ...]) -> None:
    foreseen = _foreseen("tag", ids)
    typed = st.text_input("Tags, separated by commas", key="batch_tags", placeholder="warm-up, exam", max_chars=200)
    words = [word for word in (typed or "").split(",") if word.strip()]
    _names(foreseen)
    with st.container(horizontal=True):
        put_on = st.button("Put on", type="primary", disabled=not foreseen.done, key="tag_on")
        take_off = st.button("Take off", disabled=not foreseen.done, key="tag_off")
    if (put_on or take_off) and words:
        _apply("tag" if put_on else "untag", ids, words)
        st.rerun()
    elif put_on or take_off:
        st.info("Type at least one tag.", icon=":material/label_off:")


def _foreseen(kind: Kind, ids: tuple[str, ...]) -> Outcome:
    with notices.or_stop(), wiring.desk().builder() as service:
        return service.batch.preview(state.user_id(), kind, ids)


def _names(foreseen: Outcome) -> None:
    skipped = [f"{item.title} — {item.reason}" for item in foreseen.skipped]
    st.html(render("names", done=[item.title for item in foreseen.done], skipped=skipped))


@notices.guarded
def _apply(kind: Kind, ids: Sequence[str], words: Sequence[str] = ()) -> None:
    with wiring.desk().builder() as service:
        outcome = service.batch.apply(state.user_id(), kind, ids, words=words)
    state.remember(outcome)
    state.ticked().clear()


@notices.guarded
def _undo() -> None:
    outcome = state.last_batch()
    if outcome is None:
        return
    with wiring.desk().builder() as service:
        back = service.batch.undo(state.user_id(), outcome)
    state.forget_batch()
    left = "".join(f" {plain(item.title)}: {plain(item.reason)}." for item in back.skipped)
    state.say(f"Undone for {plural(len(back.done), 'scenario')}.{left}", ":material/undo:")


def _sentence(outcome: Outcome) -> str:
    done = f"**{_DONE[outcome.kind]} {plural(len(outcome.done), 'scenario')}.**" if outcome.done else "**No change.**"
    skipped = "; ".join(f"{plain(item.title)} ({plain(item.reason)})" for item in outcome.skipped)
    return f"{done} Skipped: {skipped}." if skipped else done
