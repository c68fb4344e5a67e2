"""The form of a draft: one part at a time, every change saved at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import state, words
from dashboard.authoring import document as documents
from dashboard.authoring import fields
from dashboard.authoring.faults import SCENARIO_PART, FormFault, by_field
from dashboard.authoring.fields import Field, Kind
from dashboard.markup import render
from dashboard.words import plain

__all__ = ["Change", "focus_on", "part", "parts", "wanted_focus"]

PART_PARAM: Final = "part"
_FOCUS: Final = "focus"
_LINE_HEIGHT: Final = 27
Change = Callable[[Callable[[dict[str, Any]], dict[str, Any]]], None]
"""Applies an edit to the draft's document and saves it."""


def parts(document: dict[str, Any], faults: tuple[FormFault, ...]) -> str:
    """The choice of the part to edit; returns the phase's id, or `scenario`."""
    ids = [phase["phase_id"] for phase in documents.phases(document)]
    wanted = st.query_params.get(PART_PARAM, SCENARIO_PART)
    chosen = wanted if wanted in ids else SCENARIO_PART
    faulty = {fault.part for fault in faults}
    state.hold("form_part", chosen)

    def label(part: str) -> str:
        mark = " ▲" if part in faulty else ""
        if part == SCENARIO_PART:
            return f"The scenario{mark}"
        place = ids.index(part)
        name = str(documents.phases(document)[place].get("name") or "").strip()
        return f"{place + 1}. {plain(name[:30]) or 'Phase'}{mark}"

    st.pills(
        "Part of the scenario", [SCENARIO_PART, *ids], key="form_part", format_func=label, required=True,
        on_change=_choose_part, label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    return chosen


def part(draft_id: str, document: dict[str, Any], chosen: str, faults: Sequence[FormFault], change: Change) -> None:
    """The fields of the chosen part, each with its fault or with the advice that there is on it."""
    located = by_field(faults)
    if chosen == SCENARIO_PART:
        _scenario(draft_id, document, located, change)
    else:
        _phase_tools(document, chosen, change)
        for field in fields.PHASE_FIELDS:
            _draw(draft_id, document, chosen, field, located, change)
    st.button("Add a phase", icon=":material/add:", key="add_phase", on_click=partial(_add_phase, document, change))


def focus_on(part: str, key: str) -> None:
    """Open a part and move the focus to a widget of it."""
    st.query_params[PART_PARAM] = part
    st.session_state[_FOCUS] = {"key": key, "stamp": str(time.time_ns())}


def wanted_focus() -> dict[str, str] | None:
    """Where the focus was last sent."""
    found: dict[str, str] | None = st.session_state.get(_FOCUS)
    return found


def _choose_part() -> None:
    st.query_params[PART_PARAM] = st.session_state.form_part or SCENARIO_PART


def _scenario(draft_id: str, document: dict[str, Any], located: Any, change: Change) -> None:
    by_name = {field.name: field for field in fields.SCENARIO_FIELDS}
    _draw(draft_id, document, None, by_name["name"], located, change)
    with st.grid(2, min_column_width=170):
        for name in ("category", "difficulty", "language", "duration_minutes"):
            with st.container(gap=None):
                _draw(draft_id, document, None, by_name[name], located, change)
    _draw(draft_id, document, None, by_name["description"], located, change)
    with st.grid(2, min_column_width=170):
        for name in ("user_role", "ai_role"):
            with st.container(gap=None):
                _draw(draft_id, document, None, by_name[name], located, change)
    for name in ("setting", "learning_outcomes", "vocabulary_focus", "prerequisites"):
        _draw(draft_id, document, None, by_name[name], located, change)
    _culture(draft_id, document, located, change)
    if (None, "phases") in located:
        st.html(render("fault", sentence=f"Phases: {located[None, 'phases'].sentence}", is_advice=False))


def _culture(draft_id: str, document: dict[str, Any], located: Any, change: Change) -> None:
    """One text, or one text a topic where the scenario has topics; values of other kinds stay as they are."""
    context = document.get("cultural_context")
    if not isinstance(context, dict):
        _draw(draft_id, document, None, fields.CULTURE, located, change)
        return
    for topic, text in context.items():
        key = fields.key_of(draft_id, f"culture {topic}", "topic")
        is_text = isinstance(text, str)
        state.hold(key, text if is_text else str(text))

        def save(topic: str = topic, key: str = key) -> None:
            value = st.session_state[key]
            change(lambda now: documents.put(now, None, "cultural_context", {**_topics(now), topic: value}))

        label = plain(topic.replace("_", " ").capitalize())
        st.text_area(f"Cultural context: {label}", key=key, on_change=save, disabled=not is_text, height=_height(2))


def _topics(document: dict[str, Any]) -> dict[str, Any]:
    found = document.get("cultural_context")
    return dict(found) if isinstance(found, dict) else {}


def _phase_tools(document: dict[str, Any], phase_id: str, change: Change) -> None:
    ids = [phase["phase_id"] for phase in documents.phases(document)]
    place = ids.index(phase_id)

    def duplicate() -> None:
        copied, new_id = documents.duplicate_phase(document, phase_id)
        phase = next(each for each in documents.phases(copied) if each["phase_id"] == new_id)
        change(lambda now: documents.insert_phase(now, phase, phase_id))
        st.query_params[PART_PARAM] = new_id

    def remove() -> None:
        following = documents.remove_phase(document, phase_id)[1]
        change(lambda now: documents.remove_phase(now, phase_id)[0])
        st.query_params[PART_PARAM] = following or SCENARIO_PART

    with st.container(horizontal=True, gap="xsmall", key="phase_tools"):
        st.button(
            "Up", icon=":material/arrow_upward:", key="phase_up", disabled=place == 0, type="tertiary",
            on_click=change, args=(partial(documents.move_phase, phase_id=phase_id, distance=-1),),
            help="Move this phase one place up",
        )  # fmt: skip
        st.button(
            "Down", icon=":material/arrow_downward:", key="phase_down", disabled=place == len(ids) - 1, type="tertiary",
            on_click=change, args=(partial(documents.move_phase, phase_id=phase_id, distance=1),),
            help="Move this phase one place down",
        )  # fmt: skip
        st.button("Duplicate", icon=":material/content_copy:", key="phase_copy", type="tertiary", on_click=duplicate)
        st.button("Remove", icon=":material/delete:", key="phase_remove", type="tertiary", on_click=remove)


def _add_phase(document: dict[str, Any], change: Change) -> None:
    added, new_id = documents.add_phase(document)
    phase = documents.phases(added)[-1]
    change(lambda now: documents.insert_phase(now, phase))
    st.query_params[PART_PARAM] = new_id


def _draw(
    draft_id: str, document: dict[str, Any], phase_id: str | None, field: Field, located: Any, change: Change
) -> None:
    key = fields.key_of(draft_id, phase_id, field.name)
    stored = documents.value_at(document, phase_id, field.name)
    value = fields.shown(field, stored)
    if key not in st.session_state or fields.written(field, st.session_state[key]) != fields.written(field, value):
        st.session_state[key] = value

    def save() -> None:
        typed = fields.written(field, st.session_state[key])
        change(partial(documents.put, phase_id=phase_id, name=field.name, value=typed))

    _widget(field, key, value, save)
    fault = located.get((phase_id, field.name))
    if fault:
        st.html(render("fault", sentence=fault.sentence, is_advice=fault.is_advice))


def _widget(field: Field, key: str, value: Any, save: Callable[[], None]) -> None:
    label = field.label if not field.is_optional else f"{field.label} (optional)"
    common: dict[str, Any] = {"key": key, "on_change": save, "help": field.hint or None}
    match field.kind:
        case Kind.LINE:
            st.text_input(label, live="400ms", **common)
        case Kind.TEXT | Kind.LINES:
            st.text_area(label, height=_height(field.rows), **common)
        case Kind.MINUTES:
            st.number_input(label, step=1, value=None, min_value=0, **common)
        case Kind.CHOICE:
            options = [*field.options, *([value] if value and value not in field.options else [])]
            st.selectbox(label, options, index=None, format_func=words.category, **common)
        case Kind.LANGUAGE:
            options = [*words.LANGUAGES, *([value] if value and value not in words.LANGUAGES else [])]
            st.selectbox(label, options, index=None, format_func=words.language, accept_new_options=True, **common)


def _height(rows: int) -> int:
    return _LINE_HEIGHT * rows + 20
