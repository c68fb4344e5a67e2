"""Backups as content managers see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from scenario_core.errors import (
    NotConfirmedError,
    StalePlanError,
)
from scenario_core.stewardship import audit_log, backups, restoring, states
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import HOTEL, edit, spoil


def test_backups_say_who_made_them_why_and_what_changed(steward: Steward) -> None:
    made = backups.create(steward)
    edit(steward, spoil)
    done = restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    assert done.kept
    found = backups.reasons(steward, [made.name, done.kept])
    assert [(found[name].operation, found[name].actor_id) for name in (made.name, done.kept)] == [
        ("create_backup", 1),
        ("restore_backup", 1),
    ]
    files = {file.name: file for file in steward.desk.production.backup_files()}
    assert backups.change_since(steward, files[done.kept], files[made.name]) == "1 changed in 3 fields"


def test_the_former_baseline_is_kept_and_can_be_approved_again(steward: Steward) -> None:
    approved = states.read(steward, "backup").data
    edit(steward, spoil)
    backups.approve(steward)
    entry = audit_log.entries(steward)[0]
    former = entry.detail["before"]
    assert states.read(steward, former).data == approved
    restoring.apply(steward, restoring.plan(steward, "backup", former))
    assert states.read(steward, "backup").data == approved


def test_the_state_at_a_moment_is_what_was_replaced_after_it(steward: Steward) -> None:
    first = edit(steward, lambda it: it[HOTEL].update(setting="First"))
    moment = datetime.now(UTC)
    restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    between = datetime.now(UTC)
    edit(steward, lambda it: it[HOTEL].update(setting="Second"))
    name = backups.at(steward, moment)
    assert states.read(steward, name).data == first
    assert backups.at(steward, between) == backups.at(steward, datetime.now(UTC)) == "production"


def test_retention_keeps_the_last_week_a_day_for_ninety_and_a_month_for_ever(steward: Steward) -> None:
    folder = steward.desk.production.path.parent / "backups"
    folder.mkdir(exist_ok=True)
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    digest = states.read(steward, "production").revision[:16]
    hours = {}
    for age in (1, 30, 24 * 20, 24 * 20 + 3, 24 * 200, 24 * 202):
        moment = now - timedelta(hours=age)
        name = f"scenarios-{moment:%Y%m%dT%H%M%S.%f}Z-{digest}.json"
        (folder / name).write_bytes(steward.desk.production.read_file())
        hours[name] = age
    planned = backups.retention(steward, now)
    assert {hours[file.name] for file in planned.remove} == {24 * 20 + 3, 24 * 202}
    assert {hours[file.name] for file in planned.keep} == {1, 30, 24 * 20, 24 * 200}
    with pytest.raises(NotConfirmedError, match="2 backups would be deleted"):
        backups.apply_retention(steward, planned, deletions=1)
    assert backups.apply_retention(steward, planned, deletions=2) == 2
    assert backups.retention(steward, now).remove == ()
    with pytest.raises(StalePlanError):
        backups.apply_retention(steward, planned, deletions=2)
    assert audit_log.entries(steward)[0].operation == "delete_backups"
    assert states.read(steward, "backup").data


def move_hotel(document: dict[str, Any], place: str) -> None:
    document[HOTEL]["setting"] = place


def test_the_checks_read_the_newest_backups_and_always_the_approved_one(
    steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("one", "two", "three", "four"):
        edit(steward, partial(move_hotel, place=place))
        backups.create(steward)
    monkeypatch.setattr("scenario_core.integrity.snapshot.MOST_BACKUP_BYTES", 200_000)
    read = steward.desk.snapshot().backups
    assert [backup.kind for backup in read if backup.kind == "baseline"] == ["baseline"]
    assert len(read) == 3
