"""Who may do what: people, roles and the one policy table that every service operation asks.

A private scenario is invisible to everyone but its owner, administrators included. Where a person may not read a
scenario, `require` raises `ScenarioNotFoundError`, so that an error never tells that it exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from scenario_core.errors import PermissionDeniedError, ScenarioNotFoundError
from scenario_core.scenario import Store


class Role(StrEnum):
    """What a person is here for. One person may hold several."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    AUTHOR = "author"
    CONTENT_MANAGER = "content_manager"
    ADMIN = "admin"


class Operation(StrEnum):
    """Everything that the policy table decides."""

    READ = "read"
    EXPORT = "export"
    START = "start"
    REHEARSE = "rehearse"
    KEEP_REHEARSAL = "keep_rehearsal"
    DUPLICATE = "duplicate"
    CREATE = "create"
    IMPORT = "import"
    UPDATE = "update"
    DELETE = "delete"
    RESTORE = "restore"
    SHARE = "share"
    TAG = "tag"
    BOOKMARK = "bookmark"
    LABEL = "label"
    COLLECT = "collect"
    SHARE_COLLECTION = "share_collection"
    RATE = "rate"
    READ_REVISIONS = "read_revisions"
    PROPOSE = "propose"
    WITHDRAW_PROPOSAL = "withdraw_proposal"
    REVIEW = "review_proposals"
    EDIT_PRODUCTION = "edit_production"
    MANAGE_BACKUPS = "manage_backups"
    MIGRATE = "migrate"
    CHECK = "check"
    WAIVE = "waive"
    READ_AUDIT = "read_audit"
    READ_USAGE = "read_usage"
    READ_RUNS = "read_runs"
    MANAGE_RUNS = "manage_runs"
    MANAGE_PEOPLE = "manage_people"


class Scope(StrEnum):
    """Which scenarios a rule reaches."""

    NONE = "no scenario is needed"
    READABLE = "production, shared, or your own"
    OWN = "custom and your own"
    OF_OTHERS = "production, or shared by others"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known by a number. Roles say what they may do; the number says what is theirs."""

    user_id: int
    roles: frozenset[Role]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the policy needs to know of a scenario."""

    scenario_id: str
    store: Store
    owner_id: int | None = None
    is_public: bool = False

    @property
    def is_open(self) -> bool:
        """Whether everyone may read it."""
        return self.store is Store.PRODUCTION or self.is_public

    def readable_by(self, person: Person) -> bool:
        """Production and shared scenarios are everyone's to read, private ones their owner's alone."""
        return self.is_open or self.owned_by(person)

    def owned_by(self, person: Person) -> bool:
        """Whether it is a custom scenario that this person made."""
        return self.store is Store.CUSTOM and self.owner_id == person.user_id


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the policy table."""

    roles: frozenset[Role]
    scope: Scope


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no, and the rule that decided."""

    allowed: bool
    rule: str


class Directory(Protocol):
    """Where people are looked up."""

    def person(self, user_id: int) -> Person:
        """The person with this number; never fails, an unknown one gets the default roles."""
        ...

    def people(self) -> list[Person]:
        """Everyone who is known by name, by number."""
        ...


EVERYONE: Final = frozenset(Role)
AUTHORS: Final = frozenset({Role.AUTHOR, Role.CONTENT_MANAGER, Role.ADMIN})
AUDITORS: Final = frozenset({Role.ANALYST, Role.CONTENT_MANAGER, Role.ADMIN})
MANAGERS: Final = frozenset({Role.CONTENT_MANAGER, Role.ADMIN})

