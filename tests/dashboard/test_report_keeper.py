"""A report that nobody waits for: kept, refreshed in the background, stopped, and never older than a change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from dashboard.integrity.keeper import Keeper
from scenario_core.errors import PermissionDeniedError, ProductionError
from scenario_core.integrity import Report
from scenario_core.people import Person, Role
from scenario_core.progress import Progress
from tests.core.checking_examples import MANAGER
from tests.dashboard.integrity_examples import finding, report, waiver
from tests.factories import ADMIN


class Runs:
    """Runs that end when a test says so, and what was asked of them."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.asked: list[tuple[int, bool]] = []
        self.ended = 0
        self.revision = "a"
        self.failure: Exception | None = None

    def __call__(self, person: Person, *, record: bool, progress: Progress) -> Report:
        self.asked.append((person.user_id, record))
        number = len(self.asked)
        for done in range(200):
            progress(done, 200)
            if self.gate.wait(0.05):
                break
        progress(200, 200)
        if self.failure:
            raise self.failure
        self.ended += 1
        return report(finding(number=number))


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def keeper(runs: Runs) -> Iterator[Keeper]:
    made = Keeper(runs, lambda: runs.revision)
    yield made
    made.close()


def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "this never came"
        time.sleep(0.01)


def test_the_first_report_is_waited_for_and_kept(keeper: Keeper, runs: Runs) -> None:
    first = keeper.latest(MANAGER)
    assert first is not None
    assert first == keeper.latest(MANAGER)
    assert runs.asked == [(ADMIN, True)]


def test_a_changed_store_is_checked_again_while_the_old_report_is_shown(keeper: Keeper, runs: Runs) -> None:
    first = keeper.latest(MANAGER)
    runs.gate.clear()
    runs.revision = "b"
    began = time.monotonic()
    old = keeper.latest(MANAGER)
    assert time.monotonic() - began < 2
    assert old is not None
    assert first is not None
    assert (old.report, old.is_outdated) == (first.report, True)
    runs.gate.set()
    until(lambda: keeper.running is None)
    new = keeper.latest(MANAGER)
    assert new is not None
    assert (new.is_outdated, new.number > first.number) == (False, True)
    assert runs.asked == [(ADMIN, True), (ADMIN, False)], "what runs by itself has no place in the history"


def test_a_run_that_was_asked_for_tells_how_far_it_is_and_can_be_stopped(keeper: Keeper, runs: Runs) -> None:
    first = keeper.latest(MANAGER)
    runs.gate.clear()
    keeper.start(MANAGER)
    until(lambda: keeper.running and keeper.running.done > 1)
    running = keeper.running
    assert running is not None
    assert (running.person, running.total) == (MANAGER, 200)
    keeper.start(MANAGER)
    assert runs.asked == [(ADMIN, True), (ADMIN, True)], "a second click asks for the same run"
    keeper.stop()
    assert keeper.running is None
    assert keeper.latest(MANAGER) == first
    assert runs.ended == 1


def test_what_somebody_stopped_does_not_begin_again_by_itself(keeper: Keeper, runs: Runs) -> None:
    keeper.latest(MANAGER)
    runs.gate.clear()
    runs.revision = "b"
    keeper.latest(MANAGER)
    keeper.stop()
    found = keeper.latest(MANAGER)
    assert found is not None
    assert found.is_outdated
    assert (keeper.running, len(runs.asked)) == (None, 2)


def test_a_change_shows_at_once_and_a_run_from_before_it_does_not_undo_it(keeper: Keeper, runs: Runs) -> None:
    first = keeper.latest(MANAGER)
    assert first is not None
    (one,) = first.report.findings
    runs.gate.clear()
    keeper.start(MANAGER)
    keeper.changed(lambda held: replace(held, waived={one.fingerprint: waiver(one)}))
    changed = keeper.latest(MANAGER)
    assert changed is not None
    assert (changed.report.waived_count, changed.is_outdated) == (1, True)
    assert keeper.running is not None
    assert keeper.running.number == 3, "who asked for a run gets one that knows of the change"
    runs.gate.set()
    until(lambda: keeper.running is None)
    assert runs.ended == 2


def test_a_run_that_fails_is_told_and_leaves_the_report(keeper: Keeper, runs: Runs) -> None:
    first = keeper.latest(MANAGER)
    assert first is not None
    runs.failure = ProductionError("The disk is gone.")
    keeper.start(MANAGER)
    until(lambda: keeper.running is None)
    assert keeper.problem == "The disk is gone."
    runs.failure = ZeroDivisionError("secret detail")
    keeper.start(MANAGER)
    until(lambda: keeper.running is None)
    assert "log" in keeper.problem
    assert "secret" not in keeper.problem
    found = keeper.latest(MANAGER)
    assert found is not None
    assert found.report == first.report


def test_who_may_not_check_gets_no_report_and_starts_nothing(keeper: Keeper, runs: Runs) -> None:
    nobody = Person(8, frozenset({Role.VIEWER}))
    for ask in (keeper.latest, keeper.start):
        with pytest.raises(PermissionDeniedError):
            ask(nobody)
    assert runs.asked == []
