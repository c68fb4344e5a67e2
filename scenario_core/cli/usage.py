"""Usage: the commands over runs."""

from __future__ import annotations

import typer

from scenario_core.cli import usage_files, usage_report, usage_sample

usage = typer.Typer(help="How scenarios are used: import, sample, measure.", no_args_is_help=True)
usage_files.register(usage)
usage_sample.register(usage)
usage_report.register(usage)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(usage, name="usage")
