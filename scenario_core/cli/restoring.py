"""Taking over what another state has, and mending what the checks found: restore, repair. Plan, then apply."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from scenario_core.cli.context import Json, command_of, desk_of
from scenario_core.cli.differences import STATES, state_of
from scenario_core.cli.output import show_json, show_lines, show_table
from scenario_core.errors import (
    InvalidQueryError,
    NotConfirmedError,
    PermissionDeniedError,
    ScenarioDeskError,
    StalePlanError,
)
from scenario_core.integrity.diff import WHOLE, Unit
from scenario_core.stewardship import repairs, restoring
from scenario_core.stewardship.repairs import REPAIRS, RepairPlan
from scenario_core.stewardship.restoring import Restored, RestorePlan
from scenario_core.stewardship.states import APPROVED, PRODUCTION
from scenario_core.stewardship.steward import Steward

Plan = Annotated[bool, typer.Option("--plan", help="Show what would be done, and do nothing.")]
Expect = Annotated[str | None, typer.Option(help="Only do it if this still is the plan: the mark that --plan prints.")]
Deletions = Annotated[
    int | None, typer.Option(min=0, help="How many would be deleted, as you have counted them in the plan.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(restore)
    app.command()(repair)


def restore(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help=STATES)],
    scenario: Annotated[list[str] | None, typer.Option(help="Restore only this scenario. Repeatable.")] = None,
    field: Annotated[
        list[str] | None, typer.Option(help="Restore only this field, as ID:FIELD of `diff`. Repeatable.")
    ] = None,
    to: Annotated[str, typer.Option(help="What to change: production, backup, or scenario:ID.")] = PRODUCTION,
    expect: Expect = None,
    deletions: Deletions = None,
    *,
    plan: Plan = False,
    as_json: Json = False,
) -> None:
    """Take over what another state has: a field, a scenario, or everything. What is replaced is kept.

    Example: scenario-desk restore backup --scenario hotel_check_in --plan
    """
    steward = Steward.configured(desk_of(context))
    found = state_of(steward.desk, source)
    if field:
        chosen = [Unit(name, WHOLE) for name in scenario or ()] + [_unit(text) for text in field]
        planned = restoring.plan(steward, to, found, chosen)
    elif scenario:
        planned = restoring.plan_scenarios(steward, to, found, scenario)
    else:
        planned = restoring.plan(steward, to, found)
    if plan:
        _show_plan(planned, planned.sentences(), len(planned.deletions), as_json=as_json)
        return
    _require_expected(planned.fingerprint, expect)
    done = restoring.apply(steward, planned, deletions=_counted(deletions, len(planned.deletions)))
    undo = _undo(context, planned, done)
    if as_json:
        told = {"target": done.target, "source": done.source, "kept": done.kept, "undo": undo}
        show_json({**told, "scenarios": done.scenario_ids})
        return
    show_lines(planned.sentences())
    if undo:
        show_lines([f"What was there is kept. To bring it back: {undo}"])
    elif done.kept:
        show_lines([f"What was there is kept as {done.kept}, though it can't be read."])
    if to == PRODUCTION and not planned.is_empty:
        show_lines([f"The mirror follows with: {command_of(context, 'repair', 'resync_mirror')}"])


def repair(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The repair; without it, all are listed.")] = None,
    source: Annotated[str, typer.Option(help="For restore_backup: the backup.")] = APPROVED,
    expect: Expect = None,
    deletions: Deletions = None,
    *,
    plan: Plan = False,
    as_json: Json = False,
) -> None:
    """Mend what the checks found. Without a name, say which repairs have something to do.

    Example: scenario-desk repair resync_mirror --plan
    """
    steward = Steward.configured(desk_of(context))
    if name is None:
        _list_repairs(steward, as_json=as_json)
        return
    planned = repairs.plan(steward, name, source)
    if plan:
        _show_plan(planned, list(planned.sentences), planned.deletions, as_json=as_json)
        return
    _require_expected(planned.fingerprint, expect)
    done = repairs.apply(steward, planned, deletions=_counted(deletions, planned.deletions))
    if as_json:
        show_json({"repair": name, "done": not planned.is_empty, "sentences": done})
    else:
        show_lines(["nothing to do", *done] if planned.is_empty else done)


def _list_repairs(steward: Steward, *, as_json: bool) -> None:
    """Each repair with its plan, or with what stands in its way: the others may be just what mends that."""
    found = {name: _look(steward, name) for name in REPAIRS}
    if as_json:
        show_json(found)
        return
    show_table(
        ("repair", "state", "what it does"),
        [
            (name, told["problem"] or ("nothing to do" if told["nothing_to_do"] else told["plan"][0]), repair.summary)
            for (name, told), repair in zip(found.items(), REPAIRS.values(), strict=True)
        ],
    )


def _look(steward: Steward, name: str) -> dict[str, Any]:
    try:
        planned = repairs.plan(steward, name)
    except PermissionDeniedError:
        raise
    except ScenarioDeskError as error:
        return {"nothing_to_do": None, "plan": [], "problem": str(error)}
    return {"nothing_to_do": planned.is_empty, "plan": planned.sentences, "problem": ""}


def _show_plan(planned: RestorePlan | RepairPlan, sentences: list[str], deletions: int, *, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "plan": sentences,
                "nothing_to_do": planned.is_empty,
                "deletions": deletions,
                "expect": planned.fingerprint,
            }
        )
        return
    show_lines(sentences)
    if not planned.is_empty:
        typed = f" --deletions {deletions}" if deletions else ""
        show_lines([f"Nothing was changed. To do exactly this, add: --expect {planned.fingerprint}{typed}"])


def _undo(context: typer.Context, planned: RestorePlan, done: Restored) -> str | None:
    """The command that brings back what was replaced; None where there is none, or it could not be read."""
    if done.kept is None or planned.change is None:
        return None
    to = [] if planned.target == PRODUCTION else ["--to", planned.target]
    added = len(planned.change.added)
    return command_of(context, "restore", done.kept, *to, *(["--deletions", str(added)] if added else []))


def _unit(text: str) -> Unit:
    """ID:FIELD as a unit.

    Raises:
        InvalidQueryError: it has another form.
    """
    scenario_id, colon, field = text.partition(":")
    if not (scenario_id and colon and field):
        raise InvalidQueryError(f"Expected ID:FIELD, found {text!r}.", hint="See the fields in `scenario-desk diff`.")
    return Unit(scenario_id, field)


def _require_expected(fingerprint: str, expected: str | None) -> None:
    if expected is not None and expected != fingerprint:
        raise StalePlanError("This is another plan than the one that was expected.", hint="Look at it with --plan.")


def _counted(typed: int | None, expected: int) -> int:
    """The number that was typed.

    Raises:
        NotConfirmedError: there is something to count, and nobody has.
    """
    if typed is None and expected:
        raise NotConfirmedError("scenario", expected=expected, typed=0)
    return typed or 0
