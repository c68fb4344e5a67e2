"""The shipped catalogue, damaged on purpose: each damage is found by exactly the checks that should."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scenario_core import integrity, mirror
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.integrity import CHECKS, Severity
from scenario_core.integrity.snapshot import mirrored
from scenario_core.settings import Settings
from tests.core.damages import (
    both,
    damaged_kept_backup,
    edit,
    old_backup,
    sql,
    text,
    torn_index,
    twice,
    without_backup,
    without_foreign_keys,
)
from tests.factories import OWNER, SHIPPED, builder, scenario_document

HOTEL = "hotel_check_in"


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped file, approved and mirrored, with one shared custom scenario that has been saved once."""
    folder = tmp_path_factory.mktemp("intact")
    for name in ("scenarios.json", "scenarios.json.backup"):
        shutil.copy(SHIPPED.with_name(name), folder / name)
    desk = open_desk(folder)
    schema.upgrade(desk.engine)
    mirror.apply(desk.engine, mirrored(desk.production), actor_id=1)
    with builder(desk.engine) as service:
        made = service.create_scenario(OWNER, scenario_document(name="A quiet table"))
        changed = {**scenario_document(name="A quiet table"), "setting": "By the window"}
        saved = service.update_scenario(made.scenario_id, OWNER, changed, expected_version=made.version)
        service.set_visibility(made.scenario_id, OWNER, is_public=True, expected_version=saved.version)
    with desk.engine.connect().execution_options(sqlite_begin="") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.close()
    return folder


@pytest.fixture
def desk(intact: Path, tmp_path: Path) -> Iterator[Desk]:
    """A copy of the intact catalogue to damage."""
    shutil.copytree(intact, tmp_path, dirs_exist_ok=True)
    made = open_desk(tmp_path)
    yield made
    made.close()


def open_desk(folder: Path) -> Desk:
    database = f"sqlite:///{folder / 'desk.db'}"
    return Desk.open(Settings.read(production=folder / "scenarios.json", database=database, expected_count=31))


INSERT = (
    "INSERT INTO scenarios (scenario_id, title, category, difficulty, created_by, is_public) "
    "VALUES ('{}', 't', 'travel', 'beginner', {}, 1)"
)
HOTEL_ROW = f"(SELECT id FROM scenarios WHERE scenario_id = '{HOTEL}')"
CUSTOM_ROW = "(SELECT id FROM scenarios WHERE NOT is_system_scenario)"
RUN = (
    "INSERT INTO scenario_desk_run (run_id, scenario_id, store, learner, language, source, total_phases, started_at) "
    "VALUES ('r1', '{}', 'production', '0123456789abcdef', 'en', 'app', 3, '2026-11-01 10:00:00.000000')"
)

