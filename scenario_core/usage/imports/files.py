"""A file that runs are read from."""

from __future__ import annotations

from pathlib import Path

from scenario_core.usage.imports.forms import Form, digest_of, unreadable


class FileSource:
    """What is common to all forms of files. `ignore_unknown` lets columns pass that a run does not have."""

    form: Form

    def __init__(self, path: Path, *, ignore_unknown: bool = False) -> None:
        self.path = path
        self.name = path.name
        self.ignore_unknown = ignore_unknown
        self._seen: tuple[int, int] | None = None

    def digest(self) -> str:
        """SHA-256 of the file.

        Raises:
            InvalidRunsError: it can't be read.
        """
        try:
            self._seen = self._state()
            return digest_of(self.path)
        except OSError as error:
            raise unreadable(self.form, f"{self.path}: {error.strerror or error}") from error

    def is_unchanged(self) -> bool:
        """Whether the file still is as it was when its digest was taken, by its size and time."""
        return self._seen == self._state()

    def _state(self) -> tuple[int, int]:
        status = self.path.stat()
        return status.st_size, status.st_mtime_ns
