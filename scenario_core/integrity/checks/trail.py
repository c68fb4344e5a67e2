"""Checks of what is recorded: runs, revisions, the audit log, waivers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.tables import AUDIT, RECORDS, REVISIONS
from scenario_core.errors import DatasetError
from scenario_core.integrity.checks.base import Check, StructuralCheck
from scenario_core.integrity.findings import Finding, Severity, Waiver
from scenario_core.integrity.snapshot import CouldNotRunError, Snapshot
from scenario_core.production.document import Document
from scenario_core.scenario import Store
from scenario_core.usage.scenarios_run import app_rows_by_scenario, runs_by_scenario

SAVES: Final = ("update", "restore_revision")
CHANGES: Final = (*SAVES, "share", "unshare", "delete", "restore", "undo_share", "undo_unshare", "undo_delete")


class RunsKnowTheirScenario(StructuralCheck):
    """Every run of usage refers to a scenario that is there, or was.

    ## Why it matters

    Runs of a scenario that nobody knows count in the totals and can't be shown anywhere.

    ## How to mend it

    Where a scenario was renamed, bring the old id back or rename the runs. Where it was taken out of production,
    restore it or live with the notice.

    ## Examples

    Found: 12 runs of `hotel_checkin`, which neither store nor the approved backup has ever had; 3 rows of
    `scenario_progress_history` that name it, in a database that the existing app made.

    Fine: runs of a custom scenario that was deleted: its record says so; runs of a scenario that only the approved
    backup still has.

    ## Limits

    A production scenario that left both the file and its approved backup is unknown here. Runs that name no scenario,
    and sample runs, are left alone. What was imported from the existing app's tables counts in both places.
    """

    code, name, severity = "IC118", "runs refer to known scenarios", Severity.WARNING

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each unknown scenario, with the number of its runs and of the existing app's records."""
        document = snapshot.production.loaded.document
        known = {row.scenario_id for row in snapshot.rows} | document.latest().keys()
        with snapshot.connection() as connection:
            runs, others = _runs(snapshot, connection), app_rows_by_scenario(connection)
            unknown = set[str]().union(runs, *others.values()) - known
            once = set(connection.scalars(sa.select(RECORDS.c.scenario_id))) if unknown else set()
        if unknown and snapshot.baseline is not None and snapshot.baseline != document.data:
            once |= Document.parse(snapshot.baseline).latest().keys()
        for scenario_id in sorted(unknown - once):
            counts = [(runs[scenario_id], "run")] if runs[scenario_id] else []
            counts += [(rows[scenario_id], f"row of {table}") for table, rows in others.items() if rows[scenario_id]]
            told = ", ".join(_number(count, what) for count, what in counts)
            yield self.finding(
                f"{told} of a scenario that neither store knows",
                scenario_id=scenario_id,
                expected="a scenario of either store",
                actual=told,
                value=scenario_id,
                hint="Restore the scenario, or see whether it was renamed.",
            )


def _runs(snapshot: Snapshot, connection: sa.Connection) -> Counter[str]:
    try:
        return runs_by_scenario(connection, snapshot.runs)
    except DatasetError as error:
        raise CouldNotRunError(str(error)) from error


def _number(count: int, what: str) -> str:
    first, space, rest = what.partition(" ")
    return f"{count} {first}{'' if count == 1 else 's'}{space}{rest}"


