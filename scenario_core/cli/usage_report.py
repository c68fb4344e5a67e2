"""What is said of usage: report, measure; and what it is measured with: engine, compact."""

from __future__ import annotations

import importlib
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from scenario_core.analysis import Analyst
from scenario_core.cli.context import Json, desk_of, warn_of_source
from scenario_core.cli.files import Output, deliver, require_free
from scenario_core.cli.output import json_bytes, progress_bar, show_json, show_lines, show_table
from scenario_core.cli.usage_filter import (
    Against,
    Categories,
    Difficulties,
    FirstDay,
    Given,
    GrainOption,
    Languages,
    LastDay,
    Scenarios,
    Sources,
    Stores,
    chosen_filter,
)
from scenario_core.custom.columns import now
from scenario_core.errors import InvalidQueryError
from scenario_core.exports.sheets import cells_of, csv_of, plain_rows
from scenario_core.people import Operation
from scenario_core.usage.compaction import compact as compact_runs
from scenario_core.usage.compaction import waiting
from scenario_core.usage.filters import UsageFilter
from scenario_core.usage.measures import MEASURES, Measure
from scenario_core.usage.period import Comparison
from scenario_core.usage.wording import about_filter, period_words

_DIGITS: Final = 4
_HOSTS_ONLY: Final = ("spark", "sc")
Csv = Annotated[bool, typer.Option("--csv", help="Print a table for spreadsheets.")]


def register(usage: typer.Typer) -> None:
    """Add these commands."""
    usage.command()(report)
    usage.command()(measure)
    usage.command()(engine)
    usage.command()(compact)


def report(
    context: typer.Context,
    first: FirstDay = None,
    last: LastDay = None,
    grain: GrainOption = None,
    comparison: Against = Comparison.FORMER,
    store: Stores = None,
    category: Categories = None,
    difficulty: Difficulties = None,
    language: Languages = None,
    source: Sources = None,
    scenario: Scenarios = None,
    output: Output = None,
    *,
    as_html: Annotated[bool, typer.Option("--html", help="Print a page that needs nothing else; the default.")] = False,
    as_json: Json = False,
) -> None:
    """Put all that the page Usage shows into one file: key figures, charts, their tables, and what was left out.

    The file needs no other and no network, and runs no script, so that it can be mailed or served as it is.

    Example: scenario-desk usage report --from 2026-09-01 --to 2026-11-29 --html --output usage.html
    """
    if as_html and as_json:
        raise InvalidQueryError("Only one form can be written, not --html and --json.")
    desk = desk_of(context)
    desk.require(Operation.READ_USAGE)
    require_free(desk, output)
    warn_of_source(desk)
    given = Given(first, last, grain, comparison, store, category, difficulty, language, source, scenario)
    analyst, chosen = _asked(context, given)
    # The core never imports the dashboard; only this command and `run` reach it, by name.
    made = importlib.import_module("dashboard.usage.report").report(analyst, chosen)
    deliver(desk, made.as_json() if as_json else made.as_html(), output)
    if output is not None:
        show_lines([f"{output}: {made.runs:,} runs, {period_words(chosen.period)}"])


