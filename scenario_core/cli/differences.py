"""Comparing any two states: diff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenario_core.bootstrap import Desk
from scenario_core.cli.context import Json, desk_of
from scenario_core.cli.files import Output, deliver
from scenario_core.cli.output import printable
from scenario_core.errors import InvalidQueryError, ScenarioNotFoundError
from scenario_core.integrity.diff import CatalogueDiff, json_patch, render_markdown, render_text, render_unified
from scenario_core.integrity.reports.as_json import dumped
from scenario_core.people import Operation
from scenario_core.stewardship import states
from scenario_core.stewardship.states import ORIGIN, REVISION, SCENARIO, State
from scenario_core.stewardship.steward import Steward

STATES = "production, backup, mirror, a backup's name, scenario:ID, origin:ID, copied:ID, revision:ID@N, or a file."


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(diff)


def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help=STATES)] = "backup",
    new: Annotated[str, typer.Argument(help="Likewise.")] = "production",
    scenario: Annotated[list[str] | None, typer.Option(help="Compare only this scenario. Repeatable.")] = None,
    output: Output = None,
    *,
    stat: Annotated[bool, typer.Option("--stat", help="Print the summary alone.")] = False,
    as_json: Json = False,
    as_patch: Annotated[bool, typer.Option("--patch", help="Print a JSON Patch (RFC 6902).")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    as_unified: Annotated[bool, typer.Option("--unified", help="Print a unified diff of the texts.")] = False,
) -> None:
    """Show what changed from one state to another, by scenario and field.

    Exits 0 when they are equal, 1 when they differ, 2 where one can't be read.

    Example: scenario-desk diff backup production
    """
    desk = desk_of(context)
    if sum((stat, as_json, as_patch, as_markdown, as_unified)) > 1:
        raise InvalidQueryError("Only one form can be printed.")
    before, after = (state_of(desk, name) for name in (old, new))
    found = only_of(states.compare(before, after), scenario or [])
    names = {"old_name": old, "new_name": new}
    if stat:
        text = f"{old} → {new}: {found.summary()}\n"
    elif as_json:
        text = dumped({"old": old, "new": new, **found.to_json()})
    elif as_patch:
        text = dumped(json_patch(found))
    elif as_markdown:
        text = render_markdown(found, **names)
    elif as_unified:
        text = f"{render_unified(found, **names)}\n"
    else:
        text = f"{printable(render_text(found, **names))}\n"
    deliver(desk, text.encode("utf-8", "backslashreplace"), output)
    raise typer.Exit(0 if found.is_empty else 1)


def state_of(desk: Desk, name: str) -> State:
    """The state that a name stands for: a known one, or a file.

    Raises:
        ScenarioDeskError: see `states.read` and `states.read_file`.
    """
    steward = Steward.configured(desk)
    if name.startswith((SCENARIO, ORIGIN, REVISION)) or name in states.names(steward):
        return states.read(steward, name)
    steward.require(Operation.CHECK)
    if not Path(name).is_file():
        raise InvalidQueryError(f"{name!r} is neither a state nor a readable file.", hint=f"Give {STATES}")
    return states.read_file(Path(name))


def only_of(found: CatalogueDiff, scenario_ids: list[str]) -> CatalogueDiff:
    """The difference in these scenarios alone; all of it where none is named.

    Raises:
        ScenarioNotFoundError: neither side has one of them.
    """
    if not scenario_ids:
        return found
    for name in scenario_ids:
        if name not in found.old_order and name not in found.new_order:
            raise ScenarioNotFoundError(name, hint="Neither side has it.")
    wanted = set(scenario_ids)
    return CatalogueDiff(
        added={name: record for name, record in found.added.items() if name in wanted},
        removed={name: record for name, record in found.removed.items() if name in wanted},
        changed={name: change for name, change in found.changed.items() if name in wanted},
        moved={name: places for name, places in found.moved.items() if name in wanted},
        old_order=found.old_order,
        new_order=found.new_order,
    )
