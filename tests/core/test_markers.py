"""What happened to scenarios, drawn on the days that usage is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from scenario_core.analysis import Analyst, engine_of
from scenario_core.analysis.markers import MOST, Marker, markers
from scenario_core.bootstrap import Desk
from scenario_core.custom.tables import AUDIT
from scenario_core.people import Person, Role
from scenario_core.usage.notes import add_note
from tests.factories import OWNER, STRANGER, builder, scenario_document

NOW = datetime.now(UTC)


@pytest.fixture
def owner(desk: Desk) -> Iterator[Analyst]:
    """An author who may see usage of own and public scenarios."""
    made = Analyst(desk, engine_of(desk), Person(OWNER, frozenset({Role.AUTHOR})))
    made.refresh()
    yield made
    made.engine.close()


def seen(analyst: Analyst) -> list[Marker]:
    with analyst.view(analyst.default_filter(NOW)) as view:
        return markers(analyst.desk, analyst.person, view)


def private_scenario(desk: Desk, user_id: int, name: str) -> str:
    with builder(desk.engine) as service:
        return service.create_scenario(user_id, scenario_document(name=name)).scenario_id


def write(desk: Desk, scenario_id: str | None, *moments: datetime, operation: str = "update") -> None:
    rows = [
        {"at": at, "actor_id": 1, "operation": operation, "store": "custom", "scenario_id": scenario_id}
        for at in moments
    ]
    with desk.engine.begin() as connection:
        connection.execute(sa.insert(AUDIT), rows)


def test_edits_shares_and_own_notes_of_the_period_are_told_once_a_day(desk: Desk, owner: Analyst) -> None:
    own = private_scenario(desk, OWNER, "My dinner")
    write(desk, own, NOW, NOW, NOW - timedelta(days=400))
    write(desk, own, NOW, operation="share")
    write(desk, "one", NOW, operation="edited_outside")
    write(desk, None, NOW, operation="restore_backup")
    add_note(desk.engine, owner.person, NOW.date(), "A campaign")
    add_note(desk.engine, Person(STRANGER, frozenset({Role.ANALYST})), NOW.date(), "Not yours")
    title = desk.production.scenarios["one"].name
    assert seen(owner) == [
        Marker(NOW.date(), "Edit", "My dinner: changed"),
        Marker(NOW.date(), "Edit", f"{title}: changed"),
        Marker(NOW.date(), "Note", "A campaign"),
        Marker(NOW.date(), "Share", "My dinner: shared"),
    ]


def test_however_busy_others_are_changes_of_ones_own_are_told(desk: Desk, owner: Analyst) -> None:
    own = private_scenario(desk, OWNER, "My dinner")
    others = private_scenario(desk, STRANGER, "Private")
    write(desk, own, NOW - timedelta(days=3))
    write(desk, others, *[NOW] * (10 * MOST + 1))
    assert seen(owner) == [Marker((NOW - timedelta(days=3)).date(), "Edit", "My dinner: changed")]


def test_however_often_one_scenario_is_saved_the_others_are_told(desk: Desk, owner: Analyst) -> None:
    quiet, busy = (private_scenario(desk, OWNER, name) for name in ("Quiet", "Busy"))
    write(desk, quiet, NOW - timedelta(days=3))
    write(desk, busy, *[NOW] * (10 * MOST + 1))
    assert [marker.text for marker in seen(owner)] == ["Quiet: changed", "Busy: changed"]


def test_of_more_than_a_chart_can_show_the_latest_are_told(
    desk: Desk, owner: Analyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scenario_core.analysis.markers.MOST", 5)
    monkeypatch.setattr("scenario_core.analysis.markers._AT_ONCE", 2)
    names = [private_scenario(desk, OWNER, f"Dinner {number}") for number in range(4)]
    for days in range(6, -1, -1):
        write(desk, names[days % 4], NOW - timedelta(days=days))
    assert [marker.day for marker in seen(owner)] == [(NOW - timedelta(days=days)).date() for days in range(4, -1, -1)]
