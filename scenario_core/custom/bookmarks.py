"""Bookmarks, and words of one's own on any scenario: what a person keeps for finding scenarios again.

Both are seen by that person alone. They stay while their scenario can't be read, unseen, and are back with it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from scenario_core.custom import tags
from scenario_core.custom.access import Access
from scenario_core.custom.columns import now
from scenario_core.custom.discovery_tables import BOOKMARKS, LABELS
from scenario_core.custom.inserting import insert_new
from scenario_core.custom.reach import Reach
from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.people import Operation

MOST_LABELS: Final = 20
"""How many labels a person can put on one scenario."""


class Bookmarks:
    """The bookmarks of people, through `ScenarioBuilderService.bookmarks`."""

    def __init__(self, access: Access, reach: Reach) -> None:
        self._access = access
        self._reach = reach

    def add(self, scenario_id: str, user_id: int) -> None:
        """Keep a scenario; one that is kept already stays where it is."""
        with self._access.writing() as connection:
            self._reach.require(connection, scenario_id, user_id, Operation.BOOKMARK)
            insert_new(connection, BOOKMARKS, person_id=user_id, scenario_id=scenario_id, added_at=now())

    def remove(self, scenario_id: str, user_id: int) -> None:
        """Keep a scenario no longer; does nothing where it is not kept."""
        mine = sa.and_(BOOKMARKS.c.person_id == user_id, BOOKMARKS.c.scenario_id == scenario_id)
        with self._access.writing() as connection:
            connection.execute(sa.delete(BOOKMARKS).where(mine))

    def has(self, scenario_id: str, user_id: int) -> bool:
        """Whether the person keeps the scenario and may read it."""
        return scenario_id in self.among([scenario_id], user_id)

    def among(self, scenario_ids: Sequence[str], user_id: int) -> frozenset[str]:
        """Those of the scenarios that the person keeps and may read."""
        mine = sa.and_(BOOKMARKS.c.person_id == user_id, BOOKMARKS.c.scenario_id.in_(list(scenario_ids)))
        with self._access.reading() as connection:
            kept = connection.scalars(sa.select(BOOKMARKS.c.scenario_id).where(mine)).all()
            return frozenset(self._reach.readable(connection, kept, user_id))

    def list(self, user_id: int) -> list[str]:
        """The scenarios that the person keeps and may read, the latest first."""
        query = (
            sa.select(BOOKMARKS.c.scenario_id)
            .where(BOOKMARKS.c.person_id == user_id)
            .order_by(BOOKMARKS.c.added_at.desc(), BOOKMARKS.c.scenario_id)
        )
        with self._access.reading() as connection:
            return [*self._reach.readable(connection, connection.scalars(query).all(), user_id)]


class Labels:
    """Words that people put on scenarios for themselves, through `ScenarioBuilderService.labels`."""

    def __init__(self, access: Access, reach: Reach) -> None:
        self._access = access
        self._reach = reach

    def put(self, scenario_id: str, user_id: int, words: Iterable[str]) -> tuple[str, ...]:
        """Let the person's labels of a scenario be exactly these; returns them as they are stored, in order.

        Raises:
            InvalidScenarioError: one is empty, too long or holds a comma, or there are more than 20.
        """
        wanted = tuple(sorted({tags.cleaned(word) for word in words}))
        if len(wanted) > MOST_LABELS:
            raise InvalidScenarioError([Fault("/labels", f"at most {MOST_LABELS} labels", str(len(wanted)))])
        mine = sa.and_(LABELS.c.person_id == user_id, LABELS.c.scenario_id == scenario_id)
        with self._access.writing() as connection:
            self._reach.require(connection, scenario_id, user_id, Operation.LABEL)
            connection.execute(sa.delete(LABELS).where(mine, LABELS.c.label.not_in(wanted)))
            for word in wanted:
                insert_new(connection, LABELS, person_id=user_id, scenario_id=scenario_id, label=word)
        return wanted

    def of(self, scenario_id: str, user_id: int) -> tuple[str, ...]:
        """The person's labels of a scenario, in order; none where the person may not read it."""
        return self._found(user_id, LABELS.c.scenario_id == scenario_id).get(scenario_id, ())

    def counts(self, user_id: int) -> dict[str, int]:
        """The person's labels with how many readable scenarios hold each, the most frequent first."""
        found = Counter(word for words in self._found(user_id).values() for word in words)
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def scenarios(self, user_id: int, word: str) -> list[str]:
        """The readable scenarios on which the person has put this label, by id."""
        return sorted(self._found(user_id, LABELS.c.label == word))

    def _found(self, user_id: int, *conditions: sa.ColumnElement[bool]) -> dict[str, tuple[str, ...]]:
        query = sa.select(LABELS.c.scenario_id, LABELS.c.label).where(LABELS.c.person_id == user_id, *conditions)
        words: dict[str, tuple[str, ...]] = defaultdict(tuple)
        with self._access.reading() as connection:
            for scenario_id, word in connection.execute(query.order_by(LABELS.c.label)):
                words[scenario_id] += (word,)
            readable = self._reach.readable(connection, words, user_id)
        return {name: words[name] for name in readable}
