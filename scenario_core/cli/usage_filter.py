"""Which runs a command looks at: the options that several commands share, and the filter that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any, Final

import langcodes
import typer

from scenario_core.analysis import Analyst
from scenario_core.custom.columns import now
from scenario_core.errors import InvalidQueryError
from scenario_core.scenario import Store
from scenario_core.usage.filters import UsageFilter
from scenario_core.usage.period import Comparison, Grain, Period, suiting_grain
from scenario_core.usage.run import Source

EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2100, 12, 31)
_FEW: Final = 12
_DAY: Final = ["%Y-%m-%d"]
FirstDay = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="The first day [12 weeks back].")]
LastDay = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="The last day, included [today].")]
GrainOption = Annotated[Grain | None, typer.Option("--grain", help="How long the stretches of the time axis are.")]
Against = Annotated[
    Comparison,
    typer.Option("--compare", help="Held against the days right before, or the same weekdays a year before."),
]
Stores = Annotated[list[Store] | None, typer.Option("--store", help="Only this store. Repeatable, as all below.")]
Categories = Annotated[list[str] | None, typer.Option("--category", help="Only this category.")]
Difficulties = Annotated[list[str] | None, typer.Option("--difficulty", help="Only this declared difficulty.")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="Only runs in this language (BCP 47).")]
Sources = Annotated[
    list[Source] | None, typer.Option("--source", help="Where the runs come from [learners' own: app, import].")
]
Scenarios = Annotated[list[str] | None, typer.Option("--scenario", help="Only this scenario, by its id.")]


@dataclass(frozen=True)
class Given:
    """The options as they were given."""

    first: datetime | None = None
    last: datetime | None = None
    grain: Grain | None = None
    comparison: Comparison = Comparison.FORMER
    stores: Sequence[Store] | None = None
    categories: Sequence[str] | None = None
    difficulties: Sequence[str] | None = None
    languages: Sequence[str] | None = None
    sources: Sequence[Source] | None = None
    scenarios: Sequence[str] | None = None


def chosen_filter(analyst: Analyst, given: Given, moment: datetime | None = None) -> UsageFilter:
    """The filter that options stand for; what is not given is as on the page. The engine must have been refreshed.

    Raises:
        InvalidQueryError: a day, a source or a name can't be used, with what can.
        DatabaseError: the database does not answer.
    """
    usual = analyst.default_filter(moment or now())
    period = _period(given, usual.period)
    known: dict[str, Any] = _known(analyst, given)
    return replace(
        usual,
        period=period,
        grain=given.grain or suiting_grain(period),
        comparison=given.comparison,
        sources=_sources(given.sources) or usual.sources,
        stores=tuple(store.value for store in dict.fromkeys(given.stores or ())),
        languages=_languages(given.languages),
        **known,
    )


def _period(given: Given, usual: Period) -> Period:
    """From the first to the last day; where only one is given, the other is as usual."""
    first = given.first.date() if given.first else None
    last = given.last.date() if given.last else usual.last
    first = first or min(usual.first, last)
    for name, day in {"--from": first, "--to": last}.items():
        if not EARLIEST <= day <= LATEST:
            raise InvalidQueryError(f"{name} must lie between {EARLIEST} and {LATEST}, found {day}.")
    if last < first:
        raise InvalidQueryError(
            f"The period would end on {last}, before it begins on {first}.", hint="Give --from a day before --to."
        )
    return Period(first, last)


def _sources(sources: Sequence[Source] | None) -> tuple[Source, ...]:
    found = tuple(source for source in Source if source in (sources or ()))
    if Source.SAMPLE in found and len(found) > 1:
        raise InvalidQueryError(
            "Sample runs are made up: they are measured alone, and others without them.",
            hint="Give --source sample alone, or leave it out.",
        )
    return found


def _languages(languages: Iterable[str] | None) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(languages or ()))
    for tag in found:
        if not langcodes.tag_is_valid(tag):
            raise InvalidQueryError(f"--language {tag!r} is no BCP 47 tag.", hint="Examples are en, fr and pt-BR.")
    return found


def _known(analyst: Analyst, given: Given) -> dict[str, tuple[str, ...]]:
    """Categories, difficulties and scenarios, each of which must exist, or nothing would be found without a word."""
    wanted = {
        "categories": ("--category", "category", given.categories),
        "difficulties": ("--difficulty", "difficulty", given.difficulties),
        "scenarios": ("--scenario", "shown", given.scenarios),
    }
    if not any(values for _, _, values in wanted.values()):
        return {}
    with analyst.engine.measured() as measured:
        every = analyst.scope().with_unknown(measured.scenario_ids)
    found = {}
    for name, (option, column, values) in wanted.items():
        known = sorted(set(every[column]) - {""})
        for value in values or ():
            if value not in known:
                raise InvalidQueryError(f"{option}: nothing is called {value!r}.", hint=_hint(value, known))
        found[name] = tuple(dict.fromkeys(values or ()))
    return found


def _hint(value: str, known: list[str]) -> str:
    near = get_close_matches(value, known, 3)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    if not known:
        return "There is none yet."
    more = f" and {len(known) - _FEW} more" if len(known) > _FEW else ""
    return f"There are: {', '.join(known[:_FEW])}{more}."
