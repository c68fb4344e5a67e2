"""Checks of the mirror: production's protected copy in the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scenario_core.custom import protection
from scenario_core.errors import ProductionUnreadableError
from scenario_core.integrity.checks.base import Check, StructuralCheck
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.snapshot import CouldNotRunError, Snapshot
from scenario_core.mirror import MirrorState, Standing
from scenario_core.production import io
from scenario_core.scenario import Store

_SAID: Final = {
    MirrorState.FILE_AHEAD: "the file has changed since it was mirrored",
    MirrorState.ALTERED: "altered in the mirror, behind its protection",
    MirrorState.BOTH: "the file has changed since it was mirrored, and the mirror was altered as well",
    MirrorState.MISSING: "missing from the mirror",
    MirrorState.ORPHAN: "in the mirror, but not in production",
}


class ScenarioCounts(StructuralCheck):
    """Production, its system rows, its approved backup and the expected count agree in number.

    ## Why it matters

    A count is the quickest sign that scenarios were lost, or came in unasked.

    ## How to mend it

    `scenario-desk diff` shows which scenarios production has lost or gained, `scenario-desk migrate --plan` which rows
    the mirror lacks. Where the new number is right, set `expected_count` and approve the file.

    ## Examples

    Found: 30 scenarios where the settings expect 31; 31 scenarios and 30 system rows; a baseline of 32.

    Fine: any number of custom scenarios.

    ## Limits

    Equal numbers don't mean equal scenarios: IC103 and IC105 compare what they hold.
    """

    code, name, needs_database = "IC104", "scenario counts agree", False

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each number that differs from production's."""
        production = len(snapshot.scenarios)
        if snapshot.expected_count is not None and production != snapshot.expected_count:
            yield self._count("production scenarios", snapshot.expected_count, production)
        approved = self._approved(snapshot)
        if approved is not None and approved not in {production, snapshot.expected_count}:
            yield self._count("production scenarios, as in the approved backup", approved, production)
        if snapshot.engine is None:
            return
        system = sum(1 for row in snapshot.rows if row.is_system_scenario)
        if system != production:
            yield self._count("system rows in the database", production, system)

    def _approved(self, snapshot: Snapshot) -> int | None:
        """How many readable scenarios the baseline holds; what stands unchanged in production is not read twice."""
        if snapshot.baseline is None or snapshot.baseline == snapshot.production.loaded.document.data:
            return None
        try:
            return len(io.parse(snapshot.manager.path, snapshot.baseline, former=snapshot.production.loaded))
        except ProductionUnreadableError:
            return None

    def _count(self, what: str, expected: int, actual: int) -> Finding:
        return self.finding(
            f"expected {expected} {what}, found {actual}",
            expected=str(expected),
            actual=str(actual),
            field=what,
            hint="Run `scenario-desk diff` and `scenario-desk migrate --plan`.",
        )


