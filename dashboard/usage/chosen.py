"""What was chosen for an import: a file that was uploaded, or the existing app's records in this database."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import sqlalchemy as sa

from dashboard.usage.private_files import PrivateFolder
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.errors import Fault, InvalidRunsError, UsageError
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.imports import Form, Source
from scenario_core.usage.imports.app_database import HISTORY, SESSIONS

__all__ = ["OWN_DATABASE", "Chosen", "has_app_records", "kept", "opened", "removed"]

OWN_DATABASE: Final = "The app's records in this database"
_HEAD: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an import reads.

    Attributes:
        name: What the person calls it.
        form: How it holds runs.
        path: Where it lies; None stands for this project's own database.
        size: How many bytes it has.
        ignore_unknown: Whether columns pass that a run does not have.
    """

    name: str
    form: Form
    path: Path | None = None
    size: int = 0
    ignore_unknown: bool = False


def kept(files: PrivateFolder, name: str, file: BinaryIO) -> Chosen:
    """A file, copied to where nobody else can read it; its content tells the form.

    Raises:
        UsageError: there is no room for it.
    """
    try:
        with ExitStack() as undo:
            folder = files.new()
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            path = folder / "upload"
            with path.open("xb") as target:
                shutil.copyfileobj(file, target)
            with path.open("rb") as copy:
                form = _form_within(copy.read(_HEAD))
            undo.pop_all()
            return Chosen(name, form, path, path.stat().st_size)
    except OSError as error:
        raise UsageError(
            f"{name} can't be kept: {error.strerror or error}.", hint="Make room, or import it by command."
        ) from error


def has_app_records(engine: sa.Engine) -> bool:
    """Whether a database has a table of the existing app that runs can be read from.

    Raises:
        DatabaseError: the database does not answer.
    """
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        inspector = sa.inspect(connection)
        return any(inspector.has_table(name) for name in (HISTORY, SESSIONS))


@contextmanager
def opened(steward: Steward, chosen: Chosen) -> Iterator[Source]:
    """What an import reads, as the source that it reads it from.

    Raises:
        InvalidRunsError: a database file is damaged, or holds none of the app's records.
    """
    path = chosen.path
    if chosen.form is not Form.APP:
        source = run_imports.file_source(path or Path(), chosen.form, ignore_unknown=chosen.ignore_unknown)
        source.name = chosen.name
        yield source
    elif path is None:
        with run_imports.app_source(steward) as source:
            yield source
    else:
        _require_app_file(path)
        url = sa.URL.create("sqlite", database=str(path)).render_as_string()
        with run_imports.app_source(steward, url) as source:
            source.name = chosen.name
            yield source


def _require_app_file(path: Path) -> None:
    """Refuse a damaged file, and one in which there is nothing to be read."""
    tables = f"SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('{HISTORY}', '{SESSIONS}')"  # noqa: S608 - constants
    expected = "a sound SQLite file"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
            if found == "ok" and not connection.execute(tables).fetchall():
                expected, found = f"a table {HISTORY} or {SESSIONS}", "neither"
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise InvalidRunsError([Fault("", expected, found)], 1)


def removed(chosen: Chosen) -> None:
    """Remove the file."""
    if chosen.path is not None:
        shutil.rmtree(chosen.path.parent, ignore_errors=True)


def _form_within(head: bytes) -> Form:
    """The form of a file, by its first bytes."""
    if head.startswith(b"PAR1"):
        return Form.PARQUET
    if head.startswith(b"SQLite format 3\0"):
        return Form.APP
    line = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    if line[:1] not in {b"{", b"["}:
        return Form.CSV
    return Form.XAPI if b'"verb"' in line and b'"actor"' in line else Form.JSONL
