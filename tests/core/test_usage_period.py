"""Periods, their stretches, and days in time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scenario_core.usage.period import (
    Comparison,
    Grain,
    Period,
    day_number,
    day_of,
    day_table,
    offsets,
    start_of,
    stretch_of,
    stretches,
    today_in,
)
from tests.usage_examples import ZONES
from tests.usage_question import beginning, following

DAYS = st.dates(date(2012, 1, 1), date(2035, 12, 31))
PERIODS = st.builds(lambda first, days: Period(first, first + timedelta(days=days)), DAYS, st.integers(0, 400))


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="can't end on 2026-01-01 before it begins on 2026-01-02"):
        Period(date(2026, 1, 2), date(2026, 1, 1))


def test_the_former_period_ends_the_day_before_and_has_as_many_days() -> None:
    assert Period(date(2026, 3, 1), date(2026, 3, 31)).compared(Comparison.FORMER) == Period(
        date(2026, 1, 29), date(2026, 2, 28)
    )


@given(PERIODS)
def test_a_year_before_the_weekdays_are_the_same(period: Period) -> None:
    before = period.compared(Comparison.YEAR)
    assert before is not None
    assert before.days == period.days
    assert before.first.weekday() == period.first.weekday()
    assert 360 < (period.first - before.first).days < 370


@given(PERIODS)
def test_nothing_is_compared_unless_it_is_asked_for(period: Period) -> None:
    assert period.compared(Comparison.NONE) is None


def test_a_period_can_be_cut_at_a_day() -> None:
    period = Period(date(2026, 1, 1), date(2026, 1, 31))
    assert period.until(date(2026, 1, 10)) == Period(date(2026, 1, 1), date(2026, 1, 10))
    assert period.until(date(2026, 5, 1)) == period
    assert period.until(date(2025, 12, 31)) is None


@given(PERIODS, st.sampled_from(Grain), st.integers(-30, 430))
def test_stretches_cover_every_day_once_without_gaps(period: Period, grain: Grain, later: int) -> None:
    today = period.first + timedelta(days=later)
    found = stretches(period, grain, today)
    days = [
        begins + timedelta(days=number)
        for begins, ends in zip(found["begins"], found["ends"], strict=True)
        for number in range((ends - begins).days + 1)
    ]
    assert days == [period.first + timedelta(days=number) for number in range(period.days)]
    assert list(found["stretch"]) == list(range(len(found)))
    for row in found.to_dict("records"):
        begins = beginning(row["begins"], grain)
        is_whole = (row["begins"], row["ends"]) == (begins, following(begins, grain)) and row["ends"] < today
        assert row["is_whole"] == is_whole


@given(PERIODS, st.sampled_from(Grain))
def test_the_table_of_days_says_in_which_stretch_each_lies(period: Period, grain: Grain) -> None:
    found = stretches(period, grain, period.last)
    for day, stretch in day_table(period, grain).itertuples(index=False):
        row = found.iloc[stretch]
        assert row["begins"] <= day_of(day) <= row["ends"]
        assert stretch_of(day_of(day), grain) == beginning(day_of(day), grain)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_days_are_numbered_from_1970_and_back(day: date) -> None:
    assert day_of(day_number(day)) == day
    assert day_number(date(1970, 1, 1)) == 0


@given(st.sampled_from(ZONES), DAYS, st.integers(0, 400), st.integers(-86_400, 401 * 86_400))
@example("Europe/Berlin", date(2026, 3, 29), 0, 3_600)
@example("Europe/Berlin", date(2026, 10, 25), 0, 3_600)
@example("America/St_Johns", date(2026, 11, 1), 0, 16_200)
def test_the_offsets_are_those_of_the_zone_at_every_second(zone: str, first: date, days: int, second: int) -> None:
    moment = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) + second
    last = max(first + timedelta(days=days), datetime.fromtimestamp(moment, UTC).date())
    ahead = [ahead for since, ahead in offsets(zone, first, last) if since <= moment][-1]
    local = datetime.fromtimestamp(moment, ZoneInfo(zone)).utcoffset()
    assert timedelta(seconds=ahead) == local


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("UTC", "2026-03-01T23:30:00+00:00", date(2026, 3, 1)),
        ("Europe/Berlin", "2026-03-01T23:30:00+00:00", date(2026, 3, 2)),
        ("America/St_Johns", "2026-03-01T03:29:59+00:00", date(2026, 2, 28)),
        ("Asia/Kathmandu", "2026-03-01T18:15:00+00:00", date(2026, 3, 2)),
    ],
)
def test_a_day_begins_at_midnight_where_one_is(zone: str, moment: str, day: date) -> None:
    asked = datetime.fromisoformat(moment)
    assert today_in(zone, asked) == day
    assert start_of(day, zone) <= asked < start_of(day + timedelta(days=1), zone)
