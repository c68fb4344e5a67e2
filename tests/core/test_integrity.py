"""The checks: each seeded fault is found by exactly the checks that should, and where nothing is wrong, nothing is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core import integrity, mirror
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.custom.tables import MIRROR_CONTEXT
from scenario_core.integrity.checks import CHECKS, Check
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.snapshot import Snapshot, mirrored
from scenario_core.settings import Settings
from tests.factories import OWNER, SHIPPED, catalogue_document, write_production


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Three production scenarios, approved and mirrored."""
    path = write_production(tmp_path / "scenarios.json", catalogue_document("one", "two", "three"))
    made = Desk.open(Settings.read(production=path, database=f"sqlite:///{tmp_path / 'desk.db'}", expected_count=3))
    made.production.create_baseline()
    schema.upgrade(made.engine)
    mirror.apply(made.engine, mirrored(made.production), actor_id=1)
    yield made
    made.close()


def behind_the_protection(desk: Desk, statement: str) -> None:
    with desk.engine.begin() as connection:
        connection.execute(sa.insert(MIRROR_CONTEXT).values(id=1))
        connection.exec_driver_sql(statement)
        connection.execute(sa.delete(MIRROR_CONTEXT))


def plainly(desk: Desk, statement: str) -> None:
    with desk.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def edit_file(desk: Desk, edit: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(desk.production.path.read_bytes())
    edit(document)
    write_production(desk.production.path, document)
    desk.production.refresh()


def break_file(desk: Desk) -> None:
    desk.production.path.write_text("{ broken")
    desk.production.refresh()


CUSTOM = (
    "INSERT INTO scenarios (scenario_id, title, category, difficulty, created_by) "
    "VALUES ('{}', 't', 'travel', 'beginner', {})"
)
SEEDED: dict[str, tuple[Callable[[Desk], object], set[str], str]] = {
    "the file is broken": (break_file, {"IC101"}, "served from its newest readable backup"),
    "a record is invalid": (
        lambda desk: edit_file(desk, lambda it: it["two"].update(category="cooking")),
        {"IC102", "IC103", "IC104"},
        "expected one of restaurant",
    ),
    "a field was edited": (
        lambda desk: edit_file(desk, lambda it: it["two"].update(setting="Elsewhere")),
        {"IC103", "IC105"},
        "changed since the approved backup: setting",
    ),
    "a scenario was removed": (
        lambda desk: edit_file(desk, lambda it: it.pop("two")),
        {"IC103", "IC104", "IC105"},
        "removed since the approved backup",
    ),
    "the backup is gone": (
        lambda desk: desk.production.path.with_name("scenarios.json.backup").unlink(),
        {"IC103"},
        "no backup scenarios.json.backup",
    ),
    "a system row was altered": (
        lambda desk: behind_the_protection(desk, "UPDATE scenarios SET title = 'x' WHERE scenario_id = 'two'"),
        {"IC105"},
        "differs in the mirror: title",
    ),
    "a system phase was altered": (
        lambda desk: behind_the_protection(desk, "UPDATE scenario_phases SET name = 'x' WHERE id = 1"),
        {"IC105"},
        "differs in the mirror: phases/1/name",
    ),
    "a system row is gone": (
        lambda desk: behind_the_protection(desk, "DELETE FROM scenarios WHERE scenario_id = 'two'"),
        {"IC104", "IC105"},
        "missing from the mirror",
    ),
    "a system row belongs to somebody": (
        lambda desk: behind_the_protection(desk, "UPDATE scenarios SET created_by = 7 WHERE scenario_id = 'two'"),
        {"IC105", "IC107"},
        "must belong to user 0",
    ),
    "a trigger is gone": (
        lambda desk: plainly(desk, "DROP TRIGGER scenario_desk_protect_scenarios_update"),
        {"IC108"},
        "trigger scenario_desk_protect_scenarios_update is missing",
    ),
    "a custom id looks like production's": (
        lambda desk: plainly(desk, CUSTOM.format("ONE", OWNER)),
        {"IC106"},
        "can be mistaken for 'one'",
    ),
    "a custom scenario belongs to nobody": (
        lambda desk: plainly(desk, CUSTOM.format("custom_travel_1_00000000", "NULL")),
        {"IC107"},
        "must belong to a person",
    ),
    "a custom id has no prefix": (
        lambda desk: plainly(desk, CUSTOM.format("trip", OWNER)),
        {"IC106"},
        "without the prefix",
    ),
}


def test_an_intact_catalogue_is_clean(desk: Desk) -> None:
    report = integrity.run(desk.snapshot())
    assert (report.findings, report.not_run, report.exit_code) == ((), (), 0)
    assert report.summary() == f"clean: {len(CHECKS)} checks over 3 production scenarios"


@pytest.mark.parametrize("seed", SEEDED)
def test_a_seeded_fault_is_found_by_exactly_the_checks_that_should(desk: Desk, seed: str) -> None:
    damage, codes, said = SEEDED[seed]
    damage(desk)
    report = integrity.run(desk.snapshot())
    assert {finding.code for finding in report.findings} == codes
    assert any(said in str(finding) for finding in report.findings), report.findings
    assert report.exit_code == (2 if report.not_run else 1)


def test_another_expected_count_is_a_finding(desk: Desk) -> None:
    findings = integrity.run(desk.snapshot(31)).findings
    assert [(each.code, each.expected, each.actual) for each in findings] == [("IC104", "31", "3")]


def test_checks_that_need_a_database_say_that_they_could_not_run(desk: Desk) -> None:
    desk.engine.dispose()
    Path(str(desk.engine.url.database)).unlink()
    report = integrity.run(desk.snapshot())
    assert not Path(str(desk.engine.url.database)).exists()
    assert {each.code for each in report.not_run} == {"IC104", "IC105", "IC106", "IC107", "IC108"}
    assert report.exit_code == 2


def test_a_check_that_crashes_is_reported_and_hides_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_check: Check, _snapshot: Snapshot) -> list[Finding]:
        raise ZeroDivisionError

    monkeypatch.setattr(CHECKS[0], "run", crash)
    report = integrity.run(desk.snapshot())
    assert [(each.code, "ZeroDivisionError" in each.problem) for each in report.not_run] == [("IC101", True)]
    assert len(report.outcomes) == len(CHECKS)


def test_the_report_as_json_repeats_byte_for_byte(desk: Desk) -> None:
    break_file(desk)
    first, second = (json.dumps(integrity.run(desk.snapshot()).to_json()) for _ in range(2))
    assert first == second


def test_the_shipped_catalogue_is_clean(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'desk.db'}"
    shipped = Desk.open(Settings.read(production=SHIPPED, database=database, expected_count=31))
    schema.upgrade(shipped.engine)
    mirror.apply(shipped.engine, mirrored(shipped.production), actor_id=1)
    findings = integrity.run(shipped.snapshot()).findings
    shipped.close()
    assert findings == ()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_every_check_explains_itself(check: type[Check]) -> None:
    lines = [line for line in (check.__doc__ or "").splitlines() if line.strip()]
    assert len(lines) >= 3, "what it does, why it is bad, how to mend it"
    assert check.code.startswith("IC")
    assert len({each.code for each in CHECKS}) == len(CHECKS)
