"""The catalogue: production from memory, custom from the database, as if they were one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from scenario_core.catalogue import cursor, facets
from scenario_core.catalogue.conversation import Conversation
from scenario_core.catalogue.facets import Facets
from scenario_core.catalogue.production_index import ProductionIndex, production_entry
from scenario_core.catalogue.relevance import ranked
from scenario_core.custom import entries, entry_queries, records, tags
from scenario_core.custom.access import subject_of, told_to
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.entry_queries import Counts
from scenario_core.custom.records import CustomScenario
from scenario_core.errors import DatabaseError, InvalidQueryError, ScenarioNotFoundError
from scenario_core.listing import CatalogueEntry, CatalogueFilter, Kind, SortKey, sort_value
from scenario_core.people import Directory, Operation, Subject, require
from scenario_core.production import ScenarioManager
from scenario_core.scenario import ConversationScenario, Store
from scenario_core.usage import recorder

PAGE: Final = 50
MOST_AT_ONCE: Final = 1_000
OWNERS_SHOWN: Final = 20
DEEPEST: Final = 10**9
_Result = TypeVar("_Result")
_Stretch = tuple[list[CatalogueEntry], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """A stretch of the list. `problems` says what could not be listed, in sentences; empty when all is well."""

    entries: tuple[CatalogueEntry, ...]
    next_cursor: str | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueScenario:
    """A scenario of either store; `custom` holds what only custom ones have."""

    scenario: ConversationScenario
    store: Store
    custom: CustomScenario | None = None

    @property
    def entry(self) -> CatalogueEntry:
        """Its line in the catalogue."""
        if self.custom is None:
            return production_entry(self.scenario)
        return entries.entry_of(self.scenario, self.custom.owner_id, is_public=self.custom.is_public)

    @property
    def subject(self) -> Subject:
        """What the policy needs to know of it."""
        return subject_of(self.custom) if self.custom else Subject(self.scenario.scenario_id, Store.PRODUCTION)


class Catalogue:
    """Reads both stores for people of a directory. A failing database leaves production, and says so."""

    def __init__(self, production: ScenarioManager, engine: sa.Engine, directory: Directory) -> None:
        self._production = production
        self._engine = engine
        self._directory = directory
        self._index = ProductionIndex(production.scenarios)

    def get_all_available_scenarios(self, user_id: int) -> list[CatalogueEntry]:
        """Every scenario that the person may read, by title."""
        found: list[CatalogueEntry] = []
        after: str | None = None
        while True:
            page = self.page(user_id, limit=MOST_AT_ONCE, after=after)
            found += page.entries
            after = page.next_cursor
            if after is None:
                return found

    def page(
        self,
        user_id: int,
        wanted: CatalogueFilter | None = None,
        *,
        sort: SortKey = SortKey.TITLE,
        descending: bool = False,
        after: str | None = None,
        skip: int = 0,
        limit: int = PAGE,
    ) -> CataloguePage:
        """One stretch of the list: behind the cursor `after` of the stretch before, or from the place `skip` on.

        A cursor costs the same at any depth, a place costs more the deeper it is.

        Relevance needs a search text, always shows the best first, and judges some hundred of the
        newest matches where there are very many.

        Raises:
            InvalidQueryError: the cursor can't be read, the limit is not 1 to 1,000, the place is out of range or given
                beside a cursor, or there is no text to rank by.
        """
        if not 1 <= limit <= MOST_AT_ONCE:
            raise InvalidQueryError(f"A page holds 1 to {MOST_AT_ONCE} scenarios, not {limit}.")
        if not 0 <= skip <= DEEPEST or (skip and after):
            raise InvalidQueryError("A page begins behind a cursor or at a place from 0 on.")
        wanted = wanted or CatalogueFilter()
        key = cursor.decode(sort, after) if after else None
        if sort is SortKey.RELEVANCE:
            return self._best(user_id, wanted, key, skip, limit)
        order: Any = {"sort": sort, "descending": descending}
        if skip:
            both, problems = self._from_place(user_id, wanted, skip, limit + 1, order)
        else:
            both, problems = self._behind(user_id, wanted, key, limit + 1, order)
        more = len(both) > limit
        shown = tuple(both[:limit])
        following = cursor.encode(sort, sort_value(shown[-1], sort)) if more else None
        return CataloguePage(shown, following, problems)

    def listed(self, user_id: int, scenario_ids: Sequence[str]) -> CataloguePage:
        """Those of these scenarios that the person may read, in the order given; production first, as in `resolve`."""
        production = self._current().scenarios
        wanted = list(dict.fromkeys(scenario_ids))
        found = {name: production_entry(production[name]) for name in wanted if name in production}
        others = [name for name in wanted if name not in found]
        nothing: list[CatalogueEntry] = []
        custom, problems = (
            self._from_database(nothing, lambda connection: entry_queries.listed(connection, user_id, others))
            if others
            else (nothing, ())
        )
        found |= {entry.scenario_id: entry for entry in custom}
        return CataloguePage(tuple(found[name] for name in wanted if name in found), None, problems)

    def copies(self, user_id: int, scenario_id: str, *, limit: int = PAGE) -> CataloguePage:
        """The copies of a scenario that the person may read, the latest change first."""
        nothing: list[CatalogueEntry] = []
        found, problems = self._from_database(
            nothing, lambda connection: entry_queries.copies(connection, user_id, scenario_id, limit)
        )
        return CataloguePage(tuple(found), None, problems)

    def facets(self, user_id: int, wanted: CatalogueFilter | None = None) -> Facets:
        """How many scenarios pass the filter, and how many each other choice would leave."""
        wanted = wanted or CatalogueFilter()
        kinds: Counter[Kind] = self._current().kinds(wanted) if wanted.reaches_production else Counter()
        found, problems = self._from_database(
            Counts(Counter(), Counter()),
            lambda connection: entry_queries.counts(connection, user_id, wanted, owners_limit=OWNERS_SHOWN),
        )
        total, numbers = facets.count(kinds + found.kinds, wanted)
        no_tags: dict[str, int] = {}
        words, _problems = self._from_database(no_tags, lambda connection: tags.counts(connection, user_id))
        return Facets(total, numbers, dict(found.owners.most_common(OWNERS_SHOWN)), words, found.exact, problems)

    def resolve(self, user_id: int, scenario_id: str) -> CatalogueScenario:
        """The scenario with this id: production first, then custom if the person may read it.

        Raises:
            ScenarioNotFoundError: there is none that the person may know of.
            DatabaseUnavailableError: it is not a production scenario, and the database does not answer.
        """
        return self._find(user_id, scenario_id, Operation.READ)

    def start_conversation(self, user_id: int, scenario_id: str) -> Conversation:
        """Start a conversation and record it as usage. A production scenario starts even without a database.

        Raises:
            ScenarioNotFoundError: there is none that the person may know of.
            DatabaseUnavailableError: it is not a production scenario, and the database does not answer.
        """
        found = self._find(user_id, scenario_id, Operation.START)
        try:
            with translated_errors(), self._engine.begin() as connection:
                run_id = recorder.start(connection, user_id, found.scenario, found.store)
        except DatabaseError as error:
            return Conversation.of(found.scenario, found.store, run_id=None, problem=f"Not recorded: {error}")
        return Conversation.of(found.scenario, found.store, run_id=run_id)

    def _find(self, user_id: int, scenario_id: str, operation: Operation) -> CatalogueScenario:
        scenario = self._current().scenarios.get(scenario_id)
        if scenario is not None:
            subject, found = Subject(scenario_id, Store.PRODUCTION), CatalogueScenario(scenario, Store.PRODUCTION)
        else:
            with self._reading() as connection:
                stored = records.find(connection, scenario_id)
                if stored is None:
                    raise ScenarioNotFoundError(scenario_id)
                custom = told_to(connection, stored[1], user_id)
            subject, found = subject_of(custom), CatalogueScenario(custom.scenario, Store.CUSTOM, custom)
        require(self._directory.person(user_id), operation, subject)
        return found

    def _behind(
        self, user_id: int, wanted: CatalogueFilter, key: cursor.Key | None, limit: int, order: dict[str, Any]
    ) -> _Stretch:
        production = self._current().page(wanted, after=key, limit=limit, **order) if wanted.reaches_production else []
        nothing: list[CatalogueEntry] = []
        custom, problems = self._from_database(
            nothing,
            lambda connection: entry_queries.page(connection, user_id, wanted, after=key, limit=limit, **order),
        )
        return list(_merged(production, custom, **order)), problems

    def _from_place(
        self, user_id: int, wanted: CatalogueFilter, skip: int, limit: int, order: dict[str, Any]
    ) -> _Stretch:
        """At most all of production stands before the place, so that the rest of what does is custom for sure."""
        production = (
            self._current().page(wanted, after=None, limit=skip + limit, **order) if wanted.reaches_production else []
        )
        sure = max(0, skip - len(production))
        rest: dict[str, Any] = {"offset": sure, "limit": skip - sure + limit, **order}
        nothing: list[CatalogueEntry] = []
        custom, problems = self._from_database(
            nothing, lambda connection: entry_queries.page_at(connection, user_id, wanted, **rest)
        )
        if problems and not custom:
            sure = 0
        return list(islice(_merged(production, custom, **order), skip - sure, skip - sure + limit)), problems

    def _best(
        self, user_id: int, wanted: CatalogueFilter, key: cursor.Key | None, skip: int, limit: int
    ) -> CataloguePage:
        if not wanted.text.strip():
            raise InvalidQueryError("There is no search text to rank by.", hint="Type one, or choose another order.")
        production = self._current().matching(wanted) if wanted.reaches_production else []
        nothing: list[CatalogueEntry] = []
        custom, problems = self._from_database(
            nothing, lambda connection: entry_queries.candidates(connection, user_id, wanted)
        )
        order = ranked([*production, *custom], wanted.text)
        remaining = [item for item in order if key is None or item[0] > key]
        remaining = remaining[skip:]
        shown = remaining[:limit]
        following = cursor.encode(SortKey.RELEVANCE, shown[-1][0]) if len(remaining) > limit else None
        return CataloguePage(tuple(entry for _key, entry in shown), following, problems)

    def _current(self) -> ProductionIndex:
        scenarios = self._production.scenarios
        if scenarios is not self._index.scenarios:
            self._index = ProductionIndex(scenarios)
        return self._index

    def _from_database(
        self, otherwise: _Result, read: Callable[[sa.Connection], _Result]
    ) -> tuple[_Result, tuple[str, ...]]:
        try:
            with self._reading() as connection:
                if not entries.is_behind(connection):
                    return read(connection), ()
            problems = self._catch_up()
            with self._reading() as connection:
                return read(connection), problems
        except DatabaseError as error:
            return otherwise, (f"Custom scenarios can't be listed now. {error}",)

    def _catch_up(self) -> tuple[str, ...]:
        """Another program has written: bring its scenarios into the lists first."""
        try:
            with translated_errors():
                entries.refresh(self._engine)
        except DatabaseError as error:
            return (f"The latest changes of another program are not listed yet. {error}",)
        return ()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with translated_errors(), self._engine.connect().execution_options(**READ_ONLY) as connection:
            yield connection


def _merged(
    production: list[CatalogueEntry], custom: list[CatalogueEntry], *, sort: SortKey, descending: bool
) -> Iterator[CatalogueEntry]:
    return merge(production, custom, key=lambda entry: sort_value(entry, sort), reverse=descending)
