"""Backups of the production file: kept ones, named by time and hash, and the approved baseline beside the file."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from scenario_core.errors import BackupError, ProductionUnreadableError
from scenario_core.production import atomic
from scenario_core.production.document import Document

FOLDER: Final = "backups"
BASELINE_SUFFIX: Final = ".backup"
_HASH_LENGTH: Final = 16
_TIME: Final = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the production file. `problem` says why it can't be used, and is empty where it can."""

    name: str
    path: Path
    created_at: datetime
    size: int
    sha256: str
    kind: Literal["kept", "baseline"]
    problem: str = ""


def keep(path: Path, data: bytes) -> Backup:
    """Keep these bytes of a production file. Under its lock.

    Raises:
        ProductionError: they can't be written.
    """
    moment = datetime.now(UTC)
    target = atomic.real(path)
    folder = target.parent / FOLDER
    if not folder.is_dir():
        try:
            folder.mkdir()
        except OSError as error:
            raise BackupError(f"{folder} can't be made: {error.strerror}.", hint="Nothing was changed.") from error
        atomic.flush_folder(target.parent)
    digest = hashlib.sha256(data).hexdigest()
    kept = folder / f"{target.stem}-{moment.strftime(_TIME)}-{digest[:_HASH_LENGTH]}.json"
    atomic.clear_litter(target, folder)
    atomic.write_durably(kept, data, owner=target)
    return Backup(kept.name, kept, moment, len(data), digest, "kept")


def approve(path: Path, data: bytes) -> Backup:
    """Make these bytes the baseline. Under the file's lock.

    Raises:
        ProductionError: they can't be written.
    """
    atomic.write_durably(baseline_path(path), data)
    return _examined(baseline_path(path), "baseline", datetime.now(UTC))


def find(path: Path) -> list[Backup]:
    """Every backup of a production file, the newest first, with what is wrong with it."""
    target = atomic.real(path)
    name = re.compile(re.escape(target.stem) + r"-(?P<time>\d{8}T\d{6}\.\d{6}Z)-(?P<hash>[0-9a-f]{16})\.json")
    found = []
    for each in (target.parent / FOLDER).glob("*.json"):
        match = name.fullmatch(each.name)
        moment = _moment(match["time"]) if match else None
        if match and moment:
            found.append(_examined(each, "kept", moment, match["hash"]))
    baseline = baseline_path(path)
    with suppress(FileNotFoundError):
        found.append(_examined(baseline, "baseline", datetime.fromtimestamp(baseline.stat().st_mtime, UTC)))
    return sorted(found, key=lambda backup: (backup.created_at, backup.kind), reverse=True)


def read(backup: Backup) -> bytes:
    """The bytes of a backup.

    Raises:
        BackupError: it is damaged or gone.
    """
    hint = "See `scenario-desk backup list` for others."
    if backup.problem:
        raise BackupError(f"The backup {backup.name} can't be used: {backup.problem}.", hint=hint)
    try:
        data = backup.path.read_bytes()
    except OSError as error:
        raise BackupError(f"The backup {backup.name} can't be read: {error.strerror}.", hint=hint) from error
    if hashlib.sha256(data).hexdigest() != backup.sha256:
        raise BackupError(f"The backup {backup.name} has just changed.", hint=hint)
    return data


def baseline_path(path: Path) -> Path:
    """Where the approved baseline stands."""
    target = atomic.real(path)
    return target.with_name(target.name + BASELINE_SUFFIX)


def _moment(text: str) -> datetime | None:
    """The time in a name, None if there is no such day or hour."""
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _examined(path: Path, kind: Literal["kept", "baseline"], moment: datetime, named_hash: str = "") -> Backup:
    data, digest, problem = b"", "", ""
    try:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if not digest.startswith(named_hash):
            problem = "its content does not match the hash in its name"
        else:
            Document.parse(data)
    except OSError as error:
        problem = str(error.strerror)
    except ProductionUnreadableError as error:
        problem = error.message
    return Backup(path.name, path, moment, len(data), digest, kind, problem)
