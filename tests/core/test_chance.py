"""What counts as a rise: hardly ever chance, never the growth of everything, and what really rises is seen."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from scenario_core.discovery.chance import chances

WEEKS = 400


def share_of_weeks_with_a_rise(scenarios: int, rate: float, growth: float = 1.0) -> float:
    """In how many of many weeks anything is named although all scenarios are used as before, or grow alike."""
    dice = np.random.default_rng(20261120)
    named = 0
    for _ in range(WEEKS):
        lately, before = dice.poisson(rate * growth, scenarios).tolist(), dice.poisson(4 * rate, scenarios).tolist()
        named += min(chances(lately, before)) <= 0.05
    return named / WEEKS


@pytest.mark.parametrize(("scenarios", "rate"), [(31, 5), (31, 20), (200, 10), (3, 60)])
@pytest.mark.parametrize("growth", [0.5, 1.0, 1.5, 4.0])
def test_what_is_flat_or_grows_as_a_whole_is_hardly_ever_named(scenarios: int, rate: int, growth: float) -> None:
    four_errors = 4 * (0.05 * 0.95 / WEEKS) ** 0.5
    assert share_of_weeks_with_a_rise(scenarios, rate, growth) <= 0.05 + four_errors


def test_one_that_doubles_is_named_and_no_other() -> None:
    found = chances([40, *[20] * 30], [80] * 31)
    assert [number for number, chance in enumerate(found) if chance <= 0.05] == [0]


def test_it_is_the_exact_test_corrected_for_how_many_there_are() -> None:
    first, _second = chances([9, 11], [1, 39])
    expected = sum(comb(20, k) * comb(40, 10 - k) for k in range(9, 11)) / comb(60, 10)
    assert first == pytest.approx(2 * expected)


@pytest.mark.parametrize("counts", [([], []), ([0], [0]), ([5], [0]), ([0, 7], [3, 0])])
def test_little_or_nothing_is_no_error(counts: tuple[list[int], list[int]]) -> None:
    assert all(0 <= each <= 1 for each in chances(*counts))
