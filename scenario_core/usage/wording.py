"""A filter and a mark in words, for people who were not there when they were chosen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from scenario_core.usage.filters import Attempt, Mark, UsageFilter
from scenario_core.usage.period import Comparison, Period
from scenario_core.usage.run import Source

SAMPLE: Final = "Sample runs: made up to try things out, nobody's learning."
SOURCES: Final = {
    Source.APP: "runs in the app",
    Source.IMPORT: "imported runs",
    Source.REHEARSAL: "authors' rehearsals",
    Source.SAMPLE: "sample runs, which are made up",
}
_FACETS: Final = {
    "stores": "store",
    "categories": "category",
    "difficulties": "difficulty",
    "languages": "language",
    "scenarios": "scenario",
}
_ATTEMPTS: Final = {Attempt.FIRST: "first attempts", Attempt.REPEAT: "repeats"}


def period_words(period: Period) -> str:
    """`7 September 2026 to 29 November 2026 (84 days)`."""
    days = "1 day" if period.days == 1 else f"{period.days:,} days"
    return f"{_day(period.first)} to {_day(period.last)} ({days})"


def comparison_words(chosen: UsageFilter) -> str:
    """What the period is held against."""
    former = chosen.period.compared(chosen.comparison)
    if former is None:
        return "nothing"
    what = "the same weekdays a year before" if chosen.comparison is Comparison.YEAR else "the days right before"
    return f"{what}: {period_words(former)}"


def source_words(chosen: UsageFilter) -> str:
    """Where the runs come from."""
    return ", ".join(SOURCES[source] for source in chosen.sources)


def filter_words(chosen: UsageFilter, titles: Mapping[str, str] | None = None) -> str:
    """What the runs are narrowed to; `titles` name scenarios by what `shown` holds."""
    said = []
    for name, word in _FACETS.items():
        values = getattr(chosen, name)
        if name == "scenarios":
            values = [_scenario(value, titles or {}) for value in values]
        if values:
            said.append(f"{word}: {', '.join(values)}")
    return "; ".join(said) or "none"


def mark_words(mark: Mark | None, titles: Mapping[str, str] | None = None) -> str:
    """What is picked in a chart; empty where nothing is."""
    if mark is None or mark == Mark():
        return ""
    said = []
    if mark.begins is not None and mark.ends is not None:
        said.append(period_words(Period(mark.begins, mark.ends)))
    if mark.scenario is not None:
        said.append(f"scenario: {_scenario(mark.scenario, titles or {})}")
    said += [
        f"{word}: {value or 'unknown'}"
        for word, value in {"store": mark.store, "category": mark.category, "difficulty": mark.difficulty}.items()
        if value is not None
    ]
    said += [f"{mark.outcome.value} runs"] if mark.outcome is not None else []
    said += [_ATTEMPTS[mark.attempt]] if mark.attempt is not None else []
    said += [f"runs that reached phase {mark.reached}"] if mark.reached is not None else []
    said += [f"runs that have been through phase {mark.passed}"] if mark.passed is not None else []
    said += [f"runs whose time in phase {mark.timed} is known"] if mark.timed is not None else []
    said += [f"runs that used the word {mark.word}"] if mark.word is not None else []
    said += ["runs whose time can be true"] if mark.possible else []
    said += ["runs whose words are known"] if mark.worded else []
    return "; ".join(said) or "runs whose start is recorded"


def about_filter(chosen: UsageFilter, zone: str, titles: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """What a file must say of the runs that it is made of: names and sentences."""
    said = [
        ("Period", period_words(chosen.period)),
        ("Stretches", f"{chosen.grain.value}s"),
        ("Compared with", comparison_words(chosen)),
        ("Runs", source_words(chosen)),
        ("Filters", filter_words(chosen, titles)),
        ("Time zone", zone),
    ]
    return [("Sample", SAMPLE), *said] if chosen.is_sample else said


def _scenario(shown: str, titles: Mapping[str, str]) -> str:
    title = titles.get(shown)
    return f"{title} ({shown})" if title and title != shown else shown


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
