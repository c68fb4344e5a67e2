"""Is the catalogue intact, complete and good? Checks over both stores, and the one report that every face shows."""

from scenario_core.integrity.audit import everything, run, selection
from scenario_core.integrity.checks import CHECKS
from scenario_core.integrity.findings import About, Finding, Outcome, Report, Severity, Waiver
from scenario_core.integrity.results import StoredResults
from scenario_core.integrity.snapshot import Snapshot

__all__ = [
    "CHECKS",
    "About",
    "Finding",
    "Outcome",
    "Report",
    "Severity",
    "Snapshot",
    "StoredResults",
    "Waiver",
    "everything",
    "run",
    "selection",
]
