"""Reading the audit log."""

from __future__ import annotations

import pytest

from scenario_core.errors import PermissionDeniedError
from scenario_core.people import Person, Role
from scenario_core.scenario import Store
from scenario_core.stewardship import audit_log, backups, restoring, states
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import edit, spoil
from tests.factories import OWNER, builder, scenario_document


def test_the_audit_log_is_filtered_and_read_page_by_page(steward: Steward, copy_id: str) -> None:
    backups.create(steward)
    everything = audit_log.entries(steward)
    paged, before = [], None
    while page := audit_log.entries(steward, before=before, limit=2):
        paged += page
        before = page[-1].id
    assert paged == everything
    of_copy = audit_log.entries(steward, audit_log.AuditFilter(scenario_id=copy_id))
    assert [entry.operation for entry in of_copy] == ["update", "duplicate"]
    assert audit_log.difference(steward, of_copy[0]) == (f"revision:{copy_id}@1", f"scenario:{copy_id}")
    assert [entry.operation for entry in audit_log.entries(steward, audit_log.AuditFilter(store=Store.PRODUCTION))] == [
        "create_backup",
        "mirror",
    ]
    assert audit_log.entries(steward, audit_log.AuditFilter(until=everything[-1].at)) == []
    assert audit_log.count(steward, audit_log.AuditFilter(operation="update", actor_id=1)) == 1
    assert audit_log.choices(steward) == (["create_backup", "duplicate", "mirror", "update"], [1])


def test_an_export_of_the_log_holds_no_formula(steward: Steward) -> None:
    steward.log("create_backup", "=cmd()", backup="+1")
    table = audit_log.to_csv(audit_log.entries(steward))
    assert ",'=cmd()," in table
    assert table.startswith("\ufeffid,at,")


def test_which_private_scenario_was_copied_is_not_told(steward: Steward) -> None:
    with builder(steward.desk.engine) as service:
        private = service.create_scenario(OWNER, scenario_document(name="Secret")).scenario_id
        copy = service.duplicate_scenario(private, OWNER, "For everyone")
        service.set_visibility(copy.scenario_id, OWNER, is_public=True, expected_version=1)
    seen = audit_log.entries(steward)
    assert "duplicate" in [entry.operation for entry in seen]
    assert private not in audit_log.to_csv(seen)


def test_a_difference_is_told_only_while_both_of_its_states_are_kept(steward: Steward) -> None:
    edit(steward, spoil)
    done = restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    entry = audit_log.entries(steward)[0]
    assert audit_log.difference(steward, entry) == (done.kept, "production")
    edit(steward, spoil)
    assert audit_log.difference(steward, entry) == (done.kept, "backup")
    steward.desk.production.path.with_name("backups").joinpath(str(done.kept)).unlink()
    assert audit_log.difference(steward, entry) == ("production", "backup")
    edit(steward, lambda it: it.popitem())
    assert audit_log.difference(steward, entry) is None


def test_the_approved_backup_is_named_as_what_an_approval_made_only_while_it_is(steward: Steward) -> None:
    edit(steward, spoil)
    backups.approve(steward)
    entry = audit_log.entries(steward)[0]
    edit(steward, lambda it: it.popitem())
    former = entry.detail["before"]
    assert audit_log.difference(steward, entry) == (former, "backup")
    backups.approve(steward)
    kept = audit_log.entries(steward)[0].detail["before"]
    assert audit_log.difference(steward, entry) == (former, kept)
    assert states.read(steward, kept).revision == entry.detail["after_sha256"]
    steward.desk.production.path.with_name("backups").joinpath(kept).unlink()
    assert audit_log.difference(steward, entry) is None


def test_who_may_not_read_the_log_is_told_neither_entries_nor_choices(steward: Steward) -> None:
    analyst = Steward(steward.desk, Person(3, frozenset({Role.ANALYST, Role.AUTHOR, Role.VIEWER})))
    for asked in (audit_log.entries, audit_log.count, audit_log.choices):
        with pytest.raises(PermissionDeniedError, match="read_audit"):
            asked(analyst)
