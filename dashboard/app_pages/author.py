"""Writing a scenario: the draft saves itself, faults are shown where they are, a preview stands beside the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import components, navigate, state, wiring, words
from dashboard.authoring import advice, fields
from dashboard.authoring import document as documents
from dashboard.authoring import faults as form_faults
from dashboard.authoring.session import keep
from dashboard.markup import render
from dashboard.widgets import draft_form, draft_side, moved_base, notices
from dashboard.words import plain
from scenario_core.custom.drafts import Draft, History
from scenario_core.errors import DatabaseError, DatabaseUnavailableError, InvalidScenarioError, ScenarioNotFoundError
from scenario_core.people import Operation, may

SEEN = "seen_draft"
UNSAVED = "unsaved_document"
JUST_FAILED = "saving_just_failed"


def seen() -> Draft:
    """The draft as this page last showed it."""
    found: Draft = st.session_state[SEEN]
    return found


def unsaved() -> dict[str, Any] | None:
    """What was typed while the database did not answer; it stays here until it is saved."""
    draft_id, document = st.session_state.get(UNSAVED, (None, None))
    return document if draft_id == st.query_params.get("draft") else None


@notices.guarded
def change(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Save an edit, merged with what other tabs have saved meanwhile."""
    waiting = unsaved()
    try:
        save(lambda now: edit(waiting or now))
    except DatabaseError:
        st.session_state[UNSAVED] = (seen().draft_id, edit(waiting or documents.tidied(seen().document)))
        st.session_state[JUST_FAILED] = True


