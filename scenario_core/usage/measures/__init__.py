"""The measures: each asks a view and gives a small frame. Written once, the same on every engine."""

from collections.abc import Callable
from typing import Final

from scenario_core.usage.measures.at_risk import at_risk
from scenario_core.usage.measures.base import Measure, wilson
from scenario_core.usage.measures.completion import completion, copies, stores
from scenario_core.usage.measures.coverage import coverage
from scenario_core.usage.measures.difficulty import first_attempts, unexpected
from scenario_core.usage.measures.durations import durations, phase_durations
from scenario_core.usage.measures.funnel import funnel
from scenario_core.usage.measures.over_time import over_time, totals
from scenario_core.usage.measures.retention import average_retention, retention
from scenario_core.usage.measures.vocabulary import vocabulary
from scenario_core.usage.view import View

MEASURES: Final[dict[str, Callable[[View], Measure]]] = {
    "totals": totals,
    "over_time": over_time,
    "completion": completion,
    "funnel": funnel,
    "durations": durations,
    "phase_durations": phase_durations,
    "retention": retention,
    "first_attempts": first_attempts,
    "coverage": coverage,
    "stores": stores,
    "copies": copies,
    "vocabulary": vocabulary,
    "at_risk": at_risk,
}
"""Every measure by its name."""

__all__ = [
    "MEASURES",
    "Measure",
    "at_risk",
    "average_retention",
    "completion",
    "copies",
    "coverage",
    "durations",
    "first_attempts",
    "funnel",
    "over_time",
    "phase_durations",
    "retention",
    "stores",
    "totals",
    "unexpected",
    "vocabulary",
    "wilson",
]
