"""Continue: what a person has begun and not ended, the latest first, and nobody else's."""

from __future__ import annotations

from scenario_core.discovery import unfinished
from scenario_core.people import Person, Role
from scenario_core.stewardship.steward import Steward
from scenario_core.usage import recorder
from scenario_core.usage.run import EndReason
from tests.factories import OWNER, STRANGER

ME, OTHER = (Person(number, frozenset({Role.AUTHOR})) for number in (OWNER, STRANGER))


def test_open_runs_are_told_to_their_learner_alone_the_latest_first(manager: Steward) -> None:
    desk = manager.desk
    begun = {name: desk.catalogue.start_conversation(OWNER, name).run_id for name in ("one", "two", "three")}
    desk.catalogue.start_conversation(STRANGER, "three")
    one, two = begun["one"], begun["two"]
    assert one is not None
    assert two is not None
    with desk.engine.begin() as connection:
        recorder.advance(connection, one, 30, "ordering")
        recorder.finish(connection, two, EndReason.COMPLETED)
    found = unfinished(desk, ME)
    assert [(each.entry.scenario_id, each.phases_completed, each.total_phases) for each in found] == [
        ("one", 1, 2), ("three", 0, 2)
    ]  # fmt: skip
    assert found[0].heard_at > found[1].heard_at
    assert [each.entry.scenario_id for each in unfinished(desk, OTHER)] == ["three"]
    assert [each.entry.scenario_id for each in unfinished(desk, ME, limit=1)] == ["one"]


def test_begun_twice_is_told_once(manager: Steward) -> None:
    for _ in range(2):
        manager.desk.catalogue.start_conversation(OWNER, "one")
    assert [each.entry.scenario_id for each in unfinished(manager.desk, ME)] == ["one"]
