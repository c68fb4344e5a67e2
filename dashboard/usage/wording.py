"""What the controls and key figures of the page Usage say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from dashboard.charts.figure import percent
from scenario_core.usage.period import Comparison, Grain
from scenario_core.usage.run import Source

__all__ = ["COMPARISONS", "GRAINS", "SOURCES", "change", "points", "rate_words"]

GRAINS: Final = {Grain.DAY: "Days", Grain.WEEK: "Weeks", Grain.MONTH: "Months"}
COMPARISONS: Final = {
    Comparison.FORMER: "the days before",
    Comparison.YEAR: "a year before",
    Comparison.NONE: "nothing",
}
SOURCES: Final = {
    Source.APP: "The app",
    Source.IMPORT: "Imports",
    Source.REHEARSAL: "Rehearsals",
    Source.SAMPLE: "Sample runs",
}


def change(new: Any, old: Any) -> str | None:
    """How much more or less than before, in percent; None where that can't be said."""
    if pd.isna(new) or pd.isna(old) or not old:
        return None
    return f"{100 * (float(new) - float(old)) / float(old):+.0f} %"


def points(new: Any, old: Any) -> str | None:
    """How many percentage points more or less than before; None where that can't be said."""
    return None if pd.isna(new) or pd.isna(old) else f"{100 * (float(new) - float(old)):+.1f} points"


def rate_words(row: Mapping[str, Any]) -> str:
    """What a rate of completion is of, and how sure it is."""
    if pd.isna(row["rate"]):
        return "Of starts; there are none."
    low, high = percent(row["low"], 1), percent(row["high"], 1)
    return f"Of {int(row['starts']):,} starts; the 95 % interval goes from {low} to {high}."
