"""Imports and exports that go on in the background: whose they are, what they keep, and that it is gone afterwards."""

from __future__ import annotations

import io
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from dashboard.usage.exporting import MIMES, Exports
from dashboard.usage.importing import Import, Imports, Step
from dashboard.usage.private_files import PrivateFolder
from scenario_core.bootstrap import Desk
from scenario_core.errors import InvalidRunsError, PermissionDeniedError, UsageError
from scenario_core.people import Role
from scenario_core.settings import Settings
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.imports import Form
from tests.dashboard.import_examples import (
    FAULTY,
    GOOD,
    JSON,
    STATEMENT,
    app_file,
    files_in,
    many_runs,
    parquet_file,
    person,
)
from tests.factories import ROOT, SHIPPED

AGE: Final = 3_600


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the page keeps files, so that a test sees all of them."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def steward(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Steward]:
    """An administrator of the shipped catalogue, without any run."""
    shutil.copy(SHIPPED, tmp_path / "scenarios.json")
    shutil.copy(migrated_sqlite, tmp_path / "desk.db")
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    desk = Desk.open(Settings.read(production=tmp_path / "scenarios.json", database=url, usage=tmp_path / "usage"))
    yield Steward.configured(desk)
    desk.close()


@pytest.fixture
def changes() -> list[str]:
    """One entry for each time at which imports have said that runs came in."""
    return []


@pytest.fixture
def imports(changes: list[str]) -> Iterator[Imports]:
    made = Imports(lambda: changes.append("runs came in"))
    yield made
    made.close()


def checked(imports: Imports, steward: Steward, name: str, content: str | bytes) -> Import:
    """What is known of a file once it was checked."""
    data = content.encode() if isinstance(content, str) else content
    imports.choose(steward, name, io.BytesIO(data))
    imports.check(steward)
    return ended(imports, steward)


def ended(imports: Imports, steward: Steward) -> Import:
    imports.wait(steward.user_id, 60)
    found = imports.of(steward.user_id)
    assert found is not None
    assert not found.is_running
    return found


def test_who_may_not_manage_runs_can_begin_neither_an_import_nor_an_export(steward: Steward, imports: Imports) -> None:
    author, exports = person(steward.desk, Role.AUTHOR), Exports()
    attempts: list[Callable[[], None]] = [
        lambda: imports.choose(author, "runs.csv", io.BytesIO(GOOD.encode())),
        lambda: imports.choose_own(author),
        lambda: imports.check(author),
        lambda: imports.apply(author),
        lambda: exports.start(author, Form.CSV),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDeniedError):
            attempt()
    exports.close()


def test_a_file_lies_where_nobody_else_can_read_it_and_only_for_as_long_as_it_is_needed(
    steward: Steward, imports: Imports, own_temporary_folder: Path
) -> None:
    held = checked(imports, steward, "runs.csv", GOOD)
    [path] = files_in(own_temporary_folder)
    assert held.chosen.path == path
    for folder in (path.parent, path.parent.parent):
        assert os.name == "nt" or stat.S_IMODE(folder.stat().st_mode) == 0o700
    imports.forget(steward.user_id)
    assert files_in(own_temporary_folder) == []
    checked(imports, steward, "runs.csv", GOOD)
    imports.apply(steward)
    assert ended(imports, steward).step is Step.IMPORTED
    assert files_in(own_temporary_folder) == []


def test_a_file_that_nobody_does_anything_with_is_removed_after_a_while(
    steward: Steward, own_temporary_folder: Path
) -> None:
    imports = Imports(lambda: None, kept_seconds=0.5)
    imports.choose(steward, "runs.csv", io.BytesIO(GOOD.encode()))
    assert len(files_in(own_temporary_folder)) == 1
    until = time.monotonic() + 20
    while imports.of(steward.user_id) is not None and time.monotonic() < until:
        time.sleep(0.05)
    assert files_in(own_temporary_folder) == []
    imports.close()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows can't kill a process with this signal")
