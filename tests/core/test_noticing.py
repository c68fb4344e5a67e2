"""Noticing what other programs did to the production file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scenario_core.custom.proposal_records import Proposal
from scenario_core.integrity import history
from scenario_core.stewardship import audit_log, proposals, restoring
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.noticing import notice_outside_change
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import copy_proposed, proposed, publish
from tests.core.steward_examples import DINNER, HOTEL, edit, spoil

OUTSIDE = audit_log.AuditFilter(operation="edited_outside")


def outside(steward: Steward) -> list[tuple[str | None, str | None]]:
    """The changes that were noticed, the first one first."""
    entries = reversed(audit_log.entries(steward, OUTSIDE))
    return [(entry.detail["before_sha256"], entry.detail["after_sha256"]) for entry in entries]


def revision(steward: Steward) -> str:
    return steward.desk.production.revision


def test_what_another_program_did_after_a_restore_is_told_against_what_the_restore_left(steward: Steward) -> None:
    edit(steward, spoil)
    check(steward)
    restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    restored = revision(steward)
    edit(steward, lambda it: it[DINNER].update(setting="Elsewhere"))
    check(steward)
    assert outside(steward) == [(restored, revision(steward))]


def test_a_change_that_a_restore_is_about_to_replace_is_noticed_before_it(steward: Steward) -> None:
    first = revision(steward)
    check(steward)
    edit(steward, spoil)
    spoiled = revision(steward)
    notice_outside_change(steward, spoiled)
    restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    check(steward)
    assert outside(steward) == [(first, spoiled)]


def test_each_change_is_noticed_once_and_so_is_the_way_back(steward: Steward) -> None:
    first = revision(steward)
    check(steward)
    edit(steward, lambda it: it[HOTEL].update(setting="Elsewhere"))
    second = revision(steward)
    check(steward)
    check(steward)
    edit(steward, lambda it: it[HOTEL].update(setting="Nowhere"))
    third = revision(steward)
    check(steward)
    edit(steward, lambda it: it[HOTEL].update(setting="Elsewhere"))
    check(steward)
    assert outside(steward) == [(first, second), (second, third), (third, second)]


def test_a_file_that_another_program_broke_or_took_away_is_noticed_too(steward: Steward) -> None:
    path = steward.desk.production.path
    whole, first = path.read_bytes(), revision(steward)
    check(steward)
    path.write_bytes(b"[]")
    check(steward)
    path.unlink()
    check(steward)
    path.write_bytes(whole)
    check(steward)
    broken = outside(steward)[0][1]
    assert outside(steward) == [(first, broken), (broken, None), (None, first)]


def test_nothing_is_noticed_where_nothing_is_known_yet(steward: Steward) -> None:
    notice_outside_change(steward, "0" * 64)
    assert outside(steward) == []


def test_a_restore_during_a_run_of_the_checks_is_no_change_by_another_program(steward: Steward) -> None:
    edit(steward, spoil)
    planned = restoring.plan(steward, "production", "backup")

    def restore(done: int, _total: int) -> None:
        if done == 1 and revision(steward) == planned.replacing:
            restoring.apply(steward, planned)

    check(steward, progress=restore)
    check(steward)
    assert outside(steward) == []


def test_a_run_knows_what_it_looked_at_though_no_entry_says_so(steward: Steward) -> None:
    edit(steward, spoil)
    restoring.apply(steward, restoring.plan(steward, "production", "backup"))
    edit(steward, spoil)
    looked_at = revision(steward)
    history.record(steward.desk.engine, check(steward, record=False), steward.user_id)
    check(steward)
    edit(steward, lambda it: it[DINNER].update(setting="Elsewhere"))
    check(steward)
    assert outside(steward) == [(looked_at, revision(steward))]


def test_a_run_that_keeps_no_place_in_the_history_notices_nothing(steward: Steward) -> None:
    check(steward)
    edit(steward, spoil)
    check(steward, record=False)
    assert outside(steward) == []


@pytest.mark.parametrize("record", [True, False], ids=["recorded", "not recorded"])
def test_the_checks_look_at_the_file_as_it_is_now(steward: Steward, *, record: bool) -> None:
    assert check(steward, record=record).light == "green"
    path = steward.desk.production.path
    path.write_bytes(path.read_bytes().replace(b'"travel"', b'"cooking"', 1))
    assert check(steward, record=record).light == "red"


def interrupted(patch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Lose the database after production was written."""

    def lost(*_: object, **__: object) -> None:
        raise ConnectionError("gone")

    with patch.context() as at:
        at.setattr("scenario_core.mirror.follow", lost)
        with pytest.raises(ConnectionError):
            act()


@pytest.mark.parametrize("make", [proposed, copy_proposed])
def test_what_an_interruption_left_is_no_change_by_another_program(
    manager: Steward, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Proposal]
) -> None:
    check(manager)
    found = make(manager.desk)
    interrupted(monkeypatch, lambda: publish(manager, found))
    check(manager)
    publish(manager, found)
    interrupted(monkeypatch, lambda: proposals.revert(manager, proposals.plan_revert(manager, found.proposal_id)))
    check(manager)
    proposals.revert(manager, proposals.plan_revert(manager, found.proposal_id))
    check(manager)
    assert outside(manager) == []


def test_what_another_program_did_besides_an_interruption_is_noticed(
    manager: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(manager)
    first = revision(manager)
    interrupted(monkeypatch, lambda: publish(manager, proposed(manager.desk)))
    edit(manager, lambda it: it["one"].update(setting="Elsewhere"))
    check(manager)
    assert outside(manager) == [(first, revision(manager))]


def test_what_another_program_did_before_publishing_and_taking_back_is_noticed(manager: Steward) -> None:
    check(manager)
    first = revision(manager)
    edit(manager, lambda it: it["one"].update(setting="Elsewhere"))
    second = revision(manager)
    done = publish(manager, proposed(manager.desk))
    published = revision(manager)
    edit(manager, lambda it: it["one"].update(setting="Nowhere"))
    third = revision(manager)
    proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id))
    assert outside(manager) == [(first, second), (published, third)]