class ChangesAreRecorded(StructuralCheck):
    """Every change of a custom scenario has its audit entry, and every save the revision that it replaced.

    ## Why it matters

    What is not recorded can't be taken back, and nobody can say who did it.

    ## How to mend it

    A lost revision can't be made again: look at who may write to the database past the program. Changes by another
    program can be seen by their owner in the scenario's history from the next save on.

    ## Examples

    Found: a save in the audit log whose revision is gone (an error); a scenario at version 5 with three entries,
    because another program has changed it (a notice).

    Fine: a scenario that another program made and nobody has changed.

    ## Limits

    It counts versions, entries and revisions; it does not compare their content. Production's changes are found by
    IC103. Of a private or a deleted scenario it says no more than the number of its row.
    """

    code, name, severity = "IC119", "changes are recorded", Severity.ERROR

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """Findings for scenarios with fewer revisions than saves, or fewer entries than versions."""
        with snapshot.connection() as connection:
            rows = connection.execute(_counted()).mappings().all()
        for row in rows:
            if row["revisions"] < row["saves"]:
                lost = row["saves"] - row["revisions"]
                yield self._lost(row, f"{lost} of {row['saves']} saves left no revision", Severity.ERROR)
            elif row["version"] - 1 > row["changes"]:
                other = row["version"] - 1 - row["changes"]
                times = "once" if other == 1 else f"{other} times"
                yield self._lost(row, f"changed {times} by another program, without an entry", Severity.NOTICE)
            elif row["version"] - 1 < row["changes"]:
                message = f"{row['changes']} changes are recorded, and it is at version {row['version']}"
                yield self._lost(row, message, Severity.ERROR)

    def _lost(self, row: Any, message: str, severity: Severity) -> Finding:
        return self.finding(
            message,
            severity=severity,
            scenario_id=row["scenario_id"],
            store=Store.CUSTOM,
            expected=f"{row['version'] - 1} changes recorded",
            actual=f"version {row['version']}, {row['changes']} entries, {row['revisions']} revisions",
            hint="See who writes to the database past the program.",
        )


def _counted() -> sa.Select[Any]:
    """Version, entries and revisions of the custom scenarios whose numbers may not agree."""
    changed = AUDIT.c.operation.in_(CHANGES) & (AUDIT.c.store == Store.CUSTOM.value)
    logged = (
        sa.select(
            AUDIT.c.scenario_id,
            sa.func.count().label("changes"),
            sa.func.sum(sa.case((AUDIT.c.operation.in_(SAVES), 1), else_=0)).label("saves"),
        )
        .where(changed)
        .group_by(AUDIT.c.scenario_id)
        .subquery()
    )
    kept = (
        sa.select(REVISIONS.c.scenario_id, sa.func.count().label("revisions"))
        .group_by(REVISIONS.c.scenario_id)
        .subquery()
    )
    changes, saves, revisions = (
        sa.func.coalesce(column, 0) for column in (logged.c.changes, logged.c.saves, kept.c.revisions)
    )
    return (
        sa.select(
            RECORDS.c.scenario_id,
            RECORDS.c.version,
            changes.label("changes"),
            saves.label("saves"),
            revisions.label("revisions"),
        )
        .outerjoin(logged, logged.c.scenario_id == RECORDS.c.scenario_id)
        .outerjoin(kept, kept.c.scenario_id == RECORDS.c.scenario_id)
        .where((revisions < saves) | (RECORDS.c.version - 1 != changes))
        .order_by(RECORDS.c.scenario_id)
    )


class WaiversInUse(StructuralCheck):
    """Every waiver still waives something, and none has passed its last day.

    ## Why it matters

    A waiver that nobody needs any more hides the day on which the same value comes back; one that has expired
    counts again.

    ## How to mend it

    Withdraw what is no longer needed: `scenario-desk waivers withdraw`. Where the decision still holds, waive the
    finding again, with a new last day.

    ## Examples

    Found: a waiver for a phrase that has been rewritten since; a waiver whose last day was yesterday.

    Fine: a waiver of a finding that is still there.

    ## Limits

    Waivers of checks that were not asked in this run, or could not run, are left alone. What was waived in a scenario
    that is private now is not told.
    """

    code, name, severity, needs_database = "IC121", "waivers in use", Severity.NOTICE, False

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """Nothing: the run asks `judge` once the other checks have answered."""
        del snapshot
        yield from ()

    def judge(self, waivers: Sequence[Waiver], found: Collection[str], today: date) -> Iterator[Finding]:
        """One finding for each waiver that is unused or has expired; `found` are the fingerprints of this run."""
        for waiver in sorted(waivers, key=lambda each: (each.code, each.scenario_id or "", each.fingerprint)):
            if waiver.fingerprint not in found:
                state = f"a waiver of {waiver.code} waives nothing any more: {waiver.message}"
            elif waiver.has_expired(today):
                state = f"a waiver of {waiver.code} expired on {waiver.expires_on}: {waiver.message}"
            else:
                continue
            yield self.finding(
                state,
                scenario_id=waiver.scenario_id,
                field=waiver.field,
                actual=waiver.reason,
                value=waiver.waiver_id,
                hint="Withdraw it, or waive the finding again.",
            )


CHECKS: Final[tuple[type[Check], ...]] = (RunsKnowTheirScenario, ChangesAreRecorded, WaiversInUse)
