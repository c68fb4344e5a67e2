"""Publishing that is interrupted between the file and the database: it is finished later, by anybody, and once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core import mirror
from scenario_core.custom import proposal_records
from scenario_core.custom.proposal_records import ProposalState
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import DatabaseUnavailableError, ProductionError, ProposalStateError
from scenario_core.stewardship import checking, proposals
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import (
    another_manager,
    bytes_of,
    copy_proposed,
    mirrored_ids,
    publish,
    record_of,
    structural,
)
from tests.core.proposal_examples import proposed as added
from tests.factories import ADMIN, OWNER, builder, scenario_document

Interrupted = Callable[[Callable[[], object]], None]


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Interrupted:
    """Does something with a database that fails after the production file was written."""

    def fail(*_: Any, **__: Any) -> None:
        raise sa.exc.OperationalError("statement", {}, Exception("the connection is lost"))

    def attempt(call: Callable[[], object]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(mirror, "follow", fail)
            with pytest.raises(DatabaseUnavailableError, match="connection is lost"):
                call()

    return attempt


@pytest.mark.parametrize("make", [added, copy_proposed])
def test_a_database_that_fails_after_the_save_is_caught_up_with(
    manager: Steward, interrupted: Interrupted, make: Any
) -> None:
    checking.check(manager)
    before = bytes_of(manager)
    found = make(manager.desk)
    interrupted(lambda: publish(manager, found))
    written = bytes_of(manager)
    assert written != before
    half = proposals.get(manager, found.proposal_id)
    assert half.state is ProposalState.OPEN
    assert mirrored_ids(manager.desk) == {"one", "two", "three"}
    other = another_manager(manager.desk)
    planned = proposals.plan(other, found.proposal_id, "quite_another_id")
    assert planned.is_written
    done = proposals.publish(other, planned)
    assert bytes_of(manager) == written
    assert done.publication
    assert manager.desk.production.read_backup(done.publication.backup or "") == before
    assert structural(manager) == []
    with manager.desk.engine.connect() as connection:
        logged = connection.scalars(sa.select(AUDIT.c.actor_id).where(AUDIT.c.operation == "publish_proposal")).all()
    assert logged == [other.user_id]
    proposals.revert(manager, proposals.plan_revert(manager, found.proposal_id))
    assert bytes_of(manager) == before


def test_an_author_who_goes_on_writing_after_an_interruption_publishes_in_the_same_place(
    manager: Steward, interrupted: Interrupted
) -> None:
    before = bytes_of(manager)
    found = added(manager.desk)
    interrupted(lambda: publish(manager, found, "the_window"))
    with builder(manager.desk.engine) as service:  # which reads production from its mirror, that has not followed
        document = scenario_document(name="A Table by the Sea")
        service.update_scenario(found.entry.scenario_id, OWNER, document, expected_version=1)
        service.proposals.update(found.proposal_id, OWNER, expected_version=2)
    planned = proposals.plan(manager, found.proposal_id)
    assert (planned.is_written, planned.candidate.production_id) == (False, "the_window")
    proposals.publish(manager, planned)
    assert record_of(manager, "the_window")["name"] == "A Table by the Sea"
    proposals.revert(manager, proposals.plan_revert(manager, found.proposal_id))
    assert bytes_of(manager) == before


def test_what_production_already_holds_is_neither_withdrawn_nor_declined(
    manager: Steward, interrupted: Interrupted
) -> None:
    found = added(manager.desk)
    interrupted(lambda: publish(manager, found))
    with manager.desk.builder() as service:
        it, name = service.proposals, found.proposal_id
        acts: list[Callable[[], object]] = [
            lambda: it.update(name, OWNER, expected_version=2),
            lambda: it.withdraw(name, OWNER, expected_version=2),
            lambda: it.ask(name, ADMIN, "Why?", expected_version=2),
            lambda: it.decline(name, ADMIN, "No.", expected_version=2),
        ]
        for act in acts:
            with pytest.raises(ProposalStateError, match="is being published, or that was interrupted"):
                act()
        it.comment(name, OWNER, "What is going on?")
    assert publish(manager, found).state is ProposalState.PUBLISHED


@pytest.mark.parametrize("make", [added, copy_proposed])
def test_a_database_that_fails_after_taking_back_is_caught_up_with(
    manager: Steward, interrupted: Interrupted, make: Any
) -> None:
    before = bytes_of(manager)
    done = publish(manager, make(manager.desk))
    interrupted(lambda: proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id)))
    assert bytes_of(manager) == before
    planned = proposals.plan_revert(manager, done.proposal_id)
    assert planned.is_done
    assert proposals.revert(manager, planned).state is ProposalState.TAKEN_BACK
    assert structural(manager) == []


def disk_full(_: int) -> None:
    raise OSError(28, "the disk is full")


def test_a_file_that_can_not_be_written_leaves_the_proposal_open(
    manager: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = added(manager.desk)
    before = bytes_of(manager)
    with monkeypatch.context() as patch:
        patch.setattr("scenario_core.production.atomic.os.fsync", disk_full)
        with pytest.raises(ProductionError, match="disk is full"):
            publish(manager, found)
    assert bytes_of(manager) == before
    planned = proposals.plan(manager, found.proposal_id)
    assert not planned.is_written
    proposals.publish(manager, planned)


def test_a_note_of_what_never_was_written_does_no_harm(manager: Steward) -> None:
    found = added(manager.desk)
    with manager.desk.engine.begin() as connection:
        note = {"production_id": "one", "before_sha256": "0" * 64, "former": None, "record_sha256": "0" * 64}
        proposal_records.change(connection, found, **note)
    assert proposals.plan(manager, found.proposal_id).candidate.production_id == "a_table_by_the_window"
