"""The audit at the command line: one report in many forms, exit codes for CI, repairs and restores with a plan."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from scenario_core.cli import main
from tests.factories import SHIPPED

Run = Callable[..., tuple[int, str, str]]
FILE = Path("data/scenarios/scenarios.json")
BACKUP = FILE.with_name("scenarios.json.backup")
HOTEL = "hotel_check_in"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Call a command beside a copy of the shipped catalogue, mirrored; (exit code, output, errors)."""
    monkeypatch.chdir(tmp_path)
    FILE.parent.mkdir(parents=True)
    for name in (FILE.name, BACKUP.name):
        shutil.copy(SHIPPED.with_name(name), FILE.with_name(name))
    Path("scenario-desk.toml").write_text("expected_count = 31\n")

    def call(*arguments: str) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capfdbinary.readouterr()
        return int(str(ended.value.code or 0)), said.out.decode(), said.err.decode()

    assert call("migrate")[0] == 0
    return call


def edit(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(FILE.read_bytes())
    change(document)
    FILE.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return FILE.read_bytes()


def damage(document: dict[str, Any]) -> None:
    document[HOTEL]["name"] = "Hotel (Updated)"
    document[HOTEL]["duration_minutes"] = 59


def test_the_shipped_catalogue_is_clean(run: Run) -> None:
    code, out, err = run("check")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].endswith("over 31 production scenarios")


def test_every_form_holds_the_same_findings_and_repeats_byte_for_byte(run: Run) -> None:
    edit(damage)
    said = {form: run("check", f"--{form}") for form in ("json", "sarif", "junit", "markdown", "html", "csv")}
    assert {code for code, _, _ in said.values()} == {1}
    for form, first in said.items():
        assert run("check", f"--{form}") == first
    report = json.loads(said["json"][1])
    prints = sorted(finding["fingerprint"] for finding in report["findings"])
    log = json.loads(said["sarif"][1])["runs"][0]
    assert sorted(result["partialFingerprints"]["scenarioDesk/v1"] for result in log["results"]) == prints
    rows = list(csv.DictReader(io.StringIO(said["csv"][1].removeprefix("\ufeff"))))
    assert sorted(row["fingerprint"] for row in rows if row["fingerprint"]) == prints
    suite = ET.fromstring(said["junit"][1]).find("testsuite")  # noqa: S314 - our own output
    assert suite is not None
    assert int(suite.get("tests", "0")) == len(report["checks"])
    failed = {case.get("name", "").split()[0] for case in suite.iter("testcase") if case.find("failure") is not None}
    assert failed == {each["code"] for each in report["findings"] if each["severity"] != "notice"}
    for finding in report["findings"]:
        assert finding["code"] in said["markdown"][1]
        assert finding["code"] in said["html"][1]


def test_findings_point_to_their_line_of_the_file(run: Run) -> None:
    edit(damage)
    report = json.loads(run("check", "--json", "--only", "CQ")[1])
    lines = FILE.read_text(encoding="utf-8").splitlines()
    named = [finding for finding in report["findings"] if finding["actual"] == "Hotel (Updated)"]
    assert named
    assert all("Hotel (Updated)" in lines[finding["line"] - 1] for finding in named)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--only", "IC103"], 1),
        (["--only", "IC103", "--fail-on", "error"], 0),
        (["--only", "IC103", "--fail-on", "never"], 0),
        (["--only", "IC", "--skip", "IC103,IC105"], 0),
        (["--only", "ic101, IC102", "--fail-on", "notice"], 0),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else str(given),
)
def test_the_exit_code_follows_the_selection_and_the_threshold(run: Run, options: list[str], code: int) -> None:
    edit(damage)
    assert run("check", *options)[0] == code


def test_production_alone_is_checked_where_there_is_no_database(run: Run) -> None:
    Path("data/scenario_desk.db").unlink()
    code, out, _ = run("check", "--no-database")
    assert (code, "could not run" in out) == (0, False)
    assert run("check")[0] == 2
    assert not Path("data/scenario_desk.db").exists()


def test_a_report_goes_into_a_file_and_never_over_production(run: Run) -> None:
    before = FILE.read_bytes()
    assert run("check", "--sarif", "--output", "report.sarif")[0] == 0
    assert json.loads(Path("report.sarif").read_bytes())["version"] == "2.1.0"
    for target in (FILE, BACKUP, Path("data/scenario_desk.db")):
        code, _, err = run("check", "--json", "--output", str(target))
        assert (code, "Choose another name" in err) == (2, True)
    assert FILE.read_bytes() == BACKUP.read_bytes() == before


def test_waivers_travel_in_a_file_to_where_there_is_no_database(run: Run) -> None:
    edit(damage)
    report = json.loads(run("check", "--json", "--only", "CQ")[1])
    wanted = [each["fingerprint"] for each in report["findings"] if each["actual"] == "Hotel (Updated)"]
    code, out, _ = run("waivers", "add", *wanted, "--reason", "the hotel is called so", "--until", "2999-12-31")
    assert (code, out.splitlines()[0]) == (0, f"{len(wanted)} finding{'' if len(wanted) == 1 else 's'} waived")
    assert run("waivers", "export", "--output", "waivers.json")[0] == 0
    there = json.loads(run("check", "--no-database", "--json", "--only", "CQ", "--waivers", "waivers.json")[1])
    assert there["totals"]["waived"] == len(wanted)
    (waiver_id, *_) = [each["waiver_id"] for each in json.loads(run("waivers", "list", "--json")[1])]
    assert run("waivers", "withdraw", waiver_id)[1] == "1 of 1 withdrawn\n"
    assert len(json.loads(run("waivers", "list", "--json")[1])) == len(wanted) - 1


