"""What every engine offers: the same tables, whatever holds them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from scenario_core.progress import Progress, silent
from scenario_core.usage.daily import SCHEMA as DAILY_SCHEMA
from scenario_core.usage.daily import daily
from scenario_core.usage.facts import SCHEMA as FACT_SCHEMA
from scenario_core.usage.facts import first_days
from scenario_core.usage.run import SCHEMA

FIRST_DAY_SCHEMA: Final = ibis.schema({"kind": "string", "learner": "string", "first_day": "int32"})
RUN_SCHEMA: Final = ibis.Schema.from_pyarrow(SCHEMA)
FACTS: Final = ibis.table(FACT_SCHEMA, name="fact")


def derived(found: ir.Table) -> dict[str, ir.Table]:
    """What every engine keeps beside the facts, by its name: made from them alone."""
    return {"first_day": first_days(found), "daily": daily(found)}


class Learners(ABC):
    """Who is in each of some small groups, so that those of any union of them can be counted without the facts.

    `groups` has the columns that tell the groups apart, and others that only `count` reads.
    """

    def __init__(self, groups: ir.Table) -> None:
        self.groups = groups

    @abstractmethod
    def count(self, groups: ir.Table, where: Any = None) -> Any:
        """How many learners are in any of the groups, or of those that meet a condition: a reduction, exact."""


class NamedLearners(Learners):
    """One row for each learner of each group."""

    def count(self, groups: ir.Table, where: Any = None) -> Any:
        """Each learner once."""
        return groups.learner.nunique(where=where)


class Place(ABC):
    """Where questions are put to one engine, in one thread. Names hold as long as the place is held."""

    @abstractmethod
    def ask(self, expression: ir.Table) -> pa.Table:
        """The rows of an expression."""

    @abstractmethod
    def lay_down(self, name: str, rows: pa.Table) -> None:
        """Make some rows a table that expressions can name."""

    @abstractmethod
    def keep(self, name: str, expression: ir.Table) -> None:
        """Compute an expression once, and give its rows a name."""

    @abstractmethod
    def name(self, name: str, expression: ir.Table) -> None:
        """Give an expression a name, so that longer ones need not repeat it."""

    def open_runs(self) -> None:  # noqa: B027 - most engines keep whole runs ready to be named
        """Make whole runs ready to be named, where they are not kept so."""

    def with_pseudonyms(self, found: ir.Table) -> ir.Table:
        """Facts whose `learner` is the pseudonym, as runs hold it; facts may hold something shorter."""
        return found

    def learners(self, name: str, found: ir.Table, keys: Sequence[str], most: int) -> Learners:
        """Who is in each group of facts that the keys tell apart, of which there are `most` at most, under a name."""
        del most
        people = found.filter(found.learner.notnull()).select(*keys, "learner").distinct()
        self.keep(name, people)
        return NamedLearners(ibis.table(people.schema(), name=name))


@dataclass(frozen=True)
class Measured:
    """All runs of one moment, ready to be measured. `revision` names the moment: the same one, the same figures."""

    place: Place
    revision: str

    @property
    def facts(self) -> ir.Table:
        """The facts of all runs with `attempt`, as `usage.facts` says."""
        return FACTS

    @property
    def daily(self) -> ir.Table:
        """The facts counted, as `usage.daily` says."""
        return ibis.table(DAILY_SCHEMA, name="daily")

    @property
    def first_days(self) -> ir.Table:
        """The day of each learner's first run: `kind`, `learner`, `first_day`."""
        return ibis.table(FIRST_DAY_SCHEMA, name="first_day")

    @property
    def runs(self) -> ir.Table:
        """Whole runs in the dataset's form."""
        self.place.open_runs()
        return ibis.table(RUN_SCHEMA, name="run")

    def frame(self, expression: ir.Table) -> pd.DataFrame:
        """The rows of an expression."""
        found: pd.DataFrame = self.place.ask(expression).to_pandas()
        return found

    def table(self, name: str, frame: pd.DataFrame) -> ir.Table:
        """A frame as a table under a name, which replaces another one of that name."""
        rows = pa.Table.from_pandas(frame, preserve_index=False)
        self.place.lay_down(name, rows)
        return ibis.table(ibis.Schema.from_pyarrow(rows.schema), name=name)

    def named(self, name: str, expression: ir.Table) -> ir.Table:
        """An expression under a name: what is built on it stays short and is quick to put into words."""
        self.place.name(name, expression)
        return ibis.table(expression.schema(), name=name)

    def learners(self, name: str, found: ir.Table, keys: Sequence[str], most: int) -> Learners:
        """Who is in each group of facts that the keys tell apart, of which there are `most` at most.

        They are kept under the name, which replaces another one.
        """
        return self.place.learners(name, found, keys, most)

    @cached_property
    def scenario_ids(self) -> frozenset[str]:
        """Every scenario that any run names, as `facts.scenario` holds it."""
        return frozenset(self.frame(self.daily.select("scenario").distinct())["scenario"])


class Engine(Protocol):
    """Holds or reaches all runs. Safe to use from several threads."""

    def refresh(self, progress: Progress = silent) -> str:
        """Take in what has changed in the dataset and the table of recorded runs, and return the new revision."""
        ...

    def measured(self) -> AbstractContextManager[Measured]:
        """All runs, for one thread and as long as it is held."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...
