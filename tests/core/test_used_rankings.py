"""Most used and trending: by learners, never of small groups, never of what is private, and no trend out of nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from scenario_core.discovery import Rising, UsedRankings, Usings
from scenario_core.discovery.used import KEPT_SECONDS
from scenario_core.errors import PermissionDeniedError
from scenario_core.people import Person, Role
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.view import View
from tests.factories import OWNER, STRANGER, scenario_document
from tests.usage_examples import add_file, add_rows, refreshed
from tests.usage_question import Run

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
READER = Person(9, frozenset({Role.AUTHOR}))
Ask = Callable[..., UsedRankings]


def runs(scenario: str, learners: range, days_ago: int, *, source: str = "app", each: int = 1) -> list[Run]:
    """So many runs of each learner, so many days before the moment."""
    started = NOON - timedelta(days=days_ago)
    return [
        Run(f"{scenario}-{learner}-{days_ago}-{number}", scenario, f"{learner:016x}", source=source,
            started_at=started + timedelta(minutes=number), phases_completed=0, total_phases=2)
        for learner in learners
        for number in range(each)
    ]  # fmt: skip


def weekly(scenario: str, learners: range, weeks: range = range(5)) -> list[Run]:
    """The same learners in each of these weeks, of which 0 is the last."""
    return [run for week in weeks for run in runs(scenario, learners, 3 + 7 * week)]


@pytest.fixture
def ask(manager: Steward, open_url: str) -> Ask:
    """The rankings of some runs, by each engine over each database."""

    @contextmanager
    def asked(*groups: list[Run]) -> Iterator[Usings]:
        add_rows(manager.desk.dataset, [run for group in groups for run in group])
        with refreshed(open_url, manager.desk.dataset, "UTC") as engine:
            yield Usings(manager.desk, engine)

    def rankings(*groups: list[Run], person: Person = READER) -> UsedRankings:
        with asked(*groups) as usings:
            return usings.rankings(person, moment=NOON)

    return rankings


def used(found: UsedRankings) -> list[tuple[str, int, int]]:
    return [(entry.scenario_id, each.starts, each.learners) for entry, each in found.most_used]


def rising(found: UsedRankings) -> list[str]:
    return [entry.scenario_id for entry, _ in found.trending]


def test_most_used_goes_by_learners_of_the_last_ninety_days(ask: Ask) -> None:
    found = ask(
        runs("one", range(6), 40),
        runs("two", range(5), 10, each=9),
        runs("two", range(5, 50), 91),
        runs("one", range(60), 2, source="rehearsal"),
    )
    assert used(found) == [("one", 6, 6), ("two", 45, 5)]
    assert not found.is_sample
    assert found.trending == ()


def test_nobody_learns_of_a_small_group_even_by_what_is_left(ask: Ask) -> None:
    assert used(ask(runs("one", range(12), 5), runs("two", range(4), 5))) == []


def test_today_has_not_ended_and_is_left_out(ask: Ask) -> None:
    assert used(ask(runs("one", range(9), 0), runs("two", range(9), 1))) == [("two", 9, 9)]


def test_a_rise_is_a_trend_and_the_same_learners_every_week_are_none(ask: Ask) -> None:
    found = ask(
        weekly("one", range(20)),
        weekly("two", range(30, 36), range(1, 5)), runs("two", range(30, 60), 2),
        weekly("three", range(70, 90), range(1, 5)),
    )  # fmt: skip
    assert rising(found) == ["two"]
    entry, why = found.trending[0]
    assert (entry.scenario_id, why.learners, why.before) == ("two", 30, 6.0)
    assert why.chance < 0.05


def test_three_after_one_are_no_trend_and_neither_is_one_eager_learner(ask: Ask) -> None:
    found = ask(
        runs("one", range(1), 12), runs("one", range(1, 4), 2),
        weekly("two", range(5, 11), range(1, 5)), runs("two", range(5, 11), 2, each=50),
        runs("three", range(20, 24), 2),
    )  # fmt: skip
    assert rising(found) == []


def test_what_is_new_is_a_trend_and_few_learners_before_are_not_told(ask: Ask) -> None:
    found = ask(
        runs("one", range(8), 2), runs("two", range(20, 34), 2), runs("two", range(40, 43), 20),
        weekly("three", range(50, 90)),
    )  # fmt: skip
    assert {entry.scenario_id: each.before for entry, each in found.trending} == {"one": 0.0, "two": None}


def test_nothing_is_a_trend_before_there_are_runs_of_five_weeks(ask: Ask) -> None:
    a_rise = [weekly("two", range(30, 36), range(1, 4)), runs("two", range(30, 60), 2)]
    assert rising(ask(weekly("one", range(20), range(4)), *a_rise)) == []
    assert rising(ask(runs("one", range(20), 3 + 7 * 4))) == ["two"]


def test_growth_of_everything_is_no_trend_of_anything(ask: Ask) -> None:
    names = ("one", "two", "three")
    found = ask(
        *[weekly(name, range(20), range(1, 5)) for name in names], *[runs(name, range(60), 2) for name in names]
    )
    assert rising(found) == []


def test_nothing_private_is_ranked_for_anybody(manager: Steward, ask: Ask) -> None:
    with manager.desk.builder() as service:
        ids = [service.create_scenario(OWNER, scenario_document(name=f"C {n}")).scenario_id for n in range(3)]
        for name in ids[1:]:
            service.set_visibility(name, OWNER, is_public=True, expected_version=1)
        service.delete_scenario(ids[2], OWNER, expected_version=2)
    some = [runs(name, range(40), 2) for name in ids] + [weekly("one", range(50, 90))]
    for user_id in (OWNER, STRANGER, 1):
        found = ask(*some, person=Person(user_id, frozenset(Role)))
        assert {name for name, _, _ in used(found)} == {ids[1], "one"}
        assert rising(found) == [ids[1]]
        some = []


def test_what_becomes_private_is_gone_although_the_ranking_is_kept(manager: Steward, open_url: str) -> None:
    desk = manager.desk
    with desk.builder() as service:
        made = service.create_scenario(OWNER, scenario_document()).scenario_id
        service.set_visibility(made, OWNER, is_public=True, expected_version=1)
        add_rows(desk.dataset, runs(made, range(40), 2))
        with refreshed(open_url, desk.dataset, "UTC") as engine:
            usings = Usings(desk, engine)
            assert used(usings.rankings(READER, moment=NOON)) == [(made, 40, 40)]
            service.set_visibility(made, OWNER, is_public=False, expected_version=2)
            for user_id in (OWNER, STRANGER):
                found = usings.rankings(Person(user_id, frozenset(Role)), moment=NOON)
                assert (found.most_used, found.trending) == ((), ())
            service.set_visibility(made, OWNER, is_public=True, expected_version=3)
            assert used(usings.rankings(READER, moment=NOON)) == [(made, 40, 40)]


def test_a_ranking_is_kept_for_some_minutes_and_then_made_again(
    manager: Steward, open_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, made = [1000.0], list[float]()

    def ranked(_: View) -> dict[str, Rising]:
        made.append(at[0])
        return {}

    monkeypatch.setattr("scenario_core.discovery.used.time.monotonic", lambda: at[0])
    monkeypatch.setattr("scenario_core.discovery.used.trending", ranked)
    with refreshed(open_url, manager.desk.dataset, "UTC") as engine:
        usings = Usings(manager.desk, engine)
        for seconds in (0.0, KEPT_SECONDS, KEPT_SECONDS + 1):
            at[0] = 1000.0 + seconds
            usings.rankings(READER, moment=NOON)
    assert made == [1000.0, 1000.0 + KEPT_SECONDS + 1]


def test_new_runs_make_a_new_ranking(manager: Steward, open_url: str) -> None:
    dataset = manager.desk.dataset
    add_rows(dataset, runs("one", range(6), 2))
    with refreshed(open_url, dataset, "UTC") as engine:
        usings = Usings(manager.desk, engine)
        assert used(usings.rankings(READER, moment=NOON)) == [("one", 6, 6)]
        add_rows(dataset, runs("two", range(9), 2))
        engine.refresh()
        assert used(usings.rankings(READER, moment=NOON)) == [("two", 9, 9), ("one", 6, 6)]


def test_sample_runs_are_ranked_where_there_are_no_others_and_called_so(manager: Steward, open_url: str) -> None:
    add_file(manager.desk.dataset, runs("one", range(6), 2, source="sample"), is_sample=True)
    with refreshed(open_url, manager.desk.dataset, "UTC") as engine:
        found = Usings(manager.desk, engine).rankings(READER, moment=NOON)
    assert (used(found), found.is_sample) == ([("one", 6, 6)], True)


def test_rankings_by_use_are_for_those_who_may_see_usage(manager: Steward, open_url: str) -> None:
    with refreshed(open_url, manager.desk.dataset, "UTC") as engine, pytest.raises(PermissionDeniedError):
        Usings(manager.desk, engine).rankings(Person(9, frozenset({Role.VIEWER})))
