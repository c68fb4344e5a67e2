"""Setting up: migrate, schema, run."""

from __future__ import annotations

import importlib
from typing import Annotated, Any

import typer

from scenario_core import mirror
from scenario_core.bootstrap import Desk
from scenario_core.cli.context import Json, command_of, desk_of, warn_of_source
from scenario_core.cli.output import progress_bar, show_json, show_lines
from scenario_core.custom import schema
from scenario_core.errors import DatabaseError, DatabaseMissingError, UsageError
from scenario_core.integrity.snapshot import mirrored
from scenario_core.people import Operation, may
from scenario_core.production import json_schema
from scenario_core.stewardship.sample_runs import ensure_sample


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(migrate)
    app.command(name="schema")(print_schema)
    app.command()(run)


def migrate(
    context: typer.Context,
    *,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done, and do nothing.")] = False,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over a database that another program made.")] = False,
    retire: Annotated[
        bool, typer.Option("--retire", help="Also remove system rows of scenarios that left the production file.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring the database to this version and mirror production into it.

    Run it as often as you like: a second run changes nothing. Exits 1 where something could not be mirrored.

    Example: scenario-desk --database sqlite:///app.db migrate --plan
    """
    desk = desk_of(context)
    desk.require(Operation.MIGRATE)
    warn_of_source(desk)
    if plan:
        planned = _schema_plan(desk)
        made = _mirror_plan(desk, planned)
    else:
        with progress_bar("Migrating") as progress:
            planned = schema.upgrade(desk.engine, adopt=adopt, progress=progress)
            made = _apply(desk, retire=retire, progress=progress)
    if as_json:
        show_json({"schema": planned, "mirror": made, "applied": not plan})
    else:
        show_lines([*planned.sentences(), *(made.sentences() if made else ["mirror: left as it is"])])
    raise typer.Exit(1 if made is None or made.blocked else 0)


def print_schema() -> None:
    """Print the JSON Schema of the production file.

    Example: scenario-desk schema
    """
    show_json(json_schema.production_schema())


def run(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8501,
) -> None:
    """Set up what is missing, then serve the dashboard until Ctrl+C.

    Example: scenario-desk run --port 8600
    """
    desk = desk_of(context)
    warn_of_source(desk)
    try:
        if may(desk.directory.person(desk.settings.user), Operation.MIGRATE).allowed:
            show_lines(schema.upgrade(desk.engine).sentences())
            made = _apply(desk, retire=False)
            show_lines(made.sentences()[:1] if made else [])
            if loaded := ensure_sample(desk):
                remove = command_of(context, "usage", "remove-sample")
                show_lines([f"usage: {loaded:,} sample runs loaded, since there were none; `{remove}` takes them out"])
        else:
            show_lines(["set-up: left as it is, since your role may not migrate"])
    except DatabaseError as error:
        typer.echo(f"warning: {error} Production can be browsed without it.", err=True)
    except UsageError as error:
        typer.echo(f"warning: no sample runs: {error}", err=True)
    # The core never imports the dashboard; only this command reaches it, by name.
    importlib.import_module("dashboard.serve").serve(host, port, desk.settings)


def _schema_plan(desk: Desk) -> schema.SchemaPlan:
    try:
        return schema.plan(desk.engine)
    except DatabaseMissingError:
        return schema.plan_for_nothing()


def _mirror_plan(desk: Desk, planned: schema.SchemaPlan) -> mirror.MirrorPlan | None:
    if not desk.production.source.is_file:
        return None
    if "scenarios" in planned.new_tables:
        return mirror.plan_for_nothing(mirrored(desk.production))
    return mirror.plan(desk.engine, mirrored(desk.production), adopting=planned.adopting)


def _apply(desk: Desk, **options: Any) -> mirror.MirrorPlan | None:
    """The mirror follows the file only: what a backup holds is not what production is."""
    if not desk.production.source.is_file:
        return None
    return mirror.apply(desk.engine, mirrored(desk.production), actor_id=desk.settings.user, **options)
