"""Periods of whole days in a time zone, the stretches that a chart draws them in, and what they are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd

EPOCH: Final = date(1970, 1, 1)
SECONDS_A_DAY: Final = 86_400
DAYS_A_WEEK: Final = 7
SAME_WEEKDAYS: Final = timedelta(weeks=52)
MOST_DAYS_DRAWN: Final = 45
"""About as many days as an axis of 1,280 pixels can name."""
MOST_WEEKS_DRAWN: Final = 105


class Grain(StrEnum):
    """How long a stretch is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Part(StrEnum):
    """Whether a day belongs to the chosen period or to the one that it is held against."""

    CHOSEN = "chosen"
    BEFORE = "before"


class Comparison(StrEnum):
    """What a period is held against: the days right before it, or the same weekdays 52 weeks earlier."""

    FORMER = "former"
    YEAR = "year"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last one, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period can't end on {self.last} before it begins on {self.first}")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def bounds(self) -> tuple[int, int]:
        """Its first and last day as days since 1970."""
        return day_number(self.first), day_number(self.last)

    def compared(self, comparison: Comparison) -> Period | None:
        """The period that it is held against, of the same length."""
        if comparison is Comparison.NONE:
            return None
        back = SAME_WEEKDAYS if comparison is Comparison.YEAR else timedelta(days=self.days)
        return Period(self.first - back, self.last - back)

    def until(self, last: date) -> Period | None:
        """The part up to a day; None if all of it is later."""
        return None if last < self.first else Period(self.first, min(self.last, last))


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The day that is so many days after the first of 1970."""
    return EPOCH + timedelta(days=number)


def start_of(day: date, zone: str) -> datetime:
    """The moment in UTC at which a day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def today_in(zone: str, moment: datetime) -> date:
    """The day that it is in a time zone at a moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def stretch_of(day: date, grain: Grain) -> date:
    """The first day of the stretch that holds a day; weeks begin on Monday."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain is Grain.MONTH else day


def suiting_grain(period: Period) -> Grain:
    """The stretches in which a time axis of such a length can be read."""
    if period.days <= MOST_DAYS_DRAWN:
        return Grain.DAY
    return Grain.WEEK if period.days <= MOST_WEEKS_DRAWN * DAYS_A_WEEK else Grain.MONTH


def stretches(period: Period, grain: Grain, today: date) -> pd.DataFrame:
    """Every stretch of a period, without gaps.

    Returns:
        One row for each: `stretch` (its number from 0), `begins` and `ends` (days, cut to the period), `is_whole`:
        false where the period cuts it, or where it goes on after yesterday.
    """
    found: dict[date, list[date]] = {}
    for day in _days(period):
        found.setdefault(stretch_of(day, grain), []).append(day)
    rows = [
        {
            "stretch": number,
            "begins": days[0],
            "ends": days[-1],
            "is_whole": days[0] == begins and days[-1] < today and _ends_with(days[-1], grain),
        }
        for number, (begins, days) in enumerate(found.items())
    ]
    return pd.DataFrame(rows)


def day_table(period: Period, grain: Grain) -> pd.DataFrame:
    """Which stretch each day belongs to: `day` (since 1970) and `stretch`."""
    numbers: dict[date, int] = {}
    rows = [(day_number(day), numbers.setdefault(stretch_of(day, grain), len(numbers))) for day in _days(period)]
    return pd.DataFrame(rows, columns=["day", "stretch"])


def calendar(period: Period, former: Period | None, grain: Grain, today: date) -> pd.DataFrame:
    """The days of a period and of one of the same length that it is held against.

    Returns:
        `day` (since 1970), `part`, `stretch` (that of the day in the same place of the chosen
        period), and `compared`: false from today on, and for the days in the same places before.
    """
    days = day_table(period, grain)
    days["compared"] = days["day"] < day_number(today)
    parts = [days.assign(part=Part.CHOSEN.value)]
    if former is not None:
        parts.append(days.assign(part=Part.BEFORE.value, day=days["day"] - (period.first - former.first).days))
    return pd.concat(parts, ignore_index=True)


def offsets(zone: str, first: date, last: date) -> list[tuple[int, int]]:
    """From which second since 1970 on a zone is how many seconds ahead of UTC, beginning before `first`."""
    place = ZoneInfo(zone)
    moment = int(datetime.combine(first - timedelta(days=2), time(), UTC).timestamp())
    end = int(datetime.combine(last + timedelta(days=2), time(), UTC).timestamp())
    found = [(moment, _ahead(place, moment))]
    while moment < end:
        later = min(moment + SECONDS_A_DAY, end)
        if _ahead(place, later) != found[-1][1]:
            found.append(_turn(place, moment, later))
        moment = later
    return found


def _ends_with(day: date, grain: Grain) -> bool:
    return stretch_of(day + timedelta(days=1), grain) == day + timedelta(days=1)


def _turn(place: ZoneInfo, before: int, after: int) -> tuple[int, int]:
    """The second at which the offset changes, which lies between two moments."""
    wanted = _ahead(place, after)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if _ahead(place, middle) == wanted else (middle, after)
    return after, wanted


def _ahead(place: ZoneInfo, second: int) -> int:
    ahead = datetime.fromtimestamp(second, place).utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else 0


def _days(period: Period) -> Iterator[date]:
    return (period.first + timedelta(days=number) for number in range(period.days))
