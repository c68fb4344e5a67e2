"""Runs in and out: import, export, and the imports that there were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from scenario_core.cli.context import Json, desk_of
from scenario_core.cli.files import require_free
from scenario_core.cli.output import printable, progress_bar, show_json, show_lines, show_table
from scenario_core.errors import InvalidQueryError, InvalidRunsError
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.imports import Form, ImportPlan, Source, form_of

_DAY = ["%Y-%m-%d"]
FAULTS_SHOWN: Final = 100
FORMS = "csv, jsonl, parquet or xapi; by default as the file's name ends."


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(name="import")(import_runs)
    app.command(name="export")(export_runs)
    app.command()(imports)


def import_runs(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A file of runs.")] = None,
    form: Annotated[str | None, typer.Option(help=FORMS)] = None,
    database_url: Annotated[
        str | None, typer.Option(help="With --from-app: another database than this project's own.")
    ] = None,
    *,
    from_app: Annotated[bool, typer.Option("--from-app", help="Import the existing app's own records.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done, and do nothing.")] = False,
    leave_out_faulty: Annotated[
        bool, typer.Option("--leave-out-faulty", help="Import the rest where records have faults.")
    ] = False,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Pass over columns that a run does not have.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import runs from a file or from the existing app's database: all that is new in it, or nothing.

    Example: scenario-desk usage import runs.csv --plan
    """
    steward = Steward.configured(desk_of(context))
    with (
        _source(steward, file, form, database_url, from_app=from_app, ignore_unknown=ignore_unknown) as source,
        progress_bar("Records") as progress,
    ):
        if plan:
            done = run_imports.plan(steward, source, progress)
        else:
            done = _applied(steward, source, leave_out_faulty=leave_out_faulty, progress=progress)
    if as_json:
        show_json(_plain(done))
    else:
        show_lines(done.sentences())
        _show_faults(done)
    if done.fault_count and (plan or not leave_out_faulty):
        raise typer.Exit(1)


def export_runs(
    context: typer.Context,
    form: Annotated[str | None, typer.Option(help=FORMS)] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write; standard output if not given.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="Runs from this day on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Runs before this day (UTC).")] = None,
) -> None:
    """Export all runs but sample ones, by pseudonym, in a form that can be imported again.

    Example: scenario-desk usage export --form parquet --output runs.parquet
    """
    steward = Steward.configured(desk_of(context))
    if output is None and form is None:
        raise InvalidQueryError("The form is missing.", hint="Name it with --form.")
    chosen = form_of(output or Path(), form)
    require_free(steward.desk, output)
    with progress_bar("Runs") as progress:
        count = run_imports.export(
            steward,
            chosen,
            output or sys.stdout.buffer,
            since=since.replace(tzinfo=UTC) if since else None,
            until=until.replace(tzinfo=UTC) if until else None,
            progress=progress,
        )
    if output is None:
        sys.stdout.flush()
    else:
        show_lines([f"{count:,} runs written to {output}"])


def imports(context: typer.Context, *, as_json: Json = False) -> None:
    """List the imports that there were, the latest first.

    Example: scenario-desk usage imports
    """
    found = run_imports.applied(Steward.configured(desk_of(context)))
    if as_json:
        show_json([{**asdict(each), "at": each.at.isoformat()} for each in found])
        return
    rows = [
        (each.import_id, f"{each.at:%Y-%m-%d %H:%M} UTC", each.actor_id, each.form, each.name, each.added, each.known,
         each.faulty)
        for each in found
    ]  # fmt: skip
    show_table(("import", "at", "by", "form", "name", "added", "known", "faulty"), rows)


def _applied(steward: Steward, source: Source, *, leave_out_faulty: bool, progress: Any) -> ImportPlan:
    """What was done; faults are told one a line before they end the command."""
    try:
        return run_imports.apply(steward, source, leave_out_faulty=leave_out_faulty, progress=progress)
    except InvalidRunsError as error:
        for fault in error.faults[:FAULTS_SHOWN]:
            sys.stderr.write(f"  {printable(str(fault))}\n")
        raise


@contextmanager
def _source(
    steward: Steward, file: Path | None, form: str | None, url: str | None, *, from_app: bool, ignore_unknown: bool
) -> Iterator[Source]:
    if from_app == (file is not None) or (url is not None and not from_app):
        raise InvalidQueryError(
            "Runs come from one file, or with --from-app from a database.", hint="Name the one or the other."
        )
    if file is not None:
        yield run_imports.file_source(file, form, ignore_unknown=ignore_unknown)
        return
    with run_imports.app_source(steward, url) as source:
        yield source


def _show_faults(done: ImportPlan) -> None:
    shown = done.faults[:FAULTS_SHOWN]
    show_lines([str(fault) for fault in shown])
    if done.fault_count > len(shown):
        show_lines([f"and {done.fault_count - len(shown):,} faults more; --json lists {len(done.faults):,}"])


def _plain(done: ImportPlan) -> dict[str, Any]:
    plain: dict[str, Any] = {**asdict(done), "form": Form(done.form).value}
    plain["faults"] = [
        {"pointer": fault.pointer, "expected": fault.expected, "found": fault.actual} for fault in done.faults
    ]
    plain["imported_at"] = done.imported_at.isoformat() if done.imported_at else None
    return plain
