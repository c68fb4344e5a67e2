"""The audit log: who did what, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

import typer

from scenario_core.cli.context import Json, desk_of
from scenario_core.cli.files import Output, deliver
from scenario_core.cli.output import show_lines, show_table
from scenario_core.errors import InvalidQueryError
from scenario_core.integrity.reports.as_json import dumped
from scenario_core.scenario import Store
from scenario_core.stewardship import audit_log
from scenario_core.stewardship.audit_log import AuditFilter
from scenario_core.stewardship.steward import Steward

HIGHEST_NUMBER: Final = 2**31 - 1


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(audit)


def audit(
    context: typer.Context,
    actor: Annotated[
        int | None, typer.Option(min=1, max=HIGHEST_NUMBER, help="Only what this person did, by number.")
    ] = None,
    operation: Annotated[str | None, typer.Option(help="Only this operation, such as update or mirror.")] = None,
    store: Annotated[Store | None, typer.Option(help="Only this store.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Only this scenario.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Up to this day (UTC).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=audit_log.MOST_EXPORTED, help="How many entries.")] = 50,
    output: Output = None,
    *,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for spreadsheets.")] = False,
) -> None:
    """Show the audit log, the latest entries first. Private scenarios of others are left out.

    Example: scenario-desk audit --operation mirror --since 2026-01-01
    """
    if as_json and as_csv:
        raise InvalidQueryError("Only one form can be printed.")
    steward = Steward.configured(desk_of(context))
    wanted = AuditFilter(
        actor,
        operation,
        store,
        scenario,
        since.replace(tzinfo=UTC) if since else None,
        _end_of(until),
    )
    found = audit_log.entries(steward, wanted, limit=limit)
    if as_json or (output is not None and not as_csv):
        deliver(steward.desk, dumped([audit_log.to_json(entry) for entry in found]).encode(), output)
    elif as_csv:
        deliver(steward.desk, audit_log.to_csv(found).encode("utf-8", "backslashreplace"), output)
    else:
        rows = [
            (f"{each.at:%Y-%m-%d %H:%M:%S} UTC", each.actor_id, each.operation, each.store, each.scenario_id or "")
            for each in found
        ]
        show_table(("at", "by", "operation", "store", "scenario"), rows)
        total = audit_log.count(steward, wanted)
        show_lines([f"{len(found)} of {total} entries; --limit shows more"] if total > len(found) else [])
    if output is not None:
        show_lines([f"{len(found)} entries written to {output}"])


def _end_of(day: datetime | None) -> datetime | None:
    """The beginning of the next day, None after the last day that there is."""
    return None if day is None or day.date() == date.max else day.replace(tzinfo=UTC) + timedelta(days=1)
