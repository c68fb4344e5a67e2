"""What every command starts from: the global options, and the parts that they name."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from scenario_core.bootstrap import Desk
from scenario_core.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@dataclass
class Globals:
    """The global options, as given."""

    production: Path | None
    database: str | None
    user: int | None

    @cached_property
    def settings(self) -> Settings:
        """The settings with the options on top."""
        return Settings.read(production=self.production, database=self.database, user=self.user)

    @cached_property
    def desk(self) -> Desk:
        """Both stores; the database may still be missing."""
        return Desk.open(self.settings)

    def close(self) -> None:
        """End what the command opened."""
        if "desk" in self.__dict__:
            self.desk.close()


def desk_of(context: typer.Context) -> Desk:
    """Both stores of this call.

    Raises:
        SettingsError: an option or a variable can't be used.
    """
    given: Globals = context.obj
    return given.desk


def command_of(context: typer.Context, *words: str) -> str:
    """A command as it can be typed, with the global options of this call; a password in them is not told again."""
    given: Globals = context.obj
    database = sa.make_url(given.database).render_as_string(hide_password=True) if given.database else None
    options = {"--production": given.production, "--database": database, "--user": given.user}
    typed = [part for name, value in options.items() if value is not None for part in (name, str(value))]
    return shlex.join(["scenario-desk", *typed, *words])


def warn_of_source(desk: Desk) -> None:
    """Say on standard error where production comes from, if not from its file."""
    if not desk.production.source.is_file:
        typer.echo(f"warning: {desk.production.source.reason}", err=True)
