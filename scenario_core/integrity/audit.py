"""Running the checks over one snapshot."""

from __future__ import annotations

from scenario_core.integrity.checks import CHECKS, Check
from scenario_core.integrity.findings import Outcome, Report
from scenario_core.integrity.snapshot import CouldNotRunError, Snapshot
from scenario_core.progress import Progress, silent


def run(snapshot: Snapshot, *, progress: Progress = silent) -> Report:
    """Ask every check; one that fails to run is reported as such, never as passed."""
    outcomes = []
    for done, check in enumerate(CHECKS, start=1):
        outcomes.append(_outcome(check(), snapshot))
        progress(done, len(CHECKS))
    manager = snapshot.manager
    return Report(tuple(outcomes), len(manager.scenarios), manager.revision)


def _outcome(check: Check, snapshot: Snapshot) -> Outcome:
    try:
        return Outcome(check.code, check.name, findings=tuple(check.run(snapshot)))
    except CouldNotRunError as error:
        return Outcome(check.code, check.name, problem=str(error))
    except Exception as error:  # noqa: BLE001 - a check that crashes must not hide what the others find
        return Outcome(check.code, check.name, problem=f"the check failed: {type(error).__name__}: {error}")
