"""The command `scenario-desk`."""

from scenario_core.cli.app import main

__all__ = ["main"]
