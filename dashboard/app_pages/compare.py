"""Any two states of the catalogue side by side: what differs, and taking it over. The address says which, and what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import compare_address, components, navigate, sides, state
from dashboard.compare_address import PAGE_SIZE, CompareView
from dashboard.comparison import Comparison, Row
from dashboard.difference_rows import KINDS, listing_data
from dashboard.differences import grouped, lines, record_tree
from dashboard.markup import render
from dashboard.state_names import FILE
from dashboard.taking import Naming
from dashboard.widgets import difference_downloads, difference_sides, notices, restore, restore_result
from dashboard.words import plain, plural

MOST_CHANGES = 300
TICKED = "compare_ticked"


def current() -> CompareView:
    """The view that the address names, or the usual one."""
    view = compare_address.parse({name: st.query_params.get_all(name) for name in st.query_params})
    return view if view.old or view.new else difference_sides.default_view()


def show(view: CompareView) -> None:
    """Go to another view."""
    carried = {name: [value] for name, value in state.link_params().items()}
    st.query_params.from_dict(compare_address.params(view) | carried)


def ticked(view: CompareView) -> dict[str, None]:
    """The scenarios that are ticked between these two states, in the order of the clicks."""
    found: dict[str, None]
    pair, found = st.session_state.get(TICKED, (None, {}))
    if pair != (view.old, view.new):
        found = {}
        st.session_state[TICKED] = ((view.old, view.new), found)
    return found


def tick(ids: Sequence[str], on: bool) -> None:  # noqa: FBT001 - called by a component, by position
    """Rows were ticked, or not any more."""
    found = ticked(current())
    for scenario_id in ids:
        if on:
            found[scenario_id] = None
        else:
            found.pop(scenario_id, None)


def naming(comparison: Comparison) -> Naming:
    """What things are called on this page."""
    title = difference_sides.titles()
    held = sides.held_file()

    def state_title(name: str) -> str:
        return title(FILE) if held is not None and name == held.name else title(name)

    def scenario_title(scenario_id: str) -> str:
        row = comparison.row(scenario_id)
        return row.title if row else title(f"scenario:{scenario_id}")

    return Naming(state_title, scenario_title, comparison.phase_names)


def chose_page() -> None:
    """Another page."""
    show(replace(current(), page=int(st.session_state.compare_page)))


def filters(view: CompareView, comparison: Comparison) -> None:
    """Which scenarios are listed."""
    counts = comparison.counts
    state.hold("compare_text", view.text)
    state.hold("compare_kinds", [kind for kind in KINDS if kind in view.kinds])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Search", key="compare_text", type="search", live="300ms", placeholder="Title or id",
            icon=":material/search:", label_visibility="collapsed", width=260, max_chars=200,
            on_change=lambda: show(current().listing(text=st.session_state.compare_text)),
        )  # fmt: skip
        st.pills(
            "Kind of change", [kind for kind in KINDS if counts.get(kind) or kind in view.kinds],
            selection_mode="multi", key="compare_kinds", label_visibility="collapsed",
            format_func=lambda kind: f"{KINDS[kind]} {counts.get(kind, 0):,}",
            on_change=lambda: show(current().listing(kinds=frozenset(st.session_state.compare_kinds))),
        )  # fmt: skip


def results(view: CompareView, comparison: Comparison, names: Naming) -> None:
    """The scenarios with differences, page by page."""
    restore.panel(view, restore.Scope(comparison, names, ticked=ticked(view)), show)
    filters(view, comparison)
    found = comparison.matching(view)
    if not found:
        st.html(render("empty", title="No scenario matches.", text="Take a filter away, or search for fewer words."))
        return
    pages = -(-len(found) // PAGE_SIZE)
    page = min(view.page, pages)
    selectable = bool(restore.targets(view)[0])
    st.caption(plural(len(found), "scenario") + (f", {len(ticked(view)):,} ticked" if ticked(view) else ""))
    components.listing(
        listing_data(
            found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
            lambda scenario_id: compare_address.params(replace(view, scenario=scenario_id)),
            ticked=ticked(view) if selectable else None,
            carried=state.link_params(),
        ),
        key="differences",
        on_open=lambda scenario_id: show(replace(current(), scenario=scenario_id)),
        on_tick=tick,
    )
    if pages > 1:
        state.hold("compare_page", page)
        st.pagination(pages, key="compare_page", on_change=chose_page)


def one(view: CompareView, comparison: Comparison, names: Naming, row: Row) -> None:
    """One scenario: what happened to it, field by field."""
    if not comparison.is_of_one:
        walk(view, comparison, row)
    diff = comparison.diff
    record = diff.removed.get(row.scenario_id, diff.added.get(row.scenario_id))
    change = diff.changed.get(row.scenario_id)
    changes = change.changes if change else ()
    fields: list[dict[str, Any]] = grouped(lines(changes[:MOST_CHANGES], names.phases(row.scenario_id)))
    fact = " · ".join(filter(None, [row.scenario_id, row.fact]))
    st.html(render("scenario_difference_head", title=row.title, fact=fact))
    restore.panel(view, restore.Scope(comparison, names, row.scenario_id), show)
    st.html(
        render(
            "scenario_difference",
            kind=row.kinds[0].value,
            record=None if record is None else record_tree(record),
            fields=fields,
            more=max(0, len(changes) - MOST_CHANGES),
        )
    )


def walk(view: CompareView, comparison: Comparison, row: Row) -> None:
    """Back to the list, and on to the next scenario of it."""
    found = [each.scenario_id for each in comparison.matching(view)]
    place = found.index(row.scenario_id) if row.scenario_id in found else None
    with st.container(horizontal=True, vertical_alignment="center", key="compare_walk"):
        st.button(
            "All differences", icon=":material/arrow_back:", key="compare_back", type="tertiary",
            on_click=show, args=(replace(view, scenario=""),),
        )  # fmt: skip
        if place is not None and place > 0:
            st.button(
                "Previous", icon=":material/chevron_left:", key="compare_previous", type="tertiary",
                on_click=show, args=(replace(view, scenario=found[place - 1]),),
            )  # fmt: skip
        if place is not None and place + 1 < len(found):
            st.button(
                "Next", icon=":material/chevron_right:", key="compare_next", type="tertiary", icon_position="right",
                on_click=show, args=(replace(view, scenario=found[place + 1]),),
            )  # fmt: skip
        if place is not None and len(found) > 1:
            st.caption(f"{place + 1:,} of {len(found):,}", width="content")


def difference(view: CompareView) -> None:
    """The difference of the two states that are chosen."""
    with notices.or_stop():
        comparison = sides.compared(view.old, view.new)
        names = naming(comparison)
        rows = comparison.rows
    old, new = names.state(view.old), names.state(view.new)
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_head"):
        st.html(render("comparison_head", old_name=old, new_name=new, summary=comparison.diff.summary()))
        if rows:
            difference_downloads.menu(comparison, old, new)
    if not rows:
        return
    wanted = comparison.row(view.scenario) or (rows[0] if comparison.is_of_one else None)
    if wanted is not None:
        one(view, comparison, names, wanted)
        return
    if view.scenario:
        st.info(f"{plain(names.scenario(view.scenario))} is the same on both sides.", icon=":material/check:")
    results(view, comparison, names)


@st.fragment
def compare() -> None:
    """Everything below the title: it runs again without the rest of the page."""
    notices.said()
    view = current()
    restore_result.bar(difference_sides.titles())
    difference_sides.choose(view, show)
    if not (view.old and view.new):
        st.html(
            render(
                "empty",
                title="Two states are needed.",
                text="Choose them above, or tick two scenarios in the catalogue and choose Compare there.",
            )
        )
        navigate.link(navigate.CATALOGUE, "Catalogue", ":material/menu_book:")
        return
    if FILE in {view.old, view.new} and sides.held_file() is None:
        st.info("Choose a file above; it is compared as soon as it is here.", icon=":material/upload_file:")
        return
    difference(view)


st.title("Compare")
compare()
