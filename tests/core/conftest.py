from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer.main

from scenario_core import mirror
from scenario_core.bootstrap import Desk
from scenario_core.integrity import CHECKS
from scenario_core.integrity.checks import StructuralCheck
from scenario_core.integrity.snapshot import mirrored
from scenario_core.settings import Settings
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.dataset import Dataset
from tests.core.calling import Run, at_home, caller, hand_out
from tests.core.checking_examples import Rude
from tests.core.steward_examples import HOTEL, make_intact, opened
from tests.factories import catalogue_document, write_production
from tests.postgres import PostgresServer


@pytest.fixture(scope="session", autouse=True)
def commands_built_once() -> Iterator[None]:
    """Typer makes all commands anew for every call in a process, which takes as long as most calls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield


@pytest.fixture
def desk(tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Three production scenarios, approved and mirrored, on each engine; no settings say how many there must be."""
    monkeypatch.chdir(tmp_path)
    path = write_production(tmp_path / "scenarios.json", catalogue_document("one", "two", "three"))
    made = Desk.open(Settings.read(production=path, database=str(engine.url.render_as_string(hide_password=False))))
    made.production.create_baseline()
    mirror.apply(made.engine, mirrored(made.production), actor_id=1)
    yield made
    made.close()


@pytest.fixture
def manager(desk: Desk) -> Steward:
    """A content manager at that desk."""
    return Steward.configured(desk)


@pytest.fixture
def local(sqlite_engine: sa.Engine, tmp_path: Path) -> Iterator[Steward]:
    """Somebody like that on SQLite alone, for what does not depend on the database."""
    path = write_production(tmp_path / "local.json", catalogue_document("one", "two"))
    desk = Desk.open(Settings.read(production=path, database=str(sqlite_engine.url), usage=tmp_path / "local"))
    yield Steward.configured(desk)
    desk.close()


@pytest.fixture
def dataset(manager: Steward) -> Dataset:
    """The runs of that desk."""
    return manager.desk.dataset


@pytest.fixture
def rude(monkeypatch: pytest.MonkeyPatch) -> type[Rude]:
    """The check, registered beside the structural ones."""
    monkeypatch.setattr(Rude, "calls", 0)
    structural = tuple(each for each in CHECKS if issubclass(each, StructuralCheck))
    for module in ("audit", "checks"):
        monkeypatch.setattr(f"scenario_core.integrity.{module}.CHECKS", (*structural, Rude))
    return Rude


@pytest.fixture(scope="session")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped catalogue, approved and mirrored; not to be written to."""
    folder = tmp_path_factory.mktemp("intact")
    make_intact(folder).close()
    return folder


@pytest.fixture
def steward(intact: Path, tmp_path: Path) -> Iterator[Steward]:
    """A content manager at a copy of the shipped catalogue."""
    shutil.copytree(intact, tmp_path, dirs_exist_ok=True)
    desk = opened(tmp_path)
    yield Steward.configured(desk)
    desk.close()


@pytest.fixture
def copy_id(steward: Steward) -> str:
    """A copy of the hotel by the acting person, saved once after that."""
    with steward.desk.builder() as service:
        copy = service.duplicate_scenario(HOTEL, steward.user_id, "A night at the inn")
        document = {**copy.scenario.model_dump(mode="json"), "setting": "A small inn"}
        service.update_scenario(copy.scenario_id, steward.user_id, document, expected_version=1)
    return copy.scenario_id


@pytest.fixture
def run(
    intact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Call commands beside a copy of the shipped catalogue, mirrored."""
    at_home(tmp_path, monkeypatch)
    hand_out(intact)
    return caller(capfdbinary)


@pytest.fixture(params=["duckdb", "postgresql"])
def open_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an engine that holds what it has taken in."""
    if request.param == "duckdb":
        yield "duckdb://"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.fresh_database() as name:
            yield server.url(name)
