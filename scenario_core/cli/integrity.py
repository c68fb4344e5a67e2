"""Auditing: check and diff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenario_core import integrity
from scenario_core.bootstrap import Desk
from scenario_core.cli.context import Json, desk_of
from scenario_core.cli.output import progress_bar, show_json, show_lines
from scenario_core.errors import ProductionUnreadableError
from scenario_core.integrity.diff import diff_documents, render_text
from scenario_core.people import Operation


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(check)
    app.command()(diff)


def check(
    context: typer.Context,
    expected_count: Annotated[
        int | None, typer.Option(min=0, help="How many production scenarios there must be.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check that both stores and the mirror between them are intact.

    Exits 0 when clean, 1 with findings, 2 where a check could not run.

    Example: scenario-desk check --expected-count 31
    """
    desk = desk_of(context)
    desk.require(Operation.CHECK)
    with progress_bar("Checking") as progress:
        report = integrity.run(desk.snapshot(expected_count), progress=progress)
    if as_json:
        show_json(report.to_json())
    else:
        show_lines(str(finding) for finding in report.findings)
        show_lines(f"{outcome.code} could not run: {outcome.problem}" for outcome in report.not_run)
        show_lines([report.summary()])
    raise typer.Exit(report.exit_code)


def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="backup, production, a kept backup's name, or a file.")] = "backup",
    new: Annotated[str, typer.Argument(help="Likewise.")] = "production",
    *,
    as_json: Json = False,
) -> None:
    """Show what changed between two states of production, by scenario and field.

    Exits 0 when they are equal, 1 when they differ, 2 where one can't be read.

    Example: scenario-desk diff backup production
    """
    desk = desk_of(context)
    desk.require(Operation.CHECK)
    found = diff_documents(_document(desk, old), _document(desk, new))
    if as_json:
        show_json({"old": old, "new": new, "summary": found.summary(), **found.to_json()})
    else:
        show_lines([render_text(found, old_name=old, new_name=new)])
    raise typer.Exit(0 if found.is_empty else 1)


def _document(desk: Desk, name: str) -> bytes:
    """The bytes that a name stands for.

    Raises:
        ProductionUnreadableError: there is no such file.
        BackupError: there is no such backup, or it is damaged.
    """
    if name == "production":
        return desk.production.read_file()
    if name == "backup":
        return desk.production.read_baseline()
    if any(backup.name == name for backup in desk.production.list_backups()):
        return desk.production.read_backup(name)
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise ProductionUnreadableError(
            f"{name!r} is no backup and no readable file: {error.strerror}.",
            hint="Give production, backup, a name of `scenario-desk backup list`, or a path.",
        ) from error
