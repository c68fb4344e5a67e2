"""Files that nobody else may read, and that are gone when they are not needed any more."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
import weakref
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

__all__ = ["PrivateFolder"]

_PREFIX: Final = "scenario-desk-files-"
_LOCK: Final = "lock"
_SETTLED_SECONDS: Final = 60.0
"""A younger folder may be one whose process has not locked it yet."""


class PrivateFolder:
    """A folder for this process. What killed processes have left is removed when another one makes its own."""

    def __init__(self) -> None:
        self._path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = FileLock(self._path / _LOCK)
        self._lock.acquire()
        self._remove = weakref.finalize(self, _remove_locked, self._path, self._lock)
        _remove_left()

    def new(self) -> Path:
        """An empty folder within it."""
        path = self._path / uuid.uuid4().hex
        path.mkdir(mode=0o700, parents=True)
        return path

    def close(self) -> None:
        """Remove it and all that is in it."""
        self._remove()


def _remove_locked(path: Path, lock: FileLock) -> None:
    lock.release()
    shutil.rmtree(path, ignore_errors=True)


def _remove_left() -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if not _is_own_and_settled(path):
            continue
        lock = FileLock(path / _LOCK, timeout=0)
        try:
            lock.acquire()
        except (Timeout, OSError):
            continue
        _remove_locked(path, lock)


def _is_own_and_settled(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return is_own and not path.is_symlink() and time.time() - status.st_mtime > _SETTLED_SECONDS