class MirrorEqualsProduction(StructuralCheck):
    """Every production scenario stands in the database as a system row, field by field and phase by phase.

    ## Why it matters

    The app reads the mirror. A row that differs was altered behind the protection, or the file has moved on:
    learners then practise something else than what was approved.

    ## How to mend it

    `scenario-desk repair resync_mirror` shows what it would do and does it. Rows whose scenario left the file are only
    removed with your consent.

    ## Examples

    Found: a scenario in one of the states *file ahead*, *mirror altered*, *both*, *missing*, *orphan*; a scenario that
    can't be mirrored, such as one whose id is longer than 100 characters. The sixth state, *in sync*, is the right one.

    Fine: a scenario without a language, which is mirrored as `en`.

    ## Limits

    Which side has moved is told by a digest that the mirror keeps in the database; what it would say of a row that
    was never mirrored by this version is *mirror altered*.
    """

    code, name = "IC105", "mirror equals production"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each scenario that is not in sync."""
        if not snapshot.production.source.is_file:
            raise CouldNotRunError("the production file can't be read, so the mirror has nothing to equal; see IC101")
        for scenario_id, standing in snapshot.mirror.standings.items():
            if standing.state is not MirrorState.IN_SYNC:
                yield self._differs(scenario_id, standing)
        for note in snapshot.mirror.blocked.values():
            yield self.finding(
                f"can't be mirrored: {note.reason}",
                scenario_id=note.scenario_id,
                store=Store.PRODUCTION,
                field=note.field,
                actual=note.reason,
                hint="Mend the scenario in the production file.",
            )

    def _differs(self, scenario_id: str, standing: Standing) -> Finding:
        fields = ", ".join(standing.fields)
        return self.finding(
            _SAID[standing.state] + (f": {fields}" if fields else ""),
            scenario_id=scenario_id,
            store=Store.PRODUCTION,
            expected=MirrorState.IN_SYNC.value,
            actual=standing.state.value,
            value=[standing.state.value, *standing.fields],
            hint="Run `scenario-desk repair resync_mirror --plan`.",
        )


class OwnershipAndFlags(StructuralCheck):
    """System rows belong to the system user and are public; every custom row belongs to a person.

    ## Why it matters

    A system row with another owner could be edited as if it were custom; a custom row that belongs to the system
    user, or to nobody, can be edited by nobody.

    ## How to mend it

    `scenario-desk repair resync_mirror` mends system rows. Give a custom row its owner back in the database of the
    app that made it.

    ## Examples

    Found: a system row with `created_by` 7, or with `is_public` 0; a custom row with `created_by` 0 or NULL.

    Fine: a custom row of a person that the project does not know by name.

    ## Limits

    Whether the owner still exists is asked only where the database says so by a foreign key (IC117). A custom row that
    is private is named by its number alone.
    """

    code, name = "IC107", "ownership and flags right"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each row with a wrong owner or flag."""
        for row in snapshot.rows:
            if row.is_system_scenario:
                if row.created_by != 0 or not row.is_public:
                    actual = f"user {row.created_by}, {'public' if row.is_public else 'private'}"
                    yield self._wrong(row.scenario_id, Store.PRODUCTION, "user 0, public", actual)
            elif not row.created_by:
                owner = "nobody" if row.created_by is None else f"user {row.created_by}"
                yield self._wrong(row.scenario_id, Store.CUSTOM, "a person", owner)

    def _wrong(self, scenario_id: str, store: Store, expected: str, actual: str) -> Finding:
        what = "a system row" if store is Store.PRODUCTION else "a custom scenario"
        return self.finding(
            f"{what} must belong to {expected}, found {actual}",
            scenario_id=scenario_id,
            store=store,
            expected=expected,
            actual=actual,
            hint="Run `scenario-desk repair resync_mirror --plan`."
            if store is Store.PRODUCTION
            else "Give it an owner.",
        )


class ProtectionInPlace(StructuralCheck):
    """The triggers that protect system rows, revisions and the audit log stand as they were installed.

    ## Why it matters

    Without them any program that can write to the database can change production's copy, or what is recorded of
    changes.

    ## How to mend it

    `scenario-desk repair reinstall_protection` installs them again and compares the whole mirror afterwards.

    ## Examples

    Found: a trigger that is missing, altered or disabled; the mirror's context left open, which lets changes through.

    Fine: triggers of other programs.

    ## Limits

    A person who may drop triggers may also put them back. What was changed in between is found by IC105 and IC119.
    """

    code, name = "IC108", "database protection in place"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each problem."""
        with snapshot.connection() as connection:
            for problem in protection.problems(connection):
                yield self.finding(
                    problem, actual=problem, hint="Run `scenario-desk repair reinstall_protection --plan`."
                )


CHECKS: Final[tuple[type[Check], ...]] = (ScenarioCounts, MirrorEqualsProduction, OwnershipAndFlags, ProtectionInPlace)
