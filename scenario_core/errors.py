"""Every error that this project raises on purpose.

ScenarioDeskError
├── SettingsError                     a setting is missing or unusable
├── ScenarioNotFoundError             no such scenario, or not one that this person may know of
├── CollectionNotFoundError           no such collection, or not one that this person may know of
├── PermissionDeniedError             the policy table says no, with the rule that said so
├── InvalidScenarioError              what was to be stored breaks rules, with every fault
├── InvalidQueryError                 a filter, an order or a place in a list can't be read
├── StaleVersionError                 it changed since it was read
├── NotConfirmedError                 what would be deleted was not counted by the person
├── ProtectedScenarioError            production and its mirror can't be changed from the custom side
├── ProposalError
│   ├── ProposalNotFoundError         no such proposal, or not one that this person may know of
│   └── ProposalStateError            where the proposal stands now does not allow this
├── ProductionError
│   ├── ProductionUnreadableError     the production file can't be read as a whole
│   ├── ProductionChangedError        the file moved since it was read
│   ├── ProductionReadOnlyError       served from a backup, so nothing may be saved over the file
│   ├── ProductionLockedError         another process holds the lock
│   └── BackupError                   no such backup, or a damaged one
├── RehearsalError
│   ├── InvalidTurnError              it can't be said, or not now
│   └── InvalidTranscriptError        what was kept of a rehearsal breaks its form
├── UsageError
│   ├── RunNotFoundError              no such run, or one that has ended
│   ├── NoteNotFoundError             no such note, or not one of this person's
│   ├── InvalidRunsError              records of runs break the documented form, with their faults
│   ├── DatasetError                  the files of runs can't be read or written
│   └── UsageEngineError              the engine that measures runs can't be used
└── DatabaseError
    ├── DatabaseUnavailableError      it does not answer
    │   └── DatabaseMissingError      there is no such file
    ├── SchemaOutdatedError           `scenario-desk migrate` has to run first
    ├── AdoptionRequiredError         another program's database: `--adopt` is needed
    └── StalePlanError                a plan was made from a state that has moved
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "AdoptionRequiredError",
    "BackupError",
    "CollectionNotFoundError",
    "DatabaseError",
    "DatabaseMissingError",
    "DatabaseUnavailableError",
    "DatasetError",
    "Fault",
    "InvalidQueryError",
    "InvalidRunsError",
    "InvalidScenarioError",
    "InvalidTranscriptError",
    "InvalidTurnError",
    "NotConfirmedError",
    "NoteNotFoundError",
    "PermissionDeniedError",
    "ProductionChangedError",
    "ProductionError",
    "ProductionLockedError",
    "ProductionReadOnlyError",
    "ProductionUnreadableError",
    "ProposalError",
    "ProposalNotFoundError",
    "ProposalStateError",
    "ProtectedScenarioError",
    "RehearsalError",
    "RunNotFoundError",
    "ScenarioDeskError",
    "ScenarioNotFoundError",
    "SchemaOutdatedError",
    "SettingsError",
    "StalePlanError",
    "StaleVersionError",
    "UsageEngineError",
    "UsageError",
]


FAULTS_IN_MESSAGE = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule at one place.

    `pointer` is a JSON pointer (RFC 6901) to the value, from the root of the file or form that was read. `rule` names
    the broken rule where it is one of ids rather than of values.
    """

    pointer: str
    expected: str
    actual: str = ""
    scenario_id: str | None = None
    rule: Literal["", "key", "namespace", "repeated_key", "repeated_phase"] = ""

    def __str__(self) -> str:
        found = f", found {self.actual}" if self.actual else ""
        return f"{self.pointer or '/'}: expected {self.expected}{found}"


class ScenarioDeskError(Exception):
    """Base of the tree. `hint` says what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


def _listed(faults: tuple[Fault, ...]) -> str:
    more = f"; and {len(faults) - FAULTS_IN_MESSAGE} more" if len(faults) > FAULTS_IN_MESSAGE else ""
    return "; ".join(str(fault) for fault in faults[:FAULTS_IN_MESSAGE]) + more


class SettingsError(ScenarioDeskError):
    """A setting is missing or unusable."""


class ScenarioNotFoundError(ScenarioDeskError):
    """No such scenario, or not one that this person may know of: the two can't be told apart."""

    def __init__(self, scenario_id: str, *, hint: str = "") -> None:
        super().__init__(f"There is no scenario {scenario_id!r}, or it is not shared with you.", hint=hint)
        self.scenario_id = scenario_id


class CollectionNotFoundError(ScenarioDeskError):
    """No such collection, or not one that this person may know of: the two can't be told apart."""

    def __init__(self, collection_id: str) -> None:
        super().__init__(
            f"There is no collection {collection_id!r}, or it is not shared with you.",
            hint="It may have been deleted, or made private by its owner.",
        )


