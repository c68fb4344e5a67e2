"""What learners use most, and what they use more than before: of what everyone may read, never of a small group."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd

from scenario_core.bootstrap import Desk
from scenario_core.custom.columns import now
from scenario_core.discovery.chance import chances
from scenario_core.discovery.listed import first_listed
from scenario_core.listing import CatalogueEntry
from scenario_core.people import Operation, Person, require
from scenario_core.usage.engines import Engine, Measured
from scenario_core.usage.filters import LEARNERS_OWN, UsageFilter
from scenario_core.usage.measures.completion import completion
from scenario_core.usage.period import DAYS_A_WEEK, Comparison, Period, today_in
from scenario_core.usage.run import Source
from scenario_core.usage.scope import Scope, scope_of
from scenario_core.usage.view import View

USED_DAYS: Final = 90
WEEKS_BEFORE: Final = 4
RISING_DAYS: Final = DAYS_A_WEEK * (1 + WEEKS_BEFORE)
FEWEST_LEARNERS: Final = 5
"""From how many learners in the last 7 days on anything is a trend, however small the groups that may be told of."""
SHOWN: Final = 6
KEPT_SECONDS: Final = 300.0
"""For how long a ranking holds although nothing was run; what is private by now is left out at once."""
LARGEST_CHANCE: Final = 0.05
"""How likely it may be at most that chance alone names anything in a week."""
_NOBODY: Final = Person(-1, frozenset())
"""Owns nothing and has no role: sees what everyone may read, and nothing else."""


@dataclass(frozen=True, slots=True)
class Used:
    """How often a scenario was started in the last 90 days, and by how many learners."""

    scenario_id: str
    starts: int
    learners: int


@dataclass(frozen=True, slots=True)
class Rising:
    """How many learners a scenario had in the last 7 days, and a week in the 4 weeks before.

    `before` is None where those were too few to be told of. `chance` is how likely any scenario would rise so much
    above all of them together if none were chosen more than before.
    """

    scenario_id: str
    learners: int
    before: float | None
    chance: float


@dataclass(frozen=True)
class UsedRankings:
    """Both rankings with the entries of what the person may see. `is_sample` where they are of made-up runs."""

    most_used: tuple[tuple[CatalogueEntry, Used], ...]
    trending: tuple[tuple[CatalogueEntry, Rising], ...]
    is_sample: bool
    smallest_group: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ranked:
    key: tuple[Any, ...]
    at: float
    used: dict[str, Used]
    rising: dict[str, Rising]
    is_sample: bool


class Usings:
    """The rankings by use, for everyone, made again where runs have changed. Safe to share between threads."""

    def __init__(self, desk: Desk, engine: Engine) -> None:
        self._desk = desk
        self._engine = engine
        self._lock = threading.Lock()
        self._kept: _Ranked | None = None

    def rankings(self, person: Person, *, limit: int = SHOWN, moment: datetime | None = None) -> UsedRankings:
        """What is used most and what is trending, of the days up to yesterday.

        Raises:
            PermissionDeniedError: usage is not for this person to see.
            DatabaseError: the database does not answer.
            DatasetError: the runs can't be read.
        """
        require(person, Operation.READ_USAGE)
        ranked = self._ranked(moment or now())
        catalogue, me = self._desk.catalogue, person.user_id
        used, problems = first_listed(catalogue, me, list(ranked.used), limit)
        rising, others = first_listed(catalogue, me, list(ranked.rising), limit)
        return UsedRankings(
            tuple((entry, ranked.used[name]) for name, entry in used.items()),
            tuple((entry, ranked.rising[name]) for name, entry in rising.items()),
            ranked.is_sample,
            self._desk.settings.smallest_group,
            tuple(dict.fromkeys((*problems, *others))),
        )

    def _ranked(self, moment: datetime) -> _Ranked:
        zone = self._desk.settings.time_zone
        with self._lock:
            with self._engine.measured() as measured:
                key = (measured.revision, self._desk.production.revision, today_in(zone, moment))
            kept = self._kept
            if kept is None or kept.key != key or time.monotonic() - kept.at > KEPT_SECONDS:
                self._kept = kept = self._made(key, moment)
            return kept

    def _made(self, key: tuple[Any, ...], moment: datetime) -> _Ranked:
        scope = scope_of(_NOBODY, self._desk.production.scenarios, self._desk.engine)
        is_sample = self._desk.dataset.has_only_sample()
        with self._engine.measured() as measured:
            used = most_used(self._view(measured, scope, USED_DAYS, moment, is_sample=is_sample))
        with self._engine.measured() as measured:
            rising = trending(self._view(measured, scope, RISING_DAYS, moment, is_sample=is_sample))
        return _Ranked(key, time.monotonic(), used, rising, is_sample)

    def _view(self, measured: Measured, scope: Scope, days: int, moment: datetime, *, is_sample: bool) -> View:
        settings = self._desk.settings
        yesterday = today_in(settings.time_zone, moment) - timedelta(days=1)
        period = Period(yesterday - timedelta(days=days - 1), yesterday)
        sources = (Source.SAMPLE,) if is_sample else LEARNERS_OWN
        chosen = UsageFilter(period, comparison=Comparison.NONE, sources=sources)
        return View(measured, scope, chosen, moment, settings.time_zone, settings.smallest_group)


def most_used(view: View) -> dict[str, Used]:
    """The scenarios that were started, by their learners and then their starts; those of small groups are left out.

    One learner who starts a scenario again and again does not make it a popular one.
    """
    frame = completion(view).frame.dropna(subset=["learners"])
    frame = frame[frame["learners"] > 0].astype({"starts": "int64", "learners": "int64"})
    columns = (frame[name].tolist() for name in ("scenario", "starts", "learners"))
    found = [Used(*row) for row in zip(*columns, strict=True)]
    ordered = sorted(found, key=lambda each: (-each.learners, -each.starts, each.scenario_id))
    return {each.scenario_id: each for each in ordered}


def trending(view: View) -> dict[str, Rising]:
    """The scenarios whose learners rose more in the view's last 7 days than those of all scenarios together.

    Learners are counted once a week, so that a scenario with the same learners every week rises nowhere. How they have
    risen since the weeks before is compared with all scenarios by `chances`; at least 5 learners are needed besides.
    Nothing is named before there are runs of all five weeks.
    """
    least = max(FEWEST_LEARNERS, view.smallest_group)
    frame = _weekly(view)
    counts = (frame[name].astype("int64").tolist() for name in ("learners", "weeks_before"))
    frame = frame.assign(chance=chances(*counts))
    frame = frame[(frame["learners"] >= least) & (frame["chance"] <= LARGEST_CHANCE)]
    frame = frame.sort_values(["chance", "shown"])
    return {row["shown"]: _rising(row, view.smallest_group) for row in frame.to_dict("records")}


def _rising(row: Mapping[Any, Any], smallest_group: int) -> Rising:
    is_told = row["different_before"] == 0 or row["different_before"] >= smallest_group
    before = row["weeks_before"] / WEEKS_BEFORE if is_told else None
    return Rising(row["shown"], int(row["learners"]), before, row["chance"])


def _weekly(view: View) -> pd.DataFrame:
    """Of each scenario `learners` of the last week, `weeks_before` (each once a week) and `different_before`.

    No rows where the oldest week has no runs.
    """
    found = view.facts()
    found = found.filter(~found.finished_only, found.learner.notnull())
    _first, last = view.chosen.period.bounds
    week = ((last - found.day) / DAYS_A_WEEK).floor().cast("int64")
    found = found.mutate(is_last=week == 0, week=week)
    by_week = view.measured.frame(found.group_by("shown", "week").agg(learners=found.learner.nunique()))
    before = found.filter(~found.is_last)
    different = view.measured.frame(before.group_by("shown").agg(different_before=before.learner.nunique()))
    if not (by_week["week"] == WEEKS_BEFORE).any():
        by_week = by_week.head(0)
    is_last = by_week["week"] == 0
    last_week = by_week[is_last][["shown", "learners"]]
    summed = by_week[~is_last].groupby("shown", as_index=False).agg(weeks_before=("learners", "sum"))
    frame = last_week.merge(summed, on="shown", how="outer")
    return frame.merge(different, on="shown", how="left").fillna(
        {"learners": 0, "weeks_before": 0, "different_before": 0}
    )
