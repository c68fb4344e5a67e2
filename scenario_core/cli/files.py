"""Files that commands write for people, which must never be those that hold scenarios."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from scenario_core.bootstrap import Desk
from scenario_core.errors import ProductionError
from scenario_core.production.atomic import write_durably

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
    database = desk.engine.url.database if desk.engine.dialect.name == "sqlite" else None
    kept = [desk.settings.production, *(file.path for file in desk.production.backup_files())]
    kept += [Path(database)] if database else []
    if output.resolve() in {path.resolve() for path in kept}:
        raise ProductionError(
            f"{output} belongs to production or is the database; nothing was written.", hint="Choose another name."
        )
    write_durably(output, data)
