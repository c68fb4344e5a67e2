"""Who may do what: every role x ownership x visibility x operation, against a table written by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.custom import CustomScenario, ScenarioBuilderService
from scenario_core.errors import PermissionDeniedError, ScenarioNotFoundError
from scenario_core.people import POLICY, Operation, Person, Role, Subject, may
from scenario_core.scenario import Store
from tests.factories import OWNER, STRANGER, builder, scenario_document

SUBJECTS = {
    "production": Subject("p", Store.PRODUCTION),
    "own private": Subject("c", Store.CUSTOM, OWNER),
    "own shared": Subject("c", Store.CUSTOM, OWNER, is_public=True),
    "other's private": Subject("c", Store.CUSTOM, STRANGER),
    "other's shared": Subject("c", Store.CUSTOM, STRANGER, is_public=True),
    "nobody's private": Subject("c", Store.CUSTOM, None),
}
READABLE = {"production", "own private", "own shared", "other's shared"}
OWN = {"own private", "own shared"}
ALL_ROLES = set(Role)
AUTHORS = {Role.AUTHOR, Role.CONTENT_MANAGER, Role.ADMIN}
MANAGERS = {Role.CONTENT_MANAGER, Role.ADMIN}
ANY = set(SUBJECTS)
OF_OTHERS = {"production", "other's shared"}

TABLE: dict[Operation, tuple[set[Role], set[str]]] = {
    Operation.READ: (ALL_ROLES, READABLE),
    Operation.EXPORT: (ALL_ROLES, READABLE),
    Operation.START: (ALL_ROLES, READABLE),
    Operation.REHEARSE: (ALL_ROLES, READABLE),
    Operation.KEEP_REHEARSAL: (AUTHORS, READABLE),
    Operation.DUPLICATE: (AUTHORS, READABLE),
    Operation.CREATE: (AUTHORS, ANY),
    Operation.IMPORT: (AUTHORS, ANY),
    Operation.UPDATE: (AUTHORS, OWN),
    Operation.DELETE: (AUTHORS, OWN),
    Operation.RESTORE: (AUTHORS, OWN),
    Operation.SHARE: (AUTHORS, OWN),
    Operation.TAG: (AUTHORS, OWN),
    Operation.BOOKMARK: (ALL_ROLES, READABLE),
    Operation.LABEL: (ALL_ROLES, READABLE),
    Operation.COLLECT: (ALL_ROLES, ANY),
    Operation.SHARE_COLLECTION: (AUTHORS, ANY),
    Operation.RATE: (ALL_ROLES, OF_OTHERS),
    Operation.READ_REVISIONS: (ALL_ROLES, OWN),
    Operation.PROPOSE: (AUTHORS, OWN),
    Operation.WITHDRAW_PROPOSAL: (ALL_ROLES, OWN),
    Operation.REVIEW: (MANAGERS, ANY),
    Operation.EDIT_PRODUCTION: (MANAGERS, {"production"}),
    Operation.MANAGE_BACKUPS: (MANAGERS, ANY),
    Operation.MIGRATE: (MANAGERS, ANY),
    Operation.CHECK: ({Role.ANALYST, *MANAGERS}, ANY),
    Operation.WAIVE: (MANAGERS, ANY),
    Operation.READ_AUDIT: (MANAGERS, ANY),
    Operation.READ_USAGE: (ALL_ROLES - {Role.VIEWER}, ANY),
    Operation.READ_RUNS: ({Role.ANALYST, *MANAGERS}, ANY),
    Operation.MANAGE_RUNS: ({Role.ANALYST, *MANAGERS}, ANY),
    Operation.MANAGE_PEOPLE: ({Role.ADMIN}, ANY),
}


def test_every_operation_has_its_line_in_both_tables() -> None:
    assert set(TABLE) == set(Operation) == set(POLICY)


@pytest.mark.parametrize(("operation", "role", "subject"), list(product(Operation, Role, SUBJECTS)))
def test_the_policy_says_what_the_table_says(operation: Operation, role: Role, subject: str) -> None:
    roles, subjects = TABLE[operation]
    decision = may(Person(OWNER, frozenset({role})), operation, SUBJECTS[subject])
    assert decision.allowed == (role in roles and subject in subjects), decision.rule


@pytest.mark.parametrize("operation", list(Operation))
def test_a_person_without_a_role_may_do_nothing(operation: Operation) -> None:
    assert not any(may(Person(OWNER, frozenset()), operation, subject).allowed for subject in SUBJECTS.values())


class Everyone:
    """A directory in which everyone has one role."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def person(self, user_id: int) -> Person:
        return Person(user_id, frozenset({self.role}))

    def people(self) -> list[Person]:
        return []


