"""Backups as content managers see them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scenario_core.errors import BackupError, NotConfirmedError, PermissionDeniedError, StalePlanError
from scenario_core.integrity import verdicts
from scenario_core.people import Person, Role
from scenario_core.production.backups import Backup, BackupFile, examine
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


NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def keep(steward: Steward, hours: float, data: bytes, *, former: bool = False) -> str:
    """A backup of so many hours before `NOW`; returns its name."""
    folder = steward.desk.production.path.with_name("backups")
    folder.mkdir(exist_ok=True)
    moment = NOW - timedelta(hours=hours)
    suffix = ".baseline" if former else ""
    name = f"scenarios-{moment:%Y%m%dT%H%M%S.%f}Z-{hashlib.sha256(data).hexdigest()[:16]}{suffix}.json"
    (folder / name).write_bytes(data)
    return name


def removed(steward: Steward) -> set[str]:
    return {file.name for file in backups.retention(steward, NOW).remove}


def test_retention_never_takes_a_readable_backup_for_the_sake_of_a_broken_one(steward: Steward) -> None:
    good = steward.desk.production.read_file()
    for day in (24 * 20, 24 * 200):
        keep(steward, day + 3, good)
    broken = {keep(steward, 24 * 20, b"{ broken"), keep(steward, 24 * 200, b"{ broken")}
    assert removed(steward) == broken


def test_retention_counts_former_baselines_apart(steward: Steward) -> None:
    good = steward.desk.production.read_file()
    for day in (24 * 20, 24 * 200):
        keep(steward, day, good, former=True)
        keep(steward, day + 3, good)
    assert removed(steward) == set()
    older = {keep(steward, 24 * 20 + 4, good, former=True), keep(steward, 24 * 200 + 4, good)}
    assert removed(steward) == older


def test_retention_keeps_the_newest_readable_backup_of_all(steward: Steward) -> None:
    keep(steward, 24 * 400, steward.desk.production.read_file())
    for hours in (1, 24 * 2):
        keep(steward, hours, b"{ broken")
    old = keep(steward, 24 * 399, b"{ broken")
    assert removed(steward) == {old}


def test_retention_leaves_alone_what_can_not_be_opened(steward: Steward) -> None:
    good = steward.desk.production.read_file()
    name, older = keep(steward, 24 * 20, good), keep(steward, 24 * 20 + 1, good)
    path = steward.desk.production.path.with_name("backups") / name
    path.unlink()
    path.symlink_to("nowhere")
    assert [file.name for file in backups.retention(steward, NOW).keep] == [name, older]


def test_a_retention_that_fails_half_way_says_what_is_gone(steward: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [keep(steward, 24 * 20 + hours, steward.desk.production.read_file()) for hours in range(4)]
    planned = backups.retention(steward, NOW)
    assert [file.name for file in planned.remove] == names[1:]
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - as Path.unlink has it
        if path.name == names[2]:
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        with pytest.raises(BackupError, match="Permission denied"):
            backups.apply_retention(steward, planned, deletions=3)
    entry = audit_log.entries(steward)[0]
    assert (entry.operation, entry.detail) == ("delete_backups", {"count": 1, "names": [names[1]]})


def test_a_folder_that_is_named_like_a_backup_is_none(steward: Steward) -> None:
    name = keep(steward, 1, b"{}")
    path = steward.desk.production.path.with_name("backups") / name
    path.unlink()
    path.mkdir()
    assert name not in [file.name for file in steward.desk.production.backup_files()]


@pytest.mark.parametrize("roles", [{Role.ANALYST}, {Role.AUTHOR, Role.VIEWER}], ids=["an analyst", "an author"])
def test_who_may_not_manage_backups_is_told_nothing_of_them_and_deletes_none(
    steward: Steward, roles: set[Role]
) -> None:
    keep(steward, 24 * 20, b"{ broken")
    planned = backups.retention(steward, NOW)
    (file,) = planned.remove
    other = Steward(steward.desk, Person(3, frozenset(roles)))
    asked: list[Callable[[], object]] = [
        lambda: backups.reasons(other, [file.name]),
        lambda: backups.change_since(other, file, file),
        lambda: backups.retention(other),
        lambda: backups.apply_retention(other, planned, deletions=1),
        lambda: backups.create(other),
        lambda: backups.approve(other),
        lambda: backups.at(other, NOW),
    ]
    for ask in asked:
        with pytest.raises(PermissionDeniedError, match="manage_backups"):
            ask()
    assert file in steward.desk.production.backup_files()


def test_a_backup_is_read_again_only_once_its_file_has_changed(
    steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backups.create(steward)
    read: list[str] = []

    def counted(file: BackupFile) -> Backup:
        read.append(file.name)
        return examine(file)

    monkeypatch.setattr("scenario_core.production.backups.examine", counted)
    for _ in range(2):
        assert [each.problem for each in steward.desk.snapshot().backups] == ["", ""]
    assert sorted(read) == sorted([made.name, "scenarios.json.backup"])
    made.path.write_bytes(made.path.read_bytes().replace(b"Harbour", b"Haarbor", 1))
    assert "does not match" in next(each.problem for each in steward.desk.snapshot().backups if each.kind == "kept")
    assert read.count(made.name) == 2


def test_a_backup_that_could_not_be_opened_is_tried_again(steward: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = steward.desk.production.backup_files()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", lambda _path: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        assert verdicts.examined(file).problem == "Input/output error"
    assert verdicts.examined(file).problem == ""


def test_no_more_verdicts_than_a_bound_are_remembered(steward: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "MOST", 2)
    for hours in range(4):
        keep(steward, hours, steward.desk.production.read_file())
    for file in steward.desk.production.backup_files():
        verdicts.examined(file)
    assert len(verdicts._known) == 2


def test_an_approved_backup_that_equals_production_is_not_read_for_its_content(
    steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = steward.desk.snapshot()
    assert snapshot.backups
    monkeypatch.setattr(Path, "read_bytes", lambda _path: pytest.fail("it was read"))
    assert snapshot.baseline == steward.desk.production.state.loaded.document.data


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
