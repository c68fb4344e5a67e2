"""One scenario's usage in four figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from scenario_core.usage.engines import Measured
from scenario_core.usage.facts import LEARNING
from scenario_core.usage.filters import Outcome
from scenario_core.usage.view import count_where


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a scenario has been used; `last_started_at` is None where nobody ever did.

    `is_withheld` where it was by fewer learners than may be told of; then the figures are zeros.
    """

    starts: int
    learners: int
    completed: int
    last_started_at: datetime | None
    is_withheld: bool = False


def summary_of(measured: Measured, scenario_id: str, smallest_group: int) -> RunSummary:
    """What learners have done with one scenario of all time; rehearsals and sample runs do not count."""
    every = measured.facts
    found = every.filter(every.scenario == scenario_id, every.kind == LEARNING)
    row = measured.frame(
        found.agg(
            starts=found.count(),
            learners=found.learner.nunique(),
            completed=count_where(found.outcome == Outcome.COMPLETED.value),
            last=found.started_s.max(),
        )
    ).iloc[0]
    if row["starts"] and row["learners"] < smallest_group:
        return RunSummary(0, 0, 0, None, is_withheld=True)
    last = None if pd.isna(row["last"]) else datetime.fromtimestamp(int(row["last"]), UTC)
    return RunSummary(int(row["starts"]), int(row["learners"]), int(row["completed"]), last)
