"""Working with custom scenarios: duplicate, export, import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from scenario_core.cli.context import Json, desk_of, warn_of_source
from scenario_core.cli.files import Output, deliver
from scenario_core.cli.output import progress_bar, show_json, show_lines
from scenario_core.custom.import_file import documents_in
from scenario_core.errors import Fault, InvalidQueryError, InvalidScenarioError
from scenario_core.exports import many_to_json
from scenario_core.people import Operation


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(duplicate)
    app.command()(export)
    app.command(name="import")(import_file)


def duplicate(
    context: typer.Context,
    scenario_id: Annotated[str, typer.Argument(help="Any scenario that you may read.")],
    title: Annotated[str | None, typer.Option(help="The copy's title; the original's if not given.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Copy a scenario into a private one of your own.

    Example: scenario-desk duplicate hotel_check_in --title "Check-in at night"
    """
    desk = desk_of(context)
    with desk.builder() as service:
        copy = service.duplicate_scenario(scenario_id, desk.settings.user, title)
    if as_json:
        show_json({"scenario_id": copy.scenario_id, "version": copy.version, "title": copy.scenario.name})
    else:
        show_lines([f"{copy.scenario_id}: a private copy of {scenario_id}, titled {copy.scenario.name!r}"])


def export(
    context: typer.Context,
    scenario_ids: Annotated[list[str], typer.Argument(help="The scenarios to export, of either store.")],
    output: Output = None,
) -> None:
    """Write scenarios as JSON, in the form of the production file.

    Example: scenario-desk export hotel_check_in clothing_shopping --output two.json
    """
    desk = desk_of(context)
    warn_of_source(desk)
    found = {name: desk.catalogue.resolve(desk.settings.user, name).scenario for name in scenario_ids}
    text = many_to_json(found.values())
    deliver(desk, text.encode(), output)
    if output is not None:
        show_lines([f"{len(found)} scenarios written to {output}"])


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON: scenarios by id, a list of them, or one.")],
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Store them. Without it nothing is stored.")] = False,
    as_json: Json = False,
) -> None:
    """Check scenarios of a file and, with --apply, store all of them as private ones of your own, or none.

    Example: scenario-desk import two.json --apply
    """
    desk = desk_of(context)
    desk.require(Operation.IMPORT)
    records = _read(file)
    names, documents = list(records), list(records.values())
    with desk.builder() as service, progress_bar("Importing") as progress:
        try:
            ids = service.import_scenarios(desk.settings.user, documents, dry_run=not apply, progress=progress)
        except InvalidScenarioError as error:
            raise InvalidScenarioError(_by_name(error.faults, names), hint=error.hint) from error
    if as_json:
        show_json({"checked": len(documents), "imported": ids})
    elif apply:
        show_lines([f"{len(ids)} scenarios imported", *ids])
    else:
        show_lines([f"{len(documents)} scenarios are fit to import; run again with --apply to store them"])


def _read(file: Path) -> dict[str, dict[str, Any]]:
    """The records of a file by what they are called in faults; see `documents_in` for what it raises."""
    try:
        return documents_in(file.read_bytes(), str(file))
    except OSError as error:
        raise InvalidQueryError(f"{file} can't be read: {error.strerror}.") from error


def _by_name(faults: tuple[Fault, ...], names: list[str]) -> list[Fault]:
    """Pointers from the root of the file instead of places in a list."""
    renamed = []
    for fault in faults:
        _, index, *rest = fault.pointer.split("/")
        name = names[int(index)].replace("~", "~0").replace("/", "~1")
        renamed.append(Fault("/".join(["", name, *rest]), fault.expected, fault.actual, names[int(index)]))
    return renamed