class PermissionDeniedError(ScenarioDeskError):
    """The policy table says no."""

    def __init__(self, message: str, *, rule: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.rule = rule


class InvalidScenarioError(ScenarioDeskError):
    """What was to be stored breaks rules; `faults` holds all of them."""

    def __init__(self, faults: Iterable[Fault], *, hint: str = "") -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        super().__init__(f"{count} fault{'' if count == 1 else 's'}: {_listed(self.faults)}.", hint=hint)


class InvalidQueryError(ScenarioDeskError):
    """A filter, an order or a place in a list can't be read."""


class StaleVersionError(ScenarioDeskError):
    """The stored version is not the one that the change was based on."""

    def __init__(self, scenario_id: str, *, expected: int, current: int) -> None:
        super().__init__(
            f"{scenario_id!r} is at version {current}; this change was based on version {expected}.",
            hint="Read it again, compare, and save on top of the current version.",
        )
        self.scenario_id = scenario_id
        self.expected = expected
        self.current = current


class NotConfirmedError(ScenarioDeskError):
    """Something would be deleted, and the number that was typed is not how many."""

    def __init__(self, noun: str, *, expected: int, typed: int) -> None:
        what = noun if expected == 1 else f"{noun}s"
        super().__init__(
            f"{expected} {what} would be deleted; the number typed is {typed}.",
            hint=f"Look at the plan again. If that is right, type {expected}.",
        )
        self.expected = expected
        self.typed = typed


class ProtectedScenarioError(ScenarioDeskError):
    """Production scenarios and their system rows can't be changed from the custom side."""


class ProposalError(ScenarioDeskError):
    """Something about proposals to production."""


class ProposalNotFoundError(ProposalError):
    """No such proposal, or not one that this person may know of: the two can't be told apart."""

    def __init__(self, proposal_id: str) -> None:
        super().__init__(
            f"There is no proposal {proposal_id!r}, or it is not open to you.",
            hint="Its author may have withdrawn it.",
        )
        self.proposal_id = proposal_id


class ProposalStateError(ProposalError):
    """Where the proposal stands now does not allow this."""


class ProductionError(ScenarioDeskError):
    """Something about the production file."""


class ProductionUnreadableError(ProductionError):
    """The production file can't be read as a whole."""


class ProductionChangedError(ProductionError):
    """The production file changed since it was read."""


class ProductionReadOnlyError(ProductionError):
    """Production is served from a backup, so nothing may be saved over the file."""


class ProductionLockedError(ProductionError):
    """Another process holds the lock on the production file."""


class BackupError(ProductionError):
    """No such backup, or a damaged one."""


class DatabaseError(ScenarioDeskError):
    """Something about the database."""


class DatabaseUnavailableError(DatabaseError):
    """The database does not answer."""


class DatabaseMissingError(DatabaseUnavailableError):
    """There is no such database file."""


class SchemaOutdatedError(DatabaseError):
    """The database has not been migrated to this version of the project."""


class AdoptionRequiredError(DatabaseError):
    """The database belongs to another program and has not been adopted."""


class StalePlanError(DatabaseError):
    """A plan was made from a state that has since moved."""


class RehearsalError(ScenarioDeskError):
    """Something about rehearsing a scenario."""


class InvalidTurnError(RehearsalError):
    """A turn can't be said, or not now."""


class InvalidTranscriptError(RehearsalError):
    """What was kept of a rehearsal breaks its form; `faults` holds all of them."""

    def __init__(self, faults: Iterable[Fault], *, hint: str = "") -> None:
        self.faults = tuple(faults)
        super().__init__(f"This is no transcript of a rehearsal: {_listed(self.faults)}.", hint=hint)


class UsageError(ScenarioDeskError):
    """Something about runs and their measures."""


class RunNotFoundError(UsageError):
    """No such run, or one that has ended."""


class NoteNotFoundError(UsageError):
    """The person has no such note."""


class InvalidRunsError(UsageError):
    """Records of runs break the documented form; `faults` holds the first of `count`, each with its record."""

    def __init__(self, faults: Iterable[Fault], count: int, *, hint: str = "") -> None:
        self.faults = tuple(faults)
        self.count = count
        listed = "; ".join(str(fault) for fault in self.faults[:FAULTS_IN_MESSAGE])
        more = f"; and {count - FAULTS_IN_MESSAGE:,} more" if count > FAULTS_IN_MESSAGE else ""
        super().__init__(f"{count:,} fault{'' if count == 1 else 's'}: {listed}{more}.", hint=hint)


class DatasetError(UsageError):
    """The files of runs can't be read or written."""


class UsageEngineError(UsageError):
    """The engine that measures runs can't be reached, or can't be used."""
