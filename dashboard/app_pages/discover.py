"""Discover: what one has kept, what others use and rate, and paths through it. The address says what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from dashboard import components, discovery, navigate, rows, state, wiring
from dashboard.widgets import keeping, notices, paging, person
from dashboard.words import plain
from scenario_core.custom.collections import Collection
from scenario_core.discovery import FEWEST_RATINGS, UsedRankings, unfinished
from scenario_core.discovery.used import FEWEST_LEARNERS
from scenario_core.errors import ScenarioDeskError
from scenario_core.listing import CatalogueEntry
from scenario_core.people import Operation, may

A_FEW: Final = 3
ALL: Final = paging.SIZE
SHOW: Final = "show"
LABEL: Final = "label"
CONTINUE, BOOKMARKS, TRENDING, MOST_USED, BEST_RATED, COLLECTIONS = (
    "continue", "bookmarks", "trending", "most-used", "best-rated", "collections",
)  # fmt: skip
TITLES: Final = {
    CONTINUE: "Continue",
    BOOKMARKS: "Bookmarks",
    TRENDING: "Trending",
    MOST_USED: "Most used",
    BEST_RATED: "Best rated",
    COLLECTIONS: "Learning paths and collections",
}
MORE: Final = {
    CONTINUE: "All that is open",
    BOOKMARKS: "All bookmarks",
    TRENDING: "More that is trending",
    MOST_USED: "More of the most used",
    BEST_RATED: "More of the best rated",
    COLLECTIONS: "All collections",
}


def head(name: str, text: str = "", *, has_more: bool = False) -> None:
    """A section's heading, the way to all of it, and how it came about."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key=f"discover_head_{name}"
    ):
        st.header(TITLES[name], width="content")
        if has_more and limit == A_FEW:
            navigate.link(navigate.DISCOVER, MORE[name], ":material/arrow_forward:", show=name)
    if text:
        st.caption(text)


def tiles(name: str, entries: Sequence[CatalogueEntry], notes: Mapping[str, str]) -> None:
    """Scenarios beside what is to be said of each."""
    look = rows.Look(TITLES[name], layout="tiles", notes=notes, carried=state.link_params())
    components.listing(
        rows.listing_data(entries[:limit], me.user_id, person.owner_names(), look),
        key=f"discover_{name}",
        on_open=navigate.open_scenario,
    )


def chose_label() -> None:
    """Another label, or none."""
    if chosen := st.session_state.discover_label:
        st.query_params[LABEL] = chosen
    else:
        st.query_params.pop(LABEL, None)


def place(name: str, total: int) -> int:
    """How many stand before what is shown; none on the overview."""
    return paging.skipped(name, total) if limit == ALL else 0


def pages(name: str, total: int) -> None:
    """The numbered pages of one section alone."""
    if limit == ALL:
        paging.draw(name, total)


def begun() -> None:
    """What the person has begun and not ended; no section where there is nothing."""
    found = unfinished(desk, me, limit=limit + 1)
    if found or wanted == CONTINUE:
        head(CONTINUE, "" if found else "Nothing is open.", has_more=len(found) > limit)
    if found:
        notes = {each.entry.scenario_id: discovery.progress(each) for each in found}
        tiles(CONTINUE, [each.entry for each in found], notes)


def bookmarks() -> None:
    """What the person has kept, or labelled with one of their words."""
    with wiring.desk().builder() as service:
        labels = service.labels.counts(me.user_id)
        label = st.query_params.get(LABEL, "")
        labelled = service.labels.scenarios(me.user_id, label) if label in labels else []
        kept = labelled if label else service.bookmarks.list(me.user_id)
    head(BOOKMARKS, has_more=len(kept) > limit)
    if labels:
        state.hold("discover_label", label if label in labels else None)
        st.pills(
            "My labels", list(labels), key="discover_label", on_change=chose_label, wrap=True,
            format_func=lambda word: f"{plain(word)} ({labels.get(word, 0)})",
        )  # fmt: skip
    skip = place("page", len(kept))
    page = desk.catalogue.listed(me.user_id, kept[skip : skip + limit])
    if page.entries:
        tiles(BOOKMARKS, page.entries, {})
        pages("page", len(kept))
    else:
        st.caption(
            "No scenario with this label."
            if label
            else "Nothing yet. Open a scenario and choose Bookmark: it stands here until you take the bookmark away."
        )


def rankings() -> UsedRankings | str:
    """What is used, or why that can't be told."""
    decision = may(me, Operation.READ_USAGE)
    if not decision.allowed:
        return "How scenarios are used is not for your role to see."
    try:
        if wiring.usage().look() is None:
            return "How scenarios are used is being read; look again in a moment."
        return wiring.usings().rankings(me, limit=limit + 1)
    except ScenarioDeskError:
        return "How scenarios are used can't be read at the moment."


