"""A private scenario is invisible to everyone but its owner: in reports, among waivers and in the history too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core import integrity
from scenario_core.bootstrap import Desk
from scenario_core.custom.tables import PHASES, SCENARIOS
from scenario_core.integrity import Finding, Report, Severity, history, privacy, waivers
from scenario_core.integrity.reports import FORMATS, render_waivers
from scenario_core.scenario import Store
from scenario_core.stewardship import audit_log
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.steward import Steward
from tests.core.checking_examples import MANAGER
from tests.factories import OWNER, builder, phase_document, scenario_document

SECRET = "quokka"  # noqa: S105 - no password, a word to look for
"""Stands in every text of a private scenario, and nowhere else."""


@pytest.fixture
def steward(desk: Desk) -> Steward:
    return Steward.configured(desk)


def secretive(value: Any) -> Any:
    """The secret in every text, and in every name of a place for one."""
    if isinstance(value, str):
        return f"{SECRET} {value}"
    if isinstance(value, list):
        return [secretive(each) for each in value]
    return {f"{SECRET}_{key}": secretive(each) for key, each in value.items()} if isinstance(value, dict) else value


def secret_document() -> dict[str, Any]:
    closed = ("scenario_id", "category", "difficulty", "created_at", "updated_at", "phases")
    phases = [phase_document(f"{name}_{SECRET}") for name in ("first", "second")]
    made = {key: each if key in closed else secretive(each) for key, each in scenario_document().items()}
    kept = ("phase_id",)
    texts = [{key: each if key in kept else secretive(each) for key, each in phase.items()} for phase in phases]
    return made | {"phases": texts, "name": f"{SECRET} (Updated)"}


def add_row(connection: sa.Connection, scenario_id: str, *, owner: int | None = OWNER, public: bool = False) -> None:
    text = "Anything" if public else SECRET
    values = {"scenario_id": scenario_id, "title": text, "category": "travel", "difficulty": "beginner"}
    connection.execute(sa.insert(SCENARIOS).values(**values, created_by=owner, is_public=public))


def damage(desk: Desk) -> list[str]:
    """Private scenarios that every check of custom rows finds something in; returns their ids."""
    with builder(desk.engine) as service:
        made = [service.create_scenario(OWNER, secret_document()).scenario_id for _ in range(3)]
        service.delete_scenario(made[2], OWNER, expected_version=1)
    ids = [f"custom_{SECRET}", f"my_{SECRET}", "ONE", "custom_travel_1_00000000"]
    with desk.engine.begin() as connection:
        mine = [sa.select(SCENARIOS.c.id).where(SCENARIOS.c.scenario_id == name).scalar_subquery() for name in made]
        connection.execute(sa.update(PHASES).where(PHASES.c.scenario_id == mine[0]).values(phase_id=SECRET))
        second = (PHASES.c.scenario_id == mine[1]) & (PHASES.c.phase_number == 2)
        connection.execute(sa.update(PHASES).where(second).values(phase_number=7))
        for name in ids:
            add_row(connection, name, owner=None if name == ids[-1] else OWNER)
        add_row(connection, "")
        add_row(connection, ids[1].upper(), public=True)
    return [*made, *ids]


def told(steward: Steward, report: Report) -> Iterator[str]:
    """Everything that is said to a content manager."""
    for each in FORMATS.values():
        yield each.render(report, None)
    yield repr(report)
    engine = steward.desk.engine
    yield repr(waivers.listed(engine))
    yield render_waivers(waivers.listed(engine))
    for run in history.runs(engine):
        yield repr(history.new_in(engine, run.run_id))
        yield repr(history.mended_in(engine, run.run_id))


def test_no_face_of_the_checks_says_what_a_private_scenario_is_or_holds(steward: Steward) -> None:
    ids = damage(steward.desk)
    report = check(steward)
    hidden = [each for each in report.findings if "a private scenario" in each.message and not each.scenario_id]
    found = {each.code for each in hidden}
    assert found == {"IC106", "IC107", "IC111", "IC112", "IC114", "IC115", "IC119", "IC120"}
    assert report.not_run == ()
    check(steward)
    for text in told(steward, report):
        assert SECRET not in text
        assert [name for name in ids if name in text] == []


def test_a_finding_in_a_private_scenario_still_says_which_row_to_mend_and_how(steward: Steward) -> None:
    damage(steward.desk)
    report = check(steward)
    with steward.desk.engine.connect() as connection:
        number = connection.scalar(sa.select(SCENARIOS.c.id).where(SCENARIOS.c.scenario_id == f"my_{SECRET}"))
    (found,) = [each for each in report.findings if each.message.startswith(f"row {number},")]
    assert (found.message, found.store) == (f"row {number}, a private scenario: ids in their namespace", Store.CUSTOM)
    assert (found.scenario_id, found.pointer, found.field, found.expected, found.actual) == (None, "", "", "", "")
    assert (found.severity, found.hint) == (Severity.NOTICE, "A duplicate gets a new id.")
    assert len({each.fingerprint for each in report.findings}) == len(report.findings)
    assert integrity.run(steward.desk.snapshot()).outcomes == report.outcomes


def test_a_shared_id_is_not_said_to_be_like_the_id_of_a_private_scenario(steward: Steward) -> None:
    with steward.desk.engine.begin() as connection:
        add_row(connection, "my_trip")
        add_row(connection, "MY_TRIP", public=True)
    (found,) = [each for each in check(steward).findings if each.code == "IC106"]
    assert (found.scenario_id, found.message) == ("MY_TRIP", "can be mistaken for a private scenario")
    assert "my_trip" not in repr(found)


def share(desk: Desk, scenario_id: str, *, is_public: bool) -> None:
    with builder(desk.engine) as service:
        version = service.get_scenario(scenario_id, OWNER).version
        service.set_visibility(scenario_id, OWNER, is_public=is_public, expected_version=version)


@pytest.mark.parametrize("end", ["taken back", "deleted"])
def test_what_was_said_of_a_scenario_while_it_was_shared_is_not_told_once_it_is_private(
    steward: Steward, end: str
) -> None:
    desk = steward.desk
    with builder(desk.engine) as service:
        made = service.create_scenario(OWNER, secret_document()).scenario_id
    share(desk, made, is_public=True)
    shared = check(steward)
    mine = [each for each in shared.findings if each.scenario_id == made]
    assert SECRET in repr(mine)
    waived = waivers.waive(desk.engine, MANAGER, mine[:-1], "it is a name")
    assert made in repr(waivers.listed(desk.engine))
    assert made in repr(history.new_in(desk.engine, 1))
    if end == "deleted":
        with builder(desk.engine) as service:
            service.delete_scenario(made, OWNER, expected_version=2)
    else:
        share(desk, made, is_public=False)
    report = check(steward)
    assert len(waivers.listed(desk.engine)) == len(waived)
    unused = [each for each in report.findings if each.code == "IC121"]
    assert len(unused) == len(waived)
    assert all(each.message.endswith("waives nothing any more: a scenario that is private now") for each in unused)
    assert {each.message for each in history.mended_in(desk.engine, 2)} == {"a scenario that is private now"}
    for text in told(steward, report):
        assert SECRET not in text
        assert made not in text
    waivers.withdraw(desk.engine, MANAGER, [each.waiver_id for each in waived])
    withdrawn = audit_log.entries(steward, audit_log.AuditFilter(operation="withdraw_waiver"))
    assert len(withdrawn) == len(waived)
    assert SECRET not in repr(withdrawn)
    assert made not in repr(withdrawn)


def test_a_finding_of_the_past_does_not_name_another_scenario_that_is_private_now(steward: Steward) -> None:
    desk = steward.desk
    with builder(desk.engine) as service:
        ids = [service.create_scenario(OWNER, secret_document()).scenario_id for _ in range(2)]
    for name in ids:
        share(desk, name, is_public=True)
    (alike,) = [each for each in check(steward).findings if any(repr(name) in each.message for name in ids)]
    (twin,) = {*ids} - {alike.scenario_id}
    assert repr(twin) in alike.message
    waivers.waive(desk.engine, MANAGER, [alike], "they are meant to be alike")
    share(desk, twin, is_public=False)
    told_now = "a copy of the custom scenario (private now), unchanged but for its name"
    (waiver,) = waivers.listed(desk.engine)
    assert (waiver.scenario_id, waiver.message) == (alike.scenario_id, told_now)
    first = history.new_in(desk.engine, 1)
    assert told_now in {each.message for each in first if each.scenario_id == alike.scenario_id}
    assert twin not in repr(first)


@pytest.mark.parametrize("scenario_id", ["my trip", "it's", 'a "b" c', "a\\b", "line\nbreak", "caf\u00e9", "\u202e"])
def test_an_id_is_found_in_a_message_however_it_is_written(scenario_id: str) -> None:
    message = f"it isn't \\d like {scenario_id!r}, nor '\\ud800' nor 'two'"
    assert privacy.told_now(message, {scenario_id}) == "it isn't \\d like (private now), nor '\\ud800' nor 'two'"


def test_what_stands_in_quotes_and_can_be_no_id_is_not_asked_for(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert privacy.custom_rows(connection, ["a\x00b", "\ud800", "x" * 500]) == privacy.CustomRows()


def test_where_nobody_can_say_what_is_shared_no_custom_scenario_is_named() -> None:
    finding = Finding("IC111", Severity.NOTICE, "m", "trip", Store.CUSTOM, actual="trip", hint="h", fingerprint="f")
    other = Finding("IC118", Severity.WARNING, "n", "gone", fingerprint="g")
    outcome = integrity.Outcome("IC111", "ids", (finding, other))
    assert privacy.redacted(outcome, None).findings == (
        other,
        Finding("IC111", Severity.NOTICE, "a private scenario: ids", store=Store.CUSTOM, hint="h", fingerprint="f"),
    )


def test_a_selection_of_content_checks_says_how_shared_scenarios_are_called(steward: Steward) -> None:
    with builder(steward.desk.engine) as service:
        made = service.create_scenario(OWNER, scenario_document(name="Lunch (Updated)")).scenario_id
    share(steward.desk, made, is_public=True)
    report = check(steward, select=integrity.selection(only=["CQ"]))
    assert report.about[made].name == "Lunch (Updated)"
