"""The forms that runs are imported and exported in, and what a reading of one yields."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from textwrap import shorten
from typing import Final, Protocol

from scenario_core.errors import Fault, InvalidQueryError, InvalidRunsError
from scenario_core.usage.run import COLUMNS

USER: Final = "user"
"""May stand in the place of `learner`: any text that names somebody. It is made a pseudonym and never stored."""
FOREIGN: Final = "elsewhere "
"""Stands before what other systems call their users."""
KNOWN: Final = (*COLUMNS, USER)
FAULTS_KEPT: Final = 10_000
"""How many faults are told; all are counted."""
_CHUNK: Final = 1 << 20
_SHOWN: Final = 60


class Form(StrEnum):
    """How a file holds runs; `app` is the existing app's database."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XAPI = "xapi"
    APP = "app"


FILE_FORMS: Final = (Form.CSV, Form.JSONL, Form.PARQUET, Form.XAPI)


@dataclass
class Raw:
    """Records as a Parquet file whose columns are those of a run, as the source has them.

    Records that could not be taken apart are not in it: they are `broken`, with their faults.
    """

    path: Path
    records: int
    numbered: bool = True
    """Whether columns `record` and `line` say where each record stands; otherwise its row does."""
    strict: bool = True
    """Whether every rule of the documented form holds, or only those of the run id."""
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    broken: int = 0
    notes: Counter[str] = field(default_factory=Counter)

    def blame(self, fault: Fault) -> None:
        """Add a fault."""
        self.fault_count += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(fault)


Report = Callable[[float], None]
"""Takes the share of a reading that is done, 0 to 1."""


class Source(Protocol):
    """Something that runs are read from."""

    form: Form
    name: str

    def digest(self) -> str:
        """SHA-256 of what is read, in hexadecimal digits."""
        ...

    def is_unchanged(self) -> bool:
        """Whether it still is what the digest was taken of."""
        ...

    def read(self, folder: Path, pseudonym: Callable[[str | int], str], report: Report) -> Raw:
        """Bring the records into a Parquet file within a folder.

        Raises:
            InvalidRunsError: the source as a whole is not of its form.
        """
        ...


def form_of(path: Path, named: str | None = None) -> Form:
    """The form that somebody named, or the one that the file's name ends with.

    Raises:
        InvalidQueryError: there is no such form.
    """
    text = (named or path.suffix.lstrip(".")).lower()
    text = {"ndjson": "jsonl", "pq": "parquet"}.get(text, text)
    if text not in FILE_FORMS:
        raise InvalidQueryError(
            f"The form of {path.name} is not clear: {text!r}." if text else f"The form of {path.name} is not clear.",
            hint=f"Name one of {', '.join(FILE_FORMS)}.",
        )
    return Form(text)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def require_known(names: list[str], *, ignore_unknown: bool) -> dict[str, int]:
    """Where each column stands that a run has.

    Raises:
        InvalidRunsError: there are others, one twice, or none that names the runs.
    """
    places: dict[str, int] = {}
    faults = []
    for place, name in enumerate(names):
        if name in places:
            faults.append(Fault(f"/{name}", "each column once", "the same name twice"))
        elif name in KNOWN:
            places[name] = place
        elif not ignore_unknown:
            faults.append(Fault(f"/{name}", f"one of the columns {', '.join(KNOWN)}", repr(name)))
    if "run_id" not in places:
        faults.append(Fault("/run_id", "a column that names the runs", "none"))
    if faults:
        raise InvalidRunsError(faults, len(faults), hint="Rename the columns, or ignore those that are unknown.")
    return places


def unreadable(form: str, found: str) -> InvalidRunsError:
    """What is raised where a whole file is not of its form."""
    return InvalidRunsError([Fault("", f"a readable {form} file", found)], 1)


def in_line(value: object, line: int | None) -> str:
    """What was found, and where."""
    text = value if isinstance(value, str) else str(value)
    shown = repr(shorten(text, _SHOWN, placeholder="...")) if value is not None else "nothing"
    return shown if line is None else f"{shown} in line {line}"


def foreign(user: str | int) -> str:
    """A user of another system, as its pseudonym is made: its user 5 is not this database's person 5."""
    return f"{FOREIGN}{user}"


def counted(notes: Mapping[str, int]) -> dict[str, int]:
    """Notes that say something, the most frequent first."""
    return dict(sorted(((note, number) for note, number in notes.items() if number), key=lambda each: -each[1]))
