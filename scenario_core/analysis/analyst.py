"""Who asks, of which engine: every question about usage starts here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from scenario_core.analysis.summary import RunSummary, summary_of
from scenario_core.bootstrap import Desk
from scenario_core.custom.columns import now
from scenario_core.people import Operation, Person, require
from scenario_core.progress import Progress, silent
from scenario_core.usage.behind import PAGE, RunsBehind, runs_behind
from scenario_core.usage.engines import Engine, open_engine
from scenario_core.usage.filters import LEARNERS_OWN, Mark, UsageFilter
from scenario_core.usage.measures import MEASURES, Measure
from scenario_core.usage.period import Grain, Period, stretch_of, today_in
from scenario_core.usage.run import Source
from scenario_core.usage.scope import Scope, scope_of
from scenario_core.usage.view import View

DEFAULT_WEEKS: Final = 12
"""How many weeks a view shows unless somebody asks for others: whole weeks, and the one that goes on."""


@dataclass(frozen=True)
class Analyst:
    """A person who asks how scenarios are used."""

    desk: Desk
    engine: Engine
    person: Person

    @classmethod
    def configured(cls, desk: Desk) -> Self:
        """The person and the engine that the settings name.

        Raises:
            SettingsError: the engine's URL names none.
            UsageEngineError: the engine can't be reached.
        """
        return cls(desk, engine_of(desk), desk.directory.person(desk.settings.user))

    @contextmanager
    def view(self, chosen: UsageFilter | None = None, *, moment: datetime | None = None) -> Iterator[View]:
        """The runs that pass a filter, for the measures; the default filter if none is given.

        Raises:
            PermissionDeniedError: usage is not for this person to see.
            DatasetError: the runs can't be read.
            DatabaseError: the database does not answer.
        """
        require(self.person, Operation.READ_USAGE)
        moment = moment or now()
        with self.engine.measured() as measured:
            settings = self.desk.settings
            yield View(
                measured, self.scope(), chosen or self.default_filter(moment), moment, settings.time_zone,
                settings.smallest_group,
            )  # fmt: skip

    def measure(self, name: str, chosen: UsageFilter | None = None) -> Measure:
        """One measure by its name in `MEASURES`.

        Raises:
            PermissionDeniedError: usage is not for this person to see.
        """
        with self.view(chosen) as view:
            return MEASURES[name](view)

    def runs_behind(self, mark: Mark, chosen: UsageFilter, *, skip: int = 0, limit: int = PAGE) -> RunsBehind:
        """The runs behind a mark of a chart.

        Raises:
            PermissionDeniedError: single runs are not for this person to see.
        """
        require(self.person, Operation.READ_RUNS)
        with self.view(chosen) as view:
            return runs_behind(view, mark, skip=skip, limit=limit)

    def summary(self, scenario_id: str) -> RunSummary:
        """How one scenario has been used by learners, of all time; few learners are not told of.

        Raises:
            PermissionDeniedError: usage is not for this person to see.
            ScenarioNotFoundError: there is none that the person may know of.
            DatabaseError: the database does not answer.
        """
        require(self.person, Operation.READ_USAGE)
        self.desk.catalogue.resolve(self.person.user_id, scenario_id)
        with self.engine.measured() as measured:
            return summary_of(measured, scenario_id, self.desk.settings.smallest_group)

    def refresh(self, progress: Progress = silent) -> str:
        """Take in what was recorded and imported since, and return the revision of what the measures see now."""
        return self.engine.refresh(progress)

    def scope(self) -> Scope:
        """The scenarios whose usage the person may see."""
        return scope_of(self.person, self.desk.production.scenarios, self.desk.engine)

    def default_filter(self, moment: datetime | None = None) -> UsageFilter:
        """The last weeks up to today, of learners' own runs, or of sample runs where there are no others."""
        today = today_in(self.desk.settings.time_zone, moment or now())
        first = stretch_of(today, Grain.WEEK) - timedelta(weeks=DEFAULT_WEEKS)
        sources = (Source.SAMPLE,) if self.has_only_sample else LEARNERS_OWN
        return UsageFilter(Period(first, today), sources=sources)

    @property
    def has_only_sample(self) -> bool:
        """Whether there are sample runs and no others."""
        return self.desk.dataset.has_only_sample()


def engine_of(desk: Desk) -> Engine:
    """The engine that the settings name; nothing is read yet.

    Raises:
        SettingsError: the URL names none.
        UsageEngineError: it can't be reached.
    """
    settings = desk.settings
    return open_engine(settings.usage_engine, desk.dataset, settings.time_zone)
