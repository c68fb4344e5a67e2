"""Random runs and random questions about them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from scenario_core.usage.filters import Attempt, Mark, Outcome, UsageFilter
from scenario_core.usage.period import Comparison, Grain, Period
from scenario_core.usage.run import Source
from scenario_core.usage.scope import NONE, PRIVATE
from tests.usage_examples import LABELS, PEOPLE, SECRET, ZONES, Asking, World
from tests.usage_question import Run

ANCHORS: Final = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), date(2027, 1, 1), date(2010, 11, 7))
"""Days around which runs are: clocks change in Berlin and in St. John's, and a year ends."""
SECONDS: Final = st.sampled_from([0, 1, 3_600, 9_000, 19_800, 66_600, 81_000, 84_600, 86_399]) | st.integers(0, 86_399)
DAYS: Final = st.one_of(st.integers(-12, 12), st.integers(-12, 12), st.integers(-12, 12), st.integers(-150, 40))
WORDS: Final = st.lists(st.sampled_from(["table", "menu", "bill", SECRET, "foreign"]), max_size=4, unique=True)
LEARNERS: Final = (*(f"{number:016x}" for number in range(9)), None)
WITHIN: Final = [
    Mark(outcome=Outcome.ABANDONED, started=True),
    Mark(outcome=Outcome.COMPLETED, possible=True),
    Mark(attempt=Attempt.FIRST),
    Mark(attempt=Attempt.REPEAT, started=True),
    Mark(reached=2, started=True),
    Mark(passed=1),
    Mark(worded=True),
]
"""Marks of charts to which the others are narrowed."""
SPENT: Final = st.sampled_from([30, 90.5, 600, 0, 1, 4 * 3600, 4 * 3600 + 1, 1e9])


def _often(draw: st.DrawFn, strategy: st.SearchStrategy[Any], *, of: int = 5) -> Any:
    """A value, or None once in so many times."""
    return draw(strategy) if draw(st.integers(0, of - 1)) else None


@st.composite
def runs_of(draw: st.DrawFn, run_id: str, anchor: date) -> Run:
    """One run around a day, of any source and outcome, with and without whatever a run may lack."""
    midnight = datetime(anchor.year, anchor.month, anchor.day, tzinfo=UTC)
    started = midnight + timedelta(days=draw(DAYS), seconds=draw(SECONDS))
    reason = draw(st.sampled_from(["completed", "completed", "abandoned", "terminated", None]))
    spent = min(draw(SPENT), 1e7)
    return Run(
        run_id,
        draw(st.sampled_from(LABELS)),
        draw(st.sampled_from(LEARNERS)),
        draw(st.sampled_from(["en", "en", "de", None])),
        draw(st.sampled_from(["app"] * 5 + ["import"] * 3 + ["rehearsal", "sample"])),
        _often(draw, st.sampled_from([0, 1, 999]).map(lambda more: started + timedelta(milliseconds=more)), of=12),
        _often(draw, st.just(started + timedelta(seconds=spent))) if reason else None,
        reason,
        draw(st.sampled_from([0, 0, 1, 1, 2, 3, 5, None])),
        draw(st.sampled_from([2, 2, 3, 3, 23, 0, None])),
        _often(draw, st.lists(SPENT, max_size=3)),
        draw(st.none() | SPENT.map(lambda seconds: seconds / 60)),
        _often(draw, WORDS),
        finished_only=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def askings(draw: st.DrawFn, anchor: date, world: World) -> Asking:
    """A filter, a person, a zone and a moment."""
    first = anchor - timedelta(days=draw(st.integers(0, 12) | st.integers(0, 110)))
    period = Period(first, first + timedelta(days=draw(st.integers(9, 30) | st.integers(0, 119))))
    sources = [(Source.APP, Source.IMPORT)] * 5 + [
        (Source.APP, Source.REHEARSAL),
        (Source.REHEARSAL,),
        (Source.SAMPLE,),
    ]
    lists: dict[str, list[tuple[str, ...]]] = {
        "stores": [("production",), ("custom",)],
        "categories": [("restaurant", "travel")],
        "difficulties": [("beginner",), ("native", "advanced")],
        "languages": [("en",), ("de", "fr")],
        "scenarios": [(world.id_of(label) or NONE,) for label in (*LABELS, "dinner_for_two", PRIVATE)],
    }
    some = {
        name: draw(st.sampled_from([()] * (3 if name == "scenarios" else 9) * len(values) + values))
        for name, values in lists.items()
    }
    today = period.last + timedelta(days=draw(st.sampled_from([1, 1, 0, -3, -10, 20, 100])))
    return Asking(
        UsageFilter(
            period,
            draw(st.sampled_from(Grain)),
            draw(st.sampled_from(Comparison)),
            sources=draw(st.sampled_from(sources)),
            within=draw(st.sampled_from([Mark()] * 12 + WITHIN)),
            **some,
        ),
        today,
        draw(st.sampled_from(ZONES)),
        draw(st.sampled_from([1, 1, 2, 5])),
        draw(st.sampled_from(PEOPLE)),
    )


@st.composite
def usages(draw: st.DrawFn, world: World) -> tuple[list[Run], Asking]:
    """Random runs, and something asked of them."""
    anchor = draw(st.sampled_from(ANCHORS))
    count = draw(st.sampled_from([60, 40, 80, 60, 30, 8, 0]))
    return [draw(runs_of(f"run-{number}", anchor)) for number in range(count)], draw(askings(anchor, world))


def many_runs(count: int, seed: int, anchor: date = date(2026, 3, 29)) -> list[Run]:
    """As many runs as are wanted, the same for the same seed."""
    dice = random.Random(seed)
    found = []
    for number in range(count):
        started = datetime(anchor.year, anchor.month, anchor.day, tzinfo=UTC) + timedelta(
            days=dice.randint(-150, 20), seconds=dice.randrange(86_400), microseconds=dice.randrange(10**6)
        )
        reason = dice.choice([None, "completed", "completed", "completed", "abandoned", "terminated"])
        total = dice.choice([2, 3, 3, 4])
        done = total if reason == "completed" else dice.randrange(total)
        seconds = [round(dice.lognormvariate(4, 1), 3) for _ in range(done)]
        run = Run(
            f"run-{number}", dice.choice(LABELS), dice.choice([None, *(f"{each:016x}" for each in range(120))]),
            dice.choice(["en", "de", None]), dice.choice(["app", "app", "import", "rehearsal", "sample"]),
            started if dice.random() < 0.98 else None,
            started + timedelta(seconds=sum(seconds)) if reason else None, reason,
            done if dice.random() < 0.9 else None, total if dice.random() < 0.9 else None,
            seconds if dice.random() < 0.7 else None, sum(seconds) / 60 if dice.random() < 0.5 else None,
            dice.choice([None, [], ["table"], ["menu", "bill"], ["menu", SECRET]]),
            finished_only=dice.random() < 0.2,
        )  # fmt: skip
        found.append(run)
    return found
