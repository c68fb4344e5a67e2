"""What content managers do at the command line: restore, repair, waive, keep backups. Plan, apply, undo."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.core.calling import BACKUP, DATABASE, FILE, Run, edit
from tests.core.steward_examples import DINNER, HOTEL, damage, spoil
from tests.factories import scenario_document, write_production

BACKUPS = FILE.parent / "backups"


def add_and_remove(document: dict[str, Any]) -> None:
    """One scenario with an id that a shell would take apart, one less, and two in another order."""
    document["tea break; x"] = {**document[HOTEL], "scenario_id": "tea break; x"}
    del document[DINNER]
    document["post_office_parcel"] = document.pop("post_office_parcel")


def files() -> dict[Path, bytes]:
    """Everything but the database and locks."""
    return {
        path: path.read_bytes()
        for path in Path().rglob("*")
        if path.is_file() and not path.name.startswith(DATABASE.name) and path.suffix != ".lock"
    }


def kept_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def undo_of(out: str) -> list[str]:
    line = next(line for line in out.splitlines() if "To bring it back: " in line)
    return shlex.split(line.split("To bring it back: scenario-desk ")[1])


RESTORES = [
    [],
    ["--scenario", HOTEL],
    ["--scenario", HOTEL, "--scenario", DINNER],
    ["--field", f"{HOTEL}:name"],
    ["--field", f"{HOTEL}:name", "--field", f"{HOTEL}:phases[check_in].essential_phrases", "--scenario", DINNER],
]


@pytest.mark.parametrize("options", RESTORES, ids=" ".join)
def test_what_a_restore_has_replaced_comes_back_byte_for_byte_by_the_command_that_it_names(
    run: Run, options: list[str]
) -> None:
    edit(add_and_remove)
    before = edit(spoil)
    plan = json.loads(run("restore", "backup", *options, "--plan", "--json")[1])
    assert FILE.read_bytes() == before
    counted = ["--deletions", str(plan["deletions"])]
    code, out, _ = run("restore", "backup", *options, "--expect", plan["expect"], *counted)
    assert (code, FILE.read_bytes() == before) == (0, False)
    if not options:
        assert FILE.read_bytes() == BACKUP.read_bytes()
    assert run(*undo_of(out))[0] == 0
    assert FILE.read_bytes() == before


def test_one_field_is_restored_and_the_others_stay(run: Run) -> None:
    edit(damage)
    assert run("restore", "backup", "--field", f"{HOTEL}:name")[0] == 0
    found = json.loads(FILE.read_bytes())[HOTEL]
    assert (found["duration_minutes"], "(Updated)" in found["name"]) == (59, False)


def test_a_plan_changes_nothing_at_all(run: Run) -> None:
    edit(add_and_remove)
    before = files()
    logged = run("audit", "--json")
    plans = (
        ["restore", "backup"], ["restore", "production", "--to", "backup"], ["repair", "restore_backup"],
        ["repair", "resync_mirror"], ["repair", "approve_baseline"], ["repair", "reinstall_protection"],
        ["backup", "prune"],
    )  # fmt: skip
    for call in plans:
        first = run(*call, "--plan")
        assert first[0] == 0
        assert run(*call, "--plan") == first
    assert (files(), run("audit", "--json")) == (before, logged)


def test_the_approved_backup_is_changed_by_scenario_and_that_is_undone_too(run: Run) -> None:
    edit(damage)
    before = BACKUP.read_bytes()
    code, out, _ = run("restore", "production", "--to", "backup", "--scenario", HOTEL)
    assert (code, BACKUP.read_bytes()) == (0, FILE.read_bytes())
    assert "--to" in undo_of(out)
    assert run(*undo_of(out))[0] == 0
    assert BACKUP.read_bytes() == before


def test_a_custom_scenario_takes_over_its_origin_and_goes_back_to_its_own_version(run: Run) -> None:
    copy = json.loads(run("duplicate", HOTEL, "--title", "A copy of mine", "--json")[1])["scenario_id"]
    edit(lambda document: document[HOTEL].update(setting="A quiet lobby near the station."))
    state = f"scenario:{copy}"
    code, out, _ = run("restore", f"origin:{copy}", "--to", state, "--field", f"{copy}:setting")
    assert code == 0
    assert run("diff", f"origin:{copy}", state, "--stat")[1].endswith(": 1 changed in 1 field\n")
    assert run(*undo_of(out))[0] == 0
    assert "2 fields" in run("diff", f"origin:{copy}", state, "--stat")[1]
    assert run("--user", "8", "restore", "production", "--to", state)[0] == 2


def test_a_scenario_is_restored_from_a_file_that_somebody_sent(run: Run) -> None:
    sent = {**json.loads(FILE.read_bytes()), HOTEL: scenario_document(HOTEL, name="A Night by the Harbour")}
    write_production(Path("sent.json"), sent)
    assert run("restore", "sent.json", "--scenario", HOTEL)[0] == 0
    assert run("diff", "sent.json", "production", "--stat")[0] == 0


def test_the_command_that_undoes_has_the_options_that_the_call_had(run: Run) -> None:
    edit(damage)
    before = FILE.read_bytes()
    code, out, _ = run("--production", str(FILE), "--user", "1", "restore", "backup")
    assert (code, undo_of(out)[:4]) == (0, ["--production", str(FILE), "--user", "1"])
    assert run(*undo_of(out))[0] == 0
    assert FILE.read_bytes() == before


def test_a_password_is_not_told_again(run: Run) -> None:
    edit(damage)
    code, out, err = run("--database", "postgresql://me:s3cret@127.0.0.1:1/desk", "restore", "backup")
    assert (code, "s3cret" in out + err) == (0, False)
    assert undo_of(out)[:2] == ["--database", "postgresql://me:***@127.0.0.1:1/desk"]


def test_what_can_not_be_read_is_replaced_and_kept(run: Run) -> None:
    FILE.write_text("{ broken")
    code, out, _ = run("restore", "backup")
    assert (code, FILE.read_bytes()) == (0, BACKUP.read_bytes())
    assert ("though it can't be read" in out, "To bring it back" in out) == (True, False)
    assert [path.read_text() for path in kept_in(BACKUPS)] == ["{ broken"]


@pytest.mark.parametrize("command", [["restore", "backup"], ["repair", "restore_backup"]], ids=" ".join)
def test_a_plan_that_has_moved_is_refused(run: Run, command: list[str]) -> None:
    edit(damage)
    plan = json.loads(run(*command, "--plan", "--json")[1])
    edit(lambda document: document[HOTEL].update(setting="Elsewhere"))
    before = files()
    code, out, err = run(*command, "--expect", plan["expect"])
    assert (code, out, "another plan" in err, files() == before) == (2, "", True, True)
    again = json.loads(run(*command, "--plan", "--json")[1])
    assert run(*command, "--expect", again["expect"])[0] == 0


@pytest.mark.parametrize("command", [["restore", "backup"], ["repair", "restore_backup"]], ids=" ".join)
def test_what_would_be_deleted_must_be_counted(run: Run, command: list[str]) -> None:
    edit(add_and_remove)
    before = files()
    for typed in ([], ["--deletions", "0"], ["--deletions", "2"]):
        code, _, err = run(*command, *typed)
        assert (code, "would be deleted" in err, files() == before) == (2, True, True)
    assert run(*command, "--deletions", "1")[0] == 0
    assert FILE.read_bytes() == BACKUP.read_bytes()


def test_retiring_from_the_mirror_must_be_counted_too(run: Run) -> None:
    edit(add_and_remove)
    assert run("repair", "resync_mirror")[0] == 2
    assert run("repair", "resync_mirror", "--deletions", "1")[0] == 0
    assert run("diff", "mirror", "production")[0] == 0


def test_a_second_repair_has_nothing_to_do(run: Run) -> None:
    edit(damage)
    with closing(sqlite3.connect(DATABASE)) as connection:
        (trigger,) = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' LIMIT 1").fetchone()
        connection.execute(f'DROP TRIGGER "{trigger}"')
        connection.commit()
    listed = run("repair")[1]
    assert "to update" in listed
    for name in ("resync_mirror", "reinstall_protection", "approve_baseline", "restore_backup"):
        first = run("repair", name)
        assert first[0] == 0
        assert first[1].startswith("nothing to do\n") == (name == "restore_backup")
        code, out, _ = run("repair", name)
        assert (code, out.startswith("nothing to do\n")) == (0, True)
    assert {each["nothing_to_do"] for each in json.loads(run("repair", "--json")[1]).values()} == {True}
    assert run("check", "--only", "IC")[0] == 0
    logged = json.loads(run("audit", "--json")[1])
    assert [entry["operation"] for entry in logged][:3] == ["approve_baseline", "reinstall_protection", "mirror"]


def test_the_list_of_repairs_says_what_stands_in_the_way_of_one_and_tells_the_others(run: Run) -> None:
    FILE.write_text("{ broken")
    DATABASE.unlink()
    code, out, _ = run("repair", "--json")
    found = json.loads(out)
    assert (code, DATABASE.exists()) == (0, False)
    assert found["restore_backup"]["plan"]
    for name in ("resync_mirror", "reinstall_protection", "approve_baseline"):
        assert (found[name]["nothing_to_do"], bool(found[name]["problem"])) == (None, True)
    assert run("repair", "restore_backup")[0] == 0
    assert run("--user", "7", "repair")[0] == 2


def test_production_is_repaired_from_the_backup_that_is_named(run: Run) -> None:
    before = FILE.read_bytes()
    run("backup", "create")
    (kept,) = kept_in(BACKUPS)
    edit(damage)
    run("backup", "approve")
    edit(lambda document: document[HOTEL].update(setting="Elsewhere"))
    assert run("repair", "restore_backup", "--source", kept.name)[0] == 0
    assert FILE.read_bytes() == before != BACKUP.read_bytes()


def found_by_content_checks(run: Run) -> list[dict[str, Any]]:
    found = json.loads(run("check", "--json")[1])["findings"]
    return [each for each in found if each["code"].startswith("CQ")]


def test_waivers_travel_in_a_file_to_where_there_is_no_database(run: Run) -> None:
    edit(damage)
    wanted = [each["fingerprint"] for each in found_by_content_checks(run) if each["actual"] == "Hotel (Updated)"]
    code, out, _ = run("waivers", "add", *wanted, "--reason", "the hotel is called so", "--until", "2999-12-31")
    assert (code, out.splitlines()[0]) == (0, f"{len(wanted)} finding{'' if len(wanted) == 1 else 's'} waived")
    assert run("waivers", "export", "--output", "waivers.json")[0] == 0
    assert run("waivers", "export")[1].encode() == Path("waivers.json").read_bytes()
    there = json.loads(run("check", "--no-database", "--json", "--only", "CQ", "--waivers", "waivers.json")[1])
    assert there["totals"]["waived"] == len(wanted)
    edit(lambda document: document[HOTEL].update(name="Hotel (Updated) again"))
    changed = json.loads(run("check", "--no-database", "--json", "--only", "CQ", "--waivers", "waivers.json")[1])
    assert changed["totals"]["waived"] == 0


def test_withdrawing_says_how_many_were_there(run: Run) -> None:
    edit(damage)
    (first, *_) = found_by_content_checks(run)
    (made,) = json.loads(run("waivers", "add", first["fingerprint"], "--reason", "it is so", "--json")[1])
    assert [each["waiver_id"] for each in json.loads(run("waivers", "list", "--json")[1])] == [made["waiver_id"]]
    assert run("waivers", "withdraw", made["waiver_id"], "unknown")[:2] == (1, "1 of 2 withdrawn\n")
    assert run("waivers", "list", "--json")[1] == "[]\n"


def test_everything_that_a_check_finds_is_waived_for_one_reason(run: Run) -> None:
    edit(damage)
    found = found_by_content_checks(run)
    code = found[0]["code"]
    assert run("waivers", "add", "--code", code, "--reason", "all of them are fine")[0] == 0
    left = json.loads(run("check", "--json")[1])
    assert left["totals"]["waived"] == len([each for each in found if each["code"] == code])


def test_waiving_by_check_can_be_limited_to_a_scenario(run: Run) -> None:
    edit(lambda document: [document[name].update(name=f"{name} (Updated)") for name in (HOTEL, DINNER)])
    code, out, _ = run("waivers", "add", "--code", "cq205", "--scenario", HOTEL, "--reason", "fine", "--json")
    assert (code, [(each["code"], each["scenario_id"]) for each in json.loads(out)]) == (0, [("CQ205", HOTEL)])


def test_the_audit_log_is_narrowed_and_exported(run: Run) -> None:
    edit(damage)
    run("restore", "backup", "--scenario", HOTEL)
    run("backup", "create")
    entries = json.loads(run("audit", "--json")[1])
    assert [each["operation"] for each in entries] == ["create_backup", "restore_backup", "mirror"]
    for options, operations in (
        (["--operation", "mirror"], ["mirror"]),
        (["--scenario", HOTEL], ["restore_backup"]),
        (["--actor", "2"], []),
        (["--store", "custom"], []),
        (["--since", "2999-01-01"], []),
        (["--until", "2000-01-01"], []),
        (["--limit", "1"], ["create_backup"]),
    ):
        assert [each["operation"] for each in json.loads(run("audit", *options, "--json")[1])] == operations
    assert "1 of 3 entries; --limit shows more" in run("audit", "--limit", "1")[1]
    assert run("audit", "--csv", "--output", "log.csv")[0] == 0
    assert run("audit", "--csv")[1].encode() == Path("log.csv").read_bytes()
    assert len(Path("log.csv").read_text(encoding="utf-8").splitlines()) == 1 + len(entries)
    assert run("audit", "--json", "--output", "log.json")[0] == 0
    assert json.loads(Path("log.json").read_bytes()) == entries


@pytest.mark.parametrize("command", [["approve"], ["create", "--baseline"]], ids=" ".join)
def test_approving_makes_the_baseline_and_keeps_the_former_one(run: Run, command: list[str]) -> None:
    former = BACKUP.read_bytes()
    edit(damage)
    assert run("check", "--only", "IC103")[0] == 1
    assert run("backup", *command)[0] == 0
    assert run("check", "--only", "IC103")[0] == 0
    assert BACKUP.read_bytes() == FILE.read_bytes()
    assert [path.read_bytes() for path in kept_in(BACKUPS)] == [former]
    (logged,) = json.loads(run("audit", "--operation", "approve_baseline", "--json")[1])
    assert logged["detail"]["before"] == kept_in(BACKUPS)[0].name


def test_backups_say_who_made_them_why_and_what_changed(run: Run) -> None:
    run("backup", "create")
    edit(damage)
    run("repair", "restore_backup")
    listed = json.loads(run("backup", "list", "--changes", "--json")[1])
    kept = [each for each in listed if each["kind"] == "kept"]
    assert [(each["operation"], each["actor_id"]) for each in kept] == [("restore_backup", 1), ("create_backup", 1)]
    assert kept[0]["changes"] == "1 changed in 2 fields"
    assert all(each["size"] and len(each["sha256"]) == 64 and not each["problem"] for each in listed)
    text = run("backup", "list", "--changes")[1]
    assert all(each["name"] in text for each in listed)


def test_the_state_of_a_moment_is_named_with_the_commands_that_show_it_and_bring_it_back(run: Run) -> None:
    before = edit(damage)
    run("restore", "backup")
    (kept,) = kept_in(BACKUPS)
    code, out, _ = run("backup", "at", "2026-01-01T00:00:00")
    assert (code, out.splitlines()[0]) == (0, kept.name)
    compare, back = (shlex.split(line.split(": scenario-desk ")[1]) for line in out.splitlines()[1:])
    assert run(*compare)[0] == 1
    assert run(*back)[0] == 0
    assert FILE.read_bytes() == BACKUP.read_bytes()
    assert run(*back[:-1])[0] == 0
    assert FILE.read_bytes() == before
    assert run("backup", "at", "2999-01-01")[1] == "production\n"


def test_old_backups_are_pruned_when_they_were_counted(run: Run) -> None:
    run("backup", "create")
    (kept,) = kept_in(BACKUPS)
    mark = kept.stem.rsplit("-", 1)[1]
    old, older = (BACKUPS / f"scenarios-20200101T{hour}0000.000000Z-{mark}.json" for hour in ("01", "00"))
    for path in (old, older):
        shutil.copy(kept, path)
    assert run("backup", "prune", "--plan")[1].startswith("1 to delete")
    for typed in ([], ["--deletions", "2"]):
        assert run("backup", "prune", *typed)[0] == 2
        assert (old.exists(), older.exists()) == (True, True)
    assert run("backup", "prune", "--deletions", "1")[0] == 0
    assert (kept.exists(), old.exists(), older.exists()) == (True, True, False)
    assert run("backup", "prune")[1].startswith("0 deleted")
