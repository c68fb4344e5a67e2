"""More like this: an index of what everyone may read, kept in memory and brought up to date when something moves.

The private scenarios of the person who asks are compared beside it and are never in it. What is shown has passed the
catalogue for that person once more, so that nothing is told of a scenario that has become private meanwhile.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.custom import entries
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import AUDIT, ENTRIES, PHASES, RECORDS, SCENARIOS, TAGS
from scenario_core.discovery.listed import first_listed
from scenario_core.discovery.traits import Alike, Traits, Weighed
from scenario_core.errors import DatabaseError
from scenario_core.listing import CatalogueEntry
from scenario_core.people import Person
from scenario_core.scenario import DEFAULT_LANGUAGE

SHOWN: Final = 6
MOST_INDEXED: Final = 5_000
"""How many shared scenarios are compared, the latest changed; production is compared as a whole."""
MOST_OWN: Final = 200
"""How many of the person's private scenarios are compared, the latest changed."""
_BATCH: Final = 500
_SPARE: Final = 50
"""How many of the most alike are looked up, should some of them not be shown any more."""
_Version = tuple[int, tuple[str, ...]]
_Stamp = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Similar:
    """A scenario that is like another one, and why."""

    entry: CatalogueEntry
    why: Alike


@dataclass(frozen=True)
class MoreLikeThis:
    """The most alike first. `problems` says what could not be compared."""

    similar: tuple[Similar, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Index:
    stamp: _Stamp
    versions: Mapping[str, _Version]
    weighed: Weighed


class Likeness:
    """Answers for everyone. Safe to share between threads."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._index: _Index | None = None
        self._production_traits: tuple[str, Mapping[str, Traits]] = ("", {})

    def more_like_this(self, person: Person, scenario_id: str, *, limit: int = SHOWN) -> MoreLikeThis:
        """What is like a scenario that the person may read, of all that the person may read.

        Raises:
            ScenarioNotFoundError: there is none that the person may know of.
            DatabaseUnavailableError: it is not a production scenario, and the database does not answer.
        """
        found = self._desk.catalogue.resolve(person.user_id, scenario_id)
        wanted, others, problems = Traits.of(found.scenario), list[Traits](), tuple[str, ...]()
        try:
            self._catch_up()
            with self._reading() as connection:
                weighed = self._current(connection)
                wanted = wanted.tagged(_tags(connection, [scenario_id]).get(scenario_id, ()))
                others = _traits(connection, [*_own_private(connection, person.user_id)])
        except DatabaseError as error:
            weighed, problems = self._without_database(), (f"Custom scenarios can't be compared now. {error}",)
        alike = {each.scenario_id: each for each in weighed.like(wanted, others, limit=limit + _SPARE)}
        listed, more = first_listed(self._desk.catalogue, person.user_id, list(alike), limit, only_open=False)
        similar = tuple(Similar(entry, alike[name]) for name, entry in listed.items())
        return MoreLikeThis(similar, problems or more)

    def _catch_up(self) -> None:
        """Another program may have written: what it has shared or hidden is in the lists from then on."""
        with self._reading() as connection:
            is_behind = entries.is_behind(connection)
        if is_behind:
            with translated_errors():
                entries.refresh(self._desk.engine)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with translated_errors(), self._desk.engine.connect().execution_options(**READ_ONLY) as connection:
            yield connection

    def _current(self, connection: sa.Connection) -> Weighed:
        """The index at this moment; only what has moved is read again."""
        with self._lock:
            stamp = (self._desk.production.revision, *_moved(connection))
            index = self._index
            if index is not None and index.stamp == stamp:
                return index.weighed
            versions = _open_versions(connection)
            if index is not None and index.stamp[0] == stamp[0] and index.versions == versions:
                self._index = _Index(stamp, versions, index.weighed)
                return index.weighed
            former = index or _Index((), {}, Weighed({}))
            kept = {
                name: former.weighed.traits[name]
                for name, version in versions.items()
                if former.versions.get(name) == version and name in former.weighed.traits
            }
            new = _traits(connection, [name for name in versions if name not in kept])
            traits = kept | {each.scenario_id: each.tagged(versions[each.scenario_id][1]) for each in new}
            weighed = Weighed({**traits, **self._production()})
            self._index = _Index(stamp, versions, weighed)
            return weighed

    def _without_database(self) -> Weighed:
        return Weighed(self._production())

    def _production(self) -> Mapping[str, Traits]:
        """Those of production's active scenarios; made once for each revision of the file."""
        loaded = self._desk.production.state.loaded
        revision, traits = self._production_traits
        if revision != loaded.revision:
            active = {name: each for name, each in loaded.scenarios.items() if each.is_active}
            traits = {name: Traits.of(each) for name, each in active.items()}
            self._production_traits = (loaded.revision, traits)
        return traits


def _moved(connection: sa.Connection) -> tuple[Any, ...]:
    """Something else as soon as any program has changed a custom scenario, or the service has changed a tag."""
    versions = sa.select(sa.func.count(), sa.func.sum(RECORDS.c.version))
    latest = sa.select(sa.func.max(AUDIT.c.id))
    return (*connection.execute(versions).one(), connection.scalar(latest))


def _open_versions(connection: sa.Connection) -> dict[str, _Version]:
    """The version and the tags of each shared scenario that is compared; inactive ones are not."""
    query = (
        sa.select(ENTRIES.c.scenario_id, RECORDS.c.version)
        .outerjoin(RECORDS, RECORDS.c.scenario_id == ENTRIES.c.scenario_id)
        .where(ENTRIES.c.is_public == sa.true(), ENTRIES.c.state != "inactive")
        .order_by(ENTRIES.c.updated_us.desc(), ENTRIES.c.scenario_id.desc())
        .limit(MOST_INDEXED)
    )
    found = {name: version or 1 for name, version in connection.execute(query)}
    tags = _tags(connection, list(found))
    return {name: (version, tags.get(name, ())) for name, version in found.items()}


def _own_private(connection: sa.Connection, user_id: int) -> Sequence[str]:
    query = (
        sa.select(ENTRIES.c.scenario_id)
        .where(ENTRIES.c.owner_id == user_id, ENTRIES.c.is_public == sa.false(), ENTRIES.c.state != "inactive")
        .order_by(ENTRIES.c.updated_us.desc(), ENTRIES.c.scenario_id.desc())
        .limit(MOST_OWN)
    )
    return connection.scalars(query).all()


def _tags(connection: sa.Connection, scenario_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for start in range(0, len(scenario_ids), _BATCH):
        part = TAGS.c.scenario_id.in_(scenario_ids[start : start + _BATCH])
        query = sa.select(TAGS.c.scenario_id, TAGS.c.tag).where(part).order_by(TAGS.c.scenario_id, TAGS.c.tag)
        for name, tag in connection.execute(query):
            found[name] += (tag,)
    return found


def _traits(connection: sa.Connection, scenario_ids: Sequence[str]) -> list[Traits]:
    """What these custom scenarios are compared by, without their tags."""
    columns = [SCENARIOS.c[name] for name in ("id", "scenario_id", "category", "difficulty", "language")]
    found = []
    for start in range(0, len(scenario_ids), _BATCH):
        part = SCENARIOS.c.scenario_id.in_(scenario_ids[start : start + _BATCH])
        rows = connection.execute(sa.select(*columns, SCENARIOS.c.vocabulary_focus).where(part)).all()
        words, phrases = _phases(connection, [row.id for row in rows])
        for row in rows:
            kind = (row.category or "", row.difficulty or "", row.language or DEFAULT_LANGUAGE)
            vocabulary = [*_listed(row.vocabulary_focus), *words[row.id]]
            found.append(Traits.from_lists(row.scenario_id, kind, vocabulary, phrases[row.id]))
    return found


def _phases(connection: sa.Connection, numbers: Sequence[int]) -> tuple[dict[int, list[Any]], dict[int, list[Any]]]:
    words: dict[int, list[Any]] = defaultdict(list)
    phrases: dict[int, list[Any]] = defaultdict(list)
    query = (
        sa.select(PHASES.c.scenario_id, PHASES.c.key_vocabulary, PHASES.c.essential_phrases)
        .where(PHASES.c.scenario_id.in_(numbers))
        .order_by(PHASES.c.scenario_id, PHASES.c.phase_number)
    )
    for number, vocabulary, said in connection.execute(query):
        words[number] += _listed(vocabulary)
        phrases[number] += _listed(said)
    return words, phrases


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
