"""Is the catalogue intact? Differences, checks, and the report that every face of the audit shows."""

from scenario_core.integrity.audit import run
from scenario_core.integrity.findings import Finding, Outcome, Report, Severity
from scenario_core.integrity.snapshot import Snapshot

__all__ = ["Finding", "Outcome", "Report", "Severity", "Snapshot", "run"]
