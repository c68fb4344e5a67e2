"""Checks of production against what was kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from scenario_core.errors import ProductionUnreadableError
from scenario_core.integrity.checks.base import Check, StructuralCheck
from scenario_core.integrity.diff import diff_readable
from scenario_core.integrity.findings import Finding, Severity
from scenario_core.integrity.snapshot import CouldNotRunError, Snapshot
from scenario_core.scenario import Store


class ProductionEqualsBaseline(StructuralCheck):
    """Production is what was approved: it equals the baseline, the `.backup` file beside it.

    ## Why it matters

    A difference is either an edit that nobody has approved yet, or damage that nobody has noticed yet.

    ## How to mend it

    Look at `scenario-desk diff`. Then put back what is wrong (`scenario-desk restore`), or approve what is right:
    `scenario-desk repair approve_baseline`.

    ## Examples

    Found: a scenario added, removed or changed since the approval; one finding a scenario, with the fields that differ.

    Fine: another order of keys inside a record, other white space: the values count.

    ## Limits

    Where the baseline is missing or damaged there is nothing to compare with, which IC109 says. A record that is no
    JSON is not compared, which IC102 says.
    """

    code, name, needs_database, severity = "IC103", "production equals its approved backup", False, Severity.WARNING

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each scenario that differs."""
        if not snapshot.production.source.is_file:
            raise CouldNotRunError("the production file can't be read, see IC101")
        baseline, data = snapshot.baseline, snapshot.production.loaded.document.data
        if baseline is None or baseline == data:
            return
        try:
            difference = diff_readable(baseline, data)
        except ProductionUnreadableError as error:
            raise CouldNotRunError(str(error)) from error
        for scenario_id, record in difference.added.items():
            yield self._differs(scenario_id, "added since the approved backup", record)
        for scenario_id, record in difference.removed.items():
            yield self._differs(scenario_id, "removed since the approved backup", record)
        for scenario_id, change in difference.changed.items():
            fields = ", ".join(change.fields)
            value = [each.to_json() for each in change.changes]
            yield self._differs(scenario_id, f"changed since the approved backup: {fields}", value, actual=fields)
        for scenario_id, (old, new) in difference.moved.items():
            yield self._differs(scenario_id, f"moved from place {old + 1} to {new + 1} since the approved backup", new)

    def _differs(self, scenario_id: str, message: str, value: object, *, actual: str = "") -> Finding:
        return self.finding(
            message,
            scenario_id=scenario_id,
            store=Store.PRODUCTION,
            actual=actual,
            value=value,
            hint="Look at `scenario-desk diff`; then restore it, or approve it.",
        )


class BackupsInOrder(StructuralCheck):
    """There is an approved backup, the backups can be read, and one is younger than the settings ask for.

    ## Why it matters

    A backup is what production is served from while the file is broken, and all that brings back what was lost.

    ## How to mend it

    `scenario-desk backup create --baseline` approves the present file, once you have looked at it.
    A damaged backup can be deleted: it helps nobody. `backup_days` in the settings says how old the newest may be.

    ## Examples

    Found: no `.backup` file; a backup whose content does not match the hash in its name; a newest readable backup
    of 45 days where 30 are allowed.

    Fine: an old backup beside a newer one.

    ## Limits

    Of the kept backups the newest are read, up to 100 MB at each run; `scenario-desk backup list` reads all of them. An
    old backup that equals the present file is a notice only, since nothing would be lost.
    """

    code, name, needs_database, severity = "IC109", "backups in order", False, Severity.WARNING

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """Findings about the baseline, about damaged backups, and about the age of the newest readable one."""
        found = snapshot.backups
        baseline = next((backup for backup in found if backup.kind == "baseline"), None)
        if baseline is None:
            yield self.finding(
                "there is no approved backup beside the production file",
                severity=Severity.ERROR,
                expected="a .backup file",
                actual="none",
                hint="Run `scenario-desk backup create --baseline` once you have looked at the file.",
            )
        for backup in found:
            if backup.problem:
                yield self.finding(
                    f"the backup {backup.name} can't be used: {backup.problem}",
                    severity=Severity.ERROR if backup.kind == "baseline" else Severity.WARNING,
                    actual=f"{backup.name}: {backup.problem}",
                    hint="Delete it, or bring it back from elsewhere; then run `scenario-desk backup create`.",
                )
        readable = [backup for backup in found if not backup.problem]
        if readable:
            newest = max(readable, key=lambda backup: backup.created_at)
            age = snapshot.now - newest.created_at
            if age > timedelta(days=snapshot.backup_days):
                same = any(backup.sha256 == snapshot.production.loaded.revision for backup in readable)
                yield self.finding(
                    f"the newest readable backup, {newest.name}, is {age.days} days old"
                    + ("; it still equals the file" if same else ""),
                    severity=Severity.NOTICE if same else Severity.WARNING,
                    expected=f"at most {snapshot.backup_days} days",
                    actual=f"{age.days} days",
                    value=newest.name,
                    hint="Run `scenario-desk backup create`.",
                )


CHECKS: Final[tuple[type[Check], ...]] = (ProductionEqualsBaseline, BackupsInOrder)