def measure(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(MEASURES)}.")],
    first: FirstDay = None,
    last: LastDay = None,
    grain: GrainOption = None,
    comparison: Against = Comparison.FORMER,
    store: Stores = None,
    category: Categories = None,
    difficulty: Difficulties = None,
    language: Languages = None,
    source: Sources = None,
    scenario: Scenarios = None,
    output: Output = None,
    *,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Print one measure: its rows, of how many runs they are, and what was left out.

    Example: scenario-desk usage measure completion --from 2026-09-01 --csv
    """
    if name not in MEASURES:
        raise InvalidQueryError(f"There is no measure {name!r}.", hint=f"There are: {', '.join(MEASURES)}.")
    if as_json and as_csv:
        raise InvalidQueryError("Only one form can be printed, not --json and --csv.")
    desk = desk_of(context)
    desk.require(Operation.READ_USAGE)
    require_free(desk, output)
    given = Given(first, last, grain, comparison, store, category, difficulty, language, source, scenario)
    analyst, chosen = _asked(context, given)
    found = analyst.measure(name, chosen)
    said = _said(found, chosen, desk.settings.time_zone)
    if as_csv:
        deliver(desk, csv_of(list(found.frame.columns), cells_of(found.frame), said), output)
    elif as_json:
        _deliver_json(context, found, said, output)
    elif output is not None:
        raise InvalidQueryError("A file is written as --csv or --json.", hint="Add one of them.")
    else:
        show_table(
            list(found.frame.columns), [[_short(cell) for cell in row.values()] for row in cells_of(found.frame)]
        )
        show_lines(["", *(f"{what}: {text}" for what, text in said)])


def engine(context: typer.Context, *, as_json: Json = False) -> None:
    """Say what measures the runs, and let it take in all that was recorded and imported since.

    A PostgreSQL that is new is filled by this: let cron do it, so that no page has to wait for it.

    Example: scenario-desk usage engine
    """
    desk = desk_of(context)
    desk.require(Operation.READ_USAGE)
    analyst = Analyst.configured(desk)
    with progress_bar("Reading runs") as progress:
        revision = analyst.refresh(progress)
    with analyst.engine.measured() as measured:
        runs = int(measured.frame(measured.facts.agg(n=measured.facts.count()))["n"].iloc[0])
    files = desk.dataset.files()
    told = {
        "engine": _without_secrets(desk.settings.usage_engine),
        "revision": revision,
        "runs": runs,
        "files": len(files),
        "sample_runs": sum(file.runs for file in files if file.is_sample),
        "waiting_for_compaction": waiting(desk.engine),
        "folder": str(desk.settings.usage),
    }
    if as_json:
        show_json(told)
    else:
        counted = {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in told.items()}
        show_lines(f"{name.replace('_', ' ')}: {value}" for name, value in counted.items())


def compact(context: typer.Context, *, as_json: Json = False) -> None:
    """Move the runs that have ended out of the database into the dataset's files, where they are quick to measure.

    The page does it by itself from 10,000 runs on; a run is counted once, whenever this is stopped.

    Example: scenario-desk usage compact
    """
    desk = desk_of(context)
    desk.require(Operation.MANAGE_RUNS)
    with progress_bar("Compacting") as progress:
        moved = compact_runs(desk.dataset, progress)
    if as_json:
        show_json({"compacted": moved})
    else:
        show_lines([f"{moved:,} runs compacted into {desk.settings.usage}"])


def _asked(context: typer.Context, given: Given) -> tuple[Analyst, UsageFilter]:
    """The person who asks, with a fresh engine, and the filter that the options stand for."""
    analyst = Analyst.configured(desk_of(context))
    with progress_bar("Reading runs") as progress:
        analyst.refresh(progress)
    return analyst, chosen_filter(analyst, given)


def _said(found: Measure, chosen: UsageFilter, zone: str) -> list[tuple[str, str]]:
    said = [("Measure", found.name), *about_filter(chosen, zone)]
    said += [("Made at", now().replace(microsecond=0).isoformat(" ")), ("Counted", f"{found.n:,}")]
    said += [("Left out", f"{count:,} {reason}") for reason, count in found.left_out.items()]
    return said + ([("Absent", found.absent)] if found.absent else [])


def _deliver_json(context: typer.Context, found: Measure, said: list[tuple[str, str]], output: Any) -> None:
    told: dict[str, Any] = {
        what.lower().replace(" ", "_"): text for what, text in said if what not in {"Left out", "Counted", "Absent"}
    }
    told |= {"n": found.n, "left_out": found.left_out, "absent": found.absent, "rows": plain_rows(found.frame)}
    deliver(desk_of(context), json_bytes(told), output)


def _short(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.{_DIGITS}g}" if isinstance(cell, float) else str(cell)


def _without_secrets(url: str) -> str:
    """The engine's URL without user, password and token."""
    parts = urlsplit(url)
    place = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    path = "" if parts.scheme.startswith(_HOSTS_ONLY) else parts.path
    return f"{parts.scheme}://{place}{path}"
