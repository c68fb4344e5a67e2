"""What belongs to the person who is looking: drafts, scenarios, and what was deleted."""

from __future__ import annotations

import streamlit as st

from dashboard import components, navigate, rows, state, wiring, words
from dashboard.markup import render
from dashboard.widgets import bulk, notices, person
from dashboard.words import plain
from scenario_core.custom.drafts import Draft
from scenario_core.custom.service import DeletedScenario
from scenario_core.listing import CatalogueFilter, SortKey

SHOWN = 20
DRAFTS_SHOWN = 50


@notices.guarded
def restore(scenario_id: str, title: str) -> None:
    """Bring a deleted scenario back."""
    with wiring.desk().builder() as service:
        service.restore_deleted(scenario_id, state.user_id())
    state.say(f"{plain(title)} is back, private.", ":material/restore_from_trash:")


@notices.guarded
def discard(draft: Draft) -> None:
    """Throw a draft away; the undo bar brings it back."""
    with wiring.desk().builder() as service:
        service.drafts.discard(draft.draft_id, state.user_id())
    st.session_state.discarded = draft


@notices.guarded
def take_back() -> None:
    """Bring the draft back that was thrown away last."""
    draft: Draft = st.session_state.pop("discarded")
    with wiring.desk().builder() as service:
        service.drafts.put_back(draft, state.user_id())


def title_of(draft: Draft) -> str:
    """A draft's title, or what it is."""
    name = draft.document.get("name")
    return name.strip() if isinstance(name, str) and name.strip() else "Untitled draft"


def drafts(found: list[Draft]) -> None:
    """Unfinished work."""
    st.header("Drafts")
    gone: Draft | None = st.session_state.get("discarded")
    if gone is not None and gone.owner_id == state.user_id():
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.markdown(f"Threw the draft {plain(title_of(gone))} away.", width="stretch")
            st.button("Undo", icon=":material/undo:", on_click=take_back, key="undo_discard", type="primary")
    if not found:
        st.caption("No unfinished work. Begin under Templates, or duplicate a scenario of the catalogue.")
    for draft in found[:DRAFTS_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center"):
            navigate.link(navigate.AUTHOR, plain(title_of(draft)), ":material/edit_note:", draft=draft.draft_id)
            kind = "a change to your scenario" if draft.scenario_id else "a new scenario"
            st.caption(f"{kind}, last typed {words.moment(draft.updated_at)} UTC", width="stretch")
            st.button(
                "Discard", key=f"discard_{draft.draft_id}", type="tertiary", icon=":material/delete:",
                on_click=discard, args=(draft,), help=f"Discard {plain(title_of(draft))}",
            )  # fmt: skip
    more(found)


def more(found: list[Draft] | list[DeletedScenario]) -> None:
    """Say how many are not shown."""
    if len(found) > DRAFTS_SHOWN:
        st.caption(f"{len(found) - DRAFTS_SHOWN:,} older ones are not shown; they appear as these are dealt with.")


def deleted(found: list[DeletedScenario]) -> None:
    """What can be brought back."""
    if not found:
        return
    st.header("Deleted")
    for each in found[:DRAFTS_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(each.title, width="content")
            st.caption(f"deleted {words.moment(each.deleted_at)} UTC", width="stretch")
            st.button(
                "Bring back", key=f"restore_{each.scenario_id}", icon=":material/restore_from_trash:", type="tertiary",
                on_click=restore, args=(each.scenario_id, each.title), help=f"Bring {plain(each.title)} back",
            )  # fmt: skip
    more(found)


st.title("My scenarios")
bulk.undo_bar()
me = state.user_id()
with notices.or_stop(), wiring.desk().builder() as service:
    unfinished, gone = service.drafts.list(me), service.list_deleted(me)
drafts(unfinished)
st.header("Scenarios")
page = wiring.desk().catalogue.page(
    me, CatalogueFilter(stores=frozenset({"mine"})), sort=SortKey.UPDATED, descending=True, limit=SHOWN
)
notices.missing_parts(page.problems)
if page.entries:
    look = rows.Look(
        "Your scenarios",
        ("store", "category", "difficulty", "language", "state", "updated"),
        carried=state.link_params(),
    )
    components.listing(
        rows.listing_data(page.entries, me, person.owner_names(), look), key="mine", on_open=navigate.open_scenario
    )
    navigate.link(navigate.CATALOGUE, "All of them in the catalogue", ":material/menu_book:", store="mine")
elif not page.problems:
    st.html(render("empty", title="You have no scenarios yet.", text="Begin with a template, or duplicate one."))
    navigate.link(navigate.TEMPLATES, "Templates", ":material/dashboard_customize:")
deleted(gone)
