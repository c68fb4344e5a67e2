"""What measures runs: DuckDB inside the process by default; PostgreSQL or Spark where a URL names one."""

from scenario_core.usage.engines.base import Engine, Learners, Measured
from scenario_core.usage.engines.choice import open_engine

__all__ = ["Engine", "Learners", "Measured", "open_engine"]
