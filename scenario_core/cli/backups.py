"""Backups of the production file: list, create, approve, restore, points in time, retention."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any

import typer

from scenario_core.cli.context import Json, command_of, desk_of
from scenario_core.cli.output import show_json, show_lines, show_table
from scenario_core.cli.restoring import Deletions, Plan
from scenario_core.errors import BackupError, NotConfirmedError
from scenario_core.people import Operation
from scenario_core.production import Backup
from scenario_core.production.backups import BackupFile, examine, newest_readable
from scenario_core.stewardship import backups as keeping
from scenario_core.stewardship import restoring
from scenario_core.stewardship.states import PRODUCTION
from scenario_core.stewardship.steward import Steward

backup = typer.Typer(
    no_args_is_help=True, help="List, create, approve, restore and prune backups of the production file."
)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(backup, name="backup")


@backup.command(name="list")
def list_backups(
    context: typer.Context,
    *,
    changes: Annotated[bool, typer.Option("--changes", help="Also say what changed since the former one.")] = False,
    as_json: Json = False,
) -> None:
    """List the backups, the newest first: who made them and why, and whether they can be read.

    Example: scenario-desk backup list --changes
    """
    steward = Steward.configured(desk_of(context))
    steward.require(Operation.MANAGE_BACKUPS)
    files = steward.desk.production.backup_files()
    reasons = keeping.reasons(steward, [file.name for file in files])
    told = _changes(steward, files) if changes else {}
    found = [_plain(examine(file)) for file in files]
    for each in found:
        reason = reasons.get(each["name"])
        each["operation"], each["actor_id"] = (reason.operation, reason.actor_id) if reason else (None, None)
        if changes:
            each["changes"] = told.get(each["name"], "")
    if as_json:
        show_json(found)
        return
    headings = ["name", "kind", "made", "by", "why", "bytes", "sha256", "state", *(["changes"] if changes else [])]
    show_table(
        headings,
        [
            (
                each["name"], each["kind"], f"{datetime.fromisoformat(each['created_at']):%Y-%m-%d %H:%M:%S} UTC",
                each["actor_id"] or "not recorded", each["operation"] or "", each["size"], each["sha256"][:16],
                each["problem"] or "readable", *([each["changes"]] if changes else []),
            )
            for each in found
        ],
    )  # fmt: skip


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
    steward = Steward.configured(desk_of(context))
    _show_made(keeping.approve(steward) if baseline else keeping.create(steward), as_json=as_json)


@backup.command()
def approve(context: typer.Context, *, as_json: Json = False) -> None:
    """Approve the production file as it is: it becomes the .backup file beside it, and the former one is kept.

    Example: scenario-desk backup approve
    """
    _show_made(keeping.approve(Steward.configured(desk_of(context))), as_json=as_json)


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
    steward = Steward.configured(desk_of(context))
    steward.require(Operation.MANAGE_BACKUPS)
    used = name or _newest_readable(steward)
    if scenario:
        planned = restoring.plan_scenarios(steward, PRODUCTION, used, scenario)
    else:
        planned = restoring.plan(steward, PRODUCTION, used)
    done = restoring.apply(steward, planned, deletions=len(planned.deletions))
    if as_json:
        show_json({"restored_from": used, "scenarios": scenario or "all", "kept": done.kept})
    else:
        show_lines([f"restored {', '.join(scenario) if scenario else 'the whole file'} from {used}"])
        show_lines(["The mirror follows with `scenario-desk migrate`."])


@backup.command()
def at(
    context: typer.Context,
    moment: Annotated[datetime, typer.Argument(help="A moment in UTC, such as 2026-11-25T14:30:00.")],
    *,
    as_json: Json = False,
) -> None:
    """Say which state production had at a moment, and how to look at it and bring it back.

    Example: scenario-desk backup at 2026-11-25T14:30:00
    """
    found = keeping.at(Steward.configured(desk_of(context)), moment.replace(tzinfo=UTC))
    if as_json:
        show_json({"moment": moment.replace(tzinfo=UTC), "state": found})
        return
    show_lines([found])
    if found != PRODUCTION:
        show_lines([f"Compare: {command_of(context, 'diff', found)}"])
        show_lines([f"Bring back: {command_of(context, 'restore', found, '--plan')}"])


@backup.command()
def prune(context: typer.Context, deletions: Deletions = None, *, plan: Plan = False, as_json: Json = False) -> None:
    """Delete old backups: of the last week all stay, of ninety days one a day, of all before that one a month.

    Example: scenario-desk backup prune --plan
    """
    steward = Steward.configured(desk_of(context))
    found = keeping.retention(steward)
    gone = [file.name for file in found.remove]
    if not plan and gone and deletions is None:
        raise NotConfirmedError("backup", expected=len(gone), typed=0)
    if not plan:
        keeping.apply_retention(steward, found, deletions=deletions or 0)
    if as_json:
        show_json({"deleted": gone, "kept": len(found.keep), "bytes": found.freed, "applied": not plan})
        return
    verb = "to delete" if plan else "deleted"
    show_lines([f"{len(gone)} {verb} ({found.freed} bytes), {len(found.keep)} kept", *gone])
    if plan and gone:
        show_lines([f"Nothing was deleted. To do exactly this, add: --deletions {len(gone)}"])


def _changes(steward: Steward, files: list[BackupFile]) -> dict[str, str]:
    kept = [file for file in files if file.kind == "kept"]
    return {file.name: keeping.change_since(steward, file, former) for file, former in pairwise(kept)}


def _newest_readable(steward: Steward) -> str:
    found = newest_readable(steward.desk.production.path)
    if found is None:
        raise BackupError("There is no backup that can be read.", hint="See `scenario-desk backup list`.")
    return found.name


def _show_made(made: Backup, *, as_json: bool) -> None:
    if as_json:
        show_json(_plain(made))
    else:
        show_lines([f"{made.name}: {made.size} bytes, sha256 {made.sha256}"])


def _plain(each: Backup) -> dict[str, Any]:
    return {
        "name": each.name,
        "kind": each.kind,
        "created_at": each.created_at.isoformat(),
        "size": each.size,
        "sha256": each.sha256,
        "problem": each.problem,
    }
