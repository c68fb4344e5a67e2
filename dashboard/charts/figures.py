"""Every figure of usage by its name, and the sections that hold them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from dashboard.charts import completion, durations, funnel, grids, learning
from dashboard.charts.figure import Figure
from dashboard.charts.over_time import over_time
from scenario_core.analysis.markers import Marker
from scenario_core.usage.filters import Mark
from scenario_core.usage.measures import Measure

__all__ = ["SECTIONS", "TITLES", "figure"]

_Picking = Callable[[Measure, Mark | None], Figure]
_PICKED: Final[dict[str, _Picking]] = {
    "completion": completion.per_scenario,
    "funnel": funnel.funnel,
    "durations": durations.durations,
    "phase_durations": durations.phase_durations,
    "first_attempts": completion.first_attempts,
    "coverage": grids.coverage,
    "stores": completion.stores,
    "copies": completion.copies,
    "vocabulary": learning.vocabulary,
}
_WHOLE: Final[dict[str, Callable[[Measure], Figure]]] = {"retention": grids.retention, "at_risk": learning.at_risk}
SECTIONS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "overview": (("over_time",), ("funnel", "first_attempts"), ("completion",)),
    "scenarios": ((), ("completion", "stores", "copies"), ("durations", "phase_durations")),
    "learners": (("retention",), ("first_attempts",), ("at_risk",)),
    "content": ((), ("coverage",), ("vocabulary",)),
}
"""Which figures stand together: those over the whole width, and below them the left and the right column."""
TITLES: Final = {
    "overview": "Overview", "scenarios": "Scenarios", "learners": "Learners", "content": "Content", "runs": "Runs",
}  # fmt: skip


def figure(
    measure: Measure, picked: Mark | None = None, *, series: str = "starts", markers: Sequence[Marker] = ()
) -> Figure:
    """The figure of a measure; `series` and `markers` matter for the one over time."""
    if measure.name == "over_time":
        return over_time(measure, series, markers, picked)
    if measure.name in _WHOLE:
        return _WHOLE[measure.name](measure)
    return _PICKED[measure.name](measure, picked)
