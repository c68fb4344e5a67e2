"""Analysis: how scenarios are used, as one person may see it. Pages, notebooks and commands all ask here."""

from scenario_core.analysis.analyst import Analyst, engine_of
from scenario_core.analysis.summary import RunSummary

__all__ = ["Analyst", "RunSummary", "engine_of"]
