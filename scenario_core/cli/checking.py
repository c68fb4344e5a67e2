"""Auditing: check, and what each check is."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from scenario_core import integrity
from scenario_core.cli.context import Json, desk_of
from scenario_core.cli.files import Output, deliver, require_free
from scenario_core.cli.output import progress_bar, show_json, show_lines, show_table
from scenario_core.errors import InvalidQueryError
from scenario_core.integrity import CHECKS, Severity, Waiver
from scenario_core.integrity.audit import Select, everything
from scenario_core.integrity.checks import Check, by_code
from scenario_core.integrity.explanation import explanation_of
from scenario_core.integrity.reports import FORMATS, Artifact, parse_waivers
from scenario_core.integrity.reports.check_pages import page_of, pages
from scenario_core.stewardship.checking import check as run_checks
from scenario_core.stewardship.steward import Steward

Codes = Annotated[
    list[str] | None, typer.Option(help="Codes or beginnings of codes, such as IC105 or CQ; commas and repeats count.")
]


class FailOn(StrEnum):
    """The severity from which findings make the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"
    NEVER = "never"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(check)
    app.command()(checks)


def check(
    context: typer.Context,
    expected_count: Annotated[
        int | None, typer.Option(min=0, help="How many production scenarios there must be.")
    ] = None,
    only: Codes = None,
    skip: Codes = None,
    fail_on: Annotated[FailOn, typer.Option(help="From which severity on the exit code is 1.")] = FailOn.WARNING,
    waivers: Annotated[Path | None, typer.Option(help="A file of waivers, as `waivers export` writes it.")] = None,
    output: Output = None,
    *,
    no_database: Annotated[bool, typer.Option("--no-database", help="Check the production file alone.")] = False,
    as_json: Json = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0.")] = False,
    as_junit: Annotated[bool, typer.Option("--junit", help="Print JUnit XML.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Print a page that needs nothing else.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for spreadsheets.")] = False,
) -> None:
    """Check whether the catalogue is intact, complete and good.

    Exits 0 when clean, 1 with findings from --fail-on on, 2 where a check could not run.

    Example: scenario-desk check --only IC --fail-on error
    """
    desk = desk_of(context)
    chosen = {"json": as_json, "sarif": as_sarif, "junit": as_junit, "markdown": as_markdown}
    chosen |= {"html": as_html, "csv": as_csv}
    form = _one_of([name for name, wanted in chosen.items() if wanted])
    select = _selection(only, skip, database=not no_database)
    require_free(desk, output)
    with progress_bar("Checking") as progress:
        report = run_checks(
            Steward.configured(desk),
            expected_count=expected_count,
            database=not no_database,
            select=select,
            given_waivers=_waivers_in(waivers),
            progress=progress,
        )
    artifact = Artifact.of(desk.production, report, Path.cwd())
    deliver(desk, FORMATS[form].encoded(report, artifact), output)
    if output is not None:
        show_lines([report.summary()])
    threshold = None if fail_on is FailOn.NEVER else Severity(fail_on.value)
    raise typer.Exit(report.exit_code(threshold))


def checks(
    context: typer.Context,
    code: Annotated[str | None, typer.Argument(help="A code, to read what it looks at and how to mend it.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write the page of every check into this folder.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List the checks, or say what one of them looks at, why it matters and how to mend what it finds.

    Example: scenario-desk checks IC105
    """
    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            deliver(desk_of(context), text.encode(), write / name)
        show_lines([f"{len(pages())} pages written to {write}"])
    elif code is not None:
        found = by_code(code)
        if found is None:
            raise unknown_check([code])
        if as_json:
            show_json({**_plain(found), **asdict(explanation_of(found))})
        else:
            show_lines([page_of(found).rstrip("\n")])
    elif as_json:
        show_json([_plain(each) for each in CHECKS])
    else:
        show_table(("code", "severity", "check"), [(each.code, each.severity, each.name) for each in CHECKS])


def _plain(check: type[Check]) -> dict[str, Any]:
    return {"code": check.code, "name": check.name, "severity": check.severity.value, "waivable": check.waivable}


def _one_of(forms: list[str]) -> str:
    if len(forms) > 1:
        raise InvalidQueryError(f"Only one form can be printed, not {' and '.join(forms)}.")
    return forms[0] if forms else "text"


def _selection(only: list[str] | None, skip: list[str] | None, *, database: bool) -> Select:
    """Every check where nothing is left out, so that the run has its place in the history.

    Raises:
        InvalidQueryError: a code is unknown, or nothing would be left to ask.
    """
    wanted, unwanted = (
        [code.strip().upper() for part in parts or () for code in part.split(",") if code.strip()]
        for parts in (only, skip)
    )
    if (only is not None and not wanted) or (skip is not None and not unwanted):
        raise InvalidQueryError("No code was given.", hint="See `scenario-desk checks`.")
    if not (wanted or unwanted) and database:
        return everything
    unknown = [code for code in (*wanted, *unwanted) if not any(each.code.startswith(code) for each in CHECKS)]
    if unknown:
        raise unknown_check(unknown)
    select = integrity.selection(only=wanted, skip=unwanted, database=database)
    if not any(map(select, CHECKS)):
        raise InvalidQueryError("No check is left to ask.", hint="Ask for others with --only, or skip fewer.")
    return select


def unknown_check(codes: list[str]) -> InvalidQueryError:
    """The error about codes that no check has."""
    return InvalidQueryError(
        f"There is no check {', '.join(codes)}.", hint=f"There are: {', '.join(each.code for each in CHECKS)}."
    )


def _waivers_in(path: Path | None) -> list[Waiver]:
    """The waivers of a file.

    Raises:
        InvalidScenarioError: it is no such file, with every fault.
        InvalidQueryError: it can't be read.
    """
    if path is None:
        return []
    try:
        return parse_waivers(path.read_bytes())
    except OSError as error:
        raise InvalidQueryError(f"{path} can't be read: {error.strerror}.") from error
