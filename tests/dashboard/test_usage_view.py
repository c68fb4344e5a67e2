"""The address of the page Usage: every view can be written and read again, and whatever is read is a view."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.usage.view import FACETS, Preset, Section, Series, UsageView, params, parse, query
from scenario_core.usage.filters import LEARNERS_OWN, Attempt, Mark, Outcome
from scenario_core.usage.period import Comparison, Grain, Period
from scenario_core.usage.run import Source

TODAY = date(2026, 11, 28)
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
NAMES = st.text(min_size=1, max_size=40).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)
MARKS = st.builds(
    Mark,
    scenario=st.none() | NAMES,
    store=st.none() | st.sampled_from(["production", "custom", ""]),
    category=st.none() | NAMES | st.just(""),
    difficulty=st.none() | NAMES | st.just(""),
    outcome=st.none() | st.sampled_from(Outcome),
    attempt=st.none() | st.sampled_from(Attempt),
    reached=st.none() | st.integers(1, 100),
    passed=st.none() | st.integers(1, 100),
    timed=st.none() | st.integers(1, 100),
    word=st.none() | NAMES,
    started=st.booleans(),
    possible=st.booleans(),
    worded=st.booleans(),
)


@st.composite
def views(draw: st.DrawFn) -> UsageView:
    preset: Preset = draw(st.sampled_from(get_args(Preset)))
    days = sorted([draw(DAYS), draw(DAYS)]) if preset == "own" else [None, None]
    mark = draw(MARKS)
    facets = {name: draw(st.frozensets(NAMES, max_size=4)) for name in FACETS.values()}
    section: Section = draw(st.sampled_from(get_args(Section)))
    series: Series = draw(st.sampled_from(get_args(Series)))
    return UsageView(
        section=section,
        series=series,
        preset=preset,
        first=days[0],
        last=days[1],
        grain=draw(st.none() | st.sampled_from(Grain)),
        comparison=draw(st.sampled_from(Comparison)),
        sources=draw(st.frozensets(st.sampled_from(Source))),
        mark=mark,
        picked_in=draw(NAMES) if mark != Mark() else "",
        page=draw(st.integers(1, 10_000)),
        **facets,
    )


@given(views())
def test_an_address_that_is_written_is_read_as_the_same_view(view: UsageView) -> None:
    assert parse(params(view)) == view


PARAMETERS = [
    *FACETS,
    "on",
    "by",
    "period",
    "from",
    "to",
    "grain",
    "against",
    "show",
    "page",
    "section",
    "source",
    "as",
]


@given(st.dictionaries(st.sampled_from(PARAMETERS), st.lists(st.text(max_size=60), max_size=3)))
def test_whatever_an_address_holds_it_is_a_view_with_a_filter(given_params: dict[str, list[str]]) -> None:
    view = parse(given_params)
    chosen = view.filter(TODAY, date(2026, 1, 1), only_sample=False)
    assert chosen.narrowed(view.mark).period.days >= 1
    assert parse(params(view)) == view


def test_the_usual_view_has_an_empty_address() -> None:
    assert query(UsageView()) == ""


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (UsageView(), Period(date(2026, 8, 31), TODAY)),
        (UsageView(preset="4w"), Period(date(2026, 10, 26), TODAY)),
        (UsageView(preset="all"), Period(date(2025, 3, 1), TODAY)),
        (
            UsageView(preset="own", first=date(2026, 1, 1), last=date(2026, 1, 31)),
            Period(date(2026, 1, 1), date(2026, 1, 31)),
        ),
    ],
    ids=["twelve weeks", "four weeks", "all time", "one's own"],
)
def test_a_period_begins_on_a_monday_and_ends_today_unless_it_is_ones_own(view: UsageView, expected: Period) -> None:
    assert view.period(TODAY, date(2025, 3, 1)) == expected


def test_rehearsals_and_sample_runs_are_looked_at_only_when_asked_for() -> None:
    def sources(view: UsageView, *, only_sample: bool = False) -> tuple[Source, ...]:
        return view.filter(TODAY, TODAY, only_sample=only_sample).sources

    assert sources(UsageView()) == LEARNERS_OWN
    assert sources(UsageView(), only_sample=True) == (Source.SAMPLE,)
    assert sources(UsageView(sources=frozenset(Source))) == (Source.SAMPLE,)
    assert sources(UsageView(sources=frozenset({Source.REHEARSAL}))) == (Source.REHEARSAL,)


def test_a_mark_that_is_picked_twice_is_taken_back() -> None:
    mark = Mark(scenario="hotel")
    once = UsageView().picked(mark, "completion")
    assert (once.mark, once.picked_in) == (mark, "completion")
    assert once.picked(mark, "completion") == UsageView()


def test_what_is_picked_narrows_the_filter() -> None:
    chosen = UsageView().filter(TODAY, TODAY, only_sample=False)
    week = Mark(
        begins=TODAY - timedelta(days=12), ends=TODAY - timedelta(days=6), scenario="hotel", difficulty="native"
    )
    found = chosen.narrowed(week)
    assert (found.scenarios, found.difficulties) == (("hotel",), ("native",))
    assert found.period == Period(TODAY - timedelta(days=12), TODAY - timedelta(days=6))
    assert found.within == Mark()


def test_what_no_filter_can_say_narrows_the_other_figures_all_the_same() -> None:
    chosen = UsageView().filter(TODAY, TODAY, only_sample=False)
    picked = Mark(scenario="hotel", outcome=Outcome.OPEN, attempt=Attempt.FIRST, reached=2, started=True)
    assert chosen.narrowed(picked).within == replace(picked, scenario=None)
    assert chosen.narrowed(Mark(word="suitcase")).within == Mark(worded=True)
    assert chosen.narrowed(Mark(timed=3)).within == Mark(passed=3)


def test_another_period_takes_back_what_is_picked() -> None:
    picked = UsageView(page=4).picked(Mark(scenario="hotel"), "completion")
    assert picked.unpicked == UsageView()
