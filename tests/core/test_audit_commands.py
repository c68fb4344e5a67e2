"""The audit at the command line: one report in many forms, exit codes for CI, and any two states compared."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import typer

from scenario_core.cli.app import app
from scenario_core.integrity import CHECKS
from tests.core.calling import BACKUP, DATABASE, FILE, Run, edit
from tests.core.steward_examples import DINNER, HOTEL, damage
from tests.factories import ROOT

FORMS = ("json", "sarif", "junit", "markdown", "html", "csv")


def test_the_shipped_catalogue_is_clean(run: Run) -> None:
    code, out, err = run("check")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].endswith("over 31 production scenarios")


def test_every_form_holds_the_same_findings_and_repeats_byte_for_byte(run: Run) -> None:
    edit(damage)
    said = {form: run("check", f"--{form}") for form in FORMS}
    assert {(code, err) for code, _, err in said.values()} == {(1, "")}
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
    text = run("check")[1]
    for finding in report["findings"]:
        assert finding["code"] in said["markdown"][1]
        assert finding["code"] in said["html"][1]
        assert f"{finding['code']} {finding['severity']}: " in text


@pytest.mark.parametrize("form", FORMS)
def test_a_file_holds_what_the_screen_would_show_and_the_screen_the_totals(run: Run, form: str) -> None:
    edit(damage)
    printed = run("check", f"--{form}")[1]
    code, out, _ = run("check", f"--{form}", "--output", "report")
    assert (code, Path("report").read_bytes()) == (1, printed.encode())
    assert out == f"{run('check')[1].splitlines()[-1]}\n"


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
        (["--only", "IC105", "--fail-on", "error"], 1),
        (["--only", "IC", "--skip", "IC103,IC105"], 0),
        (["--skip", "IC103", "--skip", "IC105"], 0),
        (["--skip", "IC103", "--skip", "IC105", "--fail-on", "notice"], 1),
        (["--only", "ic101, IC102", "--fail-on", "notice"], 0),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else str(given),
)
def test_the_exit_code_follows_the_selection_and_the_threshold(run: Run, options: list[str], code: int) -> None:
    edit(damage)
    assert run("check", *options)[0] == code


def test_a_selection_asks_what_was_chosen_and_nothing_else(run: Run) -> None:
    asked = json.loads(run("check", "--json", "--only", "IC10,CQ2", "--skip", "IC104,CQ21")[1])["checks"]
    wanted = {code for code in (each.code for each in CHECKS) if code.startswith(("IC10", "CQ20"))} - {"IC104"}
    assert {each["code"] for each in asked} == wanted


def test_an_unknown_code_is_answered_with_those_that_there_are(run: Run) -> None:
    for call in (["check", "--only", "IC101,XX9"], ["check", "--skip", "XX9"], ["checks", "XX9"]):
        code, out, err = run(*call)
        assert (code, out) == (2, "")
        assert "no check XX9" in err
        assert all(each.code in err for each in CHECKS)


def test_production_alone_is_checked_where_there_is_no_database(run: Run) -> None:
    DATABASE.unlink()
    code, out, _ = run("check", "--no-database")
    assert (code, "could not run" in out) == (0, False)
    assert run("check")[0] == 2
    assert not DATABASE.exists()


def test_a_broken_database_is_no_pass_and_hides_nothing_about_production(run: Run) -> None:
    edit(damage)
    DATABASE.write_bytes(b"this is no database" * 100)
    code, out, _ = run("check", "--json", "--fail-on", "never")
    report = json.loads(out)
    assert (code, report["light"]) == (2, "grey")
    assert {each["code"] for each in report["findings"]} >= {"IC103", "CQ201", "CQ205"}
    assert run("check", "--no-database")[0] == 1


def test_a_file_that_can_not_be_read_is_one_finding_that_says_what_to_do(run: Run) -> None:
    FILE.write_text("{ broken")
    code, out, _ = run("check", "--no-database", "--only", "IC101")
    assert (code, "IC101 error" in out, "scenario-desk backup restore" in out) == (1, True, True)


def test_the_number_that_is_expected_is_a_matter_of_the_call(run: Run) -> None:
    assert run("check", "--only", "IC104")[0] == 0
    code, out, _ = run("check", "--only", "IC104", "--expected-count", "30")
    assert (code, "expected 30 production scenarios, found 31" in out) == (1, True)


def test_a_run_of_everything_has_a_place_in_the_history_and_a_selection_has_none(run: Run) -> None:
    edit(damage)
    run("check", "--only", "IC")
    assert run("audit", "--operation", "edited_outside", "--json")[1] == "[]\n"
    run("check")
    edit(lambda document: document[HOTEL].update(setting="Elsewhere"))
    run("check", "--fail-on", "never")
    (noticed,) = json.loads(run("audit", "--operation", "edited_outside", "--json")[1])
    assert noticed["detail"]["before_sha256"] != noticed["detail"]["after_sha256"]


def test_a_check_explains_itself(run: Run) -> None:
    code, out, _ = run("checks", "ic105")
    assert (code, out.startswith("# IC105: mirror equals production")) == (0, True)
    assert run("checks", "--write", "pages")[0] == 0
    assert (Path("pages") / "IC105.md").read_text(encoding="utf-8") == out
    told = json.loads(run("checks", "IC105", "--json")[1])
    assert (told["code"], told["waivable"]) == ("IC105", False)
    assert all(told[section] in out for section in ("summary", "why", "mend", "examples", "limits"))
    assert [each["code"] for each in json.loads(run("checks", "--json")[1])] == [each.code for each in CHECKS]


@pytest.mark.parametrize("form", ["--json", "--patch", "--markdown", "--unified", "--stat", "--output=diff.txt"])
def test_a_difference_is_told_in_each_form_with_its_direction(run: Run, form: str) -> None:
    edit(damage)
    code, out, _ = run("diff", form)
    assert code == 1
    out = out or Path("diff.txt").read_text(encoding="utf-8")
    told = {"--patch": '"op": "replace"', "--markdown": r"Hotel \(Updated\)"}
    told["--stat"] = "backup → production: 1 changed in 2 fields"
    assert told.get(form, "Hotel (Updated)") in out
    if form != "--patch":
        assert out.index("backup") < out.index("production")
    assert run("diff", form, "--scenario", DINNER)[0] == 0


def test_a_difference_is_limited_to_the_scenarios_that_are_named(run: Run) -> None:
    edit(
        lambda document: [document[name].update(setting="Elsewhere") for name in (HOTEL, DINNER, "post_office_parcel")]
    )
    assert "3 changed" in run("diff", "--stat")[1]
    found = json.loads(run("diff", "--json", "--scenario", HOTEL, "--scenario", DINNER)[1])
    assert sorted(found["changed"]) == sorted([HOTEL, DINNER])
    code, _, err = run("diff", "--scenario", "nowhere_at_all")
    assert (code, "nowhere_at_all" in err) == (2, True)


def test_a_state_wins_over_a_file_of_the_same_name(run: Run) -> None:
    shutil.copy(FILE, "old.json")
    edit(damage)
    shutil.copy(FILE, "backup")
    assert run("diff", "backup", "--stat")[:2] == (1, "backup → production: 1 changed in 2 fields\n")
    assert run("diff", "./backup", "--stat")[0] == 0
    assert run("diff", "production", "old.json", "--stat")[:2] == (1, "production → old.json: 1 changed in 2 fields\n")


def test_states_of_the_mirror_of_copies_and_of_versions_are_compared(run: Run) -> None:
    edit(damage)
    assert "1 changed in 2 fields" in run("diff", "mirror", "production", "--stat")[1]
    copy = json.loads(run("duplicate", HOTEL, "--title", "A copy of mine", "--json")[1])["scenario_id"]
    assert "1 changed in 1 field" in run("diff", f"origin:{copy}", f"scenario:{copy}", "--stat")[1]
    code, _, err = run("--user", "8", "diff", f"origin:{copy}", f"scenario:{copy}")
    assert (code, "There is no scenario" in err) == (2, True)


@pytest.mark.parametrize("damaged", [FILE, BACKUP])
def test_a_side_that_can_not_be_read_is_no_difference(run: Run, damaged: Path) -> None:
    damaged.write_text("{ broken")
    code, out, err = run("diff")
    assert (code, out) == (2, "")
    assert "line 1, column 3" in err


def named_commands() -> set[str]:
    """Every command that a text of the project tells people to type."""
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    texts += [each for top in ("scenario_core", "dashboard") for each in (ROOT / top).rglob("*.py")]
    texts += (ROOT / "dashboard").rglob("*.j2")
    found = (re.findall(r"`scenario-desk ([a-z][^`{]*)`", text.read_text(encoding="utf-8")) for text in texts)
    return {command for each in found for command in each}


@pytest.mark.parametrize("text", sorted(named_commands()))
def test_a_command_that_a_text_names_is_there_with_its_options(text: str) -> None:
    command: Any = typer.main.get_command(app)
    known = {"--help", *(name for each in command.params for name in each.opts)}
    words = shlex.split(text)
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, text
        command = command.commands[words.pop(0)]
    known |= {name for each in command.params for name in each.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_texts_do_name_commands() -> None:
    assert {"migrate", "backup create --baseline", "repair resync_mirror --plan"} <= named_commands()
