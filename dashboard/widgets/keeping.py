"""What a person keeps of a scenario: a bookmark, a place in collections, labels; and how others rate it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import streamlit as st

from dashboard import discovery, navigate, state, wiring
from dashboard.widgets import notices
from dashboard.words import plain
from scenario_core.catalogue import CatalogueScenario
from scenario_core.custom.collections import LONGEST_TITLE
from scenario_core.errors import DatabaseError
from scenario_core.people import Operation, Person, may

__all__ = ["bar", "new_collection"]

SHOWN = 5
"""How many of one's collections stand there at once, the latest changed; the others are searched."""


def bar(found: CatalogueScenario, me: Person) -> None:
    """One row below a scenario's title; a sentence where the database does not answer."""
    scenario_id = found.scenario.scenario_id
    if not may(me, Operation.BOOKMARK, found.subject).allowed:
        return
    try:
        with wiring.desk().builder() as service:
            is_kept = service.bookmarks.has(scenario_id, me.user_id)
            labels = service.labels.of(scenario_id, me.user_id)
            sums = service.ratings.sums([scenario_id], me.user_id).get(scenario_id)
    except DatabaseError:
        st.caption("Bookmarks, collections and ratings can't be read at the moment.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="keeping", gap="small"):
        st.button(
            "Bookmarked" if is_kept else "Bookmark", key="bookmark", type="tertiary",
            icon=":material/bookmark_added:" if is_kept else ":material/bookmark_add:",
            on_click=_keep, args=(scenario_id,), kwargs={"on": not is_kept},
            help="Take the bookmark away" if is_kept else "Find it again under Discover",
        )  # fmt: skip
        collect = st.popover(
            "Collect", icon=":material/playlist_add:", type="tertiary", on_change="rerun", key="collect"
        )
        if collect.open:
            with collect:
                _collections(scenario_id, me.user_id)
        named = f"Labels ({len(labels)})" if labels else "Label"
        label = st.popover(named, icon=":material/label:", type="tertiary", on_change="rerun", key="label")
        if label.open:
            with label:
                _labels(scenario_id, labels)
        if sums is not None:
            st.caption(discovery.average(sums))


def new_collection(scenario_id: str | None = None) -> None:
    """The form for a new collection, into which the scenario is put where there is one."""
    name = scenario_id or ""
    with st.form(f"new_collection {name}", border=False, clear_on_submit=False):
        st.text_input("Title", key="collection_title", max_chars=LONGEST_TITLE, placeholder="Ordering with confidence")
        st.checkbox(
            "A learning path",
            key="collection_is_path",
            help="Its scenarios are numbered, in the order to practise.",
        )
        st.form_submit_button(
            "Make it and add this" if scenario_id else "Make it", type="primary", on_click=_make, args=(scenario_id,)
        )


def _collections(scenario_id: str, me: int) -> None:
    with notices.or_stop(), wiring.desk().builder() as service:
        recent = service.collections.own(me, limit=SHOWN)
        titles = service.collections.titles(me)
        holding = service.collections.holding(me, scenario_id)
    if recent:
        st.markdown("**In my collections**")
    shown = [each.collection_id for each in recent]
    for name in [*shown, *(name for name in titles if name in holding and name not in shown)]:
        key = f"collect_{name}"
        state.hold(key, name in holding)
        st.checkbox(plain(titles[name]), key=key, on_change=_collect, args=(name, titles[name], scenario_id, key))
    others = [name for name in titles if name not in holding and name not in shown]
    if others:
        key = f"collect_other_{scenario_id}_{me}"
        st.selectbox(
            "Another one of mine", others, index=None, key=key, placeholder="Type to find it",
            format_func=lambda name: plain(titles.get(name, "")), on_change=_collect_other,
            args=(titles, scenario_id, key),
        )  # fmt: skip
    st.markdown("**A new one**")
    new_collection(scenario_id)


def _labels(scenario_id: str, labels: tuple[str, ...]) -> None:
    st.caption("Words of your own. Nobody else sees them, and Discover finds scenarios by them.")
    key = f"labels_{scenario_id}"
    state.hold(key, list(labels))
    with wiring.desk().builder() as service:
        known = service.labels.counts(state.user_id())
    st.multiselect(
        "Labels", sorted({*known, *labels}), key=key, accept_new_options=True, placeholder="exam, week 3",
        format_func=plain, on_change=_label, args=(scenario_id, key),
    )  # fmt: skip


@notices.guarded
def _keep(scenario_id: str, *, on: bool) -> None:
    with wiring.desk().builder() as service:
        (service.bookmarks.add if on else service.bookmarks.remove)(scenario_id, state.user_id())


@notices.guarded
def _collect(collection_id: str, title: str, scenario_id: str, key: str) -> None:
    with wiring.desk().builder() as service:
        if st.session_state[key]:
            service.collections.add(collection_id, state.user_id(), scenario_id)
            state.say(f"Added to {plain(title)}.", ":material/playlist_add_check:")
        else:
            service.collections.remove(collection_id, state.user_id(), scenario_id)
            state.say(f"Taken out of {plain(title)}.", ":material/playlist_remove:")


@notices.guarded
def _collect_other(titles: Mapping[str, str], scenario_id: str, key: str) -> None:
    collection_id = st.session_state[key]
    if collection_id is None:
        return
    st.session_state[key] = None
    with wiring.desk().builder() as service:
        service.collections.add(collection_id, state.user_id(), scenario_id)
    state.say(f"Added to {plain(titles[collection_id])}.", ":material/playlist_add_check:")


@notices.guarded
def _label(scenario_id: str, key: str) -> None:
    with wiring.desk().builder() as service:
        service.labels.put(scenario_id, state.user_id(), st.session_state[key])


@notices.guarded
def _make(scenario_id: str | None) -> None:
    """A double click makes one collection."""
    title, is_path = st.session_state.collection_title, st.session_state.collection_is_path
    collection_id = state.steady(f"collection {title}", lambda: str(uuid.uuid4()))
    with wiring.desk().builder() as service:
        made = service.collections.create(state.user_id(), title, is_path=is_path, collection_id=collection_id)
        if scenario_id is not None:
            service.collections.add(made.collection_id, state.user_id(), scenario_id)
    st.session_state.collection_title = ""
    if scenario_id is not None:
        state.say(f"Made {plain(made.title)} with this scenario in it.", ":material/playlist_add_check:")
        return
    navigate.go(navigate.COLLECTION, id=made.collection_id)
