"""Runs counted by day and all that measures tell apart but learners: some fifteenth of the facts, made from them."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from scenario_core.usage.facts import SCHEMA as FACT_SCHEMA

KEYS: Final = (
    "scenario", "language", "source", "finished_only", "day", "outcome", "attempt", "phases_completed", "total_phases",
    "possible", "worded",
)  # fmt: skip
"""The columns of facts that are kept apart."""
SCHEMA: Final = ibis.schema(
    {name: FACT_SCHEMA[name] for name in KEYS} | {"runs": "int64", "microseconds": "int64", "anonymous": "int64"}
)
"""The keys, how many runs they are, the time spent in those whose time is possible, and runs without a learner.

Whole microseconds add up to the same sum in any order, which fractions of seconds do not."""
_A_SECOND: Final = 1_000_000


def daily(found: ir.Table) -> ir.Table:
    """The counts of facts, as `SCHEMA` says."""
    counted = found.group_by(*KEYS).agg(
        runs=found.count(),
        microseconds=(found.possible.ifelse(found.seconds, 0.0) * _A_SECOND + 0.5).floor().cast("int64").sum(),
        anonymous=found.learner.isnull().ifelse(1, 0).sum(),
    )
    return counted.cast(dict(SCHEMA.items()))
