"""Files that are either wholly old or wholly new, whenever the process or the machine stops."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from scenario_core.errors import ProductionError, ProductionLockedError

LOCK_SECONDS: Final = 30.0
_ASK_AGAIN_SECONDS: Final = 0.01
_PREFIX: Final = ".scenario-desk-"
_NEW_FILE_MODE: Final = 0o644


@contextmanager
def locked(path: Path, *, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock beside a file, so that one process at a time reads, compares and replaces it.

    The lock stands beside the file itself, so that one who comes by a symbolic link waits for the same lock.

    Raises:
        ProductionLockedError: another process held it for too long.
    """
    lock = FileLock(f"{real(path)}.lock", timeout=seconds, poll_interval=_ASK_AGAIN_SECONDS)
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


def real(path: Path) -> Path:
    """Where a file really is; unlike `Path.resolve`, it answers for links in a circle too."""
    return Path(os.path.realpath(path))


def write_durably(path: Path, data: bytes, *, owner: Path | None = None) -> None:
    """Replace or make a file: a temporary file in its folder, flushed to the disk, renamed, and the folder flushed.

    A symbolic link is followed, and the file's permissions stay. `owner` is the file whose lock is held, if another.

    Raises:
        ProductionError: the disk is full, the folder can't be written, ...; the old file is as it was.
    """
    target = real(path)
    temporary: Path | None = None
    try:
        mode = target.stat().st_mode & 0o7777 if target.exists() else _NEW_FILE_MODE
        handle, name = tempfile.mkstemp(prefix=_prefix(owner or target), dir=target.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            temporary.chmod(mode)
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise _failed(path, error) from error
    flush_folder(target.parent)


def clear_litter(owner: Path, folder: Path | None = None) -> None:
    """Remove what processes that were killed while writing for a file left in a folder, its own by default.

    Only under that file's lock, since a living process may be using its own; those of other files stay.
    """
    litter = re.compile(re.escape(_prefix(owner)) + r"[a-z0-9_]{8}")
    with suppress(OSError):
        for left in (folder or real(owner).parent).iterdir():
            if litter.fullmatch(left.name):
                left.unlink()


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        ProductionError: the disk does not confirm it.
    """
    if os.name == "nt":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise ProductionError(
            f"{folder} was written, but the disk does not confirm it: {error.strerror or error}.",
            hint="Load the file again to see which version is there.",
        ) from error


def _prefix(owner: Path) -> str:
    return f"{_PREFIX}{real(owner).name}-"


def _failed(path: Path, error: OSError) -> ProductionError:
    return ProductionError(
        f"{path} can't be written: {error.strerror or error}.", hint="Nothing was changed. Make room or give access."
    )
