"""Rehearsals that are kept as examples: run again whenever the scenario changes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import streamlit as st

from dashboard import state
from dashboard.markup import render
from dashboard.rehearsing.stage import Stage
from dashboard.widgets import notices
from dashboard.words import plain, plural
from scenario_core.custom.rehearsals import StoredRehearsal
from scenario_core.errors import DatabaseError, InvalidTranscriptError
from scenario_core.people import Operation, Subject, may
from scenario_core.rehearsal import Transcript
from scenario_core.rehearsal.examples import Example, Rerun, expected_of, rerun
from scenario_core.scenario import Store

__all__ = ["draw"]

NAME: Final = "rehearsal_name"
DELETED: Final = "rehearsal_deleted"
RUNS: Final = "rehearsal_runs"
_MOST_RUNS_HELD: Final = 500


def draw(stage: Stage, kept_under: Sequence[str], transcript: Transcript | None) -> None:
    """The examples with what has turned in them, and the way to keep this rehearsal as another one."""
    try:
        kept = _kept(stage, kept_under)
    except DatabaseError:
        return
    readable = Subject(stage.subject, Store.PRODUCTION)
    may_keep = may(state.me(), Operation.KEEP_REHEARSAL, readable).allowed
    if not kept and (transcript is None or not may_keep):
        _offer_to_put_back(stage, kept_under)
        return
    st.subheader("Kept rehearsals", anchor=False)
    if transcript is not None and may_keep:
        _keep_form(stage, transcript)
    _offer_to_put_back(stage, kept_under)
    if kept:
        _list(stage, kept)


def _kept(stage: Stage, kept_under: Sequence[str]) -> list[StoredRehearsal]:
    with stage.desk.builder() as service:
        return [each for subject in kept_under for each in service.rehearsals.examples(stage.user_id, subject)]


def _keep_form(stage: Stage, transcript: Transcript) -> None:
    with st.form("rehearsal_keep", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Keep this one as", key=NAME, max_chars=100, placeholder="For example: a shy guest")
        st.form_submit_button(
            "Keep", icon=":material/bookmark_add:", key="rehearsal_keep_it", on_click=_keep, args=(stage, transcript)
        )


def _list(stage: Stage, kept: Sequence[StoredRehearsal]) -> None:
    runs = [(each, _rerun(stage, each)) for each in kept]
    worse = sum(1 for _, run in runs if run is not None and run.is_regression)
    with st.container(horizontal=True, vertical_alignment="center", key="rehearsal_rerun_line"):
        said = f"{worse} of {len(kept)} give a worse result." if worse else "All give the same result as before."
        st.markdown(said, width="stretch")
        st.button("Re-run all", icon=":material/replay:", key="rehearsal_rerun", type="tertiary", on_click=_forget_runs)
    for each, run in runs:
        _one(stage, each, run)


def _rerun(stage: Stage, stored: StoredRehearsal) -> Rerun | None:
    """What it comes to now; asked again only where the scenario or the example has changed."""
    kept: dict[tuple[object, ...], Rerun | None] = st.session_state.setdefault(RUNS, {})
    key = (stored.rehearsal_id, stored.version, stage.scenario.model_dump_json(include={"language", "phases"}))
    if key not in kept:
        if len(kept) >= _MOST_RUNS_HELD:
            kept.clear()
        try:
            example = Example.of(stored.subject, stored.name, stored.transcript, stored.expected)
            kept[key] = rerun(stage.scenario, example)
        except InvalidTranscriptError:
            kept[key] = None
    return kept[key]


def _forget_runs() -> None:
    st.session_state.pop(RUNS, None)


def _one(stage: Stage, stored: StoredRehearsal, run: Rerun | None) -> None:
    key = stored.rehearsal_id
    with st.container(border=True, gap="xsmall", key=f"example_{key}"):
        turned = run.turned if run else ()
        state_of_it = "unreadable" if run is None else "worse" if run.is_regression else "better" if turned else "same"
        st.html(render("rehearsal_example", name=stored.name, state=state_of_it, turned=turned))
        with st.container(horizontal=True, gap="xsmall"):
            if turned and stored.subject != stage.subject:
                st.caption("Save the scenario to accept this.", width="content")
            elif turned:
                st.button(
                    "Accept as it is now", icon=":material/check:", key=f"example_accept_{key}", type="tertiary",
                    on_click=partial(_accept, stage, stored),
                )  # fmt: skip
            st.button(
                "Delete", icon=":material/delete:", key=f"example_delete_{key}", type="tertiary",
                on_click=partial(_delete, stage, stored),
            )  # fmt: skip


def _offer_to_put_back(stage: Stage, kept_under: Sequence[str]) -> None:
    deleted: StoredRehearsal | None = st.session_state.get(DELETED)
    if deleted is not None and deleted.owner_id == stage.user_id and deleted.subject in kept_under:
        with st.container(horizontal=True, vertical_alignment="center", key="example_deleted"):
            st.markdown(f"Deleted {plain(deleted.name)}.", width="stretch")
            st.button(
                "Undo", icon=":material/undo:", key="example_put_back", on_click=partial(_put_back, stage, deleted)
            )


@notices.guarded
def _keep(stage: Stage, transcript: Transcript) -> None:
    expected = expected_of(stage.scenario, transcript).model_dump(mode="json")
    with stage.desk.builder() as service:
        kept = service.rehearsals.keep(
            stage.user_id, stage.subject, st.session_state[NAME], transcript.model_dump(mode="json"), expected
        )
    st.session_state[NAME] = ""
    turns = plural(len(transcript.learner_turns), "turn")
    state.say(f"Kept {plain(kept.name)}, {turns} of the learner.", ":material/bookmark_added:")


@notices.guarded
def _accept(stage: Stage, stored: StoredRehearsal) -> None:
    example = Example.of(stored.subject, stored.name, stored.transcript, stored.expected)
    expected = expected_of(stage.scenario, example.transcript).model_dump(mode="json")
    with stage.desk.builder() as service:
        service.rehearsals.accept(stored.rehearsal_id, stage.user_id, expected)


@notices.guarded
def _delete(stage: Stage, stored: StoredRehearsal) -> None:
    with stage.desk.builder() as service:
        st.session_state[DELETED] = service.rehearsals.delete(stored.rehearsal_id, stage.user_id)


@notices.guarded
def _put_back(stage: Stage, deleted: StoredRehearsal) -> None:
    with stage.desk.builder() as service:
        service.rehearsals.put_back(stage.user_id, deleted)
    st.session_state.pop(DELETED, None)
