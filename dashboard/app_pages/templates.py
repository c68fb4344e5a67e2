"""Worked examples to begin with."""

import uuid

import streamlit as st

from dashboard import navigate, state, wiring
from dashboard.authoring import document as documents
from dashboard.markup import render
from dashboard.widgets import notices, scenario_files
from dashboard.words import plain
from scenario_core.people import Operation, may


@notices.guarded
def begin(name: str, document: dict[str, object]) -> None:
    """Open a new draft; a double click opens one."""
    draft_id = state.steady(f"draft of {name}", lambda: str(uuid.uuid4()))
    with wiring.desk().builder() as service:
        draft = service.drafts.open(state.user_id(), document, draft_id=draft_id)
    navigate.go(navigate.AUTHOR, draft=draft.draft_id)


st.title("Templates")
st.markdown("Each is a worked example: begin with it, then make it yours. Nothing is stored for others until you save.")
allowed = may(state.me(), Operation.CREATE).allowed
if not allowed:
    st.info("Your role lets you look at templates, but not begin a scenario.", icon=":material/lock:")
with notices.or_stop():
    templates = wiring.templates()
if allowed:
    scenario_files.take_in()
with st.grid("auto", min_column_width=270, border=True):
    with st.container(gap="small"):
        st.html(render("template", name="An empty page", category="", facts="Two empty phases", guidance=()))
        st.button(
            "Begin", key="begin_blank", icon=":material/add:", disabled=not allowed, type="primary",
            on_click=begin, args=("blank", documents.blank()), help="Begin with an empty page",
        )  # fmt: skip
    for number, template in enumerate(templates):
        with st.container(gap="small"):
            facts = f"{len(template.document['phases'])} phases, {template.document['duration_minutes']} minutes"
            st.html(
                render(
                    "template", name=template.name, category=template.category, facts=facts, guidance=template.guidance
                )
            )
            st.button(
                "Begin with this", key=f"begin_{number}", icon=":material/add:", disabled=not allowed,
                on_click=begin, args=(template.name, template.document), help=f"Begin with {plain(template.name)}",
            )  # fmt: skip
