"""Waivers: what somebody has decided to leave as it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import typer

from scenario_core import integrity
from scenario_core.cli.checking import unknown_check
from scenario_core.cli.context import Json, desk_of
from scenario_core.cli.files import Output, deliver
from scenario_core.cli.output import progress_bar, show_json, show_lines, show_table
from scenario_core.errors import InvalidQueryError
from scenario_core.integrity import Finding, Waiver
from scenario_core.integrity import waivers as stored
from scenario_core.integrity.checks import by_code
from scenario_core.integrity.reports import render_waivers
from scenario_core.people import Operation
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.steward import Steward

waivers = typer.Typer(no_args_is_help=True, help="List, add, withdraw and export waivers of content findings.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(waivers, name="waivers")


@waivers.command(name="list")
def list_waivers(context: typer.Context, *, as_json: Json = False) -> None:
    """List the waivers, the latest first.

    Example: scenario-desk waivers list
    """
    found = _stored(context)
    if as_json:
        show_json([_plain(each) for each in found])
        return
    show_table(
        ("id", "check", "scenario", "field", "until", "author", "reason"),
        [
            (
                each.waiver_id,
                each.code,
                each.scenario_id or "",
                each.field,
                each.expires_on or "",
                each.author_id,
                each.reason,
            )
            for each in found
        ],
    )


@waivers.command()
def add(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why the findings are right as they are.")],
    fingerprints: Annotated[
        list[str] | None, typer.Argument(help="Fingerprints of findings, from check --json.")
    ] = None,
    code: Annotated[str | None, typer.Option(help="Waive everything that this check finds now.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Only what it finds in this scenario.")] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day on which it holds.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Waive content findings, all for one reason: they no longer count until their value changes.

    Example: scenario-desk waivers add --code CQ208 --scenario hotel_check_in --reason "the words are said, not printed"
    """
    steward = Steward.configured(desk_of(context))
    steward.require(Operation.WAIVE)
    if bool(fingerprints) == bool(code):
        raise InvalidQueryError("Name either fingerprints or a check.", hint="See `scenario-desk check --json`.")
    if fingerprints and scenario:
        raise InvalidQueryError("--scenario goes with --code: a fingerprint already is of one scenario.")
    if code:
        _require_waivable(code)
    select = integrity.selection(only=[code] if code else ())
    with progress_bar("Checking") as progress:
        report = check(steward, select=select, record=False, progress=progress)
    chosen = _chosen(report.findings, fingerprints or [], scenario)
    made = stored.waive(steward.desk.engine, steward.person, chosen, reason, until.date() if until else None)
    if as_json:
        show_json([_plain(each) for each in made])
    else:
        show_lines([f"{len(made)} finding{'' if len(made) == 1 else 's'} waived", *(each.waiver_id for each in made)])


@waivers.command()
def withdraw(
    context: typer.Context,
    waiver_ids: Annotated[list[str], typer.Argument(help="Ids of `waivers list`.")],
    *,
    as_json: Json = False,
) -> None:
    """Take waivers back: what they waived counts again. Exits 1 where one of them is not there.

    Example: scenario-desk waivers withdraw 6f1d7a52-6b0e-4c0a-9f5b-2f6b3c1d8e90
    """
    steward = Steward.configured(desk_of(context))
    gone = stored.withdraw(steward.desk.engine, steward.person, waiver_ids)
    if as_json:
        show_json([_plain(each) for each in gone])
    else:
        show_lines([f"{len(gone)} of {len(set(waiver_ids))} withdrawn"])
    raise typer.Exit(0 if {each.waiver_id for each in gone} == set(waiver_ids) else 1)


@waivers.command()
def export(context: typer.Context, output: Output = None) -> None:
    """Write the waivers as a file, for `check --waivers` elsewhere.

    Example: scenario-desk waivers export --output waivers.json
    """
    found = _stored(context)
    deliver(desk_of(context), render_waivers(found).encode(), output)
    if output is not None:
        show_lines([f"{len(found)} waivers written to {output}"])


def _stored(context: typer.Context) -> list[Waiver]:
    desk = desk_of(context)
    desk.require(Operation.CHECK)
    return stored.listed(desk.engine)


def _require_waivable(code: str) -> None:
    """Refuse before anything is checked.

    Raises:
        InvalidQueryError: there is no such check, or nobody may waive what it finds.
    """
    found = by_code(code)
    if found is None:
        raise unknown_check([code])
    if not found.waivable:
        raise InvalidQueryError(f"{found.code} is structural: what it finds can't be waived.", hint="Mend it instead.")


def _chosen(findings: tuple[Finding, ...], fingerprints: list[str], scenario: str | None) -> list[Finding]:
    """The findings that are meant.

    Raises:
        InvalidQueryError: a fingerprint is none of an open finding.
    """
    known = {finding.fingerprint: finding for finding in findings}
    unknown = [each for each in fingerprints if each not in known]
    if unknown:
        raise InvalidQueryError(
            f"There is no open finding {', '.join(unknown)}.", hint="See `scenario-desk check --json`."
        )
    chosen = [known[each] for each in fingerprints] if fingerprints else list(findings)
    return [finding for finding in chosen if scenario in {None, finding.scenario_id}]


def _plain(waiver: Waiver) -> dict[str, Any]:
    until: date | None = waiver.expires_on
    return {
        "waiver_id": waiver.waiver_id,
        "code": waiver.code,
        "scenario_id": waiver.scenario_id,
        "field": waiver.field,
        "message": waiver.message,
        "reason": waiver.reason,
        "author_id": waiver.author_id,
        "created_at": waiver.created_at.isoformat(),
        "expires_on": until.isoformat() if until else None,
        "fingerprint": waiver.fingerprint,
    }
