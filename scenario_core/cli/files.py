"""Files that commands write for people, which must never be those that hold scenarios."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from scenario_core.bootstrap import Desk
from scenario_core.errors import ProductionError
from scenario_core.production.atomic import real, write_durably
from scenario_core.production.backups import FOLDER, baseline_path

_DATABASE_FILES: Final = ("", "-wal", "-shm", "-journal")
Output = Annotated[Path | None, typer.Option(help="The file to write; standard output if not given.")]


def deliver(desk: Desk, data: bytes, output: Path | None) -> None:
    """Write to a file, wholly or not at all, or to standard output; it is no way to change what holds scenarios.

    Raises:
        ProductionError: the file holds production, a backup or the database, or can't be written; nothing was.
    """
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    require_free(desk, output)
    write_durably(output, data)


def require_free(desk: Desk, output: Path | None) -> None:
    """Refuse a file that holds scenarios, before any work is done for it.

    Raises:
        ProductionError: it holds production, a backup or the database, or would stand where one of them belongs.
    """
    if output is not None and _holds_scenarios(desk, output):
        raise ProductionError(
            f"{output} belongs to production or is the database; nothing was written.", hint="Choose another name."
        )


def _holds_scenarios(desk: Desk, output: Path) -> bool:
    """Whether this is the file, its approved backup, its lock, in the folder of backups, or of the database.

    It need not be there yet: a report in the place of a backup that is missing would be taken for that.
    """
    production, target = real(desk.production.path), real(output)
    database = desk.engine.url.database if desk.engine.dialect.name == "sqlite" else None
    held = [production, baseline_path(production), Path(f"{production}.lock")]
    held += [real(Path(f"{database}{suffix}")) for suffix in _DATABASE_FILES] if database else []
    if target in held or real(production.parent / FOLDER) in {target, *target.parents}:
        return True
    return target.exists() and any(path.exists() and path.samefile(target) for path in held)
