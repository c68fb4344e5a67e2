"""Best rated: few ratings are not trusted, every average comes with its number, and nothing private is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_core.custom.ratings import RatingSums
from scenario_core.discovery import BestRated, lower_bound
from scenario_core.discovery.rated import KEPT_SECONDS
from scenario_core.people import Person, Role
from scenario_core.stewardship.steward import Steward
from tests.factories import OWNER, STRANGER, scenario_document

READER = Person(9, frozenset({Role.VIEWER}))
STARS = st.lists(st.integers(1, 5), min_size=1, max_size=60)


def sums(stars: list[int]) -> RatingSums:
    return RatingSums(len(stars), sum(stars), sum(star * star for star in stars))


def test_the_bound_is_the_published_one() -> None:
    stars = [5] * 60 + [4] * 80 + [3] * 75 + [2] * 20 + [1] * 25
    assert lower_bound(sums(stars)) == pytest.approx(3.3687, abs=1e-3)
    assert lower_bound(sums([5] * 3)) == pytest.approx(2.94, abs=0.01)
    assert lower_bound(sums([5] * 50)) > lower_bound(sums([5] * 10)) > lower_bound(sums([5] * 3))


def test_three_enthusiasts_do_not_beat_forty_happy_people() -> None:
    assert lower_bound(sums([5, 5, 5])) < lower_bound(sums([5] * 20 + [4] * 20))


@given(STARS)
def test_the_bound_is_between_the_ends_and_one_more_good_rating_never_lowers_it(stars: list[int]) -> None:
    assert 1 < lower_bound(sums(stars)) < 5
    assert lower_bound(sums([*stars, 5])) > lower_bound(sums(stars))


def test_the_ranking_needs_three_ratings_and_tells_how_many_there_are(manager: Steward) -> None:
    desk = manager.desk
    with desk.builder() as service:
        for scenario_id, stars in {"one": [5, 5], "two": [5, 5, 4], "three": [4] * 12}.items():
            for person, star in enumerate(stars, start=20):
                service.ratings.rate(scenario_id, person, star)
    found = BestRated(desk).ranking(READER)
    assert [(each.entry.scenario_id, each.number) for each in found] == [("three", 12), ("two", 3)]
    assert found[1].mean == pytest.approx(14 / 3)
    assert [each.entry.scenario_id for each in BestRated(desk).ranking(READER, limit=1)] == ["three"]


def test_a_scenario_that_is_not_shared_any_more_is_ranked_for_nobody(manager: Steward) -> None:
    desk = manager.desk
    with desk.builder() as service:
        made = service.create_scenario(OWNER, scenario_document()).scenario_id
        service.set_visibility(made, OWNER, is_public=True, expected_version=1)
        for person in range(20, 26):
            service.ratings.rate(made, person, 5)
        kept = BestRated(desk)
        assert [each.entry.scenario_id for each in kept.ranking(READER)] == [made]
        service.set_visibility(made, OWNER, is_public=False, expected_version=2)
    for person in (READER.user_id, OWNER, STRANGER):
        assert kept.ranking(Person(person, frozenset(Role))) == ()


def test_ratings_are_summed_once_in_some_minutes(manager: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    at = [1000.0]
    monkeypatch.setattr("scenario_core.discovery.rated.time.monotonic", lambda: at[0])
    kept = BestRated(manager.desk)

    def numbers(seconds: float) -> list[int]:
        at[0] = 1000.0 + seconds
        return [each.number for each in kept.ranking(READER)]

    with manager.desk.builder() as service:
        for person in range(20, 23):
            service.ratings.rate("one", person, 5)
        assert numbers(0.0) == [3]
        service.ratings.rate("one", 23, 5)
        assert numbers(KEPT_SECONDS) == [3]
        assert numbers(KEPT_SECONDS + 1) == [4]
