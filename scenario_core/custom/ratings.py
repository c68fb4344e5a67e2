"""Ratings: what people think of production and shared scenarios of others, one a person, with a review.

Whoever has proposed what was published does not rate it; a rating from before that is not counted until the publication
is taken back.

While a scenario is private or deleted, its ratings are kept, and neither counted nor shown to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from scenario_core.custom import audit, proposal_records
from scenario_core.custom.access import Access
from scenario_core.custom.columns import now
from scenario_core.custom.discovery_tables import RATINGS
from scenario_core.custom.inserting import insert_or_update
from scenario_core.custom.proposal_tables import PROPOSALS
from scenario_core.custom.reach import BATCH, Reach
from scenario_core.errors import Fault, InvalidScenarioError, PermissionDeniedError
from scenario_core.people import Operation

LONGEST_REVIEW: Final = 2_000
MOST_STARS: Final = 5
PAGE: Final = 10
_AUTHORS: Final = "what was published from a proposal is rated by others than its author"


@dataclass(frozen=True, slots=True)
class Rating:
    """What one person thinks of a scenario; `review` may be empty."""

    scenario_id: str
    person_id: int
    stars: int
    review: str
    rated_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RatingSums:
    """The ratings of a scenario, summed up: how many there are, their stars, and the squares of their stars."""

    number: int
    stars: int
    squares: int

    @property
    def mean(self) -> float:
        """The average number of stars, to be shown with the number of ratings."""
        return self.stars / self.number


class Ratings:
    """The ratings of scenarios, through `ScenarioBuilderService.ratings`."""

    def __init__(self, access: Access, reach: Reach) -> None:
        self._access = access
        self._reach = reach

    def rate(self, scenario_id: str, user_id: int, stars: int, review: str = "") -> Rating:
        """Rate a scenario; the person's former rating of it is replaced.

        Raises:
            InvalidScenarioError: with every fault, at `/stars` and `/review`.
            PermissionDeniedError: the policy says no, or the person has proposed what was published.
        """
        review = audit.storable(review).strip()
        with self._access.writing() as connection:
            subject = self._reach.require(connection, scenario_id, user_id, Operation.RATE)
            if proposal_records.is_author(connection, scenario_id, user_id):
                raise PermissionDeniedError(f"You may not rate {scenario_id!r}: {_AUTHORS}.", rule=_AUTHORS)
            _require_fitting(stars, review)
            moment = now()
            insert_or_update(
                connection, RATINGS, ("stars", "review", "updated_at"),
                scenario_id=scenario_id, person_id=user_id, stars=stars, review=review, rated_at=moment,
                updated_at=moment,
            )  # fmt: skip
            audit.write(connection, user_id, "rate", subject.store, scenario_id, {"stars": stars})
            row = connection.execute(sa.select(RATINGS).where(_one(scenario_id, user_id))).mappings().one()
            return Rating(**row)

    def withdraw(self, scenario_id: str, user_id: int) -> Rating | None:
        """Take one's rating back and return it, so that `rate` can bring it back; None where there was none."""
        with self._access.writing() as connection:
            subject = self._reach.require(connection, scenario_id, user_id, Operation.RATE)
            row = connection.execute(sa.select(RATINGS).where(_one(scenario_id, user_id))).mappings().first()
            if row is None:
                return None
            connection.execute(sa.delete(RATINGS).where(_one(scenario_id, user_id)))
            audit.write(connection, user_id, "withdraw_rating", subject.store, scenario_id)
            return Rating(**row)

    def mine(self, scenario_id: str, user_id: int) -> Rating | None:
        """The person's own rating of a scenario; None where there is none, or the scenario is not shared any more."""
        with self._access.reading() as connection:
            if not self._open(connection, [scenario_id], user_id):
                return None
            row = connection.execute(sa.select(RATINGS).where(_one(scenario_id, user_id))).mappings().first()
        return Rating(**row) if row else None

    def is_author(self, scenario_id: str, user_id: int) -> bool:
        """Whether the person has proposed what was published under this id, so that others rate it."""
        with self._access.reading() as connection:
            return proposal_records.is_author(connection, audit.storable(scenario_id), user_id)

    def reviews(self, scenario_id: str, user_id: int, *, skip: int = 0, limit: int = PAGE) -> list[Rating]:
        """The ratings of a scenario that come with a review, the latest first."""
        query = (
            sa.select(RATINGS)
            .where(RATINGS.c.scenario_id == scenario_id, RATINGS.c.review != "", ~_by_author())
            .order_by(RATINGS.c.updated_at.desc(), RATINGS.c.person_id)
            .limit(limit)
            .offset(skip)
        )
        with self._access.reading() as connection:
            if not self._open(connection, [scenario_id], user_id):
                return []
            return [Rating(**row) for row in connection.execute(query).mappings()]

    def sums(self, scenario_ids: Iterable[str], user_id: int) -> dict[str, RatingSums]:
        """The ratings of each of these scenarios that has any and that is open to everyone."""
        found: dict[str, RatingSums] = {}
        with self._access.reading() as connection:
            wanted = self._open(connection, scenario_ids, user_id)
            for start in range(0, len(wanted), BATCH):
                part = RATINGS.c.scenario_id.in_(wanted[start : start + BATCH])
                found |= {name: RatingSums(*sums) for name, *sums in connection.execute(_sums().where(part))}
        return {name: found[name] for name in wanted if name in found}

    def all_sums(self, user_id: int, *, fewest: int = 1) -> dict[str, RatingSums]:
        """The ratings of every scenario that is open to everyone and has at least so many, by id."""
        query = _sums().having(sa.func.count() >= fewest).order_by(RATINGS.c.scenario_id)
        with self._access.reading() as connection:
            found = {name: RatingSums(*sums) for name, *sums in connection.execute(query)}
            return {name: found[name] for name in self._open(connection, found, user_id)}

    def _open(self, connection: sa.Connection, scenario_ids: Iterable[str], user_id: int) -> list[str]:
        """Those that the person may read because everyone may: a private one has no ratings, even for its owner."""
        readable = self._reach.readable(connection, scenario_ids, user_id)
        return [name for name, subject in readable.items() if subject.is_open]


def _one(scenario_id: str, user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(RATINGS.c.scenario_id == scenario_id, RATINGS.c.person_id == user_id)


def _sums() -> sa.Select[str, int, int, int]:
    stars = RATINGS.c.stars
    query = sa.select(RATINGS.c.scenario_id, sa.func.count(), sa.func.sum(stars), sa.func.sum(stars * stars))
    return query.where(~_by_author()).group_by(RATINGS.c.scenario_id)


def _by_author() -> sa.ColumnElement[bool]:
    """Whether a rating is by somebody who has proposed what was published under that id."""
    return sa.exists().where(
        PROPOSALS.c.production_id == RATINGS.c.scenario_id,
        PROPOSALS.c.proposer_id == RATINGS.c.person_id,
        proposal_records.IS_PUBLISHED,
    )


def _require_fitting(stars: int, review: str) -> None:
    faults = []
    if stars not in range(1, MOST_STARS + 1):
        faults.append(Fault("/stars", f"1 to {MOST_STARS} stars", repr(stars)))
    if len(review) > LONGEST_REVIEW:
        faults.append(Fault("/review", f"at most {LONGEST_REVIEW:,} characters", f"{len(review):,}"))
    if faults:
        raise InvalidScenarioError(faults, hint="Mend it and rate again.")
