"""The production store: one JSON file, read leniently, written durably, with backups."""

from scenario_core.production.backups import Backup
from scenario_core.production.io import LoadedScenarios, ScenarioIO
from scenario_core.production.manager import ScenarioManager, Source, State

__all__ = ["Backup", "LoadedScenarios", "ScenarioIO", "ScenarioManager", "Source", "State"]