def trending(ranked: UsedRankings | str) -> None:
    """What has gained more learners than all scenarios together."""
    if isinstance(ranked, str):
        head(TRENDING)
        st.caption(ranked)
        return
    if not ranked.trending:
        least = max(FEWEST_LEARNERS, ranked.smallest_group)
        text = (
            f"Nothing is at the moment: that needs runs of five weeks, {least} learners in 7 days, and a rise beyond "
            "that of all scenarios together and beyond chance."
        )
        head(TRENDING, text + sample(ranked))
        return
    text = (
        "Their learners have risen more in the last 7 days, against the four weeks before, than those of all scenarios "
        "together. By chance alone something would be named in at most 1 of 20 weeks."
    )
    head(TRENDING, text + sample(ranked), has_more=len(ranked.trending) > limit)
    notes = {entry.scenario_id: discovery.rising(each, ranked.smallest_group) for entry, each in ranked.trending}
    tiles(TRENDING, [entry for entry, _ in ranked.trending], notes)


def most_used(ranked: UsedRankings | str) -> None:
    """What most learners start."""
    if isinstance(ranked, str):
        head(MOST_USED)
        st.caption(ranked)
        return
    if not ranked.most_used:
        head(
            MOST_USED,
            f"None was started by {ranked.smallest_group} learners in the last 90 days, and of fewer nothing is told.",
        )
        return
    text = "By how many learners started them in the last 90 days."
    head(MOST_USED, text + sample(ranked), has_more=len(ranked.most_used) > limit)
    notes = {entry.scenario_id: discovery.used(each) for entry, each in ranked.most_used}
    tiles(MOST_USED, [entry for entry, _ in ranked.most_used], notes)


def sample(ranked: UsedRankings) -> str:
    """What is to be known of made-up runs."""
    return " **These are sample runs, made up.**" if ranked.is_sample else ""


def rated() -> None:
    """What people rate highest, few ratings counting for little."""
    found = wiring.best_rated().ranking(me, limit=limit + 1)
    if not found:
        head(BEST_RATED, f"No scenario has {FEWEST_RATINGS} ratings yet. Rate one on its page, under Reviews.")
        return
    text = "By what the average is at least, with 95 % certainty: few ratings count for little, however good they are."
    head(BEST_RATED, text, has_more=len(found) > limit)
    notes = {
        each.entry.scenario_id: f"★ {each.mean:.1f} of 5 from {each.number:,} ratings, at least {each.lower:.1f}"
        for each in found
    }
    tiles(BEST_RATED, [each.entry for each in found], notes)


@notices.guarded
def restore(collection_id: str, title: str) -> None:
    """Bring a deleted collection back."""
    with wiring.desk().builder() as service:
        service.collections.restore(collection_id, state.user_id())
    state.say(f"{plain(title)} is back, private.", ":material/restore_from_trash:")


def collections() -> None:
    """One's own and those of others, and the form for a new one."""
    with wiring.desk().builder() as service:
        totals = service.collections.count(me.user_id)
        own = service.collections.own(me.user_id, skip=place("own", totals[0]), limit=limit)
        shared = service.collections.shared(me.user_id, skip=place("shared", totals[1]), limit=limit)
        gone = service.collections.deleted(me.user_id)
    head(COLLECTIONS, has_more=max(totals) > limit or bool(gone))
    if may(me, Operation.COLLECT).allowed:
        new = st.popover("New collection", icon=":material/add:", on_change="rerun", key="new_collection")
        if new.open:
            with new:
                keeping.new_collection()
    for key, label, found, total in (
        ("own", "Mine", own, totals[0]), ("shared", "Shared by others", shared, totals[1]),
    ):  # fmt: skip
        if found:
            st.subheader(label)
            collection_tiles(key, label, found)
            pages(key, total)
    if not own and not shared:
        st.caption("None yet. Scenarios are put into collections on their pages, under Collect.")
    if gone and limit == ALL:
        deleted(gone)


def collection_tiles(key: str, label: str, found: Sequence[Collection]) -> None:
    """Some collections."""
    components.listing(
        discovery.collection_rows(found, me.user_id, person.owner_names(), label, state.link_params()),
        key=f"collections_{key}",
        on_open=lambda collection_id: navigate.go(navigate.COLLECTION, id=collection_id),
    )


def deleted(gone: Sequence[Collection]) -> None:
    """What can be brought back."""
    st.subheader("Deleted")
    for each in gone:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(each.title, width="stretch")
            st.button(
                "Bring back", key=f"restore_{each.collection_id}", icon=":material/restore_from_trash:",
                type="tertiary", on_click=restore, args=(each.collection_id, each.title),
                help=f"Bring {plain(each.title)} back",
            )  # fmt: skip


desk, me = wiring.desk(), state.me()
wanted = st.query_params.get(SHOW, "")
limit = ALL if wanted in TITLES else A_FEW
st.title("Discover")
if wanted in TITLES:
    navigate.link(navigate.DISCOVER, "Everything to discover", ":material/arrow_back:")
notices.missing_parts()
with notices.or_stop():
    is_wanted = {name: wanted == name or wanted not in TITLES for name in TITLES}
    if is_wanted[CONTINUE]:
        begun()
    if is_wanted[BOOKMARKS]:
        bookmarks()
    if is_wanted[TRENDING] or is_wanted[MOST_USED]:
        ranked = rankings()
        if is_wanted[TRENDING]:
            trending(ranked)
        if is_wanted[MOST_USED]:
            most_used(ranked)
    if is_wanted[BEST_RATED]:
        rated()
    if is_wanted[COLLECTIONS]:
        collections()
