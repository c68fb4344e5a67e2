"""Backups of the production file: kept ones, named by time and hash, and the approved baseline beside the file.

A kept backup is what was replaced at the time in its name, or what stood there then. A former baseline is kept too,
under the time when it was approved; it is no state that production must have had.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISLNK, S_ISREG
from typing import Final, Literal

from scenario_core.errors import BackupError, ProductionUnreadableError
from scenario_core.production import atomic
from scenario_core.production.document import Document

FOLDER: Final = "backups"
BASELINE_SUFFIX: Final = ".backup"
FORMER_SUFFIX: Final = ".baseline"
HASH_LENGTH: Final = 16
_TIME: Final = "%Y%m%dT%H%M%S.%fZ"
_NAME: Final = re.compile(
    r"(?P<stem>.+)-(?P<time>\d{8}T\d{6}\.\d{6}Z)-(?P<hash>[0-9a-f]{16})(?P<former>\.baseline)?\.json", re.DOTALL
)

Kind = Literal["kept", "baseline", "former"]


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup that has not been opened: what its name and the file system say. `hash` is the beginning of the SHA-256.

    `stamp` tells one state of the file from another.
    """

    name: str
    path: Path
    created_at: datetime
    kind: Kind
    hash: str
    size: int
    stamp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the production file. `problem` says why it can't be used, and is empty where it can."""

    name: str
    path: Path
    created_at: datetime
    size: int
    sha256: str
    kind: Kind
    problem: str = ""


def keep(path: Path, data: bytes) -> Backup:
    """Keep these bytes of a production file. Under its lock.

    Raises:
        ProductionError: they can't be written.
    """
    return _keep(path, data, "kept", datetime.now(UTC))


def approve(path: Path, data: bytes) -> tuple[Backup, Backup | None]:
    """Make these bytes the baseline; returns it, and where the former one was kept. Under the file's lock.

    None where there was no former baseline, or it held the same bytes.

    Raises:
        ProductionError: they can't be written; the baseline is as it was.
    """
    baseline = baseline_path(path)
    former = _keep_former(path, data)
    atomic.write_durably(baseline, data)
    return _examined(baseline, "baseline", datetime.now(UTC)), former


def files(path: Path) -> list[BackupFile]:
    """Every backup of a production file, the newest first; none of them is opened."""
    target = atomic.real(path)
    found = []
    for each in (target.parent / FOLDER).glob("*.json"):
        match = _NAME.fullmatch(each.name)
        moment = _moment(match["time"]) if match and match["stem"] == target.stem else None
        if match and moment:
            found += _listed(each, "former" if match["former"] else "kept", moment, match["hash"])
    found += _listed(baseline_path(path), "baseline", None)
    return sorted(found, key=lambda file: (file.created_at, file.kind == "kept", file.name), reverse=True)


def examine(file: BackupFile) -> Backup:
    """Read a backup, and say what is wrong with it."""
    return _examined(file.path, file.kind, file.created_at, file.hash)


def find(path: Path) -> list[Backup]:
    """Every backup of a production file, the newest first, with what is wrong with it. Reads all of them."""
    return [examine(file) for file in files(path)]


def newest_readable(path: Path) -> Backup | None:
    """The newest backup that can be used, None if there is none. Reads no older one."""
    return next((backup for backup in map(examine, files(path)) if not backup.problem), None)


def remove(path: Path, unwanted: Iterable[BackupFile]) -> None:
    """Delete backups. Under the production file's lock.

    Raises:
        BackupError: one can't be deleted; those before it are gone.
    """
    for file in unwanted:
        try:
            file.path.unlink(missing_ok=True)
        except OSError as error:
            raise BackupError(f"The backup {file.name} can't be deleted: {error.strerror}.") from error
    folder = atomic.real(path).parent / FOLDER
    if folder.is_dir():
        atomic.flush_folder(folder)


def read(backup: Backup) -> bytes:
    """The bytes of a backup.

    Raises:
        BackupError: it is damaged or gone.
    """
    hint = "See `scenario-desk backup list` for others."
    if backup.problem:
        raise BackupError(f"The backup {backup.name} can't be used: {backup.problem.rstrip('.')}.", hint=hint)
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


def _listed(path: Path, kind: Kind, moment: datetime | None, named_hash: str = "") -> list[BackupFile]:
    """The file, or nothing where it has just gone or is none. Without a moment, the time of its last change.

    A link that leads nowhere counts as a file: reading it says what is wrong with it.
    """
    try:
        stat = path.stat() if path.exists() else path.lstat()
    except OSError:
        return []
    if not (S_ISREG(stat.st_mode) or S_ISLNK(stat.st_mode)):
        return []
    moment = moment or datetime.fromtimestamp(stat.st_mtime, UTC)
    stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)
    return [BackupFile(path.name, path, moment, kind, named_hash, stat.st_size, stamp)]


def _keep(path: Path, data: bytes, kind: Kind, moment: datetime) -> Backup:
    target = atomic.real(path)
    folder = target.parent / FOLDER
    if not folder.is_dir():
        try:
            folder.mkdir()
        except OSError as error:
            raise BackupError(f"{folder} can't be made: {error.strerror}.", hint="Nothing was changed.") from error
        atomic.flush_folder(target.parent)
    digest = hashlib.sha256(data).hexdigest()
    suffix = FORMER_SUFFIX if kind == "former" else ""
    kept = folder / f"{target.stem}-{moment.strftime(_TIME)}-{digest[:HASH_LENGTH]}{suffix}.json"
    atomic.clear_litter(target, folder)
    atomic.write_durably(kept, data, owner=target)
    return Backup(kept.name, kept, moment, len(data), digest, kind)


def _keep_former(path: Path, new: bytes) -> Backup | None:
    """Keep what an approval is about to replace, under the time when it was approved."""
    baseline = baseline_path(path)
    try:
        data, moment = baseline.read_bytes(), datetime.fromtimestamp(baseline.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BackupError(
            f"The former baseline {baseline} can't be kept: {error.strerror}.", hint="Nothing was changed."
        ) from error
    return None if data == new else _keep(path, data, "former", moment)


def _examined(path: Path, kind: Kind, moment: datetime, named_hash: str = "") -> Backup:
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
