"""Who starts what and when, of sample runs: drawn learner by learner, for the whole period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from scenario_core.usage.sample_model import (
    DAY_SECONDS,
    Bytes,
    Codes,
    Flags,
    Floats,
    SampleModel,
    SamplePlan,
    Seconds,
)

_LEARNERS_AT_ONCE: Final = 40_000
_MOST_OF_ONE: Final = 400
"""The most runs of one learner."""
_HOUR: Final = 3_600

_WEEKDAYS: Final = (1.12, 1.16, 1.1, 1.04, 0.86, 0.68, 0.94)
"""How busy the days from Monday on are, beside each other; likewise the hours in UTC."""
_HOURS: Final = (
    0.12, 0.06, 0.04, 0.04, 0.08, 0.3, 0.8, 1.3, 1.2, 0.8, 0.7, 0.8, 1.2, 1.1, 0.7, 0.7, 0.9, 1.3, 1.8, 2.2, 2.2, 1.7,
    0.9, 0.4,
)  # fmt: skip
_HOLIDAYS: Final = (360, 4)
"""From the 360th day of a year to the fourth of the next one, learners do less."""
_GROWTH: Final = 0.8
"""How much more learners arrive at the end than at the beginning, as a logarithm."""

_ONCE: Final = 0.22
"""The share of learners who never come back."""
_REPEATS: Final = 0.3
"""The share of runs that repeat a scenario, knowingly."""
_FANS: Final = 0.01
"""The share of learners who do one scenario far more than others, ..."""
_FAN_REPEATS: Final = 0.92
"""... and of their runs those that repeat it."""
_FIRST_CROWD: Final = 0.05
"""The share of learners who come in the first weeks."""
_SAME_DAY: Final = 0.35
"""The share of runs that follow another one on the same day."""


@dataclass(frozen=True)
class Starts:
    """Who starts what and when: one place a run, learners one after the other."""

    second: Codes
    """From the beginning of the period."""
    learner: Codes
    scenario: Codes
    attempt: Bytes
    """How often the learner has started the scenario, this time included; 255 stands for more, too."""
    is_last: Flags
    """Whether the learner never starts the scenario again."""

    @classmethod
    def empty(cls, runs: int) -> Starts:
        """Room for so many runs."""
        return cls(
            np.empty(runs, np.int32), np.empty(runs, np.int32), np.empty(runs, np.int32), np.empty(runs, np.uint8),
            np.empty(runs, np.bool_),
        )  # fmt: skip

    def columns(self) -> tuple[npt.NDArray[Any], ...]:
        """All columns, in the order of the fields."""
        return self.second, self.learner, self.scenario, self.attempt, self.is_last

    def take(self, places: Any) -> Starts:
        """The runs at these places."""
        return Starts(*(column[places] for column in self.columns()))


@dataclass(frozen=True)
class Learners:
    """What learners bring along."""

    skill: Floats
    pace: Floats
    """Logarithm of how much longer than usual a phase takes them."""
    language: Codes

    @classmethod
    def draw(cls, rng: np.random.Generator, count: int, model: SampleModel) -> Learners:
        """So many new learners."""
        shares = np.cumsum(model.learner_languages)
        language = np.minimum(np.searchsorted(shares, rng.random(count)), len(shares) - 1)
        skill, pace = rng.normal(0, 1, count), rng.normal(0, 0.2, count)
        return cls(skill.astype(np.float32), pace.astype(np.float32), language.astype(np.int32))

    @classmethod
    def joined(cls, groups: Sequence[Learners]) -> Learners:
        """All groups, one behind the other."""
        return cls(
            np.concatenate([group.skill for group in groups]),
            np.concatenate([group.pace for group in groups]),
            np.concatenate([group.language for group in groups]),
        )


def draw_starts(model: SampleModel, plan: SamplePlan) -> tuple[Starts, Learners]:
    """Learners come in groups until there are runs enough; each group is spread over the whole period."""
    starts, groups = Starts.empty(plan.runs), []
    clock = _Clock(plan)
    count = min(_LEARNERS_AT_ONCE, plan.runs // 4 + 100)
    filled = number = 0
    while filled < plan.runs:
        rng = np.random.default_rng([plan.seed, 1, number])
        group = Learners.draw(rng, count, model)
        drawn = _starts_of(rng, model, clock, group)
        room = min(len(drawn.second), plan.runs - filled)
        for whole, part in zip(starts.columns(), drawn.columns(), strict=True):
            whole[filled : filled + room] = part[:room]
        starts.learner[filled : filled + room] += number * count
        groups.append(group)
        filled, number = filled + room, number + 1
    return starts, Learners.joined(groups)


class _Clock:
    """Maps even time to the rhythm of weeks and days, both in seconds from the beginning of the period."""

    def __init__(self, plan: SamplePlan) -> None:
        self.seconds = plan.seconds
        hours = [plan.begin + timedelta(hours=hour) for hour in range(plan.days * 24)]
        busy = np.cumsum([0.0, *(_busyness(hour) for hour in hours)])
        self._even = busy / busy[-1] * self.seconds
        self._real = np.arange(len(busy), dtype=np.float64) * _HOUR

    def real(self, even: Seconds) -> Codes:
        """The second of the period that belongs to a moment of even time."""
        mapped = np.interp(even, self._even, self._real)
        return np.minimum(mapped, self.seconds - 1).astype(np.int32)


def _busyness(hour: datetime) -> float:
    day = hour.timetuple().tm_yday
    calm = 0.6 if day >= _HOLIDAYS[0] or day <= _HOLIDAYS[1] else 1.0
    return _WEEKDAYS[hour.weekday()] * _HOURS[hour.hour] * calm


def _starts_of(rng: np.random.Generator, model: SampleModel, clock: _Clock, learners: Learners) -> Starts:
    count = len(learners.skill)
    many = 1 + np.ceil(rng.lognormal(1.3, 1.15, count))
    wanted = np.where(rng.random(count) < _ONCE, 1, np.minimum(many, _MOST_OF_ONE)).astype(np.int64)
    learner = np.repeat(np.arange(count, dtype=np.int32), wanted)
    ordinal = _ordinals(wanted)
    gaps = _gaps(rng, learner, ordinal, count)
    passed = np.cumsum(gaps)
    even = passed - np.repeat(passed[ordinal == 0], wanted) + np.repeat(_arrivals(rng, count, clock.seconds), wanted)
    kept = even < clock.seconds
    learner, ordinal, second = learner[kept], ordinal[kept], clock.real(even[kept])
    scenario = _choices(rng, model, learners.language[learner], second)
    scenario = scenario[_repeated(rng, learner, ordinal, count)]
    attempt, is_last = _attempts(learner, scenario, len(model.total))
    return Starts(second, learner, scenario, attempt, is_last)


def _ordinals(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """0, 1, 2 and so on for each of the counts."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1]) - np.repeat(ends - counts, counts)


