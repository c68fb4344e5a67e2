"""One state of both stores, looked at by every check of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, Self

import sqlalchemy as sa

from scenario_core.custom import entries, schema
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import RECORDS, SCENARIOS, is_custom
from scenario_core.errors import BackupError, DatabaseError
from scenario_core.integrity import verdicts
from scenario_core.integrity.findings import About
from scenario_core.integrity.privacy import CustomRows, custom_rows
from scenario_core.integrity.reading import Reading
from scenario_core.mirror import Comparison, Production, compare
from scenario_core.production import Backup, ScenarioManager, State, backups
from scenario_core.scenario import ConversationScenario, Store

BATCH: Final = 500
MOST_BACKUP_BYTES: Final = 100_000_000


class CouldNotRunError(Exception):
    """What a check needs is not there; never a pass."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A scenario that content checks may look at: what tells its content from every other, and how to read it."""

    scenario_id: str
    store: Store
    digest: str
    read: Callable[[], Reading]


@dataclass
class Snapshot:
    """What the checks look at. Entered, it holds one state of production and one reading transaction.

    Attributes:
        manager: The production store.
        engine: The database, None where production alone is to be checked.
        expected_count: How many production scenarios there must be, None where nobody has said.
        runs: The folder of compacted runs, as the database lists them.
        backup_days: The age from which the newest backup of a changed file is too old.
        now: The moment of the run, for everything that has an age.
    """

    manager: ScenarioManager
    engine: sa.Engine | None
    expected_count: int | None = None
    runs: Path = Path()
    backup_days: int = 30
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _open: ExitStack | None = field(default=None, init=False, repr=False)
    _connection: sa.Connection | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        self._open = ExitStack()
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()
        self._open = self._connection = None

    @cached_property
    def production(self) -> State:
        """Production as it was when first asked for."""
        return self.manager.state

    @property
    def scenarios(self) -> Mapping[str, ConversationScenario]:
        """The production scenarios that can be read, by id."""
        return self.production.loaded.scenarios

    @cached_property
    def backups(self) -> Sequence[Backup]:
        """The approved backup and the newest kept ones, the newest first, with what is wrong with them.

        Of the kept ones those are left out that come after `MOST_BACKUP_BYTES`, be they read again or remembered.
        """
        found, left = [], MOST_BACKUP_BYTES
        for file in self.manager.backup_files():
            if file.kind == "baseline":
                found.append(verdicts.examined(file))
            elif left > 0:
                found.append(verdicts.examined(file))
                left -= file.size
        return found

    @cached_property
    def baseline(self) -> bytes | None:
        """The approved backup, None where there is none that can be read. One that equals production is not read."""
        present = self.production.loaded
        for backup in self.backups:
            if backup.kind == "baseline" and not backup.problem:
                if backup.sha256 == present.revision:
                    return present.document.data
                with suppress(BackupError):
                    return backups.read(backup)
        return None

    @cached_property
    def rows(self) -> Sequence[sa.Row[Any]]:
        """Identity, ownership and flags of every scenario in the database: id, scenario_id, created_by, ..."""
        names = ("id", "scenario_id", "title", "category", "created_by", "is_system_scenario", "is_public")
        with self.connection() as connection:
            return connection.execute(sa.select(*(SCENARIOS.c[name] for name in names)).order_by(SCENARIOS.c.id)).all()

    @cached_property
    def mirror(self) -> Comparison:
        """How each system row stands to its production scenario."""
        with self.connection() as connection:
            return compare(connection, mirrored(self.production))

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """The run's one connection, to read from.

        Raises:
            CouldNotRunError: there is no database of this version that answers.
        """
        with _could_not_run():
            if self._connection is None:
                self._connection = self._connect()
            try:
                with translated_errors():
                    yield self._connection
            except (sa.exc.SQLAlchemyError, DatabaseError):
                self._connection.rollback()
                raise

    def unread(self) -> Iterator[Unread]:
        """What the content checks look at: production, and the custom scenarios that are shared with everyone.

        Raises:
            CouldNotRunError: there is a database, and it does not answer.
        """
        yield from self.unread_production()
        if self.engine is not None:
            yield from self._unread_shared()

    def custom_rows(self, scenario_ids: Iterable[str]) -> CustomRows | None:
        """Which of these ids are shared custom scenarios, and which private ones; None where nobody can say."""
        wanted = set(scenario_ids)
        if self.engine is None or not wanted:
            return CustomRows()
        try:
            with self.connection() as connection:
                return custom_rows(connection, wanted)
        except (CouldNotRunError, sa.exc.SQLAlchemyError):
            return None

    def about(self, scenario_ids: Iterable[str]) -> dict[str, About]:
        """What people call these scenarios; private ones are left out."""
        wanted = set(scenario_ids)
        rows = self.custom_rows(wanted - self.scenarios.keys())
        found = dict(rows.shared) if rows else {}
        for scenario_id in wanted & self.scenarios.keys():
            scenario = self.scenarios[scenario_id]
            found[scenario_id] = About(scenario.name, scenario.category, Store.PRODUCTION)
        return found

    def _connect(self) -> sa.Connection:
        if self.engine is None:
            raise CouldNotRunError("There is no database to look at.")
        if self._open is None:
            raise RuntimeError("a snapshot is looked at inside its `with` block")
        options = READ_ONLY if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with translated_errors():
            connection = self._open.enter_context(self.engine.connect().execution_options(**options))
            schema.require_current(connection)
        return connection

    def unread_production(self) -> Iterator[Unread]:
        """Every production scenario that can be read."""
        document = self.production.loaded.document
        latest = document.latest()
        for scenario_id, scenario in self.scenarios.items():
            digest = _digest(document.value(latest[scenario_id])) if scenario_id in latest else ""
            yield Unread(scenario_id, Store.PRODUCTION, digest, partial(Reading, scenario, Store.PRODUCTION))

    def _unread_shared(self) -> Iterator[Unread]:
        """Digests come from versions, which every change by any program raises; texts are read in batches."""
        query = (
            sa.select(SCENARIOS.c.id, SCENARIOS.c.scenario_id, RECORDS.c.version)
            .outerjoin(RECORDS, RECORDS.c.scenario_id == SCENARIOS.c.scenario_id)
            .where(is_custom(), SCENARIOS.c.is_public)
            .order_by(SCENARIOS.c.scenario_id)
        )
        with self.connection() as connection:
            found = connection.execute(query).all()
        batches = _Batches(self, [row.id for row in found])
        for row in found:
            digest = _digest(f"{row.scenario_id}@{row.version}".encode()) if row.version else ""
            yield Unread(row.scenario_id, Store.CUSTOM, digest, partial(batches.reading, row.id))


