"""Runs, scenarios and views to measure: a small world of both stores, and random runs and filters in it."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from scenario_core.custom.columns import now
from scenario_core.custom.engine import create_engine
from scenario_core.custom.usage_tables import RUN_FILES, RUNS
from scenario_core.people import Person, Role
from scenario_core.scenario import ConversationScenario
from scenario_core.usage.dataset import Dataset, listed
from scenario_core.usage.engines import Engine, open_engine
from scenario_core.usage.engines.duckdb_engine import DuckDBEngine
from scenario_core.usage.filters import UsageFilter
from scenario_core.usage.run import SCHEMA
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


@contextmanager
def refreshed(url: str, dataset: Dataset, zone: str = "Europe/Berlin") -> Iterator[Engine]:
    """An engine that has taken in what there is."""
    engine = open_engine(url, dataset, zone)
    engine.refresh()
    yield engine
    if not url.startswith("spark"):  # the session is the test run's own
        engine.close()