CORRUPTIONS: dict[str, tuple[Callable[[Desk], object], set[str], str]] = {
    "the file is not JSON": (
        text(lambda it: it.replace("{", "[", 1)),
        {"IC101"},
        "served from its newest readable backup",
    ),
    "a category that is none": (
        edit(lambda it: it[HOTEL].update(category="cooking"), approve=True),
        {"IC102", "IC104"},
        f"{HOTEL}/category: expected one of restaurant",
    ),
    "minutes written as text": (
        edit(lambda it: it[HOTEL]["phases"][1].update(expected_duration_minutes="five"), approve=True),
        {"IC102", "IC104"},
        f"{HOTEL}/phases/1/expected_duration_minutes",
    ),
    "a comma lost inside a record": (
        text(lambda it: it.replace('"category": "travel",', '"category": "travel"', 1)),
        {"IC102", "IC104"},
        "a record that is valid JSON",
    ),
    "a field edited but not approved": (
        edit(lambda it: it[HOTEL].update(setting="Elsewhere"), sync=True),
        {"IC103"},
        "changed since the approved backup: setting",
    ),
    "a phase taken out but not approved": (
        edit(lambda it: it[HOTEL]["phases"].pop(2), sync=True),
        {"IC103"},
        "changed since the approved backup: phases[change_room]",
    ),
    "an invisible space put in": (
        edit(lambda it: it[HOTEL].update(name=it[HOTEL]["name"].replace(" ", "\u00a0", 1)), sync=True),
        {"IC103"},
        "changed since the approved backup: name",
    ),
    "a scenario lost from the file": (
        edit(lambda it: it.pop(HOTEL), sync=True),
        {"IC103", "IC104"},
        "removed since the approved backup",
    ),
    "a scenario lost from file and backup": (
        edit(lambda it: it.pop(HOTEL), approve=True, sync=True),
        {"IC104"},
        "expected 31 production scenarios, found 30",
    ),
    "a scenario come in unasked": (
        edit(lambda it: it.update(tea_break={**it[HOTEL], "scenario_id": "tea_break"}), sync=True),
        {"IC103", "IC104"},
        "added since the approved backup",
    ),
    "the file ahead of the mirror": (
        edit(lambda it: it[HOTEL].update(setting="Elsewhere"), approve=True),
        {"IC105"},
        "the file has changed since it was mirrored: setting",
    ),
    "a system row altered": (
        sql(f"UPDATE scenarios SET title = 'x' WHERE scenario_id = '{HOTEL}'", protected=True),
        {"IC105"},
        "altered in the mirror, behind its protection: title",
    ),
    "a system phase altered": (
        sql(
            f"UPDATE scenario_phases SET name = 'x' WHERE phase_number = 2 AND scenario_id = {HOTEL_ROW}",
            protected=True,
        ),
        {"IC105"},
        "behind its protection: phases/2/name",
    ),
    "file and mirror both moved": (
        both(
            sql(f"UPDATE scenarios SET title = 'x' WHERE scenario_id = '{HOTEL}'", protected=True),
            edit(lambda it: it[HOTEL].update(setting="Elsewhere"), approve=True),
        ),
        {"IC105"},
        "and the mirror was altered as well: title, setting",
    ),
    "a system row deleted": (
        sql(f"DELETE FROM scenarios WHERE scenario_id = '{HOTEL}'", protected=True),
        {"IC104", "IC105"},
        "missing from the mirror",
    ),
    "a system row that production never had": (
        sql(
            INSERT.format("ghost", 0),
            "UPDATE scenarios SET is_public = 1, is_system_scenario = 1 WHERE scenario_id = 'ghost'",
            protected=True,
        ),
        {"IC104", "IC105"},
        "in the mirror, but not in production",
    ),
    "a custom id in another case": (
        sql(INSERT.format(HOTEL.upper(), OWNER)),
        {"IC106", "IC111"},
        "can be mistaken for",
    ),
    "a custom id in another Unicode form": (
        sql(INSERT.format("\uff48otel_check_in", OWNER)),
        {"IC106", "IC111"},
        f"can be mistaken for '{HOTEL}'",
    ),
    "a system row given to a person": (
        sql(f"UPDATE scenarios SET created_by = 7 WHERE scenario_id = '{HOTEL}'", protected=True),
        {"IC105", "IC107"},
        "must belong to user 0, public",
    ),
    "a system row made private": (
        sql(f"UPDATE scenarios SET is_public = 0 WHERE scenario_id = '{HOTEL}'", protected=True),
        {"IC105", "IC107"},
        "found user 0, private",
    ),
    "a custom scenario that belongs to nobody": (
        sql(INSERT.format("custom_travel_1_00000000", "NULL")),
        {"IC107"},
        "must belong to a person, found nobody",
    ),
    "a trigger dropped": (
        sql("DROP TRIGGER scenario_desk_protect_scenarios_update"),
        {"IC108"},
        "scenario_desk_protect_scenarios_update is missing",
    ),
    "a trigger altered": (
        sql(
            "DROP TRIGGER scenario_desk_protect_scenarios_delete",
            "CREATE TRIGGER scenario_desk_protect_scenarios_delete BEFORE DELETE ON scenarios BEGIN SELECT 1; END",
        ),
        {"IC108"},
        "altered or disabled",
    ),
    "the mirror's context left open": (
        sql("INSERT INTO scenario_desk_mirror_context (id) VALUES (1)"),
        {"IC108"},
        "the mirror's context is open",
    ),
    "no approved backup": (without_backup, {"IC109"}, "no approved backup"),
    "an approved backup cut short": (
        text(lambda it: it[: len(it) // 2], "scenarios.json.backup"),
        {"IC109"},
        "scenarios.json.backup can't be used",
    ),
    "a kept backup damaged": (damaged_kept_backup, {"IC109"}, "does not match the hash in its name"),
    "a backup too old for a changed file": (
        both(edit(lambda it: it[HOTEL].update(setting="Elsewhere"), sync=True), old_backup),
        {"IC103", "IC109"},
        "is 45 days old",
    ),
    "a key that disagrees with its id": (
        edit(lambda it: it[HOTEL].update(scenario_id="hotel_checkin"), approve=True),
        {"IC104", "IC110"},
        "expected its key 'hotel_check_in'",
    ),
    "a production id in the custom namespace": (
        edit(
            lambda it: it.update(custom_hotel={**it.pop(HOTEL), "scenario_id": "custom_hotel"}), approve=True, sync=True
        ),
        {"IC104", "IC111"},
        "an id outside the custom_ namespace",
    ),
    "a malformed production id": (
        edit(
            lambda it: it.update({"hotel check-in": {**it.pop(HOTEL), "scenario_id": "hotel check-in"}}),
            approve=True,
            sync=True,
        ),
        {"IC112"},
        "words of a to z and digits",
    ),
    "a malformed custom id": (sql(INSERT.format("custom_dinner", OWNER)), {"IC112"}, "custom_{category}_{seconds}"),
    "a key twice in the file": (text(twice), {"IC103", "IC105", "IC113"}, "the last one counts"),
    "a gap in the numbers of phases": (
        sql(f"UPDATE scenario_phases SET phase_number = 7 WHERE phase_number = 2 AND scenario_id = {CUSTOM_ROW}"),
        {"IC114", "IC119"},
        "its phases are numbered 1, 7",
    ),
    "a phase id repeated in the file": (
        edit(lambda it: it[HOTEL]["phases"][1].update(phase_id="check_in"), approve=True),
        {"IC104", "IC115"},
        f"{HOTEL}/phases/1/phase_id: expected an id that no other phase",
    ),
    "a phase id repeated in the database": (
        sql(f"UPDATE scenario_phases SET phase_id = 'greeting' WHERE scenario_id = {CUSTOM_ROW}"),
        {"IC115", "IC119"},
        "2 phases have the id 'greeting'",
    ),
    "a phase without its scenario": (
        without_foreign_keys(
            "INSERT INTO scenario_phases (scenario_id, phase_number, phase_id, name) VALUES (9999, 1, 'p', 'n')"
        ),
        {"IC116"},
        "row 9999 is gone",
    ),
    "an index that does not fit its table": (torn_index, {"IC117"}, "ix_scenarios_category"),
    "runs of a scenario that nobody knows": (
        sql(RUN.format("hotel_checkin")),
        {"IC118"},
        "1 run of a scenario that neither store knows",
    ),
    "a revision lost": (
        sql("DROP TRIGGER scenario_desk_protect_revision_delete", "DELETE FROM scenario_desk_revision"),
        {"IC108", "IC119"},
        "1 of 1 saves left no revision",
    ),
    "a change by another program": (
        sql("UPDATE scenarios SET setting = 'x' WHERE NOT is_system_scenario"),
        {"IC119"},
        "changed once by another program",
    ),
    "a custom row that no scenario can hold": (
        sql(INSERT.format("", OWNER)),
        {"IC111", "IC120"},
        "can't be read as a scenario",
    ),
}


def structural(desk: Desk) -> integrity.Report:
    return integrity.run(desk.snapshot(), select=integrity.selection(only=["IC"]))


def test_the_shipped_catalogue_has_no_findings_at_error_and_warning(desk: Desk) -> None:
    report = integrity.run(desk.snapshot())
    assert report.custom_count == 1
    assert [str(each) for each in report.findings if each.severity.reaches(Severity.WARNING)] == []
    assert (report.light, report.exit_code(), report.not_run) == ("green", 0, ())
    assert structural(desk).findings == ()


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_corruption_is_found_by_exactly_the_checks_that_should(desk: Desk, corruption: str) -> None:
    damage, codes, said = CORRUPTIONS[corruption]
    damage(desk)
    report = structural(desk)
    found = [str(finding) for finding in report.findings]
    assert {finding.code for finding in report.findings} == codes, found
    assert any(said in each for each in found), found
    assert {outcome.code for outcome in report.not_run} == ({"IC103", "IC105"} if codes == {"IC101"} else set())
    assert len({finding.fingerprint for finding in report.findings}) == len(found)


@pytest.mark.parametrize(
    ("corruption", "code"), [("a key twice in the file", "IC113"), ("a comma lost inside a record", "IC102")]
)
def test_a_blank_line_is_no_new_finding(desk: Desk, corruption: str, code: str) -> None:
    CORRUPTIONS[corruption][0](desk)
    before = structural(desk).findings
    assert code in {finding.code for finding in before}
    text(lambda it: it.replace("{\n", "{\n\n", 1))(desk)
    after = structural(desk).findings
    assert [each.message for each in before] != [each.message for each in after]
    assert [each.fingerprint for each in before] == [each.fingerprint for each in after]


def test_each_repetition_of_a_key_is_a_finding_of_its_own(desk: Desk) -> None:
    text(twice)(desk)
    text(twice)(desk)
    repeated = [finding for finding in structural(desk).findings if finding.code == "IC113"]
    assert len({finding.fingerprint for finding in repeated}) == len(repeated) == 2


def test_runs_of_a_scenario_that_only_the_approved_backup_still_has_are_known(desk: Desk) -> None:
    sql(RUN.format(HOTEL))(desk)
    edit(lambda it: it.pop(HOTEL), sync=True)(desk)
    assert {finding.code for finding in structural(desk).findings} == {"IC103", "IC104"}
    edit(lambda _: None, approve=True)(desk)
    assert "IC118" in {finding.code for finding in structural(desk).findings}


def test_every_structural_check_has_a_corruption_of_its_own() -> None:
    tried = set().union(*(codes for _, codes, _ in CORRUPTIONS.values()))
    judged_elsewhere = {"IC121"}  # waivers: see test_waivers.py
    assert {check.code for check in CHECKS if check.code.startswith("IC")} == tried | judged_elsewhere
    assert len(CORRUPTIONS) >= 32
