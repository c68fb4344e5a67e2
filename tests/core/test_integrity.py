"""The engine of the audit: what runs, what could not, what is kept, and what a report says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core import integrity, mirror
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.custom.check_tables import CHECK_RESULTS
from scenario_core.custom.tables import SCENARIOS
from scenario_core.integrity import CHECKS, Finding, Report, Severity, StoredResults
from scenario_core.integrity.checks import ContentCheck, StructuralCheck
from scenario_core.integrity.checks.content import CHECKS as CONTENT
from scenario_core.integrity.explanation import explanation_of
from scenario_core.integrity.reading import Reading
from scenario_core.integrity.snapshot import Snapshot, mirrored
from scenario_core.settings import Settings
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.steward import Steward
from tests.core.checking_examples import Rude, rewrite
from tests.factories import OWNER, builder, catalogue_document, scenario_document, write_production


@pytest.fixture(autouse=True)
def without_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has said how many scenarios there must be."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def steward(desk: Desk) -> Steward:
    return Steward.configured(desk)


def test_an_intact_catalogue_is_green_on_each_engine(desk: Desk) -> None:
    report = integrity.run(desk.snapshot(), select=integrity.selection(only=["IC"]))
    assert (report.findings, report.not_run, report.exit_code(), report.light) == ((), (), 0, "green")
    assert report.summary() == f"clean: {len(report.outcomes)} checks over 3 production scenarios"


def test_another_expected_count_is_a_finding(desk: Desk) -> None:
    findings = integrity.run(desk.snapshot(31)).findings
    assert [(each.code, each.expected, each.actual) for each in findings if each.severity is Severity.ERROR] == [
        ("IC104", "31", "3")
    ]


def test_without_a_database_the_checks_that_need_one_could_not_run_and_the_light_is_grey(tmp_path: Path) -> None:
    path = write_production(tmp_path / "scenarios.json", catalogue_document("one"))
    desk = Desk.open(Settings.read(production=path, database=f"sqlite:///{tmp_path / 'none.db'}"))
    desk.production.create_baseline()
    report = integrity.run(desk.snapshot())
    needing = {each.code for each in CHECKS if each.needs_database}
    assert {each.code for each in report.not_run} == needing | {"IC104"} | {each.code for each in CONTENT}
    assert (report.exit_code(), report.light) == (2, "grey")
    assert not (tmp_path / "none.db").exists()


def test_production_alone_can_be_checked_where_there_is_no_database(tmp_path: Path) -> None:
    path = write_production(tmp_path / "scenarios.json", catalogue_document("one"))
    desk = Desk.open(Settings.read(production=path, database=f"sqlite:///{tmp_path / 'none.db'}"))
    desk.production.create_baseline()
    report = check(Steward.configured(desk), database=False, select=integrity.selection(database=False))
    assert report.not_run == ()
    assert {each.code for each in report.outcomes} == {each.code for each in CHECKS if not each.needs_database}
    waiver = integrity.Waiver("w", "f", "CQ205", "custom_a", "", "m", "a reason", 1, datetime.now(UTC))
    counted = check(
        Steward.configured(desk),
        database=False,
        expected_count=9,
        select=integrity.selection(database=False),
        given_waivers=[waiver],
    )
    assert {each.code for each in counted.findings} >= {"IC104"}
    assert "IC121" not in {each.code for each in counted.findings}


def test_a_check_that_crashes_is_reported_and_hides_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_check: StructuralCheck, _snapshot: Snapshot) -> list[Finding]:
        raise ZeroDivisionError

    structural = next(each for each in CHECKS if issubclass(each, StructuralCheck))
    monkeypatch.setattr(structural, "run", crash)
    report = integrity.run(desk.snapshot())
    assert [(each.code, "ZeroDivisionError" in each.problem) for each in report.not_run] == [("IC101", True)]
    assert len(report.outcomes) == len(CHECKS)
    assert report.light == "grey"


def test_a_content_check_that_crashes_on_one_scenario_says_on_which(
    desk: Desk, rude: type[Rude], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_check: Rude, reading: Reading) -> list[Finding]:
        if reading.scenario_id == "two":
            raise ZeroDivisionError
        return []

    monkeypatch.setattr(rude, "read", crash)
    (outcome,) = integrity.run(desk.snapshot()).not_run
    assert outcome.problem == "CQ999 failed on two: ZeroDivisionError: "


def test_stopping_a_run_ends_it_at_once(desk: Desk, rude: type[Rude]) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        integrity.run(desk.snapshot(), progress=stop)
    assert rude.calls == 0


def test_an_unsupported_language_is_not_checked_and_neither_green_nor_wrong(desk: Desk, rude: type[Rude]) -> None:
    rewrite(desk, "two", language="ja", name="rude")
    report = integrity.run(desk.snapshot())
    assert report.findings == ()
    assert [each.not_checked for each in report.outcomes if each.code == rude.code] == [{"ja: not known": 1}]


@pytest.mark.usefixtures("rude")
def test_content_checks_look_at_production_and_shared_scenarios_and_never_at_private_ones(desk: Desk) -> None:
    with builder(desk.engine) as service:
        private = service.create_scenario(OWNER, scenario_document(name="rude and private"))
        shared = service.create_scenario(OWNER, scenario_document(name="rude and shared"))
        service.set_visibility(shared.scenario_id, OWNER, is_public=True, expected_version=shared.version)
    report = integrity.run(desk.snapshot())
    assert {each.scenario_id for each in report.findings} == {shared.scenario_id}
    assert report.custom_count == 1
    assert private.scenario_id not in report.about
    assert report.about[shared.scenario_id].name == "rude and shared"


def test_only_what_changed_is_looked_at_again(desk: Desk, rude: type[Rude]) -> None:
    results = StoredResults(desk.engine)
    first = integrity.run(desk.snapshot(), results=results)
    assert rude.calls == 3
    assert integrity.run(desk.snapshot(), results=results) == first
    assert rude.calls == 3
    rewrite(desk, "two", name="rude")
    assert [each.scenario_id for each in integrity.run(desk.snapshot(), results=results).findings] == ["two"]
    assert rude.calls == 4


def test_a_new_version_of_the_checks_looks_at_everything_again(desk: Desk, rude: type[Rude]) -> None:
    results = StoredResults(desk.engine)
    integrity.run(desk.snapshot(), results=results)
    with desk.engine.begin() as connection:
        connection.execute(sa.update(CHECK_RESULTS).values(engine="older"))
    integrity.run(desk.snapshot(), results=results)
    assert rude.calls == 6


@pytest.mark.usefixtures("rude")
def test_results_of_scenarios_that_are_gone_are_forgotten(desk: Desk) -> None:
    results = StoredResults(desk.engine)
    for setting in ("here", "there", "everywhere"):
        rewrite(desk, "two", setting=setting)
        integrity.run(desk.snapshot(), results=results)
    assert len(results.read()) == 3


@pytest.mark.usefixtures("rude")
def test_a_database_that_cannot_be_written_still_gives_a_report(desk: Desk) -> None:
    steward = Steward.configured(desk)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE scenario_desk_check_run")
        connection.exec_driver_sql("DROP TABLE scenario_desk_check_result")
    assert check(steward).production_count == 3


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"only": ["IC105"]}, {"IC105"}),
        ({"only": ["ic"], "skip": ["IC105"]}, {each.code for each in CHECKS if each.code[:2] == "IC"} - {"IC105"}),
        ({"only": ["IC"], "database": False}, {c.code for c in CHECKS if c.code[:2] == "IC" and not c.needs_database}),
    ],
    ids=["one", "all but one", "without a database"],
)
def test_checks_are_selected_by_codes_and_their_beginnings(options: dict[str, Any], left: set[str]) -> None:
    select = integrity.selection(**options)
    assert {each.code for each in CHECKS if select(each)} == left


@pytest.mark.usefixtures("rude")
def test_the_report_repeats_value_for_value(desk: Desk) -> None:
    rewrite(desk, "two", name="rude", setting="nowhere")
    first, second = (integrity.run(desk.snapshot()) for _ in range(2))
    assert first == second
    assert [each.severity for each in first.findings] == [Severity.NOTICE, Severity.WARNING]


@pytest.mark.parametrize(
    ("severities", "fail_on", "exit_code", "light"),
    [
        ([], Severity.NOTICE, 0, "green"),
        (["notice"], Severity.WARNING, 0, "green"),
        (["notice"], Severity.NOTICE, 1, "green"),
        (["warning"], Severity.ERROR, 0, "yellow"),
        (["warning", "notice"], Severity.WARNING, 1, "yellow"),
        (["error"], Severity.ERROR, 1, "red"),
    ],
)
def test_the_light_and_the_exit_code_follow_the_worst_finding(
    severities: list[str], fail_on: Severity, exit_code: int, light: str
) -> None:
    findings = tuple(
        Finding("CQ999", Severity(each), "m", fingerprint=str(number)) for number, each in enumerate(severities)
    )
    report = Report((integrity.Outcome("CQ999", "rude", findings),), 1, "r")
    assert (report.exit_code(fail_on), report.light) == (exit_code, light)


@pytest.mark.parametrize("each", CHECKS, ids=lambda each: each.code)
def test_every_check_explains_itself(each: type[integrity.checks.Check]) -> None:
    said = explanation_of(each)
    assert all((said.summary, said.why, said.mend, said.examples, said.limits))
    assert "Found:" in said.examples
    assert "Fine:" in said.examples
    assert each.waivable == issubclass(each, ContentCheck) == each.code.startswith("CQ")


def test_codes_are_unique() -> None:
    assert len({each.code for each in CHECKS}) == len(CHECKS)
    assert len({each.name for each in CHECKS}) == len(CHECKS)


def test_a_migrated_database_learns_what_its_mirror_held(tmp_path: Path) -> None:
    """A mirror that an older version made keeps no digests; the next mirror run adds them and changes no row."""
    path = write_production(tmp_path / "scenarios.json", catalogue_document("one"))
    desk = Desk.open(Settings.read(production=path, database=f"sqlite:///{tmp_path / 'desk.db'}"))
    schema.upgrade(desk.engine)
    mirror.apply(desk.engine, mirrored(desk.production), actor_id=1)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM scenario_desk_mirror_digest")
        before = connection.exec_driver_sql("SELECT * FROM scenarios").all()
    mirror.apply(desk.engine, mirrored(desk.production), actor_id=1)
    with desk.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM scenario_desk_mirror_digest").scalar() == 1
        assert connection.exec_driver_sql("SELECT * FROM scenarios").all() == before
    desk.close()


def test_a_shared_scenario_that_holds_half_a_character_is_checked_like_any_other(desk: Desk) -> None:
    with builder(desk.engine) as service:
        made = service.create_scenario(OWNER, scenario_document(name="Shared"))
        service.set_visibility(made.scenario_id, OWNER, is_public=True, expected_version=1)
    with desk.engine.begin() as connection:
        where = SCENARIOS.c.scenario_id == made.scenario_id
        connection.execute(sa.update(SCENARIOS).where(where).values(learning_outcomes=["lorem ipsum \ud800"]))
    results = StoredResults(desk.engine)
    reports = [integrity.run(desk.snapshot(), results=results) for _ in range(2)]
    assert reports[0] == reports[1]
    assert any(each.scenario_id == made.scenario_id for each in reports[0].findings)
