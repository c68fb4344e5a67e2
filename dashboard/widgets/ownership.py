"""What a person can do with one scenario: duplicate, edit, share, delete; and why not, where it is not allowed."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from dashboard import navigate, state, wiring
from dashboard.widgets import downloads, notices, propose, share_links
from scenario_core.catalogue import CatalogueScenario
from scenario_core.custom.batch import Kind
from scenario_core.people import Operation, Person, may
from scenario_core.scenario import Store, new_custom_id

__all__ = ["actions", "duplicate"]


def actions(found: CatalogueScenario, me: Person, address: str) -> None:
    """The buttons below a scenario's title."""
    scenario_id = found.scenario.scenario_id
    edit, share = (may(me, operation, found.subject).allowed for operation in (Operation.UPDATE, Operation.SHARE))
    with st.container(horizontal=True, vertical_alignment="center", key="scenario_actions"):
        if edit:
            st.button(
                "Edit", icon=":material/edit:", type="primary", key="edit",
                on_click=navigate.go, args=(navigate.AUTHOR,), kwargs={"scenario": scenario_id},
            )  # fmt: skip
        if may(me, Operation.DUPLICATE, found.subject).allowed:
            st.button(
                "Duplicate", icon=":material/content_copy:", type="secondary" if edit else "primary", key="duplicate",
                on_click=duplicate, args=(scenario_id, found.scenario.category),
            )  # fmt: skip
        st.button(
            "Rehearse", icon=":material/play_circle:", key="rehearse",
            on_click=navigate.go, args=(navigate.REHEARSE,), kwargs={"id": scenario_id},
        )  # fmt: skip
        export = st.popover("Export", icon=":material/download:", on_change="rerun", key="scenario_export")
        if export.open:
            with export:
                downloads.of_scenario(found.scenario)
        copy = st.popover("Copy link", icon=":material/link:", on_change="rerun", key="copy_link")
        if copy.open:
            copy.code(address, language=None, wrap_lines=True)
        if found.custom is not None and share:
            kind: Kind = "unshare" if found.custom.is_public else "share"
            label, icon = ("Make private", "lock") if found.custom.is_public else ("Share", "group_add")
            st.button(label, icon=f":material/{icon}:", key="share", on_click=_apply, args=(kind, scenario_id))
            parts = urlsplit(address)
            share_links.menu(scenario_id, f"{parts.scheme}://{parts.netloc}")
            propose.offer(found, me)
            st.button("Delete", icon=":material/delete:", key="delete", on_click=_delete, args=(scenario_id,))
    if not edit:
        st.caption(_why_not(found))


@notices.guarded
def duplicate(scenario_id: str, category: str) -> None:
    """Copy a scenario and open the copy for editing; a double click makes one copy."""
    copy_id = state.steady(f"copy of {scenario_id}", lambda: new_custom_id(category))
    with wiring.desk().builder() as service:
        made = service.duplicate_scenario(scenario_id, state.user_id(), copy_id=copy_id)
    state.say("Your copy is private until you share it.", ":material/content_copy:")
    navigate.go(navigate.AUTHOR, scenario=made.scenario_id)


def _why_not(found: CatalogueScenario) -> str:
    if found.store is Store.PRODUCTION:
        return "Production scenarios are read-only here. Duplicate one and change the copy."
    return "Only its owner can change this scenario. Duplicate it and change the copy."


@notices.guarded
def _apply(kind: Kind, scenario_id: str) -> None:
    with wiring.desk().builder() as service:
        state.remember(service.batch.apply(state.user_id(), kind, [scenario_id]))


@notices.guarded
def _delete(scenario_id: str) -> None:
    with wiring.desk().builder() as service:
        state.remember(service.batch.apply(state.user_id(), "delete", [scenario_id]))
    navigate.go(navigate.MINE)
