"""Files that are either wholly old or wholly new, whenever the process or the machine stops."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from scenario_core.errors import ProductionError, ProductionLockedError

LOCK_SECONDS: Final = 30.0
_PREFIX: Final = ".scenario-desk-"
_NEW_FILE_MODE: Final = 0o644


@contextmanager
def locked(path: Path, *, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock beside a file, so that one process at a time reads, compares and replaces it.

    Raises:
        ProductionLockedError: another process held it for too long.
    """
    lock = FileLock(f"{path}.lock", timeout=seconds)
    try:
        lock.acquire()
    except Timeout as error:
        raise ProductionLockedError(
            f"Another process has been writing {path} for {seconds:.0f} seconds.",
            hint="Try again; if nothing writes, end the process that holds the lock.",
        ) from error
    except OSError as error:
        raise _failed(path, error) from error
    try:
        yield
    finally:
        lock.release()


def write_durably(path: Path, data: bytes) -> None:
    """Replace or make a file: a temporary file in its folder, flushed to the disk, renamed, and the folder flushed.

    A symbolic link is followed, and the file's permissions stay.

    Raises:
        ProductionError: the disk is full, the folder can't be written, ...; the old file is as it was.
    """
    target = path.resolve()
    temporary: Path | None = None
    try:
        mode = target.stat().st_mode & 0o7777 if target.exists() else _NEW_FILE_MODE
        handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=target.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            temporary.chmod(mode)
            os.fsync(file.fileno())
        temporary.replace(target)
        _flush_folder(target.parent)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise _failed(path, error) from error


def clear_litter(folder: Path) -> None:
    """Remove what killed processes left behind. Only under the lock, since a living one may be using its own."""
    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            left.unlink()


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failed(path: Path, error: OSError) -> ProductionError:
    return ProductionError(
        f"{path} can't be written: {error.strerror or error}.", hint="Nothing was changed. Make room or give access."
    )
