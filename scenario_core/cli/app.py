"""The command line: global options, the commands by topic, and one place where errors become one clear line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from scenario_core.cli import (
    auditing,
    authoring,
    backups,
    browse,
    checking,
    differences,
    proposals,
    rehearsing,
    restoring,
    setup,
    usage,
    waiving,
)
from scenario_core.cli.context import Globals
from scenario_core.cli.output import escape_what_the_terminal_lacks, show_error
from scenario_core.errors import ScenarioDeskError

COULD_NOT_RUN = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Audit, explore and author the role-play scenarios of a language-learning app.",
)
for topic in (
    setup,
    checking,
    differences,
    restoring,
    waiving,
    browse,
    authoring,
    rehearsing,
    proposals,
    backups,
    auditing,
    usage,
):
    topic.register(app)


@app.callback()
def global_options(
    context: typer.Context,
    production: Annotated[
        Path | None,
        typer.Option(help="The production file [SCENARIO_DESK_PRODUCTION; data/scenarios/scenarios.json]."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="The database's URL [SCENARIO_DESK_DATABASE; sqlite:///data/scenario_desk.db]."),
    ] = None,
    user: Annotated[int | None, typer.Option(help="Who you are, by number [SCENARIO_DESK_USER; 1].")] = None,
) -> None:
    """Take the options that every command shares."""
    context.obj = Globals(production, database, user)
    context.call_on_close(context.obj.close)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done or clean, 1 findings, 2 could not run."""
    escape_what_the_terminal_lacks()
    try:
        app(args=arguments, prog_name="scenario-desk")
    except ScenarioDeskError as error:
        show_error(error)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        sys.stderr.write(f"error: {error.strerror or error}: {error.filename or ''}\n")
    except UnicodeEncodeError as error:
        sys.stderr.write(f"error: {error.object!a} is no text that can be stored or looked up.\n")
    sys.exit(COULD_NOT_RUN)
