"""Usage is read in the background, answered from what is kept while it holds, and compacted without being asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.usage import keeper as keeping
from dashboard.usage.keeper import UsageKeeper
from scenario_core.analysis import Analyst, engine_of
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.errors import DatasetError, UsageEngineError
from scenario_core.settings import Settings
from scenario_core.stewardship.sample_runs import add_sample, remove_sample
from scenario_core.stewardship.steward import Steward
from tests.factories import SHIPPED


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "scenarios.json"
    path.write_bytes(SHIPPED.read_bytes())
    database = f"sqlite:///{tmp_path / 'desk.db'}"
    opened = Desk.open(Settings(production=path, database=database, usage=tmp_path / "usage", smallest_group=1))
    schema.upgrade(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def keeper(desk: Desk) -> Iterator[UsageKeeper]:
    made = UsageKeeper(engine_of(desk), desk.dataset)
    yield made
    made.close()


def starts(keeper: UsageKeeper, desk: Desk) -> int:
    analyst = Analyst(desk, keeper.engine, desk.directory.person(desk.settings.user))
    chosen = analyst.default_filter()
    found = keeper.measures(analyst, {"totals": ("totals", chosen)}, chosen.period.last)
    return int(found["totals"].frame["starts"].iloc[0])


def wait_until_fresh(keeper: UsageKeeper) -> None:
    keeper.changed()
    deadline = time.monotonic() + 20
    before = keeper.look()
    while time.monotonic() < deadline:
        keeper.changed()
        if keeper.look() != before or keeper.dataset.revision() == keeper.look():
            return
        time.sleep(0.05)


def test_a_run_is_counted_once_the_runs_were_read_again(desk: Desk, keeper: UsageKeeper) -> None:
    desk.catalogue.start_conversation(5, "hotel_check_in")
    assert keeper.look()
    assert starts(keeper, desk) == 1
    desk.catalogue.start_conversation(6, "hotel_check_in")
    wait_until_fresh(keeper)
    assert starts(keeper, desk) == 2


def test_the_same_question_is_answered_from_what_is_kept(desk: Desk, keeper: UsageKeeper) -> None:
    desk.catalogue.start_conversation(5, "hotel_check_in")
    keeper.look()
    analyst = Analyst(desk, keeper.engine, desk.directory.person(desk.settings.user))
    chosen = analyst.default_filter()
    wanted = {"totals": ("totals", chosen), "funnel": ("funnel", chosen)}
    first = keeper.measures(analyst, wanted, chosen.period.last)
    again = keeper.measures(analyst, wanted, chosen.period.last)
    assert [again[name] is first[name] for name in wanted] == [True, True]
    other = Analyst(desk, keeper.engine, desk.directory.person(8))
    assert keeper.measures(other, wanted, chosen.period.last)["totals"] is not first["totals"]


def test_sample_runs_that_were_removed_are_gone_at_the_next_look(desk: Desk, keeper: UsageKeeper) -> None:
    steward = Steward.configured(desk)
    add_sample(steward, 500, 1)
    keeper.look()
    assert starts(keeper, desk) > 0
    remove_sample(steward)
    wait_until_fresh(keeper)
    assert starts(keeper, desk) == 0


def test_many_ended_runs_are_compacted_without_being_asked(
    desk: Desk, keeper: UsageKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "COMPACT_FROM", 3)
    for _ in range(5):
        desk.catalogue.start_conversation(5, "hotel_check_in")
    keeper.look()
    deadline = time.monotonic() + 20
    while not keeper.dataset.files() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sum(file.runs for file in keeper.dataset.files()) == 4
    wait_until_fresh(keeper)
    assert starts(keeper, desk) == 5


def test_runs_that_can_not_be_read_are_told_until_they_can(desk: Desk, keeper: UsageKeeper) -> None:
    add_sample(Steward.configured(desk), 500, 1)
    [path, *_others] = desk.settings.usage.rglob("*.parquet")
    content = path.read_bytes()
    path.write_bytes(b"no parquet")
    with pytest.raises(DatasetError):
        keeper.look()
    path.write_bytes(content)
    keeper.changed()
    assert keeper.look()
    assert starts(keeper, desk) > 0


def test_a_fault_that_nobody_foresaw_is_told_and_the_next_look_tries_again(
    desk: Desk, keeper: UsageKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.catalogue.start_conversation(5, "hotel_check_in")

    def broken(_progress: object) -> str:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(keeper.engine, "refresh", broken)
        with pytest.raises(UsageEngineError, match="log holds the details"):
            keeper.look()
    keeper.changed()
    assert keeper.look()
    assert starts(keeper, desk) == 1
