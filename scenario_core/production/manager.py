"""Production in memory: one immutable state at a time, replaced as a whole by loading, saving and restoring."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path

from scenario_core.errors import (
    BackupError,
    Fault,
    ProductionReadOnlyError,
    ProductionUnreadableError,
    ScenarioNotFoundError,
)
from scenario_core.production import atomic, backups, exact_json, io
from scenario_core.production.backups import Backup
from scenario_core.production.io import LoadedScenarios, ScenarioIO
from scenario_core.production.style import Style
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
class _State:
    loaded: LoadedScenarios
    source: Source
    stamp: _Stamp


class ScenarioManager:
    """The production scenarios of one file. Safe to share between threads."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = threading.RLock()
        self._current: _State | None = None

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
                self._current = _State(loaded, source, stamp)

    def refresh(self) -> bool:
        """Load again if the file has been replaced or changed; returns whether it was."""
        if self._state.stamp == self._stamp():
            return False
        with self._lock:
            if self._state.stamp == self._stamp():
                return False
            self.initialize()
            return True

    @property
    def scenarios(self) -> Mapping[str, ConversationScenario]:
        """Every readable scenario by id, in file order; the same object until something changes."""
        return self._state.loaded.scenarios

    @property
    def errors(self) -> tuple[Fault, ...]:
        """What could not be read."""
        return self._state.loaded.errors

    @property
    def source(self) -> Source:
        """Where the scenarios come from."""
        return self._state.source

    @property
    def revision(self) -> str:
        """The SHA-256 of what is served."""
        return self._state.loaded.revision

    def get(self, scenario_id: str) -> ConversationScenario | None:
        """A scenario, or None."""
        return self.scenarios.get(scenario_id)

    def save_scenario(self, scenario: ConversationScenario) -> None:
        """Add or replace one scenario; only its own lines of the file change.

        Raises:
            InvalidScenarioError: it breaks production's rules, or the file has a record of this id that can't be read.
            ProductionReadOnlyError: production is served from a backup.
            ProductionChangedError: the file has changed since it was loaded; nothing was saved.
        """
        with self._lock:
            self._save({**self.scenarios, scenario.scenario_id: scenario})

    def delete_scenario(self, scenario_id: str) -> None:
        """Take one scenario out of the file; a backup keeps it.

        Raises:
            ScenarioNotFoundError: there is none with this id.
            InvalidScenarioError: the id stands twice in the file.
            ProductionReadOnlyError: production is served from a backup.
            ProductionChangedError: the file has changed since it was loaded; nothing was saved.
        """
        with self._lock:
            if scenario_id not in self.scenarios:
                raise ScenarioNotFoundError(scenario_id)
            self._save({name: each for name, each in self.scenarios.items() if name != scenario_id})

    def list_backups(self) -> list[Backup]:
        """Every backup, the newest first."""
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
        """Approve the file as it is: make it the baseline.

        Raises:
            ProductionUnreadableError: there is no file, or it can't be read as a whole.
            ProductionError: the copy can't be written.
        """
        with atomic.locked(self.path):
            data = io.read_bytes(self.path)
            io.parse(self.path, data)
            return backups.approve(self.path, data)

    def restore_all(self, backup: Backup) -> None:
        """Put a backup in the place of the file, which is kept as a backup itself, however broken it is.

        Raises:
            BackupError: the backup can't be used.
            ProductionError: the file can't be written; it is as it was.
        """
        data = backups.read(backup)
        with self._lock, atomic.locked(self.path):
            io.replace(self.path, io.current_bytes(self.path), data)
            self.initialize()

    def restore_scenario(self, scenario_id: str, backup: Backup) -> None:
        """Bring back one scenario; see `restore_scenarios`."""
        self.restore_scenarios([scenario_id], backup)

    def restore_scenarios(self, scenario_ids: Iterable[str], backup: Backup) -> None:
        """Put the records of a backup in the place of the file's, or add them; all of them or none.

        Raises:
            BackupError: the backup can't be used, or lacks one of the scenarios.
            ProductionReadOnlyError: production is served from a backup, so that only the whole file can be restored.
            ProductionChangedError: the file has changed since it was loaded; nothing was restored.
        """
        kept = io.parse(backup.path, backups.read(backup))
        wanted = list(dict.fromkeys(scenario_ids))
        missing = [name for name in wanted if name not in kept]
        if missing:
            raise BackupError(f"The backup {backup.name} has no readable scenario {', '.join(missing)}.")
        with self._lock, atomic.locked(self.path):
            loaded = self._writable()
            current = io.read_bytes(self.path)
            io.require_unmoved(self.path, current, loaded)
            latest = kept.document.latest()
            style = Style.of(loaded.document.data)
            same_style = Style.of(kept.document.data) == style
            values = {}
            for name in wanted:
                raw = kept.document.value(latest[name])
                values[name] = style.outdented(raw) if same_style else style.render(exact_json.loads(raw, name))
            io.replace(self.path, current, loaded.document.edited(values))
            self.initialize()

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
        for backup in self.list_backups():
            if backup.name == name:
                return backups.read(backup)
        raise BackupError(f"There is no backup {name}.", hint="See `scenario-desk backup list`.")

    @property
    def _state(self) -> _State:
        if self._current is None:
            self.initialize()
        assert self._current is not None  # noqa: S101 - `initialize` sets it or raises
        return self._current

    def _save(self, scenarios: Mapping[str, ConversationScenario]) -> None:
        based_on = self._writable()
        with atomic.locked(self.path):
            saved = io.save_under_lock(scenarios, self.path, based_on)
            self._current = _State(saved, self.source, self._stamp())

    def _writable(self) -> LoadedScenarios:
        if not self.source.is_file:
            raise ProductionReadOnlyError(
                f"Nothing can be saved while the production file can't be read. {self.source.reason}",
                hint="Mend the file, or run `scenario-desk backup restore`.",
            )
        return self._state.loaded

    def _fallen_back(self, error: ProductionUnreadableError, stamp: _Stamp) -> _State:
        for backup in self.list_backups():
            try:
                loaded = io.parse(backup.path, backups.read(backup))
            except (BackupError, ProductionUnreadableError):
                continue
            reason = f"{error.message} Production is served from its newest readable backup, {backup.name}."
            return _State(loaded, Source(SourceKind.BACKUP, backup.path, reason), stamp)
        path = Path(PREDEFINED)
        loaded = io.parse(path, (resources.files(__package__) / PREDEFINED).read_bytes())
        reason = f"{error.message} There is no readable backup, so {len(loaded)} predefined scenarios are served."
        return _State(loaded, Source(SourceKind.PREDEFINED, path, reason), stamp)

    def _stamp(self) -> _Stamp:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size