POLICY: Final[dict[Operation, Rule]] = {
    Operation.READ: Rule(EVERYONE, Scope.READABLE),
    Operation.EXPORT: Rule(EVERYONE, Scope.READABLE),
    Operation.START: Rule(EVERYONE, Scope.READABLE),
    Operation.REHEARSE: Rule(EVERYONE, Scope.READABLE),
    Operation.KEEP_REHEARSAL: Rule(AUTHORS, Scope.READABLE),
    Operation.DUPLICATE: Rule(AUTHORS, Scope.READABLE),
    Operation.CREATE: Rule(AUTHORS, Scope.NONE),
    Operation.IMPORT: Rule(AUTHORS, Scope.NONE),
    Operation.UPDATE: Rule(AUTHORS, Scope.OWN),
    Operation.DELETE: Rule(AUTHORS, Scope.OWN),
    Operation.RESTORE: Rule(AUTHORS, Scope.OWN),
    Operation.SHARE: Rule(AUTHORS, Scope.OWN),
    Operation.TAG: Rule(AUTHORS, Scope.OWN),
    Operation.BOOKMARK: Rule(EVERYONE, Scope.READABLE),
    Operation.LABEL: Rule(EVERYONE, Scope.READABLE),
    Operation.COLLECT: Rule(EVERYONE, Scope.NONE),
    Operation.SHARE_COLLECTION: Rule(AUTHORS, Scope.NONE),
    Operation.RATE: Rule(EVERYONE, Scope.OF_OTHERS),
    Operation.READ_REVISIONS: Rule(EVERYONE, Scope.OWN),
    Operation.PROPOSE: Rule(AUTHORS, Scope.OWN),
    Operation.WITHDRAW_PROPOSAL: Rule(EVERYONE, Scope.OWN),
    Operation.REVIEW: Rule(MANAGERS, Scope.NONE),
    Operation.EDIT_PRODUCTION: Rule(MANAGERS, Scope.PRODUCTION),
    Operation.MANAGE_BACKUPS: Rule(MANAGERS, Scope.NONE),
    Operation.MIGRATE: Rule(MANAGERS, Scope.NONE),
    Operation.CHECK: Rule(AUDITORS, Scope.NONE),
    Operation.WAIVE: Rule(MANAGERS, Scope.NONE),
    Operation.READ_AUDIT: Rule(MANAGERS, Scope.NONE),
    Operation.READ_USAGE: Rule(AUDITORS | AUTHORS, Scope.NONE),
    Operation.READ_RUNS: Rule(AUDITORS, Scope.NONE),
    Operation.MANAGE_RUNS: Rule(AUDITORS, Scope.NONE),
    Operation.MANAGE_PEOPLE: Rule(frozenset({Role.ADMIN}), Scope.NONE),
}


def may(person: Person, operation: Operation, subject: Subject | None = None) -> Decision:
    """Ask the policy table. `subject` is needed for every operation on a scenario."""
    rule = POLICY[operation]
    if not person.roles & rule.roles:
        wanted = ", ".join(sorted(rule.roles))
        return Decision(allowed=False, rule=f"{operation} needs one of the roles: {wanted}")
    if rule.scope is Scope.NONE:
        return Decision(allowed=True, rule=f"{operation} is open to your role")
    if subject is None:
        return Decision(allowed=False, rule=f"{operation} needs a scenario")
    reached = {
        Scope.READABLE: subject.readable_by(person),
        Scope.OWN: subject.owned_by(person),
        Scope.OF_OTHERS: subject.is_open and not subject.owned_by(person),
        Scope.PRODUCTION: subject.store is Store.PRODUCTION,
    }[rule.scope]
    return Decision(allowed=reached, rule=f"{operation} reaches scenarios that are {rule.scope}")


def require(person: Person, operation: Operation, subject: Subject | None = None) -> None:
    """Do nothing when the policy allows it.

    Raises:
        ScenarioNotFoundError: the person may not even read the scenario.
        PermissionDeniedError: the person may read it, but not do this.
    """
    if subject is not None and not may(person, Operation.READ, subject).allowed:
        raise ScenarioNotFoundError(subject.scenario_id)
    decision = may(person, operation, subject)
    if not decision.allowed:
        where = f" on {subject.scenario_id!r}" if subject else ""
        raise PermissionDeniedError(
            f"You may not {operation.replace('_', ' ')}{where}: {decision.rule}.", rule=decision.rule
        )