class _Batches:
    """Reads shared scenarios some hundred at a time."""

    def __init__(self, snapshot: Snapshot, numbers: Sequence[int]) -> None:
        self._snapshot = snapshot
        self._numbers = numbers
        self._place = {number: index for index, number in enumerate(numbers)}
        self._read: dict[int, ConversationScenario] = {}

    def reading(self, number: int) -> Reading:
        """The scenario of a row.

        Raises:
            CouldNotRunError: the row can't be read as a scenario.
        """
        if number not in self._read:
            start = self._place[number]
            with self._snapshot.connection() as connection:
                loaded = entries.load(connection, self._numbers[start : start + BATCH])
            self._read = {each: scenario for each, _, _, scenario in loaded}
        if number not in self._read:
            raise CouldNotRunError(f"row {number} can't be read as a scenario")
        return Reading(self._read[number], Store.CUSTOM)


def mirrored(state: State | ScenarioManager) -> Production:
    """What the mirror has to hold: the readable scenarios, and the ids that must not be retired."""
    loaded = (state.state if isinstance(state, ScenarioManager) else state).loaded
    unreadable = frozenset(fault.scenario_id for fault in loaded.errors if fault.scenario_id)
    return Production(loaded.scenarios, loaded.revision, unreadable - loaded.scenarios.keys())


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


@contextmanager
def _could_not_run() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise CouldNotRunError(str(error)) from error
