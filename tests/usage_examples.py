"""Runs, scenarios and views to measure: a small world of both stores, and random runs and filters in it."""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from hypothesis import strategies as st

from scenario_core.custom.columns import now
from scenario_core.custom.engine import create_engine
from scenario_core.custom.usage_tables import RUN_FILES, RUNS
from scenario_core.people import Person, Role
from scenario_core.scenario import ConversationScenario
from scenario_core.usage.dataset import Dataset, listed
from scenario_core.usage.engines import Engine
from scenario_core.usage.engines.duckdb_engine import DuckDBEngine
from scenario_core.usage.filters import Attempt, Mark, Outcome, UsageFilter
from scenario_core.usage.period import Comparison, Grain, Period
from scenario_core.usage.run import SCHEMA, Source
from scenario_core.usage.scope import NONE, PRIVATE, scope_of
from scenario_core.usage.view import View
from tests.factories import OWNER, STRANGER, builder, phase_document, scenario, scenario_document
from tests.usage_question import Known, Phase, Question, Run

ANALYST: Final = Person(1, frozenset({Role.ANALYST}))
AUTHOR: Final = Person(OWNER, frozenset({Role.AUTHOR}))
PEOPLE: Final = (ANALYST, AUTHOR)
ZONES: Final = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu")
SECRET: Final = "quokka"  # noqa: S105 - no password, a word to look for
"""Stands in every text of a stranger's private scenarios, and nowhere else."""
PRODUCTION: Final[dict[str, ConversationScenario]] = {
    each.scenario_id: each
    for each in (
        scenario("dinner_for_two", phases=[
            phase_document("greeting", key_vocabulary=["table", "menu", "menu"]),
            phase_document("ordering", key_vocabulary=["menu", "bill"]),
        ]),
        scenario(
            "late_flight", name="Late Flight", category="travel", difficulty="intermediate", language="de",
            duration_minutes=20, phases=[phase_document(name) for name in ("desk", "gate", "boarding")],
        ),
        scenario("at_the_doctor", name="At the Doctor", category="healthcare", difficulty="advanced"),
        scenario("first_debate", name="First Debate", category="education", difficulty="native", duration_minutes=60),
    )
}  # fmt: skip
"""Two of them are in English by default; the first two's words overlap between phases."""
LABELS: Final = (*PRODUCTION, "mine", "copy", "other_copy", "theirs", "theirs_too", "deleted", "nobody_knows_it", None)
"""What runs of the world name: production's ids, custom scenarios by their label, an unknown one, and none."""


@dataclass(frozen=True)
class World:
    """A database with custom scenarios: one's own, a stranger's private and shared ones, and a deleted one."""

    engine: sa.Engine
    ids: Mapping[str, str]
    """The id of each custom scenario by its label."""

    def id_of(self, label: str | None) -> str | None:
        return None if label is None else self.ids.get(label, label)

    def with_ids(self, runs: Sequence[Run]) -> list[Run]:
        """Runs that name scenarios by their ids, in the place of labels."""
        return [replace(run, scenario=self.id_of(run.scenario)) for run in runs]

    def known_to(self, person: Person, runs: Sequence[Run] = ()) -> list[Known]:
        """What the person may see, written down by hand."""
        ids = self.ids
        found = [_listed(each.scenario_id, each.name, "production", each) for each in PRODUCTION.values()]
        dinner = PRODUCTION["dinner_for_two"]
        for label, title in (("copy", "Dinner for Two"), ("other_copy", "Another Dinner")):
            found.append(replace(_listed(ids[label], title, "custom", dinner), origin="dinner_for_two"))
        if person.user_id == OWNER:
            found.append(replace(_listed(ids["mine"], "Dinner of Mine", "custom", dinner), category="travel"))
        if person.roles & {Role.ANALYST, Role.CONTENT_MANAGER, Role.ADMIN}:
            private = ("theirs", "theirs_too") if person.user_id == OWNER else ("theirs", "theirs_too", "mine")
            found += [Known(ids[label], PRIVATE, "Private scenarios of others", "custom") for label in private]
            found.append(Known(ids["deleted"], PRIVATE, "Private scenarios of others", "custom"))
            known = {each.scenario for each in found}
            for name in sorted({run.scenario or "" for run in runs} - known):
                found.append(Known(name, name or NONE, f"Unknown: {name}" if name else "No usable scenario"))
        return found

    def phases(self, person: Person) -> dict[str, list[Phase]]:
        """The phases of what the person may read."""
        found = {name: _phases(each.model_dump(mode="json")) for name, each in PRODUCTION.items()}
        found |= {self.ids[label]: found["dinner_for_two"] for label in ("copy", "other_copy")}
        if person.user_id == OWNER:
            found[self.ids["mine"]] = _phases(scenario_document())
        return found