def test_what_a_killed_process_left_is_removed_and_a_living_ones_files_stay(own_temporary_folder: Path) -> None:
    code = (
        "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
        "from dashboard.usage.private_files import PrivateFolder\n"
        "kept = PrivateFolder(); path = kept.new() / 'upload'; path.write_text('kim')\n"
        "print(path, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(own_temporary_folder)]
    living = PrivateFolder()
    (living.new() / "upload").write_text("lee", encoding="utf-8")
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
    assert left.read_text(encoding="utf-8") == "kim"
    for folder in own_temporary_folder.iterdir():
        os.utime(folder, (time.time() - AGE,) * 2)
    other = PrivateFolder()
    assert not left.exists()
    assert [path.read_text(encoding="utf-8") for path in files_in(own_temporary_folder)] == ["lee"]
    other.close()
    living.close()
    assert list(own_temporary_folder.glob("scenario-desk-files-*")) == []


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (Form.CSV, GOOD.encode()),
        (Form.CSV, b"\xef\xbb\xbf" + GOOD.encode()),
        (Form.JSONL, JSON.encode()),
        (Form.XAPI, b"\n" + STATEMENT.encode()),
        (Form.PARQUET, parquet_file()),
        (Form.APP, app_file()),
    ],
    ids=["csv", "csv-with-mark", "jsonl", "xapi", "parquet", "app"],
)
def test_the_content_of_a_file_tells_its_form_whatever_its_name(
    steward: Steward, imports: Imports, form: Form, content: bytes
) -> None:
    held = checked(imports, steward, "export.bin", content)
    assert (held.chosen.form, held.step, held.problem) == (form, Step.CHECKED, None)
    assert held.wanted > 0
    imports.apply(steward)
    assert ended(imports, steward).step is Step.IMPORTED
    [applied] = run_imports.applied(steward)
    assert (applied.name, applied.form) == ("export.bin", form.value)


def test_a_file_can_be_read_in_another_form_than_the_one_that_it_seems_to_have(
    steward: Steward, imports: Imports
) -> None:
    held = checked(imports, steward, "runs.jsonl", JSON)
    assert held.wanted == 1
    imports.back(steward.user_id)
    imports.check(steward, Form.CSV)
    held = ended(imports, steward)
    assert held.step is Step.CHOSEN
    assert isinstance(held.problem, InvalidRunsError)


def test_a_database_that_is_damaged_or_holds_nothing_of_the_app_is_refused(steward: Steward, imports: Imports) -> None:
    whole = app_file(has_records=False)
    held = checked(imports, steward, "other.db", whole)
    assert isinstance(held.problem, InvalidRunsError)
    assert "scenario_progress_history or learning_sessions" in held.problem.faults[0].expected
    damaged = whole[:4096] + b"\xff" * 4096
    held = checked(imports, steward, "damaged.db", damaged)
    assert isinstance(held.problem, InvalidRunsError)
    assert "SQLite" in held.problem.faults[0].expected


def test_the_page_is_told_of_runs_that_came_in_and_of_none_that_did_not(
    steward: Steward, imports: Imports, changes: list[str]
) -> None:
    checked(imports, steward, "runs.csv", FAULTY)
    imports.apply(steward)
    assert isinstance(ended(imports, steward).problem, InvalidRunsError)
    assert changes == []
    imports.apply(steward, leave_out_faulty=True)
    assert ended(imports, steward).wanted == 7
    assert changes == ["runs came in"]


def test_another_file_waits_until_the_import_that_goes_on_has_ended(steward: Steward, imports: Imports) -> None:
    imports.choose(steward, "runs.csv", io.BytesIO(many_runs()))
    with steward.desk.dataset.writing():
        imports.check(steward)
        imports.check(steward)
        with pytest.raises(UsageError, match=r"runs\.csv is being worked on"):
            imports.choose(steward, "other.csv", io.BytesIO(GOOD.encode()))
        imports.stop(steward.user_id)
    held = ended(imports, steward)
    assert (held.chosen.name, held.step, held.was_stopped) == ("runs.csv", Step.CHOSEN, True)


@pytest.mark.parametrize("form", list(MIMES))
def test_what_is_exported_from_the_page_holds_the_runs_that_came_in(
    steward: Steward, imports: Imports, form: Form, own_temporary_folder: Path
) -> None:
    checked(imports, steward, "runs.csv", GOOD)
    imports.apply(steward)
    ended(imports, steward)
    exports = Exports()
    exports.start(steward, form)
    exports.wait(steward.user_id, 60)
    held = exports.of(steward.user_id)
    assert held is not None
    assert held.made is not None
    assert (held.made.runs, held.is_running) == (7, False)
    again = checked(imports, steward, held.made.name, held.made.path.read_bytes())
    assert again.plan is not None
    assert (again.chosen.form, again.plan.new, again.plan.known, again.plan.differing) == (form, 0, 7, 0)
    imports.forget(steward.user_id)
    exports.forget(steward.user_id)
    assert files_in(own_temporary_folder) == []
    exports.close()
