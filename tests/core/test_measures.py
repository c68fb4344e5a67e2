"""Every measure is equal to its plain-Python reference, and says what it promises in known cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenario_core.custom.tables import ENTRIES, RECORDS
from scenario_core.usage.filters import Attempt, UsageFilter
from scenario_core.usage.measures import MEASURES, Measure, average_retention, unexpected, wilson
from scenario_core.usage.period import Comparison, Grain, Period
from scenario_core.usage.run import Source
from tests.usage_examples import PRODUCTION, Asking, World, differences, duckdb_view, open_world, question_of, rows_of
from tests.usage_question import Run
from tests.usage_reference import REFERENCE, answer
from tests.usage_runs import many_runs, usages

MARCH = Period(date(2026, 3, 2), date(2026, 3, 29))
"""Four whole weeks."""
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(migrated_sqlite, tmp_path_factory.mktemp("world")) as made:
        yield made


def folder_of(world: World) -> Path:
    return Path(world.engine.url.database or "").with_name("usage")


def require_equal(world: World, runs: list[Run], asking: Asking, names: list[str]) -> None:
    question = question_of(world, runs, asking)
    with duckdb_view(world, folder_of(world), runs, asking) as view:
        for name in names:
            found, keys = MEASURES[name](view), REFERENCE[name][1]
            wanted, rows = answer(name, question), rows_of(found.frame)
            if name == "at_risk":
                rows = [row | {"place": place} for place, row in enumerate(rows)]
            assert differences(rows, wanted.rows, keys) == [], name
            assert (found.n, found.left_out) == (wanted.n, wanted.left_out), name
            assert bool(found.absent) is wanted.is_absent, name


@pytest.mark.slow
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_measure_equals_its_plain_reference_on_random_runs(world: World, data: st.DataObject) -> None:
    runs, asking = data.draw(usages(world))
    names = data.draw(st.lists(st.sampled_from(list(MEASURES)), min_size=4, max_size=4, unique=True))
    require_equal(world, runs, asking, names)


@pytest.mark.parametrize(
    "asking",
    [
        Asking(UsageFilter(Period(date(2025, 12, 1), date(2026, 4, 10))), date(2026, 4, 20), "Europe/Berlin"),
        Asking(
            UsageFilter(
                Period(date(2026, 1, 1), date(2026, 3, 31)), Grain.MONTH, Comparison.YEAR, scenarios=("late_flight",)
            ),
            date(2026, 3, 20),
            "America/St_Johns",
            smallest_group=2,
        ),
    ],
    ids=["everything", "one_scenario"],
)
def test_every_measure_equals_its_plain_reference_on_many_runs(world: World, asking: Asking) -> None:
    require_equal(world, many_runs(900, 1), asking, list(MEASURES))


def measured(world: World, name: str, runs: list[Run], **asked: Any) -> Measure:
    """One measure of these runs in March 2026, nothing withheld unless it is asked for."""
    filters: dict[str, Any] = {"period": MARCH} | {key: asked.pop(key) for key in list(asked) if key in _FILTERS}
    others: dict[str, Any] = {"today": date(2026, 4, 15), "smallest_group": 1} | asked
    asking = Asking(UsageFilter(**filters), **others)
    with duckdb_view(world, folder_of(world), runs, asking) as view:
        return MEASURES[name](view)


_FILTERS = set(UsageFilter.__dataclass_fields__)


def run(number: int, started: datetime = NOON, reason: str | None = "completed", **fields: Any) -> Run:
    """A run of the dinner by a learner of its own."""
    values: dict[str, Any] = {
        "run_id": f"run-{number}", "scenario": "dinner_for_two", "learner": f"{number:016x}", "started_at": started,
        "ended_at": started + timedelta(minutes=8) if reason else None, "end_reason": reason, "phases_completed": 2,
        "total_phases": 2,
    }  # fmt: skip
    return Run(**(values | fields))


def row_of(frame: pd.DataFrame, **where: Any) -> dict[str, Any]:
    """The one row with these values."""
    (row,) = (row for row in rows_of(frame) if all(row[name] == value for name, value in where.items()))
    return row


def test_three_of_four_is_thirty_to_ninety_five_percent() -> None:
    rate, low, high = wilson([3], [4]).iloc[0]
    assert (rate, round(low, 2), round(high, 2)) == (0.75, 0.30, 0.95)


def test_none_of_five_is_at_most_forty_three_percent_and_none_of_none_is_nothing() -> None:
    frame = wilson([0, 0, 5], [5, 0, 5]).round(2)
    assert rows_of(frame) == [
        {"rate": 0, "low": 0, "high": 0.43},
        {"rate": None, "low": None, "high": None},
        {"rate": 1, "low": 0.57, "high": 1},
    ]


def test_completion_is_ranked_from_ten_starts_on(world: World) -> None:
    runs = [run(number, scenario="late_flight") for number in range(9)]
    runs += [run(number, reason="abandoned" if number < 14 else "completed") for number in range(10, 20)]
    runs += [run(number, scenario="at_the_doctor", reason="completed") for number in range(20, 30)]
    frame = measured(world, "completion", runs).frame
    assert list(zip(frame["scenario"], rows_of(frame[["rank"]]), strict=True)) == [
        ("at_the_doctor", {"rank": 1}),
        ("dinner_for_two", {"rank": 2}),
        ("late_flight", {"rank": None}),
    ]
    assert row_of(frame, scenario="dinner_for_two")["rate"] == 0.6


def test_the_stretch_that_is_not_over_is_marked_and_not_compared(world: World) -> None:
    runs = [
        run(1),
        run(2, NOON - timedelta(days=28)),
        run(3, NOON + timedelta(days=14)),
        run(4, NOON - timedelta(days=14)),
    ]
    frame = measured(world, "over_time", runs, today=date(2026, 3, 25)).frame
    assert list(frame["is_whole"]) == [True, True, True, False]
    assert rows_of(frame[["runs", "before_runs"]]) == [
        {"runs": 0, "before_runs": 0},
        {"runs": 1, "before_runs": 1},
        {"runs": 0, "before_runs": 0},
        {"runs": 1, "before_runs": None},
    ]


def test_today_is_kept_out_of_the_comparison_of_the_whole_period(world: World) -> None:
    today = date(2026, 3, 25)
    runs = [run(1, datetime(2026, 3, 25, 1, tzinfo=UTC)), run(2), run(3, datetime(2026, 2, 25, 1, tzinfo=UTC))]
    runs += [run(4, datetime(2026, 2, 24, 1, tzinfo=UTC))]
    frame = measured(world, "totals", runs, today=today).frame
    assert rows_of(frame[["period", "first", "last", "runs"]]) == [
        {"period": "chosen", "first": MARCH.first, "last": MARCH.last, "runs": 2},
        {"period": "finished", "first": MARCH.first, "last": date(2026, 3, 24), "runs": 1},
        {"period": "before", "first": date(2026, 2, 2), "last": date(2026, 2, 24), "runs": 1},
    ]


@pytest.mark.parametrize(("zone", "day"), [("UTC", date(2026, 3, 9)), ("Europe/Berlin", date(2026, 3, 10))])
def test_a_run_half_an_hour_before_midnight_in_london_is_of_the_next_day_in_berlin(
    world: World, zone: str, day: date
) -> None:
    runs = [run(1, datetime(2026, 3, 9, 23, 30, tzinfo=UTC))]
    frame = measured(world, "over_time", runs, grain=Grain.DAY, zone=zone).frame
    assert list(frame.loc[frame["runs"] == 1, "begins"]) == [day]


def test_days_without_runs_are_zeros(world: World) -> None:
    frame = measured(world, "over_time", [run(1)], grain=Grain.DAY).frame
    assert len(frame) == MARCH.days
    quiet = frame[frame["begins"] != NOON.date()].drop(columns=["begins", "ends", "is_whole", "withheld"])
    assert (quiet == 0).all(axis=None)


@pytest.mark.parametrize("name", ["totals", "over_time", "completion", "stores", "first_attempts"])
def test_what_was_started_was_completed_abandoned_terminated_or_is_open(world: World, name: str) -> None:
    frame = measured(world, name, many_runs(300, 2), sources=(Source.APP,)).frame
    ends = frame[["completed", "abandoned", "terminated", "open"]].sum(axis=1)
    assert frame["starts"].sum() > 0
    assert list(frame["starts"]) == list(ends)


def test_whoever_reached_a_phase_stopped_in_it_or_later(world: World) -> None:
    frame = measured(world, "funnel", many_runs(500, 3)).frame
    stopped = frame[["completed", "abandoned", "terminated", "open"]].sum(axis=1)
    assert list(frame["runs"]) == list(stopped[::-1].cumsum()[::-1])
    assert stopped.sum() == frame["started"].iloc[0] > 0


def test_runs_without_phases_are_left_out_of_the_funnel_and_counted(world: World) -> None:
    runs = [run(1), run(2, total_phases=0), run(3, phases_completed=None)]
    found = measured(world, "funnel", runs)
    assert (found.n, found.left_out) == (1, {"runs whose phases are not known": 2})


def test_weeks_that_are_not_over_are_empty_in_retention_and_not_zero(world: World) -> None:
    runs = [run(1), run(1, NOON + timedelta(days=7), run_id="again")]
    frame = measured(world, "retention", runs, today=date(2026, 3, 30)).frame
    assert rows_of(frame[["week", "active", "rate", "is_mature"]])[:4] == [
        {"week": 0, "active": 1, "rate": 1, "is_mature": True},
        {"week": 1, "active": 1, "rate": 1, "is_mature": True},
        {"week": 2, "active": 0, "rate": 0, "is_mature": True},
        {"week": 3, "active": None, "rate": None, "is_mature": False},
    ]


def test_large_groups_weigh_more_in_the_average_of_retention(world: World) -> None:
    weeks = [(number, NOON) for number in range(9)] + [(9, NOON + timedelta(days=7))]
    runs = [run(number, started) for number, started in weeks]
    runs += [run(9, NOON + timedelta(days=14), run_id="back")]
    frame = average_retention(measured(world, "retention", runs, today=date(2026, 3, 31)).frame)
    assert rows_of(frame)[1] == {"week": 1, "learners": 10, "active": 1, "rate": 0.1}
    assert list(frame["week"]) == [0, 1, 2]


def test_nobody_is_retained_who_did_not_begin_with_what_is_asked_for(world: World) -> None:
    runs = [run(1), run(2, scenario="late_flight"), run(2, NOON + timedelta(days=7), run_id="later")]
    frame = measured(world, "retention", runs, scenarios=("dinner_for_two",)).frame
    assert rows_of(frame[["learners", "week", "active"]])[:2] == [
        {"learners": 1, "week": 0, "active": 1},
        {"learners": 1, "week": 1, "active": 0},
    ]


def test_a_first_attempt_is_the_first_ever_also_when_it_lies_before_the_period(world: World) -> None:
    runs = [run(1), run(1, NOON - timedelta(days=60), run_id="long ago"), run(2)]
    frame = measured(world, "first_attempts", runs).frame
    assert row_of(frame, attempt=Attempt.FIRST)["starts"] == 1
    assert row_of(frame, attempt=Attempt.REPEAT)["starts"] == 1


def test_a_level_that_is_finished_less_often_than_the_next_harder_one_is_named(world: World) -> None:
    runs = [run(number, reason="abandoned") for number in range(20)]
    runs += [run(number, scenario="late_flight") for number in range(20, 40)]
    frame = measured(world, "first_attempts", runs).frame
    assert unexpected(frame) == ["Beginner is finished less often at the first attempt than intermediate."]


def test_the_totals_of_coverage_are_those_of_the_catalogue(world: World) -> None:
    found = measured(world, "coverage", [run(1), run(2, scenario="nobody_knows_it")])
    assert found.frame["scenarios"].sum() == len(PRODUCTION) + 2
    assert found.frame["unrun"].sum() == len(PRODUCTION) + 1
    assert row_of(found.frame, category="healthcare")["unrun_titles"] == ["At the Doctor"]
    assert found.left_out == {"runs of scenarios that the catalogue does not list": 1}


@pytest.mark.parametrize(("seconds", "counted"), [(0, 1), (1, 2), (4 * 3600, 2), (4 * 3600 + 1, 1)])
def test_durations_of_nothing_and_of_more_than_four_hours_are_excluded_and_counted(
    world: World, seconds: int, counted: int
) -> None:
    runs = [run(1, ended_at=NOON + timedelta(seconds=seconds)), run(2)]
    found = measured(world, "durations", runs)
    reason = "impossible durations (none, or more than 4 hours)"
    assert (found.n, found.left_out) == (counted, {reason: 1} if counted == 1 else {})


@pytest.mark.parametrize("name", ["funnel", "completion", "stores", "first_attempts"])
def test_sources_that_record_finished_runs_only_tell_nothing_of_starts_and_say_so(world: World, name: str) -> None:
    found = measured(world, name, [run(number, source="import", finished_only=True) for number in range(3)])
    assert found.absent == (
        "These runs come from sources that record finished runs only: how many were started is not known."
    )
    assert found.left_out == {"runs of sources that record finished runs only": 3}


def test_sample_runs_never_count_with_others(world: World) -> None:
    runs = [run(1), run(2, source="sample"), run(3, source="rehearsal")]
    assert {
        source: measured(world, "totals", runs, sources=(source,)).n
        for source in (Source.APP, Source.SAMPLE, Source.REHEARSAL)
    } == {Source.APP: 1, Source.SAMPLE: 1, Source.REHEARSAL: 1}
    assert measured(world, "totals", runs).n == 1
    with pytest.raises(ValueError, match="measured alone"):
        UsageFilter(MARCH, sources=(Source.APP, Source.SAMPLE))


def test_a_made_up_run_is_nobodys_first_attempt(world: World) -> None:
    runs = [run(1), run(1, NOON - timedelta(days=2), run_id="made up", source="sample")]
    assert measured(world, "first_attempts", runs).n == 1


def test_who_practises_anything_else_is_not_at_risk(world: World) -> None:
    runs = [run(1, NOON, None, run_id=f"{number}") for number in range(3)]
    asked: dict[str, Any] = {"scenarios": ("dinner_for_two",), "today": date(2026, 4, 15)}
    at_risk = list(measured(world, "at_risk", runs, **asked).frame["learners"])
    elsewhere = run(1, datetime(2026, 3, 20, tzinfo=UTC), scenario="late_flight", run_id="elsewhere")
    assert at_risk == [1, 1, 1, 1]
    assert list(measured(world, "at_risk", [*runs, elsewhere], **asked).frame["learners"]) == [1, 1, 1, 0]


def test_a_run_counts_once_also_where_both_stores_hold_its_scenario(migrated_sqlite: Path, tmp_path: Path) -> None:
    with open_world(migrated_sqlite, tmp_path) as world:
        with world.engine.begin() as connection:
            for table, scenario, label in ((ENTRIES, "late_flight", "copy"), (RECORDS, "at_the_doctor", "deleted")):
                named = table.c.scenario_id == world.ids[label]
                connection.execute(sa.update(table).where(named).values(scenario_id=scenario))
        runs = [run(1, scenario="late_flight"), run(2, scenario="at_the_doctor")]
        found = measured(world, "completion", runs).frame
    assert list(found["title"]) == ["At the Doctor", "Late Flight"]
    assert list(found["starts"]) == [1, 1]
