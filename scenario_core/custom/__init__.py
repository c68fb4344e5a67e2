"""The custom store: what authors make, in SQLite or PostgreSQL."""

from scenario_core.custom.records import CustomScenario, Origin
from scenario_core.custom.service import ScenarioBuilderService

__all__ = ["CustomScenario", "Origin", "ScenarioBuilderService"]
