"""Beside the form of a draft: how it will look, a rehearsal of it, and what the checks say."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import scenario_view, state, wiring
from dashboard.authoring import advice as on_fields
from dashboard.authoring import document as documents
from dashboard.authoring import fields
from dashboard.authoring.faults import SCENARIO_PART
from dashboard.keys import key_for
from dashboard.markup import render
from dashboard.rehearsing.drafts import rehearsable
from dashboard.rehearsing.stage import Stage
from dashboard.widgets import draft_form, rehearsal
from dashboard.widgets.draft_form import Change
from dashboard.words import plain, plural
from scenario_core.authoring import Advice, Quality, quality_of
from scenario_core.custom.drafts import Draft
from scenario_core.custom.rehearsals import DRAFT

__all__ = ["draw", "quality"]

PREVIEW, REHEARSE, QUALITY = "preview", "rehearse", "quality"
VIEW: Final = "beside"
_LOOKED: Final = "draft_quality"


def quality(draft: Draft, document: dict[str, Any]) -> Quality:
    """What can be said of the draft; looked at again only where it has changed."""
    held = st.session_state.get(_LOOKED)
    if held is None or held[0] != document:
        held = (document, quality_of(rehearsable(document, draft.scenario_id or draft.draft_id), document))
        st.session_state[_LOOKED] = held
    found: Quality = held[1]
    return found


def draw(draft: Draft, document: dict[str, Any], chosen: str, found: Quality, change: Change) -> None:
    """The pane, with whichever of the three is chosen."""
    labels = {
        PREVIEW: ":material/visibility: Preview",
        REHEARSE: ":material/play_circle: Rehearse",
        QUALITY: f":material/checklist: Quality {len(found.advice) or '✓'}",
    }
    with st.container(key="preview", border=True):
        view = _view()
        state.hold(VIEW, view)
        st.segmented_control(
            "Beside the form", list(labels), format_func=lambda name: labels[name], required=True, key=VIEW,
            label_visibility="collapsed", on_change=_choose_view,
        )  # fmt: skip
        if view == REHEARSE:
            _rehearsal(draft, document)
        elif view == QUALITY:
            _quality(draft, document, found, change)
        else:
            _preview(document, chosen)


def _view() -> str:
    wanted = st.query_params.get(VIEW, PREVIEW)
    return wanted if wanted in {PREVIEW, REHEARSE, QUALITY} else PREVIEW


def _choose_view() -> None:
    st.query_params[VIEW] = st.session_state[VIEW]


def _preview(document: dict[str, Any], chosen: str) -> None:
    """The part that is being written, or all of it, as a reader will see it."""
    whole = st.toggle("Preview everything", key="preview_all")
    body = scenario_view.body(document)
    if not whole and chosen != SCENARIO_PART:
        place = [phase["phase_id"] for phase in documents.phases(document)].index(chosen)
        st.html(render("phase_preview", lang=body["lang"], phases=[body["phases"][place]]))
        return
    st.html(render("scenario_head", **scenario_view.head(document)))
    st.html(render("scenario_body", **body))


def _rehearsal(draft: Draft, document: dict[str, Any]) -> None:
    subject = DRAFT + draft.draft_id
    scenario = rehearsable(document, draft.scenario_id or draft.draft_id)
    stage = Stage(wiring.desk(), state.user_id(), subject, scenario, st.session_state)
    rehearsal.draw(stage, [subject, *([draft.scenario_id] if draft.scenario_id else [])], wide=False)


def _quality(draft: Draft, document: dict[str, Any], found: Quality, change: Change) -> None:
    st.html(render("quality_figures", figures=on_fields.figures(found.figures)))
    if found.not_run:
        st.warning(f"These checks could not run: {plain(', '.join(found.not_run))}.", icon=":material/report:")
    if not found.advice:
        st.html(render("quality_good"))
        return
    st.markdown(f"**{plural(len(found.advice), 'thing')} to look at**; none of them keeps you from saving.")
    keys = [key_for(each.code, each.pointer, each.message) for each in found.advice]
    for place, each in enumerate(found.advice):
        _advice(draft, document, each, f"{keys[place]}_{keys[:place].count(keys[place])}", change)


def _advice(draft: Draft, document: dict[str, Any], advice: Advice, name: str, change: Change) -> None:
    place = on_fields.place_of(document, advice)
    with st.container(border=True, gap="xsmall", key=f"advice_{name}"):
        st.html(render("quality_advice", where=place.where, severity=advice.severity.value, advice=advice))
        with st.container(horizontal=True, gap="xsmall"):
            key = fields.key_of(draft.draft_id, place.phase_id, place.name)
            st.button(
                "Go to the field", icon=":material/my_location:", key=f"advice_go_{name}", type="tertiary",
                on_click=draft_form.focus_on, args=(place.part, key),
            )  # fmt: skip
            if advice.mend is not None:
                st.button(
                    plain(advice.mend.label), icon=":material/auto_fix_high:", key=f"advice_mend_{name}",
                    on_click=partial(change, advice.mend.apply),
                )  # fmt: skip
