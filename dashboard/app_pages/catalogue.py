"""The catalogue: both stores as one list. The address says which scenarios it shows, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import address, components, navigate, rows, state, wiring
from dashboard.markup import render
from dashboard.widgets import bulk, downloads, notices, person, views
from dashboard.words import plural
from scenario_core.catalogue import CataloguePage, Facets
from scenario_core.custom.views import CATALOGUE
from scenario_core.listing import SortKey

SORTS = {
    SortKey.TITLE: "Title",
    SortKey.UPDATED: "Last change",
    SortKey.CREATED: "Creation",
    SortKey.DURATION: "Length",
    SortKey.RELEVANCE: "Best match",
}


def current() -> address.CatalogueView:
    """The view that the address names."""
    return address.parse({name: st.query_params.get_all(name) for name in st.query_params})


def show(view: address.CatalogueView) -> None:
    """Go to another view."""
    carried = {name: [value] for name, value in state.link_params().items()}
    st.query_params.from_dict(address.params(view) | carried)


def search() -> None:
    """What was typed into the search."""
    view = current()
    text = st.session_state.catalogue_text
    began = bool(text.strip()) and not view.wanted.text.strip()
    narrowed = view.narrowed(replace(view.wanted, text=text[: address.LONGEST_TEXT]))
    show(replace(narrowed, sort=SortKey.RELEVANCE, descending=False) if began else narrowed)


def toggle(group: str, value: str, on: bool) -> None:  # noqa: FBT001 - called by a component, by position
    """A choice of a facet."""
    view = current()
    show(view.narrowed(address.toggled(view.wanted, group, value, on=on)))


def sort_by(column: str) -> None:
    """A heading was clicked."""
    name = rows.SORTABLE.get(column, column)
    if name in set(SortKey):
        show(current().sorted_by(SortKey(name)))


def chose_sort() -> None:
    """Another order."""
    view = current()
    if st.session_state.catalogue_sort != view.sort:
        show(view.sorted_by(SortKey(st.session_state.catalogue_sort)))


def chose_layout() -> None:
    """A table or tiles."""
    show(replace(current(), layout=st.session_state.catalogue_layout or "table"))


def chose_columns() -> None:
    """Other columns."""
    chosen = set(st.session_state.catalogue_columns)
    columns = tuple(name for name in address.COLUMNS if name in chosen)
    show(replace(current(), columns=columns or address.DEFAULT_COLUMNS))


def chose_page() -> None:
    """Another page."""
    show(replace(current(), page=int(st.session_state.catalogue_page)))


def tick(ids: Sequence[str], on: bool) -> None:  # noqa: FBT001 - called by a component, by position
    """Rows were ticked, or not any more."""
    titles: dict[str, str] = st.session_state.get("catalogue_titles", {})
    ticked = state.ticked()
    for scenario_id in ids:
        if on:
            ticked[scenario_id] = titles.get(scenario_id, scenario_id)
        else:
            ticked.pop(scenario_id, None)


def toolbar(view: address.CatalogueView) -> None:
    """Search, order, layout, columns, saved views."""
    state.hold("catalogue_text", view.wanted.text)
    state.hold("catalogue_sort", view.sort.value)
    state.hold("catalogue_layout", view.layout)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Search", key="catalogue_text", type="search", live="300ms", on_change=search, icon=":material/search:",
            placeholder="Title, phrase, vocabulary, …", label_visibility="collapsed", width=300,
            max_chars=address.LONGEST_TEXT,
        )  # fmt: skip
        orders = [key.value for key in SORTS if key is not SortKey.RELEVANCE or view.wanted.text.strip()]
        st.selectbox(
            "Order", orders, key="catalogue_sort", on_change=chose_sort, width=150, icon=":material/sort:",
            format_func=lambda name: SORTS[SortKey(name)], label_visibility="collapsed",
        )  # fmt: skip
        st.segmented_control(
            "Layout", ["table", "tiles"], key="catalogue_layout", on_change=chose_layout, required=True,
            format_func={"table": ":material/table_rows: Table", "tiles": ":material/grid_view: Tiles"}.__getitem__,
            label_visibility="collapsed",
        )  # fmt: skip
        if view.layout == "table":
            columns = st.popover("Columns", icon=":material/view_column:", on_change="rerun", key="columns")
            if columns.open:
                state.hold("catalogue_columns", list(view.columns))
                columns.pills(
                    "Columns", list(address.COLUMNS), selection_mode="multi", key="catalogue_columns",
                    on_change=chose_columns, format_func=address.COLUMNS.__getitem__,
                )  # fmt: skip
        views.menu(CATALOGUE, address.query(view), lambda query: show(address.parse_query(query)))


def summary(view: address.CatalogueView, facets: Facets) -> None:
    """How many pass, and the way back to all."""
    number = plural(facets.total, "scenario") if facets.exact else f"At least {plural(facets.total, 'scenario')}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{number}**", width="content")
        if address.is_narrowed(view.wanted):
            st.button(
                "Clear filters", icon=":material/filter_alt_off:", type="tertiary", key="clear_filters",
                on_click=lambda: show(replace(address.CatalogueView(), layout=view.layout, columns=view.columns)),
            )  # fmt: skip
        if facets.total:
            popover = st.popover("Export", icon=":material/download:", type="tertiary", on_change="rerun", key="export")
            if popover.open:
                with popover:
                    downloads.of_view(view, facets.total)


def results(view: address.CatalogueView, page: CataloguePage) -> None:
    """The list itself."""
    if not page.entries:
        st.html(
            render("empty", title="No scenario matches.", text="Take a filter away, or search for fewer words.")
            if address.is_narrowed(view.wanted)
            else render("empty", title="There are no scenarios yet.", text="Begin with a template under Templates.")
        )
        return
    me = state.user_id()
    st.session_state.catalogue_titles = {entry.scenario_id: entry.title for entry in page.entries}
    look = rows.Look(
        "Scenarios",
        view.columns,
        view.layout,
        ticked=state.ticked(),
        tags=tags_of(page),
        sort=(view.sort.value, view.descending),
        carried=state.link_params(),
    )
    components.listing(
        rows.listing_data(page.entries, me, person.owner_names(), look),
        key="catalogue_list",
        on_open=navigate.open_scenario,
        on_tick=tick,
        on_sort=sort_by,
    )


def tags_of(page: CataloguePage) -> dict[str, tuple[str, ...]]:
    """The tags of what is shown; none where the database does not answer."""
    if page.problems:
        return {}
    with wiring.desk().builder() as service:
        return service.tags.by_scenario([entry.scenario_id for entry in page.entries], state.user_id())


def paging(view: address.CatalogueView, total: int) -> None:
    """The numbered pages."""
    pages = address.page_count(total)
    if pages > 1:
        state.hold("catalogue_page", min(view.page, pages))
        st.pagination(pages, key="catalogue_page", on_change=chose_page)


@st.fragment
def catalogue() -> None:
    """Everything below the title: it runs again without the rest of the page."""
    notices.said()
    view, me, desk = current(), state.user_id(), wiring.desk()
    toolbar(view)
    with notices.or_stop():
        facets = desk.catalogue.facets(me, view.wanted)
        last = max(1, address.page_count(facets.total)) if facets.exact else view.page
        view = replace(view, page=min(view.page, last))
        page = desk.catalogue.page(
            me, view.wanted, sort=view.sort, descending=view.descending, skip=view.skip, limit=address.PAGE_SIZE
        )
    components.facets(rows.facet_groups(facets, view.wanted, person.owner_names()), key="facets", on_toggle=toggle)
    notices.missing_parts(page.problems)
    bulk.undo_bar()
    summary(view, facets)
    bulk.bar()
    results(view, page)
    paging(view, facets.total)


st.title("Catalogue")
catalogue()
