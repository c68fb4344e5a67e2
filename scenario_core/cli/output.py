"""How commands show results, progress and errors: for people, or as JSON for programs."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from scenario_core.errors import InvalidScenarioError, ScenarioDeskError
from scenario_core.progress import Progress, silent


def escape_what_the_terminal_lacks() -> None:
    """Print characters that standard output or error has no bytes for as their codes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def json_bytes(value: Any) -> bytes:
    """A value as JSON."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(value, option=options) + b"\n"


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    sys.stdout.buffer.write(json_bytes(value))
    sys.stdout.flush()


def show_lines(lines: Iterable[str]) -> None:
    """Print sentences as they are: stored text is never taken for markup."""
    for line in lines:
        sys.stdout.write(printable(line) + "\n")


def show_table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table, as wide as the terminal; in a pipe, in full and separated by tabs."""
    if not sys.stdout.isatty():
        for row in [headings, *rows]:
            sys.stdout.write("\t".join(printable(str(cell)) for cell in row) + "\n")
        return
    table = Table(*headings, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    Console().print(table)


def show_error(error: ScenarioDeskError) -> None:
    """Print an error on standard error: one line, and one for each fault."""
    sys.stderr.write(f"error: {printable(str(error))}\n")
    for fault in getattr(error, "faults", ()) if isinstance(error, InvalidScenarioError) else ():
        sys.stderr.write(f"  {printable(str(fault))}\n")


def printable(text: str) -> str:
    """The text without what could command a terminal; line breaks stay."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """A progress bar on standard error if a terminal is attached, else nothing."""
    if not sys.stderr.isatty():
        yield silent
        return
    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
