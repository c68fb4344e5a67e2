"""Behind each mark of a chart stand exactly the runs that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenario_core.usage.behind import SHOWN, runs_behind
from scenario_core.usage.filters import Attempt, Mark, Outcome, UsageFilter
from scenario_core.usage.measures import MEASURES
from scenario_core.usage.period import Grain, Period
from scenario_core.usage.view import View
from tests.usage_examples import Asking, World, duckdb_view, open_world, question_of, rows_of
from tests.usage_question import Question, Run, learners
from tests.usage_runs import many_runs, usages

Counted = tuple[Mark, int]
"""A mark, and the figure that is drawn."""


@pytest.fixture(scope="module")
def world(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(migrated_sqlite, tmp_path_factory.mktemp("world")) as made:
        yield made


def marks(view: View, name: str) -> list[Counted]:
    """A mark for each row of a measure, and for each way in which its runs end."""
    return [counted for row in rows_of(MEASURES[name](view).frame) for counted in DRAWN[name](row)]


def _stretch(row: dict[str, Any]) -> Iterator[Counted]:
    mark = Mark(begins=row["begins"], ends=row["ends"])
    yield mark, row["runs"]
    yield from _ends(mark, row)


def _scenario(row: dict[str, Any]) -> Iterator[Counted]:
    yield from _ends(Mark(scenario=row["scenario"]), row)


def _phase(row: dict[str, Any]) -> Iterator[Counted]:
    yield Mark(reached=row["position"], started=True), row["runs"]
    yield Mark(passed=row["position"], started=True), row["passed"]


def _attempt(row: dict[str, Any]) -> Iterator[Counted]:
    level = "" if row["difficulty"] == "unknown" else row["difficulty"]
    yield from _ends(Mark(difficulty=level, attempt=Attempt(row["attempt"])), row)


def _store(row: dict[str, Any]) -> Iterator[Counted]:
    mark = Mark(store="" if row["store"] == "unknown" else row["store"])
    yield mark, row["runs"]
    yield from _ends(mark, row)


def _ends(mark: Mark, row: dict[str, Any]) -> Iterator[Counted]:
    yield replace(mark, started=True), row["starts"]
    for outcome in Outcome:
        yield replace(mark, started=True, outcome=outcome), row[outcome.value]


DRAWN: Final[dict[str, Callable[[dict[str, Any]], Iterator[Counted]]]] = {
    "over_time": _stretch,
    "completion": _scenario,
    "funnel": _phase,
    "first_attempts": _attempt,
    "stores": _store,
}


def matching(asked: Question, mark: Mark) -> set[str]:
    """The runs that a mark means, one look at each."""
    return {run.run_id for run in asked.inside() if asked.is_meant(run, mark)}


def learners_of_the_group(asked: Question, mark: Mark) -> int:
    """How many learners a chart's group has of which the mark is the whole, or how its runs ended."""
    group = replace(
        mark, outcome=None, started=False, passed=None, reached=mark.reached or mark.passed, word=None,
        worded=mark.worded or mark.word is not None,
    )  # fmt: skip
    return learners(run for run in asked.inside() if asked.is_meant(run, group))


def ids_of_all_pages(view: View, mark: Mark, limit: int) -> list[str]:
    found: list[str] = []
    while page := list(runs_behind(view, mark, skip=len(found), limit=limit).frame["run_id"]):
        found += page
    return found


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_the_runs_behind_a_mark_are_as_many_as_it_counts_and_all_of_them_match(
    world: World, data: st.DataObject
) -> None:
    runs, asking = data.draw(usages(world))
    question = question_of(world, runs, asking)
    folder = Path(world.engine.url.database or "").with_name("usage")
    with duckdb_view(world, folder, runs, asking) as view:
        drawn = marks(view, data.draw(st.sampled_from(list(DRAWN))))
        for mark, figure in data.draw(st.lists(st.sampled_from(drawn), max_size=4)) if drawn else ():
            found = runs_behind(view, mark, limit=100)
            assert figure in {found.n, None}, mark
            assert len(found.frame) == found.n, mark
            if found.is_withheld:
                assert matching(question, mark)
                assert learners_of_the_group(question, mark) < asking.smallest_group, mark
            else:
                assert set(found.frame["run_id"]) == matching(question, mark), mark


@pytest.fixture(scope="module")
def view(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    """Some hundred runs of half a year, nothing withheld."""
    chosen = UsageFilter(Period(date(2025, 11, 1), date(2026, 4, 10)), Grain.MONTH)
    asking = Asking(chosen, date(2026, 4, 20), "Europe/Berlin", smallest_group=1)
    with duckdb_view(world, tmp_path_factory.mktemp("many") / "usage", many_runs(400, 4), asking) as made:
        yield made


@pytest.mark.parametrize("name", list(DRAWN))
def test_every_mark_of_a_chart_has_as_many_runs_behind_it_as_it_counts(view: View, name: str) -> None:
    every = marks(view, name)[:24]
    assert every
    assert [runs_behind(view, mark, limit=1).n for mark, _ in every] == [figure for _, figure in every]


@pytest.mark.parametrize(
    "mark",
    [
        Mark(),
        Mark(scenario="dinner_for_two"),
        Mark(attempt=Attempt.REPEAT, started=True),
        Mark(reached=2, started=True),
        Mark(outcome=Outcome.ABANDONED),
    ],
)
def test_the_pages_together_hold_each_run_once_the_latest_first(view: View, mark: Mark) -> None:
    ids = ids_of_all_pages(view, mark, limit=17)
    found = runs_behind(view, mark, limit=1_000)
    assert len(ids) == len(set(ids)) == found.n > 0
    assert ids == list(found.frame["run_id"])
    assert list(found.frame["started_at"]) == sorted(found.frame["started_at"], reverse=True)
    assert list(found.frame.columns) == list(SHOWN)


def test_a_run_in_the_hour_that_came_twice_stands_behind_the_day_that_counts_it(world: World, tmp_path: Path) -> None:
    """In St. John's of 2010 clocks went back from one minute past midnight to the evening before."""
    twice = datetime(2010, 11, 7, 3, 15, tzinfo=UTC)
    runs = [Run("late", "dinner_for_two", "0" * 16, started_at=twice)]
    for day, figure in ((date(2010, 11, 6), 1), (date(2010, 11, 7), 0)):
        asking = Asking(UsageFilter(Period(day, day)), date(2010, 12, 1), "America/St_Johns", smallest_group=1)
        with duckdb_view(world, tmp_path / "usage", runs, asking) as view:
            found = runs_behind(view, Mark())
        assert (found.n, len(found.frame)) == (figure, figure)


def test_nothing_stands_behind_a_mark_that_counts_nothing(view: View) -> None:
    found = runs_behind(view, Mark(scenario="never heard of it"))
    assert (found.n, len(found.frame), list(found.frame.columns)) == (0, 0, list(SHOWN))
