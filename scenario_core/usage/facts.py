"""Facts: what the measures read of a run, derived from its columns by one expression on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from scenario_core.usage.filters import Attempt, Outcome
from scenario_core.usage.period import SECONDS_A_DAY, offsets
from scenario_core.usage.run import Source

FIRST_DAY: Final = date(2010, 1, 1)
LAST_DAY: Final = date(2040, 12, 31)
"""Between these two a time zone's changes of offset are known; before and after them the nearest one holds."""
NO_SCENARIO: Final = ""
"""In the place of a scenario for runs whose source names none."""
KINDS: Final = {Source.SAMPLE.value: "sample", Source.REHEARSAL.value: "rehearsal"}
LEARNING: Final = "learning"
LONGEST_SECONDS: Final = 4 * 3600
"""Longer runs were left open and not spent; they count, but not their minutes."""

_NAMES: Final = (
    "scenario", "learner", "language", "source", "kind", "finished_only", "started_s", "day", "outcome", "seconds",
    "phases_completed", "total_phases", "possible", "worded",
)  # fmt: skip
"""The columns of facts. `started_s` is in seconds since 1970, `day` in days since 1970 in the time zone; both are empty
where the start is unknown. `seconds` is the time spent, as the source tells it or from start to end, and `possible`
tells whether it can be true. `worded` tells whether the source tells which words were used. `kind` keeps what learners
do, what authors rehearse and what is made up apart: attempts and first days are counted in each alone."""

SCHEMA: Final = ibis.schema(
    {
        "scenario": "string", "learner": "string", "language": "string", "source": "string", "kind": "string",
        "finished_only": "boolean", "started_s": "int64", "day": "int32", "outcome": "string", "seconds": "float64",
        "phases_completed": "int32", "total_phases": "int32", "possible": "boolean", "worded": "boolean",
        "attempt": "string",
    }
)  # fmt: skip
"""The columns of facts with `attempt`, as every engine holds them."""


def facts(
    runs: ir.Table, zone: str, keep: Sequence[str] = (), between: tuple[date, date] = (FIRST_DAY, LAST_DAY)
) -> ir.Table:
    """The facts of runs that are in the dataset's form, with the columns of the runs themselves that `keep` names.

    Where all runs are known to lie `between` two days, the expression is shorter.
    """
    started, ended = _seconds(runs.started_at), _seconds(runs.ended_at)
    made = runs.select(
        "learner", "language", "source", "finished_only", "phases_completed", "total_phases", *keep,
        scenario=runs.scenario_id.fill_null(NO_SCENARIO),
        kind=runs.source.cases(*KINDS.items(), else_=LEARNING),
        started_s=started,
        day=_day(started, zone, between),
        outcome=runs.end_reason.fill_null(Outcome.OPEN.value),
        seconds=(runs.minutes * 60).fill_null((ended - started).cast("float64")),
        worded=runs.vocabulary.notnull(),
    )  # fmt: skip
    return made.mutate(possible=is_possible(made.seconds)).select(*_NAMES, *keep)


def is_possible(seconds: Any) -> Any:
    """Whether a time spent can be true: more than nothing, and not more than `LONGEST_SECONDS`."""
    return seconds.notnull() & (seconds > 0) & (seconds <= LONGEST_SECONDS)


def with_attempts(found: ir.Table) -> ir.Table:
    """Facts with `attempt`: the first run of a learner in a scenario, by its start, or a repeat.

    It is empty for runs without a learner, a start or a scenario. Two runs that start in the same second are both
    first ones.
    """
    first = found.started_s.min().over(group_by=["kind", "scenario", "learner"])
    known = found.learner.notnull() & found.started_s.notnull() & (found.scenario != NO_SCENARIO)
    attempt = ibis.cases(
        (~known, ibis.null("string")),
        (found.started_s == first, Attempt.FIRST.value),
        else_=Attempt.REPEAT.value,
    )
    return found.mutate(attempt=attempt)


def first_days(found: ir.Table) -> ir.Table:
    """The day of each learner's first run: `kind`, `learner`, `first_day`."""
    known = found.filter(found.learner.notnull(), found.day.notnull())
    return known.group_by("kind", "learner").agg(first_day=known.day.min())


def _seconds(moment: ir.Value) -> Any:
    """Whole seconds since 1970, cut and not rounded, since engines differ in what they round."""
    timestamp: Any = moment
    return timestamp.truncate("s").epoch_seconds().cast("int64")


def _day(second: Any, zone: str, between: tuple[date, date]) -> Any:
    turns = offsets(zone, *between)
    ahead: Any = ibis.literal(turns[0][1])
    if len(turns) > 1:
        branches = [(second < since, former) for (since, _), (_, former) in zip(turns[1:], turns, strict=False)]
        ahead = ibis.cases(*branches, else_=turns[-1][1])
    return ((second + ahead) // SECONDS_A_DAY).cast("int32")
