"""Tags: words that an owner puts on custom scenarios, and by which everyone who reads them can filter."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from scenario_core.custom.access import Access
from scenario_core.custom.tables import ENTRIES, TAGS
from scenario_core.errors import Fault, InvalidScenarioError

LONGEST: Final = 50
SHOWN: Final = 30


class Tags:
    """Reading tags, through `ScenarioBuilderService.tags`; `Batch.tag` puts them on."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def of(self, scenario_id: str, user_id: int) -> tuple[str, ...]:
        """The tags of a scenario, in order; none where the person may not read it."""
        return tuple(sorted(self.by_scenario([scenario_id], user_id).get(scenario_id, ())))

    def by_scenario(self, scenario_ids: Sequence[str], user_id: int) -> dict[str, tuple[str, ...]]:
        """The tags of each of these scenarios that has any and that the person may read."""
        query = (
            sa.select(TAGS.c.scenario_id, TAGS.c.tag)
            .where(TAGS.c.scenario_id.in_(list(scenario_ids)), _readable(user_id))
            .order_by(TAGS.c.tag)
        )
        found: dict[str, tuple[str, ...]] = defaultdict(tuple)
        with self._access.reading() as connection:
            for scenario_id, tag in connection.execute(query):
                found[scenario_id] += (tag,)
        return dict(found)


def cleaned(tag: str) -> str:
    """The tag as it is stored: lower case, one space between words.

    Raises:
        InvalidScenarioError: nothing is left, it is longer than 50 characters, or it holds a comma.
    """
    text = " ".join(unicodedata.normalize("NFC", tag).lower().split())
    if not text or len(text) > LONGEST or "," in text or not text.isprintable():
        raise InvalidScenarioError([Fault("/tag", f"1 to {LONGEST} characters without a comma", repr(tag))])
    return text


def counts(connection: sa.Connection, reader_id: int, *, limit: int = SHOWN) -> dict[str, int]:
    """The tags of what the reader may read with how many scenarios hold each, the most frequent first."""
    number = sa.func.count()
    query = (
        sa.select(TAGS.c.tag, number)
        .where(_readable(reader_id))
        .group_by(TAGS.c.tag)
        .order_by(number.desc(), TAGS.c.tag)
        .limit(limit)
    )
    return {tag: int(total) for tag, total in connection.execute(query)}


def add(connection: sa.Connection, scenario_id: str, wanted: Sequence[str]) -> list[str]:
    """Put tags on a scenario; returns those that it did not have."""
    held = set(connection.scalars(sa.select(TAGS.c.tag).where(TAGS.c.scenario_id == scenario_id)))
    new = [tag for tag in dict.fromkeys(wanted) if tag not in held]
    if new:
        connection.execute(sa.insert(TAGS), [{"scenario_id": scenario_id, "tag": tag} for tag in new])
    return new


def remove(connection: sa.Connection, scenario_id: str, unwanted: Sequence[str]) -> list[str]:
    """Take tags off a scenario; returns those that it had."""
    held = set(connection.scalars(sa.select(TAGS.c.tag).where(TAGS.c.scenario_id == scenario_id)))
    old = [tag for tag in dict.fromkeys(unwanted) if tag in held]
    if old:
        connection.execute(sa.delete(TAGS).where(TAGS.c.scenario_id == scenario_id, TAGS.c.tag.in_(old)))
    return old


def _readable(reader_id: int) -> sa.ColumnElement[bool]:
    """For a tag at hand: a join would have the engine begin with the readable scenarios, which may be very many."""
    reach = sa.or_(ENTRIES.c.is_public == sa.true(), ENTRIES.c.owner_id == reader_id)
    return sa.exists().where(ENTRIES.c.scenario_id == TAGS.c.scenario_id, reach)
