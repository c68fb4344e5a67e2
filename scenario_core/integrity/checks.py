"""The checks: one class each, with a code that never changes its meaning.

A check's docstring says what it does, why what it finds is bad, and how to mend it.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from scenario_core.custom import protection
from scenario_core.errors import BackupError, ProductionUnreadableError
from scenario_core.integrity.diff import diff_documents
from scenario_core.integrity.findings import Finding, Severity
from scenario_core.integrity.snapshot import CouldNotRunError, Snapshot
from scenario_core.scenario import SYSTEM_USER_ID, in_custom_namespace, is_custom_id


class Check(ABC):
    """One question to a snapshot. Subclasses are registered in the order in which they are written."""

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    registered: ClassVar[list[type[Check]]] = []

    def __init_subclass__(cls) -> None:
        Check.registered.append(cls)

    @abstractmethod
    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """Yield what is wrong.

        Raises:
            CouldNotRunError: what the check needs is not there.
        """

    def finding(self, message: str, *, severity: Severity | None = None, **more: Any) -> Finding:
        """A finding of this check."""
        return Finding(self.code, severity or self.severity, message, **more)


class ProductionServedFromFile(Check):
    """The production file can be read as a whole.

    Otherwise everyone sees a backup or the predefined scenarios, and nothing can be saved.
    Mend the file at the place that is named, or restore a backup: `scenario-desk backup restore`.
    """

    code, name = "IC101", "production file readable"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """See the class."""
        source = snapshot.manager.source
        if not source.is_file:
            yield self.finding(
                source.reason, hint="Run `scenario-desk backup list`, then `scenario-desk backup restore`."
            )


class ProductionRecordsValid(Check):
    """Every record of the production file is a valid scenario.

    A record that is not stays in the file, but nobody can practise it.
    Mend the field that is named, or bring the scenario back with `scenario-desk backup restore --scenario ID`.
    """

    code, name = "IC102", "production records valid"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """See the class."""
        for fault in snapshot.manager.errors:
            yield self.finding(
                f"expected {fault.expected}" + (f", found {fault.actual}" if fault.actual else ""),
                scenario_id=fault.scenario_id,
                pointer=fault.pointer.removeprefix(f"/{fault.scenario_id}"),
                expected=fault.expected,
                actual=fault.actual,
                hint="Mend the field in the production file, or restore the scenario from a backup.",
            )


class ProductionEqualsBaseline(Check):
    """Production is what was approved: it equals the baseline, the `.backup` file beside it.

    A difference is either an edit that nobody has approved yet, or damage.
    Look at `scenario-desk diff`; then restore, or approve it: `scenario-desk backup create --baseline`.
    """

    code, name, severity = "IC103", "production equals its approved backup", Severity.WARNING

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """See the class."""
        manager = snapshot.manager
        try:
            baseline = manager.read_baseline()
        except BackupError as error:
            yield self.finding(error.message, hint="Run `scenario-desk backup create --baseline`.")
            return
        try:
            difference = diff_documents(baseline, manager.read_file())
        except ProductionUnreadableError as error:
            raise CouldNotRunError(str(error)) from error
        for scenario_id in difference.added:
            yield self._differs(scenario_id, "added since the approved backup")
        for scenario_id in difference.removed:
            yield self._differs(scenario_id, "removed since the approved backup")
        for scenario_id, change in difference.changed.items():
            fields = ", ".join(dict.fromkeys(each.field for each in change.changes))
            yield self._differs(scenario_id, f"changed since the approved backup: {fields}")

    def _differs(self, scenario_id: str, message: str) -> Finding:
        return self.finding(message, scenario_id=scenario_id, hint="Look at `scenario-desk diff`.")


class ScenarioCounts(Check):
    """Production, its system rows in the database and the expected count agree.

    A lower count means that scenarios were lost somewhere.
    Look at `scenario-desk diff`; `scenario-desk migrate` brings the rows in line with the file.
    """

    code, name = "IC104", "scenario counts agree"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """See the class."""
        production = len(snapshot.manager.scenarios)
        if snapshot.expected_count is not None and production != snapshot.expected_count:
            yield self._count("production scenarios", snapshot.expected_count, production)
        system = sum(1 for row in snapshot.rows if row["is_system_scenario"])
        if system != production:
            yield self._count("system rows in the database", production, system)

    def _count(self, what: str, expected: int, actual: int) -> Finding:
        return self.finding(
            f"expected {expected} {what}, found {actual}",
            expected=str(expected),
            actual=str(actual),
            hint="Run `scenario-desk diff` and `scenario-desk migrate --plan`.",
        )


class MirrorEqualsProduction(Check):
    """Every production scenario stands in the database as a system row, field by field.

    A row that differs was altered behind the protection, or the file has moved on.
    `scenario-desk migrate --plan` shows what would be done, `scenario-desk migrate` does it.
    """

    code, name = "IC105", "mirror equals production"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """See the class."""
        made = snapshot.mirror_plan
        for scenario_id in made.insert:
            yield self._mirror(scenario_id, "missing from the mirror")
        for scenario_id, fields in made.update.items():
            yield self._mirror(scenario_id, f"differs in the mirror: {', '.join(fields)}")
        for scenario_id in made.retire:
            yield self._mirror(scenario_id, "in the mirror, but not in production")
        for note in made.blocked:
            yield self._mirror(note.scenario_id, f"can't be mirrored: {note.reason}")

    def _mirror(self, scenario_id: str, message: str) -> Finding:
        return self.finding(message, scenario_id=scenario_id, hint="Run `scenario-desk migrate --plan`.")


class IdsWellFormed(Check):
    """Ids route to the right store, and no two can be mistaken for each other, by case or Unicode form either.

    An id of the wrong form reaches the wrong store, or none.
    Ids of an adopted database without the prefix `custom_` stay usable and are noted only.
    """

    code, name = "IC106", "ids well formed and distinct"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """See the class."""
        seen = {_alike(scenario_id): scenario_id for scenario_id in snapshot.manager.scenarios}
        yield from self._alike_in_production(snapshot)
        for row in snapshot.rows:
            scenario_id = row["scenario_id"]
            if row["is_system_scenario"]:
                continue
            twin = seen.setdefault(_alike(scenario_id), scenario_id)
            if twin != scenario_id or twin in snapshot.manager.scenarios:
                yield self.finding(
                    f"can be mistaken for {twin!r}", scenario_id=scenario_id, hint="Duplicate it, delete it."
                )
            if not in_custom_namespace(scenario_id):
                yield self.finding(
                    "a custom scenario without the prefix custom_, usable as it is",
                    severity=Severity.NOTICE,
                    scenario_id=scenario_id,
                )
            elif not is_custom_id(scenario_id):
                yield self.finding(
                    "a custom id of another form than custom_{category}_{seconds}_{8 hex digits}",
                    severity=Severity.NOTICE,
                    scenario_id=scenario_id,
                )

    def _alike_in_production(self, snapshot: Snapshot) -> Iterator[Finding]:
        seen: dict[str, str] = {}
        for scenario_id in snapshot.manager.scenarios:
            twin = seen.setdefault(_alike(scenario_id), scenario_id)
            if twin != scenario_id:
                yield self.finding(f"can be mistaken for {twin!r}", scenario_id=scenario_id, hint="Rename one of them.")


class OwnershipAndFlags(Check):
    """System rows belong to the system user and are public; custom rows belong to somebody else.

    A system row with another owner could be edited as custom; a custom row of the system user by nobody.
    `scenario-desk migrate` mends system rows.
    """

    code, name = "IC107", "ownership and flags right"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """See the class."""
        for row in snapshot.rows:
            owner = row["created_by"]
            if row["is_system_scenario"]:
                if owner != SYSTEM_USER_ID or not row["is_public"]:
                    yield self._wrong(row, "a system row must belong to user 0 and be public")
            elif owner is None or owner == SYSTEM_USER_ID:
                yield self._wrong(row, "a custom scenario must belong to a person")

    def _wrong(self, row: Any, message: str) -> Finding:
        return self.finding(
            message, scenario_id=row["scenario_id"], expected="", actual=f"created_by {row['created_by']}"
        )


class ProtectionInPlace(Check):
    """The triggers that protect system rows stand as they were installed.

    Without them any program can change production's copy in the database.
    `scenario-desk migrate` installs them again.
    """

    code, name = "IC108", "database protection in place"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """See the class."""
        with snapshot.connection() as connection:
            for problem in protection.problems(connection):
                yield self.finding(problem, hint="Run `scenario-desk migrate`.")


CHECKS: Final = tuple(Check.registered)


def _alike(scenario_id: str) -> str:
    return unicodedata.normalize("NFKC", scenario_id).casefold()
