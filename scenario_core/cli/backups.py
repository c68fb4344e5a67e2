"""Backups of the production file: list, create, restore."""

from __future__ import annotations

from typing import Annotated

import typer

from scenario_core import stewardship
from scenario_core.cli.context import Json, desk_of
from scenario_core.cli.output import show_json, show_lines, show_table
from scenario_core.people import Operation
from scenario_core.production import Backup

backup = typer.Typer(no_args_is_help=True, help="List, create and restore backups of the production file.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(backup, name="backup")


@backup.command(name="list")
def list_backups(context: typer.Context, *, as_json: Json = False) -> None:
    """List the backups, the newest first.

    Example: scenario-desk backup list
    """
    desk = desk_of(context)
    desk.require(Operation.MANAGE_BACKUPS)
    found = desk.production.list_backups()
    if as_json:
        show_json([_plain(each) for each in found])
        return
    show_table(
        ("name", "kind", "made", "bytes", "sha256", "state"),
        [
            (
                each.name,
                each.kind,
                f"{each.created_at:%Y-%m-%d %H:%M:%S} UTC",
                each.size,
                each.sha256[:16],
                each.problem or "readable",
            )
            for each in found
        ],
    )


@backup.command()
def create(
    context: typer.Context,
    *,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Approve the present file: make it the .backup file beside it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Keep a copy of the production file as it is.

    Example: scenario-desk backup create --baseline
    """
    desk = desk_of(context)
    made = stewardship.create_backup(desk, baseline=baseline)
    if as_json:
        show_json(_plain(made))
    else:
        show_lines([f"{made.name}: {made.size} bytes, sha256 {made.sha256}"])


@backup.command()
def restore(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A name of `backup list`; the newest readable if not given.")
    ] = None,
    scenario: Annotated[list[str] | None, typer.Option(help="Restore only this scenario. Repeatable.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Put a backup, or single scenarios of it, in the place of what is there, which is kept as a backup itself.

    Example: scenario-desk backup restore scenarios.json.backup --scenario hotel_check_in
    """
    desk = desk_of(context)
    used = stewardship.restore(desk, name, scenario or ())
    if as_json:
        show_json({"restored_from": used.name, "scenarios": scenario or "all"})
    else:
        show_lines([f"restored {', '.join(scenario) if scenario else 'the whole file'} from {used.name}"])
        show_lines(["The mirror follows with `scenario-desk migrate`."])


def _plain(each: Backup) -> dict[str, object]:
    return {
        "name": each.name,
        "kind": each.kind,
        "created_at": each.created_at.isoformat(),
        "size": each.size,
        "sha256": each.sha256,
        "problem": each.problem,
    }
