"""The runs behind a mark of a chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from scenario_core.usage.filters import Mark
from scenario_core.usage.view import View

KEPT: Final = (
    "run_id", "started_at", "ended_at", "last_phase", "minutes", "success_rate", "completion_score",
)  # fmt: skip
SHOWN: Final = (
    "started_at", "scenario", "title", "learner", "language", "source", "outcome", "phases_completed", "total_phases",
    "spent_minutes", "success_rate", "completion_score", "run_id",
)  # fmt: skip
PAGE: Final = 50


@dataclass(frozen=True)
class RunsBehind:
    """How many runs stand behind a mark, and one page of them, the latest first, as `SHOWN` says.

    `is_withheld` where they are of fewer learners than may be broken down; then nothing is told of them.
    """

    n: int
    frame: pd.DataFrame
    is_withheld: bool = False


def runs_behind(view: View, mark: Mark, *, skip: int = 0, limit: int = PAGE) -> RunsBehind:
    """The runs behind a mark: as many as the mark counts. `scenario` is what may be shown, and minutes are those spent.

    Raises:
        DatasetError: a file of the dataset can't be read.
    """
    found = view.marked(mark)
    row = view.measured.frame(found.agg(n=found.count(), learners=found.learner.nunique())).iloc[0]
    n = int(row["n"])
    if n and row["learners"] < view.smallest_group:
        return RunsBehind(0, pd.DataFrame(columns=list(SHOWN)), is_withheld=True)
    runs = view.whole_runs(KEPT, mark)
    page = runs.order_by(runs.started_at.desc(), "run_id").limit(limit, offset=skip)
    frame = view.measured.frame(page)
    frame = frame.drop(columns="scenario").rename(columns={"shown": "scenario"})
    frame["title"] = frame["scenario"].map(view.titles)
    frame["spent_minutes"] = frame["seconds"] / 60
    return RunsBehind(n, frame[list(SHOWN)])
