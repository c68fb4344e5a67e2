"""The address bar is the state of the page Usage: which runs it looks at, what is picked, and what it shows.

Whatever an address holds, reading it gives a view; names and values that nobody knows are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any, Final, Literal, get_args
from urllib.parse import quote, unquote, urlencode

from dashboard.address import LAST_PAGE, is_number
from scenario_core.scenario import Store
from scenario_core.usage.filters import LEARNERS_OWN, Attempt, Mark, Outcome, UsageFilter
from scenario_core.usage.period import Comparison, Grain, Period, stretch_of, suiting_grain
from scenario_core.usage.run import Source

__all__ = ["FACETS", "PRESETS", "Preset", "Section", "Series", "UsageView", "params", "parse", "query"]

Section = Literal["overview", "scenarios", "learners", "content", "runs"]
Series = Literal["starts", "completions", "learners", "minutes"]
Preset = Literal["4w", "12w", "26w", "52w", "all", "own"]
PRESETS: Final[dict[Preset, str]] = {
    "4w": "4 weeks", "12w": "12 weeks", "26w": "Half a year", "52w": "A year", "all": "All time", "own": "From … to …",
}  # fmt: skip
FACETS: Final = {
    "store": "stores",
    "category": "categories",
    "difficulty": "difficulties",
    "language": "languages",
    "scenario": "scenarios",
}
_SECTIONS: Final[dict[str, Section]] = {name: name for name in get_args(Section)}
_SERIES: Final[dict[str, Series]] = {name: name for name in get_args(Series)}
_PRESETS: Final[dict[str, Preset]] = {name: name for name in get_args(Preset)}
_LONGEST_VALUE: Final = 255
_MOST_VALUES: Final = 100
_DEEPEST: Final = 100


@dataclass(frozen=True, slots=True)
class UsageView:
    """What the page shows.

    Attributes:
        section: The group of figures, or the runs behind what is picked.
        series: What is drawn over time.
        preset: How far the period goes back from today; `own` for the days `first` to `last`.
        first: The first day of a period of one's own.
        last: Its last day.
        grain: How long the stretches of the time axis are; None for what suits the period.
        comparison: What the period is held against.
        stores: One of these; nothing lets all pass, here and below.
        categories: The scenario's category.
        difficulties: Its declared difficulty.
        languages: The language practised.
        scenarios: The ids of scenarios.
        sources: Where the runs come from; nothing stands for learners' own.
        mark: What is picked in a chart; it narrows the other charts.
        picked_in: The figure in which it was picked, which goes on showing the rest beside it.
        page: Which page of the runs.
    """

    section: Section = "overview"
    series: Series = "starts"
    preset: Preset = "12w"
    first: date | None = None
    last: date | None = None
    grain: Grain | None = None
    comparison: Comparison = Comparison.FORMER
    stores: frozenset[str] = field(default_factory=frozenset)
    categories: frozenset[str] = field(default_factory=frozenset)
    difficulties: frozenset[str] = field(default_factory=frozenset)
    languages: frozenset[str] = field(default_factory=frozenset)
    scenarios: frozenset[str] = field(default_factory=frozenset)
    sources: frozenset[Source] = field(default_factory=frozenset)
    mark: Mark = Mark()  # noqa: RUF009 - a frozen value
    picked_in: str = ""
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter leaves something out."""
        return any(getattr(self, name) for name in FACETS.values())

    @property
    def has_mark(self) -> bool:
        """Whether something is picked."""
        return self.mark != Mark()

    @property
    def unpicked(self) -> UsageView:
        """The same without what is picked, which may be gone under another filter."""
        return replace(self, mark=Mark(), picked_in="", page=1)

    @property
    def cleared(self) -> UsageView:
        """The same without filters and without what is picked."""
        return replace(self, **dict.fromkeys(FACETS.values(), frozenset()), mark=Mark(), picked_in="", page=1)  # type: ignore[arg-type]  # each is a set of text

    def chosen(self, facet: str) -> frozenset[str]:
        """What is chosen of a facet."""
        values: frozenset[str] = getattr(self, FACETS[facet])
        return values

    def with_facet(self, facet: str, values: Iterable[str]) -> UsageView:
        """With other choices of a facet; what was picked goes, since it may be gone."""
        return replace(self, **{FACETS[facet]: frozenset(values)}, mark=Mark(), picked_in="", page=1)  # type: ignore[arg-type]  # each is a set of text

    def picked(self, mark: Mark, figure: str) -> UsageView:
        """With a mark picked or, where it is picked already, taken back."""
        if mark == self.mark or mark == Mark():
            return replace(self, mark=Mark(), picked_in="", page=1)
        return replace(self, mark=mark, picked_in=figure, page=1)

    def period(self, today: date, first_day: date) -> Period:
        """The period in days; `first_day` is the first on which anything happened."""
        if self.preset == "own" and self.first is not None and self.last is not None:
            return Period(self.first, self.last)
        if self.preset == "all":
            return Period(min(first_day, today), today)
        weeks = int(self.preset.removesuffix("w")) if self.preset.endswith("w") else 12
        return Period(stretch_of(today, Grain.WEEK) - timedelta(weeks=weeks), today)

    def filter(self, today: date, first_day: date, *, only_sample: bool) -> UsageFilter:
        """The filter that this view stands for, without what is picked."""
        period = self.period(today, first_day)
        default = (Source.SAMPLE,) if only_sample else LEARNERS_OWN
        chosen = tuple(source for source in Source if source in self.sources) or default
        if Source.SAMPLE in chosen:
            chosen = (Source.SAMPLE,)
        values: dict[str, Any] = {name: tuple(sorted(getattr(self, name))) for name in FACETS.values()}
        return UsageFilter(period, self.grain or suiting_grain(period), self.comparison, sources=chosen, **values)


