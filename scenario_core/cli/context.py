"""What every command starts from: the global options, and the parts that they name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

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


def warn_of_source(desk: Desk) -> None:
    """Say on standard error where production comes from, if not from its file."""
    if not desk.production.source.is_file:
        typer.echo(f"warning: {desk.production.source.reason}", err=True)