def _listed(scenario_id: str, title: str, store: str, like: ConversationScenario) -> Known:
    language = like.language or "en"
    return Known(
        scenario_id, scenario_id, title, store, like.category, like.difficulty, language, like.duration_minutes,
        listed=True,
    )  # fmt: skip


@contextmanager
def open_world(template: Path, folder: Path) -> Iterator[World]:
    """A world in a copy of a migrated SQLite database."""
    path = folder / "world.db"
    shutil.copy(template, path)
    engine = create_engine(f"sqlite:///{path}")
    try:
        yield World(engine, _custom_scenarios(engine))
    finally:
        engine.dispose()


def _custom_scenarios(engine: sa.Engine) -> dict[str, str]:
    secret = scenario_document(
        name=f"{SECRET} one", description=f"All about a {SECRET}.", setting=SECRET,
        phases=[phase_document(f"{SECRET}_{number}", name=f"{SECRET} {number}", key_vocabulary=[SECRET, "menu", "bill"])
                for number in (1, 2)],
    )  # fmt: skip
    with builder(engine, production=PRODUCTION.get) as service:
        mine = service.create_scenario(OWNER, scenario_document(name="Dinner of Mine", category="travel"))
        made = {"mine": mine.scenario_id}
        for label, owner, title in (("copy", OWNER, "Dinner for Two"), ("other_copy", STRANGER, "Another Dinner")):
            made[label] = service.duplicate_scenario("dinner_for_two", owner, title).scenario_id
            service.set_visibility(made[label], owner, is_public=True, expected_version=1)
        made["theirs"] = service.create_scenario(STRANGER, secret).scenario_id
        made["theirs_too"] = service.duplicate_scenario("late_flight", STRANGER, f"{SECRET} two").scenario_id
        made["deleted"] = service.create_scenario(STRANGER, scenario_document(name="Gone")).scenario_id
        service.delete_scenario(made["deleted"], STRANGER, expected_version=1)
    return made


def _phases(document: Mapping[str, Any]) -> list[Phase]:
    return [
        Phase(each["name"], each["expected_duration_minutes"], each["key_vocabulary"]) for each in document["phases"]
    ]


