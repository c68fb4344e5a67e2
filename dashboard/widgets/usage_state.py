"""What the page Usage looks at: its view, who looks, and the figures that are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qs

import streamlit as st

from dashboard import state, wiring
from dashboard.charts.figure import Figure
from dashboard.charts.figures import SECTIONS, figure
from dashboard.usage import view as usage_view
from dashboard.usage.view import UsageView
from scenario_core.analysis import Analyst
from scenario_core.analysis.markers import Marker, markers
from scenario_core.custom.columns import now
from scenario_core.usage.filters import UsageFilter
from scenario_core.usage.measures import Measure
from scenario_core.usage.period import day_of, today_in
from scenario_core.usage.scope import Scope

__all__ = ["Asked", "current", "show", "show_query"]


def current() -> UsageView:
    """The view that the address names."""
    return usage_view.parse({name: st.query_params.get_all(name) for name in st.query_params})


def show(view: UsageView) -> None:
    """Go to another view."""
    carried = {name: [value] for name, value in state.link_params().items()}
    st.query_params.from_dict(usage_view.params(view) | carried)


def show_query(query: str) -> None:
    """Go to a view that was kept."""
    show(usage_view.parse(parse_qs(query)))


@dataclass(frozen=True)
class Asked:
    """One look at usage: the person, the view and the moment."""

    analyst: Analyst
    view: UsageView
    moment: datetime

    @classmethod
    def of(cls, view: UsageView) -> Asked:
        """What the person who looks asks now."""
        return cls(wiring.analyst(state.me()), view, now())

    @property
    def zone(self) -> str:
        """The time zone in which days begin."""
        return self.analyst.desk.settings.time_zone

    @property
    def today(self) -> date:
        """The day that it is there."""
        return today_in(self.zone, self.moment)

    @cached_property
    def scope(self) -> Scope:
        """The scenarios that the person may see."""
        return self.analyst.scope()

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each scenario that is shown is called."""
        return dict(zip(self.scope.scenarios["shown"], self.scope.scenarios["title"], strict=True))

    @cached_property
    def chosen(self) -> UsageFilter:
        """The filter of the view, without what is picked."""
        first_day = self._first_day() if self.view.preset == "all" else self.today
        return self.view.filter(self.today, first_day, only_sample=self.analyst.has_only_sample)

    @property
    def narrowed(self) -> UsageFilter:
        """The filter with what is picked."""
        return self.chosen.narrowed(self.view.mark)

    def measures(self, names: Sequence[str]) -> dict[str, Measure]:
        """The measures of some figures; all but the one in which a mark was picked are narrowed to it."""
        found = self._shown
        return found if found.keys() >= set(names) else self._asked(names)

    @cached_property
    def _shown(self) -> dict[str, Measure]:
        """All that the page shows, asked at once: measures of one filter share what they count."""
        parts = SECTIONS.get(self.view.section, ())
        return self._asked(["totals", *(name for part in parts for name in part)])

    def _asked(self, names: Iterable[str]) -> dict[str, Measure]:
        wanted = {name: (name, self.chosen if name == self.view.picked_in else self.narrowed) for name in names}
        return wiring.usage().measures(self.analyst, wanted, self.today)

    def figures(self, names: Sequence[str]) -> dict[str, Figure]:
        """Some figures, drawn from their measures."""
        found = self.measures(names)
        happened = self._markers() if "over_time" in names else []
        return {
            name: figure(
                found[name],
                self.view.mark if name == self.view.picked_in else None,
                series=self.view.series,
                markers=happened,
            )
            for name in names
        }

    def _markers(self) -> list[Marker]:
        chosen = self.chosen if self.view.picked_in == "over_time" else self.narrowed
        with self.analyst.view(chosen, moment=self.moment) as view:
            return markers(self.analyst.desk, self.analyst.person, view)

    def _first_day(self) -> date:
        with self.analyst.engine.measured() as measured:
            found = measured.frame(measured.daily.agg(first=measured.daily.day.min()))["first"].iloc[0]
        return self.today - timedelta(days=1) if found != found else day_of(int(found))  # noqa: PLR0124 - NaN is not itself
