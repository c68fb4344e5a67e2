"""Sample runs: sample, remove-sample."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from scenario_core.cli.context import command_of, desk_of
from scenario_core.cli.output import progress_bar, show_lines
from scenario_core.stewardship.sample_runs import add_sample, remove_sample
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.sample_model import DEFAULT_DAYS, FEWEST_DAYS, MOST_DAYS, MOST_RUNS


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(sample)
    app.command(name="remove-sample")(remove)


def sample(
    context: typer.Context,
    runs: Annotated[int, typer.Option(min=1, max=MOST_RUNS, help="How many runs.")],
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="The same seed, the same runs.")],
    days: Annotated[int, typer.Option(min=FEWEST_DAYS, max=MOST_DAYS, help="Over how many days.")] = DEFAULT_DAYS,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day before which they end (UTC); today.")
    ] = None,
) -> None:
    """Make up runs to try things out with. They are labelled as a sample, and replace the sample that is in.

    Example: scenario-desk usage sample --runs 1000 --seed 1
    """
    steward = Steward.configured(desk_of(context))
    end = (until or datetime.now(UTC)).date()
    with progress_bar("Sample runs") as progress:
        added = add_sample(steward, runs, seed, days=days, until=end, progress=progress)
    show_lines(
        [
            f"{added:,} sample runs of the {days} days before {end}",
            f"`{command_of(context, 'usage', 'remove-sample')}` takes them out again",
        ]
    )


def remove(context: typer.Context) -> None:
    """Take all sample runs out.

    Example: scenario-desk usage remove-sample
    """
    show_lines([f"{remove_sample(Steward.configured(desk_of(context))):,} sample runs removed"])
