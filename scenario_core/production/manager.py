"""Production in memory: one immutable state at a time, replaced as a whole by loading, saving and restoring."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path

from scenario_core.errors import (
    BackupError,
    Fault,
    ProductionChangedError,
    ProductionReadOnlyError,
    ProductionUnreadableError,
    ScenarioNotFoundError,
)
from scenario_core.production import atomic, backups, io
from scenario_core.production.backups import Backup, BackupFile
from scenario_core.production.io import LoadedScenarios, ScenarioIO
from scenario_core.scenario import ConversationScenario

PREDEFINED = "predefined.json"
_Stamp = tuple[int, ...] | None


class SourceKind(StrEnum):
    """Where production is served from."""

    FILE = "file"
    BACKUP = "backup"
    PREDEFINED = "predefined"


@dataclass(frozen=True, slots=True)
class Source:
    """Where production is served from, and a sentence that says why."""

    kind: SourceKind
    path: Path
    reason: str

    @property
    def is_file(self) -> bool:
        """Whether it is the production file itself."""
        return self.kind is SourceKind.FILE

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class State:
    """What is served at one moment: the scenarios and where they come from."""

    loaded: LoadedScenarios
    source: Source
    stamp: _Stamp


class ScenarioManager:
    """The production scenarios of one file. Safe to share between threads."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = threading.RLock()
        self._current: State | None = None

    def initialize(self) -> None:
        """Load the file, or else its newest readable backup, or else the predefined scenarios; `source` says which."""
        with self._lock:
            stamp = self._stamp()
            try:
                loaded = ScenarioIO.load_scenarios_from_file(self.path)
            except ProductionUnreadableError as error:
                self._current = self._fallen_back(error, stamp)
            else:
                source = Source(SourceKind.FILE, self.path, f"Production is served from {self.path}.")
                self._current = State(loaded, source, stamp)

    def refresh(self) -> bool:
        """Load again if the file has been replaced or changed; returns whether it was."""
        if self.state.stamp == self._stamp():
            return False
        with self._lock:
            if self.state.stamp == self._stamp():
                return False
            self.initialize()
            return True

    @property
    def state(self) -> State:
        """What is served now, as one immutable value."""
        if self._current is None:
            self.initialize()
        assert self._current is not None  # noqa: S101 - `initialize` sets it or raises
        return self._current

    @property
    def scenarios(self) -> Mapping[str, ConversationScenario]:
        """Every readable scenario by id, in file order; the same object until something changes."""
        return self.state.loaded.scenarios

    @property
    def errors(self) -> tuple[Fault, ...]:
        """What could not be read."""
        return self.state.loaded.errors

    @property
    def source(self) -> Source:
        """Where the scenarios come from."""
        return self.state.source

    @property
    def revision(self) -> str:
        """The SHA-256 of what is served."""
        return self.state.loaded.revision

    def get(self, scenario_id: str) -> ConversationScenario | None:
        """A scenario, or None."""
        return self.scenarios.get(scenario_id)

    def save_scenario(self, scenario: ConversationScenario, *, replacing: str | None = None) -> Backup | None:
        """Add or replace one scenario; only its own lines of the file change. Returns the backup of what it replaced.

        None where nothing had to be written.

        Args:
            scenario: what is to stand under its id.
            replacing: the SHA-256 of the file as it was looked at, None for the state that is served.

        Raises:
            InvalidScenarioError: it breaks production's rules, or the file has a record of this id that can't be read.
            ProductionReadOnlyError: production is served from a backup.
            ProductionChangedError: the file has changed since it was loaded; nothing was saved.
        """
        with self._lock:
            self._require_served(replacing)
            return self._save({**self.scenarios, scenario.scenario_id: scenario})

    def delete_scenario(self, scenario_id: str, *, replacing: str | None = None) -> Backup | None:
        """Take one scenario out of the file; the backup that is returned keeps it.

        Args:
            scenario_id: which.
            replacing: the SHA-256 of the file as it was looked at, None for the state that is served.

        Raises:
            ScenarioNotFoundError: there is none with this id.
            InvalidScenarioError: the id stands twice in the file.
            ProductionReadOnlyError: production is served from a backup.
            ProductionChangedError: the file has changed since it was loaded; nothing was saved.
        """
        with self._lock:
            self._require_served(replacing)
            if scenario_id not in self.scenarios:
                raise ScenarioNotFoundError(scenario_id)
            return self._save({name: each for name, each in self.scenarios.items() if name != scenario_id})

    def backup_files(self) -> list[BackupFile]:
        """Every backup by name, the newest first; none is opened."""
        return backups.files(self.path)

    def list_backups(self) -> list[Backup]:
        """Every backup, the newest first, with what is wrong with it. Reads all of them."""
        return backups.find(self.path)

    def create_backup(self) -> Backup:
        """Keep a copy of the file as it is, readable or not.

        Raises:
            ProductionUnreadableError: there is no file.
            ProductionError: the copy can't be written.
        """
        with atomic.locked(self.path):
            return backups.keep(self.path, io.read_bytes(self.path))

    def create_baseline(self) -> Backup:
        """Approve the file as it is: make it the baseline. The former baseline is kept.

        Raises:
            ProductionUnreadableError: there is no file, or it can't be read as a whole.
            ProductionError: the copy can't be written.
        """
        with atomic.locked(self.path):
            data = io.read_bytes(self.path)
            io.require_whole(self.path, data)
            return backups.approve(self.path, data)[0]

    def approve(self, data: bytes, *, replacing: str | None) -> tuple[Backup, Backup | None]:
        """Make these bytes the baseline; returns it, and where the former one was kept, if it had to be.

        Args:
            data: the bytes of a backup, or of the file.
            replacing: the SHA-256 of the baseline as it was looked at, None if there was none.

        Raises:
            ProductionUnreadableError: they can't be read as a whole.
            ProductionChangedError: there is another baseline by now; nothing was changed.
            ProductionError: the copy can't be written.
        """
        io.require_whole(self.path, data)
        with atomic.locked(self.path):
            present = io.current_bytes(backups.baseline_path(self.path))
            if (None if present is None else hashlib.sha256(present).hexdigest()) != replacing:
                raise ProductionChangedError("The approved backup has changed since.", hint="Compare again.")
            return backups.approve(self.path, data)

    def replace_file(self, data: bytes, *, replacing: str | None) -> Backup | None:
        """Put these bytes in the place of the file, which is kept as the backup that is returned.

        Args:
            data: what is to stand there; it must be readable as a whole.
            replacing: the SHA-256 of the file as it was looked at, None if there was none.

        Raises:
            ProductionUnreadableError: the bytes can't be read as a whole.
            ProductionChangedError: the file has changed since; nothing was written.
            ProductionError: it can't be written; it is as it was.
        """
        io.parse(self.path, data)
        with self._lock, atomic.locked(self.path):
            current = io.current_bytes(self.path)
            self._require_revision(current, replacing)
            kept = io.replace(self.path, current, data)
            self.initialize()
        return kept

    def read_file(self) -> bytes:
        """The bytes of the file.

        Raises:
            ProductionUnreadableError: it is missing or can't be read.
        """
        return io.read_bytes(self.path)

    def read_baseline(self) -> bytes:
        """The bytes of the approved baseline.

        Raises:
            BackupError: there is none, or it is damaged.
        """
        return self.read_backup(backups.baseline_path(self.path).name)

    def read_backup(self, name: str) -> bytes:
        """The bytes of a backup.

        Raises:
            BackupError: there is none of this name, or it is damaged.
        """
        for file in self.backup_files():
            if file.name == name:
                return backups.read(backups.examine(file))
        raise BackupError(f"There is no backup {name}.", hint="See `scenario-desk backup list`.")

    def _save(self, scenarios: Mapping[str, ConversationScenario]) -> Backup | None:
        based_on = self._writable()
        with atomic.locked(self.path):
            saved, kept = io.save_under_lock(scenarios, self.path, based_on)
            self._current = State(saved, self.source, self._stamp())
        return kept

    def _require_served(self, expected: str | None) -> None:
        if expected is not None and self.revision != expected:
            raise ProductionChangedError(f"{self.path} has changed since; nothing was written.", hint="Compare again.")

    def _require_revision(self, current: bytes | None, expected: str | None) -> None:
        if (None if current is None else hashlib.sha256(current).hexdigest()) != expected:
            raise ProductionChangedError(f"{self.path} has changed since; nothing was written.", hint="Compare again.")

    def _writable(self) -> LoadedScenarios:
        if not self.source.is_file:
            raise ProductionReadOnlyError(
                f"Nothing can be saved while the production file can't be read. {self.source.reason}",
                hint="Mend the file, or run `scenario-desk backup restore`.",
            )
        return self.state.loaded

    def _fallen_back(self, error: ProductionUnreadableError, stamp: _Stamp) -> State:
        for file in self.backup_files():
            backup = backups.examine(file)
            try:
                loaded = io.parse(backup.path, backups.read(backup))
            except (BackupError, ProductionUnreadableError):
                continue
            reason = f"{error.message} Production is served from its newest readable backup, {backup.name}."
            return State(loaded, Source(SourceKind.BACKUP, backup.path, reason), stamp)
        path = Path(PREDEFINED)
        loaded = io.parse(path, (resources.files(__package__) / PREDEFINED).read_bytes())
        reason = f"{error.message} There is no readable backup, so {len(loaded)} predefined scenarios are served."
        return State(loaded, Source(SourceKind.PREDEFINED, path, reason), stamp)

    def _stamp(self) -> _Stamp:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size
