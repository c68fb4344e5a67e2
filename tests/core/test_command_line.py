"""The command line: exit codes that a script can trust, one clear line for bad input, and nothing lost."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer

from scenario_core.cli.app import app
from scenario_core.custom.check_tables import CHECK_RUNS
from tests.core.calling import BACKUP, DATABASE, FILE, Run, at_home, caller, prepared
from tests.factories import ROOT, catalogue_document, scenario_document, write_production


def hand_out_three() -> None:
    write_production(FILE, catalogue_document("hotel_check_in", "clothing_shopping", "train_ride"))
    BACKUP.write_bytes(FILE.read_bytes())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Call commands in a folder of its own with three production scenarios."""
    at_home(tmp_path, monkeypatch)
    hand_out_three()
    return caller(capfdbinary)


@pytest.fixture(scope="module")
def migrated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("home"), hand_out_three, "migrate")


@pytest.fixture
def ready(run: Run, migrated_home: Path) -> Run:
    """The same with a migrated database."""
    shutil.copy(migrated_home / DATABASE, DATABASE)
    return run


def edit(scenario_id: str, **fields: Any) -> None:
    document = json.loads(FILE.read_bytes())
    document[scenario_id] |= fields
    write_production(FILE, document)


def leaves(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    found = []
    for name, command in group.commands.items():
        found += (
            leaves(command, (*path, name)) if hasattr(command, "commands") else [(" ".join((*path, name)), command)]
        )
    return found


def copied(run: Run) -> str:
    name: str = json.loads(run("duplicate", "hotel_check_in", "--json")[1])["scenario_id"]
    return name


def proposal_for(run: Run, command: str) -> str:
    """A proposal in the state that a command needs."""
    name: str = json.loads(run("proposals", "propose", copied(run), "--json")[1])["proposal_id"]
    if command == "proposals revert":
        assert run("proposals", "publish", name)[0] == 0
    return name


COMMANDS = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_runs(ready: Run, command: str) -> None:
    code, out, _ = ready(*command.split(), "--help")
    assert code == 0
    example = re.search(r"Example: scenario-desk (.+)", COMMANDS[command].help)
    assert example, out
    if command == "run":
        return
    if command == "usage import":
        Path("runs.csv").write_text("run_id,started_at\nr1,2026-03-01T10:00:00Z\n")
    if command == "import":
        write_production(Path("two.json"), [scenario_document()])
    assert command.split(maxsplit=1)[0] in example[1]
    call = example[1].replace("sqlite:///app.db", "sqlite:///data/scenario_desk.db")
    if command.startswith("proposals "):
        call = call.replace("3f9a1c2e", proposal_for(ready, command))
        call = call.replace("custom_travel_1795000000_0badcafe", copied(ready))
    code, _, err = ready(*shlex.split(call))
    assert (code in {0, 1}, "Traceback" in err) == (True, False), err


JSON_CALLS = [
    "migrate --json", "migrate --plan --json", "check --json", "diff --json", "catalogue list --json",
    "catalogue search dinner --json", "catalogue show hotel_check_in --json", "catalogue facets --json",
    "duplicate hotel_check_in --json", "export hotel_check_in", "backup list --json", "backup create --json",
    "backup restore scenarios.json.backup --json", "schema", "checks --json", "audit --json", "waivers list --json",
    "waivers export", "repair --json", "repair resync_mirror --json", "restore backup --plan --json",
    "restore backup --json", "diff --patch", "backup prune --json", "backup at 2026-11-25T14:30:00 --json",
    "backup approve --json", "backup create --baseline --json", "backup list --changes --json", "checks CQ205 --json",
    "waivers add --code CQ205 --reason fine --json", "check --no-database --json", "check --sarif",
    "proposals list --json", "proposals list --all --json",
    "usage measure totals --json", "usage report --json", "usage engine --json", "usage compact --json",
    "rehearse --check --json", "rehearse --export",
]  # fmt: skip


@pytest.mark.parametrize("call", JSON_CALLS)
def test_json_output_is_json_and_nothing_else(ready: Run, call: str) -> None:
    code, out, err = ready(*call.split())
    assert (code, err) == (0, "")
    assert json.loads(out) is not None


def test_a_plan_makes_nothing_and_the_migration_makes_it_once(run: Run) -> None:
    code, out, _ = run("migrate", "--plan")
    assert code == 0
    assert "3 to insert" in out
    assert not Path("data/scenario_desk.db").exists()
    assert "3 to insert" in run("migrate")[1]
    assert "0 to insert, 0 to update, 0 to retire, 3 unchanged" in run("migrate")[1]


def test_retiring_needs_consent(ready: Run) -> None:
    write_production(FILE, catalogue_document("hotel_check_in"))
    assert "2 to retire" in ready("migrate")[1]
    assert "2 to retire" in ready("migrate", "--retire")[1]
    assert "0 to retire" in ready("migrate")[1]


def test_another_programs_database_needs_consent(run: Run) -> None:
    with closing(sqlite3.connect("app.db")) as connection:
        connection.execute("CREATE TABLE scenarios (id INTEGER PRIMARY KEY)")
    before = Path("app.db").read_bytes()
    code, _, err = run("--database", "sqlite:///app.db", "migrate")
    assert (code, Path("app.db").read_bytes() == before) == (2, True)
    assert "lacks the columns scenario_id" in err


def test_check_tells_clean_findings_and_could_not_run_apart(run: Run) -> None:
    assert run("check")[0] == 2
    run("migrate")
    assert run("check", "--only", "IC") == (0, "clean: 21 checks over 3 production scenarios\n", "")
    code, out, _ = run("check", "--expected-count", "31")
    assert (code, "expected 31 production scenarios, found 3" in out) == (1, True)
    edit("train_ride", setting="Elsewhere")
    code, out, _ = run("check")
    assert code == 1
    assert "train_ride: changed since the approved backup: setting" in out


def test_diff_tells_equal_different_and_unreadable_apart(run: Run) -> None:
    assert run("diff")[0] == 0
    edit("train_ride", name="Another name")
    code, out, _ = run("diff")
    assert (code, "train_ride" in out, "Another name" in out, "1 changed in 1 field" in out) == (1, True, True, True)
    write_production(Path("other.json"), catalogue_document("train_ride"))
    assert run("diff", "other.json", "production")[0] == 1
    assert run("diff", "nothing.json")[0] == 2


def test_production_is_listed_without_a_database_and_the_loss_is_said(run: Run) -> None:
    code, out, _ = run("catalogue", "list")
    assert code == 0
    assert all(name in out for name in ("hotel_check_in", "clothing_shopping", "train_ride"))
    assert "can't be listed now" in out


def test_a_list_goes_on_where_it_stopped(ready: Run) -> None:
    found: list[str] = []
    after: list[str] = []
    while True:
        page = json.loads(ready("catalogue", "list", "--limit", "1", "--json", *after)[1])
        found += [entry["scenario_id"] for entry in page["entries"]]
        if page["next_cursor"] is None:
            break
        after = ["--after", page["next_cursor"]]
    assert sorted(found) == ["clothing_shopping", "hotel_check_in", "train_ride"]


def test_a_copy_is_its_owners_alone(ready: Run) -> None:
    name = json.loads(ready("--user", "7", "duplicate", "hotel_check_in", "--title", "Café", "--json")[1])[
        "scenario_id"
    ]
    assert "Café" in ready("--user", "7", "catalogue", "search", "cafe")[1]
    assert "Café" not in ready("--user", "8", "catalogue", "search", "cafe")[1]
    for call in (("catalogue", "show", name), ("export", name), ("duplicate", name)):
        code, out, err = ready("--user", "8", *call)
        assert (code, out) == (2, "")
        assert "There is no scenario" in err


def test_what_was_exported_can_be_imported_and_a_dry_run_stores_nothing(ready: Run) -> None:
    ready("export", "hotel_check_in", "train_ride", "--output", "two.json")
    assert "2 scenarios are fit to import" in ready("import", "two.json")[1]
    assert "custom_" not in ready("catalogue", "list")[1]
    assert "2 scenarios imported" in ready("import", "two.json", "--apply")[1]
    assert ready("catalogue", "list")[1].count("custom_restaurant_") == 2


def test_an_import_names_every_fault_and_stores_nothing(ready: Run) -> None:
    write_production(Path("bad.json"), {"a": scenario_document(name="x"), "b": scenario_document(duration_minutes=1)})
    code, _, err = ready("import", "bad.json", "--apply")
    assert code == 2
    assert "/a/name: expected at least 3 characters" in err
    assert "/b/duration_minutes: expected at least 5" in err
    assert "custom_" not in ready("catalogue", "list")[1]


def test_backups_bring_back_one_scenario_or_the_whole_file(ready: Run) -> None:
    approved = FILE.read_bytes()
    edit("train_ride", name="Lost")
    edit("hotel_check_in", name="Kept")
    assert ready("backup", "restore", "scenarios.json.backup", "--scenario", "train_ride")[0] == 0
    assert FILE.read_bytes() == approved.replace(b"Title of hotel_check_in", b"Kept")
    FILE.write_text("{ broken")
    assert ready("backup", "restore", "scenarios.json.backup")[0] == 0
    assert FILE.read_bytes() == approved
    assert "{ broken" in [each.read_text() for each in (FILE.parent / "backups").iterdir()]


BAD_CALLS = [
    "nonsense", "--nonsense check", "check --expected-count many", "--user x check", "--database nonsense check",
    "--database mysql://a/b catalogue list", "--database sqlite:///data check",
    "--database sqlite:///text.db migrate", "--production data catalogue show train_ride --nope",
    "catalogue show unknown", "catalogue show ''", "catalogue list --category cooking",
    "catalogue list --sort colour", "catalogue list --limit 0", "catalogue list --after damaged", "duplicate unknown",
    "export unknown", "import missing.json", "import text.db", "import list.json", "backup restore unknown",
    "backup restore scenarios.json.backup --scenario unknown", "diff production missing.json", "diff --json --patch",
    "diff revision:x", "diff scenario:unknown", "check --only XX", "check --json --sarif",
    "check --only IC101 --skip IC", "check --only ''", "check --skip ,", "check --fail-on red",
    "check --waivers list.json", "check --no-database --only IC105",
    "check --waivers missing.json", "checks XX1", "repair unknown", "restore unknown", "restore backup --field x",
    "restore backup --to mirror", "restore backup --expect 0", "waivers add --reason x", "waivers add 0 --reason x",
    "waivers add --code IC101 --reason fine", "waivers add --code XX --reason fine", "audit --csv --json",
    "waivers add --code CQ --reason fine", "waivers add --code CQ205", "audit --limit 0", "backup at yesterday",
    "audit --actor 0", "audit --actor 99999999999999999999", "audit --since yesterday",
    "waivers add 0 --scenario hotel_check_in --reason fine",
    "waivers add --code CQ205 --until 2020-01-01 --reason fine",
    "--user 7 migrate", "--user 7 check", "--user 7 backup list", "--user 7 proposals list --all",
    "proposals list --state nice", "proposals list --limit 0", "proposals show unknown", "proposals show ''",
    "proposals publish unknown", "proposals revert unknown", "proposals ask unknown --text x", "proposals ask unknown",
    "proposals decline unknown --text x", "proposals comment unknown x", "proposals propose unknown",
    "proposals propose hotel_check_in", "proposals withdraw unknown", "proposals update unknown",
]  # fmt: skip


@pytest.mark.parametrize("call", BAD_CALLS)
def test_bad_input_is_one_clear_line_and_loses_nothing(ready: Run, call: str) -> None:
    Path("text.db").write_text("this is no database " * 100)
    Path("list.json").write_text("[1, 2]")
    before = FILE.read_bytes()
    code, out, err = ready(*shlex.split(call))
    assert code == 2
    assert "Traceback" not in err
    assert re.search(r"^(error|Error):? .+", err, re.MULTILINE) or "could not run" in out, err
    assert FILE.read_bytes() == before


NO_TEXT = "\udcff"
NO_TEXT_CALLS = [
    ["catalogue", "show", NO_TEXT], ["catalogue", "list", "--language", NO_TEXT], ["diff", f"scenario:{NO_TEXT}"],
    ["duplicate", "hotel_check_in", "--title", f"Inn {NO_TEXT}"], ["audit", "--operation", NO_TEXT],
    ["proposals", "show", NO_TEXT],
    ["waivers", "withdraw", NO_TEXT], ["restore", NO_TEXT], ["repair", NO_TEXT], ["checks", NO_TEXT],
]  # fmt: skip


@pytest.mark.parametrize("call", NO_TEXT_CALLS, ids=lambda call: " ".join(call[:2]).encode("ascii", "replace").decode())
def test_an_argument_that_is_no_text_is_one_clear_line(ready: Run, call: list[str]) -> None:
    code, out, err = ready(*call)
    assert (code, out, "Traceback" in err) == (2, "", False)
    assert re.match(r"error: .*dcff", err)


def test_a_terminal_without_the_characters_is_shown_their_codes(ready: Run) -> None:
    assert ready("duplicate", "hotel_check_in", "--title", "Café 東京")[0] == 0
    call = [sys.executable, "-c", "from scenario_core.cli import main; main()", "catalogue", "search", "cafe"]
    done = subprocess.run(
        call, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"Caf\xe9 \u6771\u4eac" in done.stdout


def test_the_last_day_that_there_is_can_be_asked_for(ready: Run) -> None:
    assert ready("audit", "--until", "9999-12-31") == ready("audit")
    assert ready("backup", "at", "9999-12-31")[:2] == (0, "production\n")


@pytest.mark.parametrize(("name", "value"), [("USER", "abc"), ("EXPECTED_COUNT", "many"), ("DATABASE", "nonsense")])
def test_a_bad_variable_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SCENARIO_DESK_{name}", value)
    code, _, err = run("check")
    assert (code, "Traceback" in err) == (2, False)
    assert value in err


def test_an_unknown_setting_in_the_file_is_named(run: Run) -> None:
    Path("scenario-desk.toml").write_text("colour = 'red'\n")
    code, _, err = run("check")
    assert (code, "colour" in err) == (2, True)


def test_options_win_over_variables(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENARIO_DESK_USER", "7")
    assert ready("check")[0] == 2
    assert ready("--user", "1", "check")[0] == 0


def test_stored_text_can_not_command_the_terminal(run: Run) -> None:
    edit("train_ride", name="\x1b[31mred\x07 \u202e")
    code, out, _ = run("catalogue", "show", "train_ride")
    assert (code, "\x1b" in out, "\x07" in out, "\u202e" in out) == (0, False, False, False)


def files_beside_the_database() -> dict[Path, bytes]:
    found = (path for path in Path().rglob("*") if path.is_file() and not path.name.startswith(DATABASE.name))
    return {path: path.read_bytes() for path in found}


HELD = [
    str(FILE), "data/scenarios/../scenarios/scenarios.json", f"{FILE}.backup", f"{FILE}.lock", "linked.json",
    "hard.json", "data/scenarios/backups", "data/scenarios/backups/mine.json", str(DATABASE), f"{DATABASE}-wal",
]  # fmt: skip


@pytest.mark.parametrize("target", HELD)
@pytest.mark.parametrize("gone", [[], [BACKUP]], ids=["all there", "no backup yet"])
def test_no_output_takes_the_place_of_what_holds_scenarios(ready: Run, target: str, gone: list[Path]) -> None:
    Path("linked.json").symlink_to(FILE)
    Path("hard.json").hardlink_to(FILE)
    for path in gone:
        path.unlink()
    before = files_beside_the_database()
    for call in ("export hotel_check_in", "check --json", "diff --json production mirror", "waivers export"):
        code, out, err = ready(*call.split(), "--output", target)
        assert (code, out) == (2, "")
        assert "belongs to production" in err
    assert files_beside_the_database() == before
    with closing(sqlite3.connect(DATABASE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        runs = connection.execute(f"SELECT count(*) FROM {CHECK_RUNS.name}")  # noqa: S608 - a constant
        assert runs.fetchone() == (0,)


@pytest.mark.parametrize("number", ["0", "-1", str(2**31)])
def test_nobody_acts_under_a_number_that_is_no_persons(ready: Run, number: str) -> None:
    code, _out, err = ready("--user", number, "catalogue", "list")
    assert code == 2
    assert "'user'" in err


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"`{command.split()[0]}" in readme or command.split()[0] in readme, command