def parse(given: Mapping[str, Sequence[str]]) -> UsageView:
    """Read an address."""
    one = {name: values[-1] for name, values in given.items() if values}
    first, last = _day(one.get("from", "")), _day(one.get("to", ""))
    preset = _PRESETS.get(one.get("period", ""), "12w")
    if preset == "own" and (first is None or last is None or last < first):
        preset, first, last = "12w", None, None
    facets: dict[str, Any] = {name: _values(given.get(facet, ())) for facet, name in FACETS.items()}
    mark = _mark(one.get("on", ""))
    page = one.get("page", "")
    return UsageView(
        section=_SECTIONS.get(one.get("section", ""), "overview"),
        series=_SERIES.get(one.get("show", ""), "starts"),
        preset=preset,
        first=first if preset == "own" else None,
        last=last if preset == "own" else None,
        grain=next((grain for grain in Grain if grain == one.get("grain")), None),
        comparison=next((each for each in Comparison if each == one.get("against")), Comparison.FORMER),
        sources=frozenset(source for source in Source if source in set(given.get("source", ()))),
        mark=mark,
        picked_in=one.get("by", "")[:_LONGEST_VALUE] if mark != Mark() else "",
        page=min(int(page), LAST_PAGE) if is_number(page) and int(page) else 1,
        **facets,
    )


def params(view: UsageView) -> dict[str, list[str]]:
    """Write an address; what is as usual is left out."""
    usual = UsageView()
    single = {
        "section": view.section if view.section != usual.section else "",
        "show": view.series if view.series != usual.series else "",
        "period": view.preset if view.preset != usual.preset else "",
        "from": view.first.isoformat() if view.first and view.preset == "own" else "",
        "to": view.last.isoformat() if view.last and view.preset == "own" else "",
        "grain": view.grain.value if view.grain else "",
        "against": view.comparison.value if view.comparison is not usual.comparison else "",
        "on": _written(view.mark),
        "by": view.picked_in,
        "page": str(view.page) if view.page != usual.page else "",
    }
    many = {facet: sorted(view.chosen(facet)) for facet in FACETS}
    many["source"] = sorted(source.value for source in view.sources)
    return {name: [value] for name, value in single.items() if value} | {
        name: each for name, each in many.items() if each
    }


def query(view: UsageView) -> str:
    """The view as a query string."""
    return urlencode(params(view), doseq=True)


def _values(values: Iterable[str]) -> frozenset[str]:
    return frozenset([value for value in values if value and len(value) <= _LONGEST_VALUE][:_MOST_VALUES])


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2100, 12, 31) else None


def _phase(text: str) -> int | None:
    return int(text) if is_number(text) and 1 <= int(text) <= _DEEPEST else None


_READERS: Final[dict[str, Any]] = {
    "begins": _day,
    "ends": _day,
    "outcome": lambda text: next((each for each in Outcome if each == text), None),
    "attempt": lambda text: next((each for each in Attempt if each == text), None),
    "store": lambda text: next((each for each in ("", *(store.value for store in Store)) if each == text), None),
    **dict.fromkeys(("reached", "passed", "timed"), _phase),
    **dict.fromkeys(("started", "possible", "worded"), lambda text: text == "yes"),
}


_MAY_BE_EMPTY: Final = frozenset({"store", "category", "difficulty"})
"""What is empty for scenarios that no catalogue lists."""


def _mark(text: str) -> Mark:
    """A mark from `name:value;name:value`, its values quoted as in addresses."""
    found: dict[str, Any] = {}
    for part in text.split(";"):
        name, _, value = part.partition(":")
        is_said = bool(value) or name in _MAY_BE_EMPTY
        if name in {each.name for each in fields(Mark)} and is_said and len(value) <= _LONGEST_VALUE:
            read = _READERS.get(name, str)(unquote(value))
            if read is not None:
                found[name] = read
    begins, ends = found.get("begins"), found.get("ends")
    if (begins is None) != (ends is None) or (begins and ends and ends < begins):
        found.pop("begins", None)
        found.pop("ends", None)
    return Mark(**found)


def _written(mark: Mark) -> str:
    parts = {each.name: getattr(mark, each.name) for each in fields(mark)}
    said = {name: "yes" if value is True else str(value) for name, value in parts.items() if value not in {None, False}}
    return ";".join(f"{name}:{quote(value, safe='')}" for name, value in said.items())
