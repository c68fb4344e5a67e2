"""One collection or learning path: to be read by everyone it is shared with, and changed by its owner."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from dashboard import components, discovery, navigate, state, wiring
from dashboard.markup import render
from dashboard.widgets import notices, paging, person
from dashboard.words import plain
from scenario_core.custom.collections import LONGEST_DESCRIPTION, LONGEST_TITLE, Collection, CollectionItem
from scenario_core.errors import ScenarioDeskError
from scenario_core.people import Operation, may

_REMOVED: Final = "removed_from_collection"


def actions(collection: Collection) -> None:
    """What can be done with it as a whole."""
    base = urlsplit(st.context.url or "")
    with st.container(horizontal=True, vertical_alignment="center", key="collection_actions"):
        if is_mine:
            details = st.popover("Edit", icon=":material/edit:", on_change="rerun", key="collection_details")
            if details.open:
                with details:
                    form(collection)
            if collection.is_public or may(state.me(), Operation.SHARE_COLLECTION).allowed:
                label, icon = ("Make private", "lock") if collection.is_public else ("Share", "group_add")
                st.button(
                    label, icon=f":material/{icon}:", key="share_collection", on_click=share, args=(collection,),
                    help="Everyone will see it, with those of its scenarios that they may read."
                    if not collection.is_public
                    else "Only you will see it.",
                )  # fmt: skip
        copy = st.popover("Copy link", icon=":material/link:", on_change="rerun", key="copy_collection_link")
        if copy.open:
            address = f"{base.scheme}://{base.netloc}{base.path}?id={collection.collection_id}"
            copy.code(address, language=None, wrap_lines=True)
        if is_mine:
            st.button("Delete", icon=":material/delete:", key="delete_collection", on_click=delete, args=(collection,))


def form(collection: Collection) -> None:
    """What it is called and what it says of itself."""
    title, text, is_path = (f"collection_{name}_{collection.collection_id}" for name in ("title", "text", "path"))
    if title not in st.session_state:
        st.session_state[title] = collection.title
        st.session_state[text] = collection.description
        st.session_state[is_path] = collection.is_path
    with st.form("collection_form", border=False):
        st.text_input("Title", key=title, max_chars=LONGEST_TITLE)
        st.text_area("Description (optional)", key=text, max_chars=LONGEST_DESCRIPTION, height=120)
        st.checkbox("A learning path", key=is_path, help="Its scenarios are numbered, in the order to practise.")
        st.form_submit_button("Save", type="primary", on_click=edit, args=(collection, title, text, is_path))


@notices.guarded
def edit(collection: Collection, title: str, text: str, is_path: str) -> None:
    """Save what was typed."""
    with wiring.desk().builder() as service:
        service.collections.edit(
            collection.collection_id, state.user_id(), title=st.session_state[title],
            description=st.session_state[text], is_path=st.session_state[is_path], expected_version=collection.version,
        )  # fmt: skip
    state.say("Saved.")


@notices.guarded
def share(collection: Collection) -> None:
    """Share it, or take it back."""
    with wiring.desk().builder() as service:
        service.collections.set_visibility(
            collection.collection_id, state.user_id(), is_public=not collection.is_public,
            expected_version=collection.version,
        )  # fmt: skip


@notices.guarded
def delete(collection: Collection) -> None:
    """Delete it and say where it can be brought back."""
    with wiring.desk().builder() as service:
        service.collections.delete(collection.collection_id, state.user_id())
    state.say(f"Deleted {plain(collection.title)}. It can be brought back here, below.", ":material/delete:")
    navigate.go(navigate.DISCOVER, show="collections")


@notices.guarded
def move(scenario_id: str, by: int) -> None:
    """One place up or down among what the owner sees, as it stands now: quick keys may be ahead of the page."""
    with wiring.desk().builder() as service:
        held = service.collections.get(collection_id, state.user_id())
        order = [item.scenario_id for item in held.items]
        if scenario_id not in order:
            return
        place = order.index(scenario_id)
        order.insert(max(0, min(len(order), place + by)), order.pop(place))
        service.collections.arrange(collection_id, state.user_id(), order, expected_version=held.version)


@notices.guarded
def note(scenario_id: str, text: str) -> None:
    """Note something of a scenario."""
    with wiring.desk().builder() as service:
        service.collections.annotate(collection_id, state.user_id(), scenario_id, text)


@notices.guarded
def remove(scenario_id: str) -> None:
    """Take a scenario out; one click puts it back where it stood, with its note."""
    with wiring.desk().builder() as service:
        held = service.collections.get(collection_id, state.user_id())
        taken = {item.scenario_id: (place, item) for place, item in enumerate(held.items)}.get(scenario_id)
        service.collections.remove(collection_id, state.user_id(), scenario_id)
    if taken is not None:
        st.session_state[_REMOVED] = (collection_id, *taken)


@notices.guarded
def put_back(place: int, item: CollectionItem) -> None:
    """Put the scenario back that was taken out last."""
    st.session_state.pop(_REMOVED, None)
    with wiring.desk().builder() as service:
        service.collections.add(collection_id, state.user_id(), item.scenario_id, item.note, position=place)


def undo_bar() -> None:
    """What was taken out last, and the button that puts it back."""
    of, place, item = st.session_state.get(_REMOVED) or (None, 0, None)
    if of != collection_id or item is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="undo_bar"):
        st.markdown("**Took a scenario out.**", width="stretch")
        st.button("Undo", icon=":material/undo:", on_click=put_back, args=(place, item), key="put_back", type="primary")


def items(collection: Collection) -> None:
    """The scenarios, fifty at a time."""
    if not collection.items:
        st.html(
            render(
                "empty",
                title="There is no scenario in it yet." if is_mine else "There is nothing in it that you may read.",
                text="Open a scenario of the catalogue and choose Collect." if is_mine else "It may be filled later.",
            )
        )
        navigate.link(navigate.CATALOGUE, "Catalogue", ":material/menu_book:")
        return
    first = paging.skipped("page", len(collection.items)) + 1
    last = first + paging.SIZE - 1
    shown = [item.scenario_id for item in collection.items[first - 1 : last]]
    listed = wiring.desk().catalogue.listed(state.user_id(), shown)
    notices.missing_parts(listed.problems)
    entries = {entry.scenario_id: entry for entry in listed.entries}
    data = discovery.collection_data(collection, entries, first, last, state.link_params())
    components.collection(
        data | {"editable": is_mine}, key="collection_items", on_open=navigate.open_scenario, on_move=move,
        on_note=note, on_remove=remove,
    )  # fmt: skip
    if is_mine:
        st.caption("Move with the arrows, or with Alt and the arrow keys. Notes are saved when you leave their field.")
    paging.draw("page", len(collection.items))


collection_id = st.query_params.get("id", "")
try:
    with wiring.desk().builder() as opened:
        found = opened.collections.get(collection_id, state.user_id())
except ScenarioDeskError as error:
    st.title("Collection")
    notices.failed(error)
    navigate.link(navigate.DISCOVER, "Look for others", ":material/explore:", show="collections")
    st.stop()
notices.missing_parts()
me = state.user_id()
is_mine = found.owner_id == me
st.html(
    render(
        "collection_head",
        store=discovery.store_of(found, me),
        store_label=discovery.visibility(found, me),
        facts=discovery.collection_facts(found, me, person.owner_names()),
        title=found.title,
        description=found.description,
    )
)
actions(found)
undo_bar()
items(found)
