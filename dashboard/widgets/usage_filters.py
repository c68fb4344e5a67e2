"""The filters of the page Usage: period, grain, comparison, and which scenarios and sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from dashboard import state, words
from dashboard.usage import view as usage_view
from dashboard.usage.view import FACETS, PRESETS
from dashboard.usage.wording import COMPARISONS, GRAINS, SOURCES
from dashboard.widgets import usage_notes, usage_runs_in, views
from dashboard.widgets.usage_state import Asked, current, show, show_query
from scenario_core.custom.views import USAGE
from scenario_core.usage.period import Comparison, Grain
from scenario_core.usage.run import Source

__all__ = ["draw"]

_NAMES = {
    "store": "Store", "category": "Category", "difficulty": "Difficulty", "language": "Language practised",
    "scenario": "Scenario",
}  # fmt: skip
_MOST_SCENARIOS = 1_000


def draw(asked: Asked) -> None:
    """One row of controls, and below it what is filtered."""
    view = asked.view
    state.hold("usage_period", view.preset)
    state.hold("usage_grain", asked.chosen.grain.value)
    state.hold("usage_against", view.comparison.value)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Period", list(PRESETS), key="usage_period", on_change=_chose_period, width=150,
            format_func=PRESETS.__getitem__,
        )  # fmt: skip
        if view.preset == "own":
            _own_period(asked)
        st.selectbox(
            "By", [grain.value for grain in Grain], key="usage_grain", on_change=_chose_grain, width=110,
            format_func=lambda name: GRAINS[Grain(name)],
        )  # fmt: skip
        st.selectbox(
            "Compared with", [each.value for each in Comparison], key="usage_against", on_change=_chose_comparison,
            width=170, format_func=lambda name: COMPARISONS[Comparison(name)].capitalize(),
        )  # fmt: skip
        count = sum(len(view.chosen(facet)) for facet in FACETS) + len(view.sources)
        filters = st.popover(
            f"Filters ({count})" if count else "Filters", icon=":material/filter_alt:", on_change="rerun",
            key="usage_filters",
        )  # fmt: skip
        if filters.open:
            with filters:
                _facets(asked)
        views.menu(USAGE, usage_view.query(view), show_query)
        usage_notes.menu(asked)
        usage_runs_in.menu(asked)
    _said(asked)


def _own_period(asked: Asked) -> None:
    period = asked.chosen.period
    state.hold("usage_days", (period.first, period.last))
    st.date_input(
        "Days", key="usage_days", on_change=_chose_days, width=230, max_value=asked.today, min_value=date(2000, 1, 1)
    )


def _facets(asked: Asked) -> None:
    scenarios = asked.scope.scenarios
    listed = scenarios[scenarios["listed"]]
    titles = asked.titles
    most = listed.head(_MOST_SCENARIOS)
    options = {
        "store": sorted(set(listed["store"])),
        "category": sorted(set(listed["category"])),
        "difficulty": sorted(set(listed["difficulty"])),
        "language": sorted({*words.LANGUAGES, *listed["language"]}),
        "scenario": sorted(most["scenario"], key=lambda name: titles[name].casefold()),
    }
    said: dict[str, Callable[[str], str]] = {
        "store": str.capitalize,
        "category": words.category,
        "difficulty": words.level,
        "language": words.language,
        "scenario": lambda name: titles.get(name, name),
    }
    for facet, name in _NAMES.items():
        held = sorted(asked.view.chosen(facet))
        state.hold(f"usage_{facet}", held)
        st.multiselect(
            name, [*options[facet], *(value for value in held if value not in options[facet])], key=f"usage_{facet}",
            on_change=_chose_facet, args=(facet,), format_func=said[facet],
        )  # fmt: skip
    state.hold("usage_source", [source.value for source in asked.chosen.sources])
    st.pills(
        "Runs of", [source.value for source in Source], key="usage_source", selection_mode="multi",
        on_change=_chose_sources, format_func=lambda name: SOURCES[Source(name)],
        help="Sample runs are looked at alone. Rehearsals are authors trying their scenarios.",
    )  # fmt: skip


def _said(asked: Asked) -> None:
    """What is filtered, and the way back to all."""
    view = asked.view
    said = [
        asked.titles.get(value, value) if facet == "scenario" else value.replace("_", " ")
        for facet in FACETS
        for value in sorted(view.chosen(facet))
    ]
    if said:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Only {', '.join(said)}")
            st.button("All scenarios", key="usage_all", type="tertiary", on_click=lambda: show(current().cleared))


def _chose_period() -> None:
    view, preset = current(), st.session_state.usage_period
    if preset == "own":
        today = Asked.of(view).today
        show(replace(view.unpicked, preset="own", first=today - timedelta(days=27), last=today))
    else:
        show(replace(view.unpicked, preset=preset, first=None, last=None, grain=None))


def _chose_days() -> None:
    days = st.session_state.usage_days
    if isinstance(days, tuple) and len(days) == 2:  # noqa: PLR2004 - the first day alone is no period yet
        show(replace(current().unpicked, preset="own", first=days[0], last=days[1], grain=None))


def _chose_grain() -> None:
    show(replace(current().unpicked, grain=Grain(st.session_state.usage_grain)))


def _chose_comparison() -> None:
    show(replace(current(), comparison=Comparison(st.session_state.usage_against)))


def _chose_facet(facet: str) -> None:
    show(current().with_facet(facet, st.session_state[f"usage_{facet}"]))


def _chose_sources() -> None:
    before = current()
    chosen = {Source(name) for name in st.session_state.usage_source}
    held = set(Asked.of(before).chosen.sources)
    if Source.SAMPLE in chosen:
        chosen = {Source.SAMPLE} if Source.SAMPLE not in held else chosen - {Source.SAMPLE}
    show(replace(before.unpicked, sources=frozenset(chosen)))
