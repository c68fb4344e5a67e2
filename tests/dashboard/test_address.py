"""The address bar is the state: every view has an address, and every address gives a view."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import address
from dashboard.address import CatalogueView
from scenario_core.listing import LENGTHS, STATES, STORES, CatalogueFilter, SortKey

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.frozensets(TEXT.filter(bool), max_size=3)
FILTERS = st.builds(
    CatalogueFilter,
    text=TEXT,
    stores=st.frozensets(st.sampled_from(STORES)),
    categories=NAMES,
    difficulties=NAMES,
    languages=NAMES,
    lengths=st.frozensets(st.sampled_from(LENGTHS)),
    states=st.frozensets(st.sampled_from(STATES)),
    owners=st.frozensets(st.integers(0, 10**6), max_size=3),
    tags=NAMES,
)
VIEWS = st.builds(
    CatalogueView,
    wanted=FILTERS,
    sort=st.sampled_from([key for key in SortKey if key is not SortKey.RELEVANCE]),
    descending=st.booleans(),
    page=st.integers(1, 10_000),
    layout=st.sampled_from(["table", "tiles"]),
    columns=st.sets(st.sampled_from(list(address.COLUMNS)), min_size=1).map(
        lambda chosen: tuple(name for name in address.COLUMNS if name in chosen)
    ),
)


@given(VIEWS)
def test_every_view_has_an_address_that_leads_back_to_it(view: CatalogueView) -> None:
    assert address.parse_query(address.query(view)) == view


@given(st.dictionaries(st.sampled_from(["q", "sort", "page", "owner", "columns", "store", "x"]), st.lists(TEXT)))
def test_every_address_gives_a_view(params: dict[str, list[str]]) -> None:
    view = address.parse(params)
    assert view.page >= 1
    assert address.parse_query(address.query(view)) == view


def test_the_usual_view_has_an_empty_address() -> None:
    assert address.query(CatalogueView()) == ""


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "page=²", "sort=price", "sort=relevance", "store=all", "owner=me", "columns=,"],
)
def test_what_nobody_knows_is_left_out(query: str) -> None:
    assert address.parse_query(query) == CatalogueView()


def test_narrowing_goes_to_the_first_page() -> None:
    view = CatalogueView(page=7)
    wanted = address.toggled(view.wanted, "category", "travel", on=True)
    narrowed = view.narrowed(wanted)
    assert (narrowed.page, narrowed.wanted.categories) == (1, frozenset({"travel"}))
    assert address.toggled(narrowed.wanted, "category", "travel", on=False) == CatalogueFilter()


@pytest.mark.parametrize(("name", "value"), [("price", "1"), ("store", "nowhere"), ("owner", "x"), ("length", "")])
def test_a_choice_that_nobody_offered_changes_nothing(name: str, value: str) -> None:
    assert address.toggled(CatalogueFilter(), name, value, on=True) == CatalogueFilter()


def test_the_best_match_is_no_order_without_a_text() -> None:
    view = CatalogueView(CatalogueFilter(text="hotel"), SortKey.RELEVANCE)
    assert view.narrowed(CatalogueFilter()).sort is SortKey.TITLE


def test_sorting_twice_by_one_column_turns_the_order_round() -> None:
    by_title = CatalogueView().sorted_by(SortKey.TITLE)
    assert by_title.descending
    assert not by_title.sorted_by(SortKey.TITLE).descending
    assert CatalogueView().sorted_by(SortKey.UPDATED).descending


def test_an_address_is_read_by_other_programs_too() -> None:
    view = CatalogueView(CatalogueFilter(text="a&b=c", categories=frozenset({"travel", "social"})))
    assert parse_qs(address.query(view)) == {"q": ["a&b=c"], "category": ["social", "travel"]}
