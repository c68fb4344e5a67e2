"""What the page Usage says of its filters, of what is picked, and of how a period compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from dashboard import words
from dashboard.charts.figure import NOTHING, percent
from scenario_core.usage.filters import Attempt, Mark, UsageFilter
from scenario_core.usage.period import Comparison, Grain, Period
from scenario_core.usage.run import Source

__all__ = ["COMPARISONS", "GRAINS", "SOURCES", "change", "chosen_sentences", "mark_sentence", "period_words"]

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


def period_words(period: Period) -> str:
    """`7 Sep to 28 Nov 2026`."""
    first = f"{period.first.day} {period.first:%b}"
    if period.first.year != period.last.year:
        first += f" {period.first.year}"
    last = f"{period.last.day} {period.last:%b} {period.last.year}"
    return last if period.days == 1 else f"{first} to {last}"


def change(new: Any, old: Any) -> str | None:
    """How much more or less than before, in percent; None where that can't be said."""
    if pd.isna(new) or pd.isna(old) or not old:
        return None
    return f"{100 * (float(new) - float(old)) / float(old):+.0f} %"


def points(new: Any, old: Any) -> str | None:
    """How many percentage points more or less than before; None where that can't be said."""
    return None if pd.isna(new) or pd.isna(old) else f"{100 * (float(new) - float(old)):+.1f} points"


def mark_sentence(mark: Mark, titles: Mapping[str, str]) -> str:
    """What is picked, in words."""
    parts: list[str] = []
    if mark.begins is not None and mark.ends is not None:
        parts.append(period_words(Period(mark.begins, mark.ends)))
    if mark.scenario is not None:
        parts.append(titles.get(mark.scenario, mark.scenario))
    parts += [words.category(mark.category)] if mark.category is not None else []
    parts += [words.level(mark.difficulty)] if mark.difficulty is not None else []
    parts += [f"{mark.store or 'unknown'} scenarios"] if mark.store is not None else []
    if mark.attempt is not None:
        parts.append("first attempts" if mark.attempt is Attempt.FIRST else "repeats")
    parts += [f"runs that reached phase {mark.reached}"] if mark.reached is not None else []
    parts += [f"runs that went through phase {mark.passed}"] if mark.passed is not None else []
    parts += [mark.outcome.value] if mark.outcome is not None else []
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def chosen_sentences(chosen: UsageFilter, zone: str, titles: Mapping[str, str]) -> list[str]:
    """A filter in sentences, for the files that are taken away."""
    said = [f"{period_words(chosen.period)}, days in {zone}, by {chosen.grain.value}."]
    if chosen.comparison is not Comparison.NONE:
        said.append(f"Compared with {COMPARISONS[chosen.comparison]}.")
    lists = {
        "Stores": chosen.stores,
        "Categories": chosen.categories,
        "Difficulties": chosen.difficulties,
        "Languages": chosen.languages,
        "Scenarios": tuple(titles.get(name, name) for name in chosen.scenarios),
        "Sources": tuple(SOURCES[source] for source in chosen.sources),
    }
    return said + [f"{name}: {', '.join(values)}." for name, values in lists.items() if values]


def rate_words(row: Mapping[str, Any]) -> str:
    """`62 % (60 to 64)`."""
    if pd.isna(row["rate"]):
        return NOTHING
    return f"{percent(row['rate'])} ({100 * float(row['low']):.0f} to {100 * float(row['high']):.0f})"