def save(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Save, and say what became of it where other tabs had a part in that."""
    with wiring.desk().builder() as service:
        kept = keep(service, seen(), edit)
    st.session_state[SEEN] = kept.draft
    st.session_state.pop(UNSAVED, None)
    if kept.replaced:
        state.say("Another tab wrote in the same field. Yours is kept; Undo shows the other.", ":material/merge:")
    elif kept.merged:
        state.say("Another tab changed this draft too. Both changes are kept.", ":material/merge:")


@notices.guarded
def walk(name: str) -> None:
    """Undo or redo."""
    with wiring.desk().builder() as service:
        step = service.drafts.undo if name == "undo" else service.drafts.redo
        st.session_state[SEEN] = step(seen().draft_id, state.user_id(), expected_version=seen().version)


@notices.guarded
def publish() -> None:
    """Make the draft the scenario."""
    draft = seen()
    try:
        with wiring.desk().builder() as service:
            made = service.drafts.publish(draft.draft_id, state.user_id(), expected_version=draft.version)
    except InvalidScenarioError:
        first = form_faults.found(documents.tidied(draft.document))[0]
        draft_form.focus_on(first.part, fields.key_of(draft.draft_id, first.phase_id, first.name))
        state.say(f"Not saved yet: {plain(first.where)}, {plain(first.sentence)}.", ":material/error:")
        return
    state.say(f"Saved {plain(made.scenario.name)}.")
    navigate.go(navigate.SCENARIO, id=made.scenario_id)


@notices.guarded
def discard() -> None:
    """Throw the draft away; My scenarios can bring it back."""
    draft = seen()
    with wiring.desk().builder() as service:
        service.drafts.discard(draft.draft_id, state.user_id())
    st.session_state.discarded = draft
    navigate.go(navigate.MINE)


def opened() -> tuple[Draft, History]:
    """The draft that the address names, or the one of the scenario that it names, and where undo can go."""
    draft_id, scenario_id = st.query_params.get("draft", ""), st.query_params.get("scenario", "")
    with wiring.desk().builder() as service:
        if draft_id:
            draft = service.drafts.get(draft_id, state.user_id())
        else:
            draft = service.drafts.edit(scenario_id, state.user_id())
        history = service.drafts.history(draft)
    if not draft_id:
        st.query_params.from_dict({"draft": draft.draft_id, **state.link_params()})
    return draft, history


def newer_version(draft: Draft) -> int | None:
    """The version of the scenario, where it has moved since the draft was begun; 0 where it is gone."""
    if draft.scenario_id is None:
        return None
    try:
        with wiring.desk().builder() as service:
            version = service.get_scenario(draft.scenario_id, state.user_id()).version
    except ScenarioNotFoundError:
        return 0
    return version if version != draft.base_version else None


@notices.guarded
def detach() -> None:
    """Go on with the draft as a new scenario."""
    with wiring.desk().builder() as service:
        service.drafts.detach(seen().draft_id, state.user_id(), expected_version=seen().version)


def current() -> tuple[Draft, dict[str, Any], History]:
    """The draft, its document, and its history; what could not be saved before is saved first.

    Raises:
        DatabaseUnavailableError: the database does not answer.
    """
    with notices.or_stop(but=DatabaseError):
        waiting = unsaved()
        if waiting is not None:
            if st.session_state.pop(JUST_FAILED, False):
                raise DatabaseUnavailableError("What you typed last is not saved yet.")
            save(lambda _now: waiting)
        draft, history = opened()
        st.session_state[SEEN] = draft
        return draft, documents.tidied(draft.document), history


def offer_to_save_again() -> None:
    """The database does not answer: what was typed is on this page only."""
    st.error(
        "**Not saved.** The database does not answer. What you typed stays here; keep this page open.",
        icon=":material/cloud_off:",
    )
    st.button("Try to save again", icon=":material/refresh:", key="save_again")


def heading(draft: Draft, history: History) -> None:
    """What is being written, and what can be done with the whole of it."""
    what = "A change to your scenario" if draft.scenario_id else "A new scenario"
    st.html(
        render("draft_head", name=draft.document.get("name") or "", what=what, saved=words.moment(draft.updated_at))
    )
    with st.container(horizontal=True, vertical_alignment="center", key="draft_tools"):
        st.button("Save scenario", icon=":material/check:", type="primary", key="publish", on_click=publish)
        st.button(
            "Undo", icon=":material/undo:", key="undo", disabled=not history.can_undo, on_click=walk, args=("undo",)
        )
        st.button(
            "Redo", icon=":material/redo:", key="redo", disabled=not history.can_redo, on_click=walk, args=("redo",)
        )
        st.button("Discard draft", icon=":material/delete:", key="discard", type="tertiary", on_click=discard)


@st.fragment
def editor() -> None:
    """Form and preview: they run again without the rest of the page."""
    notices.said()
    try:
        draft, document, history = current()
    except DatabaseError as error:
        waiting = unsaved()
        if waiting is None:
            notices.failed(error)
            st.stop()
        draft, document, history = seen(), waiting, History(can_undo=False, can_redo=False)
        offer_to_save_again()
    heading(draft, history)
    newer = newer_version(draft) if unsaved() is None else None
    if newer == 0:
        st.warning("The scenario of this draft was deleted. Your draft is untouched.", icon=":material/delete:")
        st.button(
            "Go on with it as a new scenario", icon=":material/add:", type="primary", key="detach", on_click=detach
        )
        return
    if newer is not None:
        moved_base.draw(draft, newer)
        return
    found = form_faults.found(document)
    listed = [
        {
            "where": fault.where,
            "sentence": fault.sentence,
            "part": fault.part,
            "key": fields.key_of(draft.draft_id, fault.phase_id, fault.name),
        }
        for fault in found
    ]
    components.faults(listed, key="faults", focus=draft_form.wanted_focus(), on_jump=draft_form.focus_on)
    quality = draft_side.quality(draft, document)
    form, side = st.columns([3, 2], gap="medium")
    with form:
        chosen = draft_form.parts(document, found)
        noted = (*advice.at_fields(document, quality.advice), *found)
        draft_form.part(draft.draft_id, document, chosen, noted, change)
    with side:
        draft_side.draw(draft, document, chosen, quality, change)


if not (st.query_params.get("draft") or st.query_params.get("scenario")):
    st.title("Write a scenario")
    st.html(render("empty", title="No draft is open.", text="Begin with a template, or go on with one of your drafts."))
    navigate.link(navigate.TEMPLATES, "Templates", ":material/dashboard_customize:")
    navigate.link(navigate.MINE, "My scenarios", ":material/edit_note:")
    st.stop()
if not may(state.me(), Operation.CREATE).allowed:
    st.title("Write a scenario")
    st.info("Your role lets you read scenarios, but not write any.", icon=":material/lock:")
    st.stop()
editor()
components.typing(key="typing")