def _arrivals(rng: np.random.Generator, count: int, seconds: int) -> Seconds:
    """More learners come every week; a first crowd comes in the first weeks."""
    grown = np.log1p(rng.random(count) * np.expm1(_GROWTH)) / _GROWTH * seconds
    crowd = np.minimum(rng.exponential(20 * DAY_SECONDS, count), seconds - 1)
    return np.asarray(np.where(rng.random(count) < _FIRST_CROWD, crowd, grown))


def _gaps(rng: np.random.Generator, learner: Codes, ordinal: npt.NDArray[np.int64], count: int) -> Seconds:
    """Even time since the run before: the same day, or days that grow longer."""
    usual = rng.lognormal(0.45, 0.9, count) * DAY_SECONDS
    away = usual[learner] * (1 + 0.05 * ordinal) * rng.exponential(1, len(learner))
    soon = rng.uniform(1.5, 5, len(learner)) * _HOUR
    return np.asarray(np.where(rng.random(len(learner)) < _SAME_DAY, soon, away + 2 * _HOUR))


def _choices(rng: np.random.Generator, model: SampleModel, language: Codes, second: Codes) -> Codes:
    """A scenario for each run; where it is not there yet, one that has been there from the start."""
    chosen = _drawn(rng, model.weights, language)
    early = model.launch[chosen] > second
    always = model.weights * (model.launch == 0)
    if not always.any():
        always = np.ones_like(model.weights) * (model.launch == 0)
    chosen[early] = _drawn(rng, always, language[early])
    return chosen


def _drawn(rng: np.random.Generator, weights: Seconds, row: Codes) -> Codes:
    """A column of each row, by its weight: all rows' cumulated weights stand one behind the other."""
    width = weights.shape[1]
    cumulated = np.cumsum(weights, axis=1)
    cumulated = cumulated / cumulated[:, -1:] + np.arange(len(weights))[:, None]
    found = np.searchsorted(cumulated.ravel(), row + rng.random(len(row)), side="right") - row.astype(np.int64) * width
    return np.asarray(np.clip(found, 0, width - 1), np.int32)


def _repeated(
    rng: np.random.Generator, learner: Codes, ordinal: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.int64]:
    """The place of the run whose scenario each run takes: its own, or that of one before by the same learner."""
    is_fan = rng.random(count) < _FANS
    fan = is_fan[learner]
    places = np.arange(len(learner))
    repeats = (rng.random(len(learner)) < np.where(fan, _FAN_REPEATS, _REPEATS)) & (ordinal > 0)
    back = np.where(fan, 0, np.floor(rng.random(len(learner)) * ordinal)).astype(np.int64)
    found = np.where(repeats, places - ordinal + back, places)
    while not np.array_equal(found, further := found[found]):
        found = further
    return found


def _attempts(learner: Codes, scenario: Codes, scenarios: int) -> tuple[Bytes, Flags]:
    key = learner.astype(np.int64) * scenarios + scenario
    order = np.argsort(key, kind="stable")
    counts = np.unique(key, return_counts=True)[1]
    attempt, is_last = np.empty(len(key), np.uint8), np.zeros(len(key), np.bool_)
    attempt[order] = np.minimum(_ordinals(counts) + 1, 255)
    is_last[order[np.cumsum(counts) - 1]] = True
    return attempt, is_last
