"""The runs behind a mark of a chart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from scenario_core.usage.filters import Mark
from scenario_core.usage.view import View, narrowed

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


_NONE: Final = pd.DataFrame(columns=list(SHOWN))


def runs_behind(view: View, mark: Mark, *, skip: int = 0, limit: int = PAGE) -> RunsBehind:
    """The runs behind a mark: as many as the mark counts. `scenario` is what may be shown, and minutes are those spent.

    With a `limit` of 0 they are counted only. Whether they may be shown is decided by the learners of the group that a
    chart draws, however its runs ended.

    Raises:
        DatasetError: a file of the dataset can't be read.
    """
    n = _count(view, mark)
    if n and _learners(view, _group_of(mark)) < view.smallest_group:
        return RunsBehind(0, _NONE, is_withheld=True)
    if not n or not limit:
        return RunsBehind(n, _NONE)
    frame = _page(view, mark, skip, limit)
    frame = frame.drop(columns="scenario").rename(columns={"shown": "scenario"})
    frame["title"] = frame["scenario"].map(view.titles)
    frame["spent_minutes"] = frame["seconds"] / 60
    return RunsBehind(n, frame[list(SHOWN)])


def _page(view: View, mark: Mark, skip: int, limit: int) -> pd.DataFrame:
    """One page of whole runs, which are read from few seconds where facts tell between which ones they begin."""
    seconds, before = (None, 0) if mark.needs_whole_runs else _seconds(view, mark, skip, limit)
    runs = view.whole_runs(KEPT, mark, seconds)
    return view.measured.frame(runs.order_by(runs.started_at.desc(), "run_id").limit(limit, offset=skip - before))


def _seconds(view: View, mark: Mark, skip: int, limit: int) -> tuple[tuple[int, int], int]:
    """Between which seconds the runs of a page begin, and how many runs begin after them."""
    found = view.marked(mark)
    page = found.order_by(found.started_s.desc()).limit(limit, offset=skip)
    row = view.measured.frame(page.agg(n=page.count(), first=page.started_s.min(), last=page.started_s.max())).iloc[0]
    if not row["n"]:
        return (0, 0), 0
    later = found.filter(found.started_s > int(row["last"]))
    return (int(row["first"]), int(row["last"])), int(view.measured.frame(later.agg(n=later.count()))["n"].iloc[0])


def _count(view: View, mark: Mark) -> int:
    if mark.needs_whole_runs:
        found = view.marked(mark)
        return int(view.measured.frame(found.agg(n=found.count()))["n"].iloc[0])
    counted = narrowed(view.daily(), mark)
    return int(view.measured.frame(counted.agg(n=counted.runs.sum().fill_null(0)))["n"].iloc[0])


def _learners(view: View, mark: Mark) -> int:
    found = view.marked(mark)
    return int(view.measured.frame(found.agg(n=found.learner.nunique()))["n"].iloc[0])


def _group_of(mark: Mark) -> Mark:
    """What a chart breaks down by: those who passed a phase are part of those who reached it."""
    return replace(
        mark, outcome=None, started=False, reached=mark.reached or mark.passed, passed=None, word=None,
        worded=mark.worded or mark.word is not None,
    )  # fmt: skip
