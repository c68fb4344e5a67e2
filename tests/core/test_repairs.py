"""Repairs of structural findings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from scenario_core import integrity
from scenario_core.custom.tables import MIRROR_CONTEXT
from scenario_core.errors import (
    NotConfirmedError,
    PermissionDeniedError,
    StalePlanError,
)
from scenario_core.integrity import Finding, Severity
from scenario_core.people import Person, Role
from scenario_core.scenario import Store
from scenario_core.stewardship import audit_log, backups, repairs, restoring, states
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.restoring import RestorePlan
from scenario_core.stewardship.states import State
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import DINNER, HOTEL, edit, make_intact, spoil
from tests.factories import OWNER


def alter(steward: Steward, *statements: str) -> None:
    with steward.desk.engine.begin() as connection:
        connection.execute(sa.insert(MIRROR_CONTEXT).values(id=1))
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.execute(sa.delete(MIRROR_CONTEXT))


def alter_mirror(steward: Steward) -> None:
    alter(
        steward,
        f"UPDATE scenarios SET title = 'x', created_by = 7 WHERE scenario_id = '{HOTEL}'",
        f"DELETE FROM scenarios WHERE scenario_id = '{DINNER}'",
    )


def drop_trigger(steward: Steward) -> None:
    with steward.desk.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER scenario_desk_protect_scenarios_update")
        connection.execute(sa.insert(MIRROR_CONTEXT).values(id=1))


@pytest.mark.parametrize(
    ("repair", "damage", "code"),
    [
        ("resync_mirror", alter_mirror, "IC105"),
        ("restore_backup", lambda steward: edit(steward, spoil), "IC103"),
        ("approve_baseline", lambda steward: edit(steward, spoil), "IC103"),
        ("reinstall_protection", drop_trigger, "IC108"),
    ],
)
def test_a_repair_mends_what_was_found_and_a_second_run_has_nothing_to_do(
    steward: Steward, repair: str, damage: Callable[[Steward], object], code: str
) -> None:
    damage(steward)
    (found, *_) = [finding for finding in check(steward).findings if finding.code == code]
    assert repair in [each.name for each in repairs.for_finding(found)]
    planned = repairs.plan(steward, repair)
    assert not planned.is_empty
    repairs.apply(steward, planned, deletions=planned.deletions)
    assert [finding for finding in check(steward).findings if finding.code == code] == []
    again = repairs.plan(steward, repair)
    assert (again.is_empty, again.deletions) == (True, 0)
    assert repairs.apply(steward, again) == again.sentences
    logged = {entry.operation for entry in audit_log.entries(steward)}
    assert {"resync_mirror": "mirror"}.get(repair, repair) in logged


def test_a_stale_repair_is_refused(steward: Steward) -> None:
    alter_mirror(steward)
    planned = repairs.plan(steward, "resync_mirror")
    alter(steward, f"UPDATE scenarios SET title = 'y', setting = 'y' WHERE scenario_id = '{HOTEL}'")
    with pytest.raises(StalePlanError):
        repairs.apply(steward, planned)
    protection = repairs.plan(steward, "reinstall_protection")
    drop_trigger(steward)
    moved = repairs.plan(steward, "reinstall_protection")
    assert protection.fingerprint != moved.fingerprint
    with steward.desk.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER scenario_desk_protect_scenarios_delete")
    with pytest.raises(StalePlanError):
        repairs.apply(steward, moved)


def test_rows_whose_scenario_left_the_file_go_only_when_counted(steward: Steward) -> None:
    edit(steward, lambda it: it.pop(HOTEL))
    planned = repairs.plan(steward, "resync_mirror")
    with pytest.raises(NotConfirmedError):
        repairs.apply(steward, planned)
    repairs.apply(steward, planned, deletions=1)
    assert states.compare(states.read(steward, "mirror"), states.read(steward, "production")).is_empty


def test_findings_about_custom_scenarios_have_no_repair_of_production() -> None:
    finding = Finding("IC114", Severity.ERROR, "m", scenario_id="custom_x", store=Store.CUSTOM)
    assert repairs.for_finding(finding) == []


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.ANALYST, Role.VIEWER])
def test_only_content_managers_may_repair_restore_and_read_the_log(steward: Steward, role: Role) -> None:
    other = Steward(steward.desk, Person(OWNER, frozenset({role})))
    actions: list[Callable[[], object]] = [
        *(lambda name=name: repairs.plan(other, name) for name in repairs.REPAIRS),
        lambda: restoring.plan(other, "production", State("x", b"{}")),
        lambda: restoring.apply(other, RestorePlan("production", "x", (), None, b"{}", None)),
        lambda: backups.create(other),
        lambda: backups.approve(other),
        lambda: backups.retention(other),
        lambda: backups.at(other, datetime.now(UTC)),
        lambda: audit_log.entries(other),
        lambda: audit_log.count(other),
    ]
    for action in actions:
        with pytest.raises(PermissionDeniedError):
            action()


def test_the_database_is_repaired_on_each_engine(database_url: str, tmp_path: Path) -> None:
    desk = make_intact(tmp_path, database_url)
    steward = Steward.configured(desk)
    alter_mirror(steward)
    with desk.engine.begin() as connection:
        connection.execute(sa.insert(MIRROR_CONTEXT).values(id=1))
    for name in ("reinstall_protection", "resync_mirror"):
        repairs.apply(steward, repairs.plan(steward, name))
        assert repairs.plan(steward, name).is_empty
    assert check(steward, select=integrity.selection(only=["IC"])).light == "green"
    operations = [entry.operation for entry in audit_log.entries(steward)]
    assert operations[:2] == ["mirror", "reinstall_protection"]
    assert audit_log.count(steward) == len(operations)
    desk.close()
