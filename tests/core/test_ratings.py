"""Ratings: one a person, never for one's own, counted while everyone may read the scenario and not longer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from scenario_core.custom.discovery_tables import RATINGS
from scenario_core.custom.ratings import LONGEST_REVIEW, RatingSums
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import InvalidScenarioError, PermissionDeniedError, ScenarioNotFoundError
from tests.core.discovering import READER, bring_back, delete, furnish, hide, shelves, show
from tests.factories import ADMIN, OWNER, STRANGER

EVERYBODY = (OWNER, STRANGER, READER, ADMIN)


def test_a_person_has_one_rating_which_a_second_one_replaces(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        first = service.ratings.rate(ids.others, OWNER, 2, "  Too long.\n\nReally. ")
        assert (first.stars, first.review) == (2, "Too long.\n\nReally.")
        second = service.ratings.rate(ids.others, OWNER, 4)
        assert (second.stars, second.review, second.rated_at) == (4, "", first.rated_at)
        assert second.updated_at > first.updated_at
        assert service.ratings.mine(ids.others, OWNER) == second
        assert service.ratings.sums([ids.others], READER) == {ids.others: RatingSums(1, 4, 16)}


def test_averages_come_with_their_number(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        for person, stars in ((STRANGER, 5), (READER, 2), (ADMIN, 3)):
            service.ratings.rate(ids.shared, person, stars)
        service.ratings.rate(ids.production, OWNER, 1)
        sums = service.ratings.sums([ids.production, ids.shared, ids.others], OWNER)
        assert list(sums) == [ids.production, ids.shared]
        assert sums[ids.shared] == RatingSums(3, 10, 38)
        assert sums[ids.shared].mean == pytest.approx(10 / 3)
        assert service.ratings.all_sums(OWNER, fewest=3) == {ids.shared: RatingSums(3, 10, 38)}


def test_nobody_rates_their_own_or_what_they_may_not_read(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        for own in (ids.shared, ids.private):
            with pytest.raises(PermissionDeniedError, match="production, or shared by others"):
                service.ratings.rate(own, OWNER, 5)
        for person in (STRANGER, READER, ADMIN):
            with pytest.raises(ScenarioNotFoundError):
                service.ratings.rate(ids.private, person, 5)
        assert service.ratings.all_sums(OWNER) == {}


@pytest.mark.parametrize("gone", [hide, delete])
def test_ratings_are_kept_but_told_to_nobody_while_a_scenario_is_not_shared(
    engine: sa.Engine, gone: Callable[..., None]
) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        service.ratings.rate(ids.shared, READER, 4, "Lovely.")
        gone(engine, ids.shared, OWNER)
        for person in EVERYBODY:
            assert service.ratings.sums([ids.shared], person) == {}
            assert service.ratings.all_sums(person) == {}
            assert service.ratings.reviews(ids.shared, person) == []
            assert service.ratings.mine(ids.shared, person) is None
        with pytest.raises(ScenarioNotFoundError):
            service.ratings.rate(ids.shared, READER, 1)
        with pytest.raises(ScenarioNotFoundError):
            service.ratings.withdraw(ids.shared, READER)
        if gone is delete:
            bring_back(engine, ids.shared, OWNER)
            assert service.ratings.sums([ids.shared], OWNER) == {}
        show(engine, ids.shared, OWNER)
        assert [each.review for each in service.ratings.reviews(ids.shared, OWNER)] == ["Lovely."]
        assert service.ratings.all_sums(STRANGER)[ids.shared].mean == 4


def test_reviews_are_paged_the_latest_first_and_bare_stars_are_no_review(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        for person in range(20, 25):
            service.ratings.rate(ids.production, person, 3, f"Review of {person}")
        service.ratings.rate(ids.production, 30, 5)
        found = service.ratings.reviews(ids.production, READER, limit=3)
        assert [each.person_id for each in found] == [24, 23, 22]
        assert [each.person_id for each in service.ratings.reviews(ids.production, READER, skip=3)] == [21, 20]


def test_a_rating_that_is_taken_back_can_be_given_again(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        assert service.ratings.withdraw(ids.production, OWNER) is None
        service.ratings.rate(ids.production, OWNER, 2, "Hm.")
        gone = service.ratings.withdraw(ids.production, OWNER)
        assert gone is not None
        assert service.ratings.all_sums(OWNER) == {}
        again = service.ratings.rate(ids.production, OWNER, gone.stars, gone.review)
        assert (again.stars, again.review) == (2, "Hm.")


@pytest.mark.parametrize("stars", [0, 6, -1, 3.5])
def test_every_fault_is_told_at_its_field(sqlite_engine: sa.Engine, stars: int) -> None:
    ids = furnish(sqlite_engine)
    with shelves(sqlite_engine) as service, pytest.raises(InvalidScenarioError) as caught:
        service.ratings.rate(ids.production, OWNER, stars, "x" * (LONGEST_REVIEW + 1))
    assert [fault.pointer for fault in caught.value.faults] == ["/stars", "/review"]


def test_a_review_of_the_greatest_length_is_kept_and_what_no_database_holds_is_left_out(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        assert service.ratings.rate(ids.production, OWNER, 5, "é" * LONGEST_REVIEW).review == "é" * LONGEST_REVIEW
        assert service.ratings.rate(ids.production, OWNER, 5, "a\x00b\ud800").review == "ab?"


def test_rating_is_in_the_audit_log_without_its_review(engine: sa.Engine) -> None:
    ids = furnish(engine)
    with shelves(engine) as service:
        service.ratings.rate(ids.others, OWNER, 5, "Secret words")
        service.ratings.withdraw(ids.others, OWNER)
    with engine.connect() as connection:
        query = sa.select(AUDIT.c.operation, AUDIT.c.scenario_id, AUDIT.c.store, AUDIT.c.detail)
        rows = connection.execute(query.where(AUDIT.c.operation.like("%rat%"), AUDIT.c.actor_id == OWNER)).all()
    assert [tuple(row) for row in rows if row.operation != "create"] == [
        ("rate", ids.others, "custom", {"stars": 5}),
        ("withdraw_rating", ids.others, "custom", None),
    ]


def test_two_clicks_at_once_leave_one_rating(engine: sa.Engine) -> None:
    ids = furnish(engine)

    def rate(stars: int) -> None:
        with shelves(engine) as service:
            service.ratings.rate(ids.production, OWNER, stars)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rate, [1, 2, 3, 4] * 3))
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(RATINGS)) == 1
