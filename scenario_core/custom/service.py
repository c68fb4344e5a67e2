"""What people do with custom scenarios: every rule, permission, revision and audit entry is applied here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from scenario_core.custom import audit, entry_queries, limits, records
from scenario_core.custom.access import Access, subject_of
from scenario_core.custom.batch import Batch
from scenario_core.custom.bookmarks import Bookmarks, Labels
from scenario_core.custom.collections import Collections
from scenario_core.custom.drafts import Drafts
from scenario_core.custom.new_scenarios import copy_of, fresh, plain
from scenario_core.custom.proposals import Proposals
from scenario_core.custom.ratings import Ratings
from scenario_core.custom.reach import Reach
from scenario_core.custom.records import CustomScenario, NewScenario, Origin
from scenario_core.custom.rehearsals import Rehearsals
from scenario_core.custom.revisions import Revisions
from scenario_core.custom.share_links import ShareLinks
from scenario_core.custom.tables import RECORDS
from scenario_core.custom.tags import Tags
from scenario_core.custom.views import Views
from scenario_core.custom.withdrawing import withdraw_with_scenario
from scenario_core.errors import Fault, InvalidScenarioError, ScenarioNotFoundError
from scenario_core.listing import CatalogueEntry, CatalogueFilter, SortKey, sort_value
from scenario_core.people import Directory, Operation, Subject, may
from scenario_core.progress import Progress, silent
from scenario_core.scenario import ConversationScenario, Store

PAGE: Final = 50
IMPORT_BATCH: Final = 500
Document = Mapping[str, Any]
ProductionReader = Callable[[str], ConversationScenario | None]


@dataclass(frozen=True, slots=True)
class DeletedScenario:
    """A deleted scenario that its owner can bring back."""

    scenario_id: str
    title: str
    deleted_at: datetime


class ScenarioBuilderService:
    """Custom scenarios for one session. Each method is one transaction, committed when it returns.

    A document is a scenario in production's field names and JSON types. Every write names the version it was based on.
    Former versions are reached through `revisions`, unfinished work through `drafts`, many scenarios at once through
    `batch`, rehearsals through `rehearsals`, proposals to production through `proposals`, read-only links
    through `share_links`, tags and saved views of the
    catalogue through `tags` and `views`, and what people keep, collect and rate of either store through `bookmarks`,
    `labels`, `collections` and `ratings`.

    Every method raises `ScenarioNotFoundError` where the person may not even know of the scenario,
    `PermissionDeniedError` where the policy says no, `ProtectedScenarioError` for a production scenario,
    and `DatabaseUnavailableError` where the database fails.
    """

    def __init__(
        self, session: Session, *, directory: Directory | None = None, production: ProductionReader | None = None
    ) -> None:
        """Serve from a session.

        Args:
            session: on an engine of `custom.engine.create_engine`, or any other that reaches the same tables.
            directory: where people's roles are looked up; the database by default.
            production: reads a production scenario by id; by default its mirror in the database is read.
        """
        self._access = Access(session, directory)
        self._production = production
        self.revisions = Revisions(self._access)
        self.drafts = Drafts(self._access)
        self.batch = Batch(self._access, self._read_production)
        self.rehearsals = Rehearsals(self._access, self._read_production)
        self.share_links = ShareLinks(self._access)
        self.tags = Tags(self._access)
        self.views = Views(self._access)
        reach = Reach(self._access, self._read_production)
        self.bookmarks = Bookmarks(self._access, reach)
        self.labels = Labels(self._access, reach)
        self.collections = Collections(self._access, reach)
        self.ratings = Ratings(self._access, reach)
        self.proposals = Proposals(self._access, self._read_production)

    def create_scenario(self, user_id: int, document: Document) -> CustomScenario:
        """Store a new private scenario under a new id.

        Raises:
            InvalidScenarioError: with every fault.
        """
        with self._access.writing() as connection:
            self._access.require(user_id, Operation.CREATE)
            scenario = fresh(limits.require_within_limits(document))
            records.insert(connection, [NewScenario(scenario, user_id)])
            audit.write(connection, user_id, "create", Store.CUSTOM, scenario.scenario_id)
        return CustomScenario(scenario, user_id, is_public=False, version=1)

    def import_scenarios(
        self, user_id: int, documents: Sequence[Document], *, dry_run: bool = False, progress: Progress = silent
    ) -> list[str]:
        """Store all documents as new private scenarios, or none; returns the new ids, none for a dry run.

        Raises:
            InvalidScenarioError: with every fault of every document, by its place in the list.
        """
        with self._access.writing() as connection:
            self._access.require(user_id, Operation.IMPORT)
            new = [NewScenario(fresh(scenario), user_id) for scenario in _all_within_limits(documents)]
            if dry_run or not new:
                return []
            for start in range(0, len(new), IMPORT_BATCH):
                records.insert(connection, new[start : start + IMPORT_BATCH])
                progress(min(start + IMPORT_BATCH, len(new)), len(new))
            ids = [item.scenario.scenario_id for item in new]
            audit.write_all(connection, user_id, "import", Store.CUSTOM, [(name, None) for name in ids])
        return ids

    def get_scenario(self, scenario_id: str, user_id: int) -> CustomScenario:
        """A custom scenario that the person may read."""
        with self._access.reading() as connection:
            return self._access.scenario(connection, scenario_id, user_id, Operation.READ)[1]

    def can_edit_scenario(self, user_id: int, scenario_id: str) -> bool:
        """Whether the person may change the scenario; False for any that does not exist or is not theirs."""
        with self._access.reading() as connection:
            found = records.find(connection, scenario_id)
            person = self._access.person(user_id)
        return found is not None and may(person, Operation.UPDATE, subject_of(found[1])).allowed

    def update_scenario(
        self, scenario_id: str, user_id: int, document: Document, *, expected_version: int
    ) -> CustomScenario:
        """Save a scenario on top of the version it was based on; the former version is kept as a revision.

        Raises:
            StaleVersionError: it has changed since; nothing was stored.
            InvalidScenarioError: with every fault; nothing was stored.
        """
        with self._access.writing() as connection:
            found = self._access.at_version(connection, scenario_id, user_id, Operation.UPDATE, expected_version)
            authored = limits.require_within_limits({**document, "scenario_id": scenario_id})
            return records.save(connection, *found, plain(authored), user_id, "update")

    def duplicate_scenario(
        self, scenario_id: str, user_id: int, new_title: str | None = None, *, copy_id: str | None = None
    ) -> CustomScenario:
        """Copy any scenario that the person may read, from either store: new ids, private, its origin recorded.

        Asking twice with one `copy_id` (of `new_custom_id`) makes one copy, so that a double click does no harm.
        """
        with self._access.writing() as connection:
            made = records.find(connection, copy_id) if copy_id else None
            if made is not None and made[1].owner_id == user_id:
                return made[1]
            copy_id = copy_id if copy_id and records.is_free(connection, copy_id) else None
            source, subject = self._from_any_store(connection, scenario_id)
            self._access.require(user_id, Operation.DUPLICATE, subject)
            title = source.name if new_title is None else new_title.strip()
            if not title:
                raise InvalidScenarioError([Fault("/name", "a title", "nothing")])
            copy = copy_of(source, title, new_id=copy_id)
            pairs = zip(copy.phases, source.phases, strict=True)
            phases = {mine.phase_id: theirs.phase_id for mine, theirs in pairs}
            origin = Origin(subject.store, scenario_id, source.name, source.model_dump(mode="json"), phases)
            records.insert(connection, [NewScenario(copy, user_id, origin=origin)])
            detail = {"origin": scenario_id, "origin_store": subject.store.value}
            audit.write(connection, user_id, "duplicate", Store.CUSTOM, copy.scenario_id, detail)
        return CustomScenario(copy, user_id, is_public=False, version=1, origin=origin)

    def set_visibility(
        self, scenario_id: str, user_id: int, *, is_public: bool, expected_version: int
    ) -> CustomScenario:
        """Share a scenario with everyone, or take it back.

        Raises:
            StaleVersionError: it has changed since; nothing was stored.
        """
        with self._access.writing() as connection:
            number, stored = self._access.at_version(
                connection, scenario_id, user_id, Operation.SHARE, expected_version
            )
            if stored.is_public != is_public:
                records.set_public(connection, number, stored, is_public=is_public)
                audit.write(connection, user_id, "share" if is_public else "unshare", Store.CUSTOM, scenario_id)
            return records.require(connection, scenario_id)

    def delete_scenario(self, scenario_id: str, user_id: int, *, expected_version: int) -> None:
        """Delete a scenario; `restore_deleted` brings it back. Its proposal is withdrawn if it is under review.

        Raises:
            StaleVersionError: it has changed since; nothing was deleted.
        """
        with self._access.writing() as connection:
            number, stored = self._access.at_version(
                connection, scenario_id, user_id, Operation.DELETE, expected_version
            )
            records.keep_revision(connection, stored, user_id)
            records.delete(connection, number, stored)
            withdraw_with_scenario(connection, scenario_id, user_id, self._read_production)
            audit.write(connection, user_id, "delete", Store.CUSTOM, scenario_id, {"title": stored.scenario.name})

    def list_deleted(self, user_id: int) -> list[DeletedScenario]:
        """The person's deleted scenarios, the latest first."""
        query = (
            sa.select(RECORDS.c.scenario_id, RECORDS.c.final, RECORDS.c.deleted_at)
            .where(RECORDS.c.deleted_owner_id == user_id, RECORDS.c.deleted_at.is_not(None))
            .order_by(RECORDS.c.deleted_at.desc())
        )
        with self._access.reading() as connection:
            return [DeletedScenario(name, final["name"], moment) for name, final, moment in connection.execute(query)]

    def restore_deleted(self, scenario_id: str, user_id: int) -> CustomScenario:
        """Bring a deleted scenario back as it was, private."""
        with self._access.writing() as connection:
            stored = records.find_deleted(connection, scenario_id)
            if stored is None:
                raise ScenarioNotFoundError(scenario_id)
            self._access.require(user_id, Operation.RESTORE, subject_of(stored))
            records.undelete(connection, stored)
            audit.write(connection, user_id, "restore", Store.CUSTOM, scenario_id)
            return records.require(connection, scenario_id)

    def list_own(self, user_id: int, *, limit: int = PAGE, after: CatalogueEntry | None = None) -> list[CatalogueEntry]:
        """The person's scenarios, shared and private, the latest change first; `after` is the last one seen."""
        return self._list(user_id, CatalogueFilter(owners=frozenset({user_id})), limit, after)

    def list_public(
        self, user_id: int, *, limit: int = PAGE, after: CatalogueEntry | None = None
    ) -> list[CatalogueEntry]:
        """Everyone's shared scenarios, the latest change first; `after` is the last one seen."""
        return self._list(user_id, CatalogueFilter(visibility="shared"), limit, after)

    def search_scenarios(
        self, user_id: int, text: str, *, limit: int = PAGE, after: CatalogueEntry | None = None
    ) -> list[CatalogueEntry]:
        """What the person may read and holds every word of `text`, the latest change first."""
        return self._list(user_id, CatalogueFilter(text=text), limit, after)

    def _list(
        self, user_id: int, wanted: CatalogueFilter, limit: int, after: CatalogueEntry | None
    ) -> list[CatalogueEntry]:
        key = sort_value(after, SortKey.UPDATED) if after else None
        with self._access.reading() as connection:
            return entry_queries.page(
                connection, user_id, wanted, sort=SortKey.UPDATED, descending=True, after=key, limit=limit
            )

    def _from_any_store(self, connection: sa.Connection, scenario_id: str) -> tuple[ConversationScenario, Subject]:
        scenario = self._read_production(connection, scenario_id)
        if scenario is not None:
            return scenario, Subject(scenario_id, Store.PRODUCTION)
        found = records.find(connection, scenario_id)
        if found is None:
            raise ScenarioNotFoundError(scenario_id)
        return found[1].scenario, subject_of(found[1])

    def _read_production(self, connection: sa.Connection, scenario_id: str) -> ConversationScenario | None:
        return self._production(scenario_id) if self._production else records.find_system(connection, scenario_id)


def _all_within_limits(documents: Sequence[Document]) -> Iterator[ConversationScenario]:
    faults = [
        replace(fault, pointer=f"/{index}{fault.pointer}")
        for index, document in enumerate(documents)
        for fault in limits.check(document)
    ]
    if faults:
        raise InvalidScenarioError(faults, hint="Nothing was imported. Mend these and import again.")
    return (limits.require_within_limits(document) for document in documents)