Call = Callable[[ScenarioBuilderService, CustomScenario], Any]
WITHOUT_A_SCENARIO = {Operation.CREATE, Operation.IMPORT, Operation.COLLECT, Operation.SHARE_COLLECTION}
CALLS: dict[Operation, list[Call]] = {
    Operation.READ: [lambda service, it: service.get_scenario(it.scenario_id, OWNER)],
    Operation.DUPLICATE: [lambda service, it: service.duplicate_scenario(it.scenario_id, OWNER)],
    Operation.CREATE: [
        lambda service, _: service.create_scenario(OWNER, scenario_document()),
        lambda service, _: service.drafts.open(OWNER, {}),
    ],
    Operation.IMPORT: [lambda service, _: service.import_scenarios(OWNER, [scenario_document()])],
    Operation.UPDATE: [
        lambda service, it: service.update_scenario(
            it.scenario_id, OWNER, scenario_document(name="New"), expected_version=it.version
        ),
        lambda service, it: service.drafts.edit(it.scenario_id, OWNER),
    ],
    Operation.REHEARSE: [
        lambda service, it: service.rehearsals.current(OWNER, it.scenario_id),
        lambda service, it: service.rehearsals.go_on(OWNER, it.scenario_id, {"turns": []}, expected_version=0),
    ],
    Operation.KEEP_REHEARSAL: [lambda service, it: service.rehearsals.keep(OWNER, it.scenario_id, "One", {}, {})],
    Operation.SHARE: [
        lambda service, it: service.set_visibility(
            it.scenario_id, OWNER, is_public=not it.is_public, expected_version=it.version
        )
    ],
    Operation.DELETE: [lambda service, it: service.delete_scenario(it.scenario_id, OWNER, expected_version=it.version)],
    Operation.READ_REVISIONS: [lambda service, it: service.revisions.list(it.scenario_id, OWNER)],
    Operation.BOOKMARK: [lambda service, it: service.bookmarks.add(it.scenario_id, OWNER)],
    Operation.LABEL: [lambda service, it: service.labels.put(it.scenario_id, OWNER, ["exam"])],
    Operation.RATE: [
        lambda service, it: service.ratings.rate(it.scenario_id, OWNER, 4),
        lambda service, it: service.ratings.withdraw(it.scenario_id, OWNER),
    ],
    Operation.COLLECT: [lambda service, _: service.collections.create(OWNER, "Mine")],
    Operation.SHARE_COLLECTION: [
        lambda service, _: service.collections.set_visibility(
            service.collections.create(OWNER, "Mine").collection_id, OWNER, is_public=True, expected_version=1
        )
    ],
    Operation.PROPOSE: [
        lambda service, it: service.proposals.propose(it.scenario_id, OWNER, expected_version=it.version)
    ],
}


def stored(engine: sa.Engine, subject: Subject) -> CustomScenario:
    assert subject.owner_id is not None
    with builder(engine, directory=Everyone(Role.AUTHOR)) as service:
        made = service.create_scenario(subject.owner_id, scenario_document())
        if not subject.is_public:
            return made
        return service.set_visibility(made.scenario_id, subject.owner_id, is_public=True, expected_version=1)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("subject", [name for name, each in SUBJECTS.items() if each.owner_id])
@pytest.mark.parametrize(("operation", "call"), [(name, call) for name, calls in CALLS.items() for call in calls])
def test_the_service_does_what_the_policy_says(
    sqlite_engine: sa.Engine, operation: Operation, call: Call, subject: str, role: Role
) -> None:
    it = stored(sqlite_engine, SUBJECTS[subject])
    roles, subjects = TABLE[operation]
    with builder(sqlite_engine, directory=Everyone(role)) as service:
        if role in roles and subject in subjects:
            call(service, it)
            return
        hidden = subject not in READABLE and operation not in WITHOUT_A_SCENARIO
        with pytest.raises(ScenarioNotFoundError if hidden else PermissionDeniedError) as caught:
            call(service, it)
        if hidden:
            assert str(caught.value) == str(ScenarioNotFoundError(it.scenario_id))


def test_an_error_about_a_private_scenario_is_that_of_one_that_is_not_there(sqlite_engine: sa.Engine) -> None:
    it = stored(sqlite_engine, SUBJECTS["other's private"])
    unknown = it.scenario_id[:-1] + ("0" if it.scenario_id[-1] != "0" else "1")
    with builder(sqlite_engine) as service:
        said = []
        for name in (it.scenario_id, unknown):
            with pytest.raises(ScenarioNotFoundError) as caught:
                service.get_scenario(name, OWNER)
            said.append(str(caught.value).replace(name, "ID"))
    assert said[0] == said[1]