def test_everything_that_a_check_finds_is_waived_for_one_reason(run: Run) -> None:
    edit(damage)
    found = [each for each in json.loads(run("check", "--json")[1])["findings"] if each["code"].startswith("CQ")]
    code = found[0]["code"]
    assert run("waivers", "add", "--code", code, "--reason", "all of them are fine")[0] == 0
    left = json.loads(run("check", "--json")[1])
    assert left["totals"]["waived"] == len([each for each in found if each["code"] == code])


def test_a_check_explains_itself(run: Run) -> None:
    code, out, _ = run("checks", "ic105")
    assert (code, out.startswith("# IC105: mirror equals production")) == (0, True)
    assert run("checks", "--write", "pages")[0] == 0
    assert (Path("pages") / "IC105.md").read_text(encoding="utf-8") == out


@pytest.mark.parametrize("form", ["--json", "--patch", "--markdown", "--unified", "--stat"])
def test_a_difference_is_told_in_each_form_with_its_direction(run: Run, form: str) -> None:
    edit(damage)
    code, out, _ = run("diff", form)
    assert code == 1
    told = {"--patch": '"op": "replace"', "--markdown": r"Hotel \(Updated\)"}
    told["--stat"] = "backup → production: 1 changed in 2 fields"
    assert told.get(form, "Hotel (Updated)") in out
    assert run("diff", form, "--scenario", "restaurant_dinner_reservation")[0] == 0


def test_states_of_the_mirror_of_copies_and_of_versions_are_compared(run: Run) -> None:
    edit(damage)
    assert "1 changed in 2 fields" in run("diff", "mirror", "production", "--stat")[1]
    copy = json.loads(run("duplicate", HOTEL, "--title", "A copy of mine", "--json")[1])["scenario_id"]
    assert "1 changed in 1 field" in run("diff", f"origin:{copy}", f"scenario:{copy}", "--stat")[1]
    code, _, err = run("--user", "8", "diff", f"origin:{copy}", f"scenario:{copy}")
    assert (code, "There is no scenario" in err) == (2, True)


def test_one_field_is_restored_and_the_command_that_is_named_undoes_it(run: Run) -> None:
    before = edit(damage)
    plan = json.loads(run("restore", "backup", "--field", f"{HOTEL}:name", "--plan", "--json")[1])
    assert FILE.read_bytes() == before
    code, out, _ = run("restore", "backup", "--field", f"{HOTEL}:name", "--expect", plan["expect"])
    assert code == 0
    assert json.loads(FILE.read_bytes())[HOTEL]["duration_minutes"] == 59
    assert "(Updated)" not in json.loads(FILE.read_bytes())[HOTEL]["name"]
    undo = next(line for line in out.splitlines() if "brings it back" in line)
    assert run(*undo.split("scenario-desk ")[1].split(" brings")[0].split())[0] == 0
    assert FILE.read_bytes() == before


def test_a_plan_that_has_moved_is_refused(run: Run) -> None:
    edit(damage)
    plan = json.loads(run("repair", "restore_backup", "--plan", "--json")[1])
    before = edit(lambda it: it[HOTEL].update(setting="Elsewhere"))
    code, _, err = run("repair", "restore_backup", "--expect", plan["expect"])
    assert (code, "another plan" in err, FILE.read_bytes() == before) == (2, True, True)


def test_what_would_be_deleted_must_be_counted(run: Run) -> None:
    before = edit(lambda it: it.update(tea_break={**it[HOTEL], "scenario_id": "tea_break"}))
    for typed in ([], ["--deletions", "2"]):
        code, _, err = run("repair", "restore_backup", *typed)
        assert (code, "would be deleted" in err, FILE.read_bytes() == before) == (2, True, True)
    assert run("repair", "restore_backup", "--deletions", "1")[0] == 0
    assert FILE.read_bytes() == BACKUP.read_bytes()


def test_a_second_repair_has_nothing_to_do(run: Run) -> None:
    edit(damage)
    assert "to update" in run("repair")[1]
    assert run("repair", "resync_mirror")[0] == 0
    assert run("repair", "resync_mirror")[1].startswith("nothing to do\n")
    assert run("repair", "approve_baseline")[0] == 0
    assert run("check", "--only", "IC")[0] == 0
    logged = json.loads(run("audit", "--json")[1])
    assert [entry["operation"] for entry in logged][:2] == ["approve_baseline", "mirror"]
    assert [entry["operation"] for entry in json.loads(run("audit", "--operation", "mirror", "--json")[1])] == [
        "mirror",
        "mirror",
    ]
    assert run("audit", "--csv", "--output", "log.csv")[0] == 0
    assert len(Path("log.csv").read_text(encoding="utf-8").splitlines()) == 1 + len(logged)


def test_backups_say_who_made_them_and_old_ones_are_pruned_when_counted(run: Run) -> None:
    run("backup", "create")
    edit(damage)
    run("repair", "restore_backup")
    listed = json.loads(run("backup", "list", "--changes", "--json")[1])
    kept = [each for each in listed if each["kind"] == "kept"]
    assert [(each["operation"], each["actor_id"]) for each in kept] == [("restore_backup", 1), ("create_backup", 1)]
    assert kept[0]["changes"] == "1 changed in 2 fields"
    old = FILE.parent / "backups" / f"scenarios-20200101T000000.000000Z-{kept[1]['sha256'][:16]}.json"
    older = old.with_name(old.name.replace("20200101T00", "20200101T01"))
    for path in (old, older):
        shutil.copy(BACKUP, path)
    assert run("backup", "prune", "--plan")[1].startswith("1 to delete")
    assert run("backup", "prune")[0] == 2
    assert (old.exists(), older.exists()) == (True, True)
    assert run("backup", "prune", "--deletions", "1")[0] == 0
    assert (old.exists(), older.exists()) == (False, True)