def table_of_runs(runs: Sequence[Run]) -> pa.Table:
    """Runs as Arrow, in the dataset's form."""
    rows = [
        {
            "run_id": run.run_id, "scenario_id": run.scenario, "store": None, "learner": run.learner,
            "language": run.language, "source": run.source, "started_at": run.started_at, "ended_at": run.ended_at,
            "end_reason": run.end_reason, "last_phase": None, "phases_completed": run.phases_completed,
            "total_phases": run.total_phases, "phase_seconds": _list(run.phase_seconds), "minutes": run.minutes,
            "vocabulary": _list(run.vocabulary), "objectives": None, "success_rate": None, "completion_score": None,
            "finished_only": run.finished_only,
        }
        for run in runs
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _list(values: Sequence[Any] | None) -> list[Any] | None:
    return None if values is None else list(values)


def add_file(dataset: Dataset, runs: Sequence[Run], *, is_sample: bool = False) -> None:
    """Add runs to the dataset's files, as an import does."""
    with dataset.writing():
        batch = dataset.write(lambda folder: _write(table_of_runs(runs), folder), is_sample=is_sample)
        with dataset.engine.begin() as connection:
            listed(connection, batch, is_sample=is_sample)


def _write(runs: pa.Table, folder: Path) -> None:
    """One file, whatever the months: which one a run lies in makes no difference to what is read."""
    (folder / "month=none").mkdir()
    pq.write_table(runs, folder / "month=none" / "runs.parquet")


def add_rows(dataset: Dataset, runs: Sequence[Run]) -> None:
    """Add runs to the database's table, as if they had just been recorded."""
    if runs:
        with dataset.engine.begin() as connection:
            moment = now()
            rows = [{**row, "heard_at": moment} for row in table_of_runs(runs).to_pylist()]
            connection.execute(sa.insert(RUNS), rows)


def dataset_of(world: World, folder: Path, runs: Sequence[Run]) -> Dataset:
    """The world's database with these runs and no others: every third one as a row, the others in files."""
    with world.engine.begin() as connection:
        connection.execute(sa.delete(RUNS))
        connection.execute(sa.delete(RUN_FILES))
    dataset = Dataset(world.engine, folder)
    add_rows(dataset, [run for number, run in enumerate(runs) if number % 3 == 0 and run.source != "sample"])
    for is_sample in (False, True):
        filed = [
            run
            for number, run in enumerate(runs)
            if (run.source == "sample") is is_sample and (number % 3 or is_sample)
        ]
        if filed:
            add_file(dataset, filed, is_sample=is_sample)
    return dataset


@dataclass(frozen=True)
class Asking:
    """What is asked, by whom, when and where."""

    chosen: UsageFilter
    today: date
    zone: str = "UTC"
    smallest_group: int = 5
    person: Person = ANALYST

    @property
    def moment(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 12, tzinfo=ZoneInfo(self.zone))


@contextmanager
def view_of(world: World, engine: Engine, asking: Asking) -> Iterator[View]:
    """The view of an engine that has been refreshed."""
    scope = scope_of(asking.person, PRODUCTION, world.engine)
    with engine.measured() as measured:
        yield View(measured, scope, asking.chosen, asking.moment, asking.zone, asking.smallest_group)


@contextmanager
def duckdb_view(world: World, folder: Path, runs: Sequence[Run], asking: Asking) -> Iterator[View]:
    """The view of these runs by DuckDB."""
    shutil.rmtree(folder, ignore_errors=True)
    engine = DuckDBEngine(dataset_of(world, folder, world.with_ids(runs)), asking.zone)
    try:
        engine.refresh()
        with view_of(world, engine, asking) as view:
            yield view
    finally:
        engine.close()


def question_of(world: World, runs: Sequence[Run], asking: Asking) -> Question:
    """The same for the reference."""
    named = world.with_ids(runs)
    known = world.known_to(asking.person, named)
    phases = world.phases(asking.person)
    return Question(named, known, phases, asking.chosen, asking.zone, asking.today, asking.smallest_group)  # type: ignore[arg-type]


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame's rows in plain Python, None for what is empty."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return value
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def differences(
    found: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> list[str]:
    """In which cells two lists of rows differ; floating-point numbers may by one part in a thousand million."""
    ours, theirs = ({tuple(row[key] for key in keys): row for row in rows} for rows in (found, wanted))
    if ours.keys() != theirs.keys() or len(ours) != len(found):
        return [f"rows {sorted(map(str, ours))} in the place of {sorted(map(str, theirs))}"]
    return [
        f"{dict(zip(keys, key, strict=True))}: {name} is {row.get(name)!r} in the place of {value!r}"
        for key, row in ours.items()
        for name, value in theirs[key].items()
        if not _is_same(row.get(name, "missing"), value)
    ]


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return None not in (one, other) and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


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
