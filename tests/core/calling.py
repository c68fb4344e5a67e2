"""Calling the command line as a shell does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenario_core.cli import main
from scenario_core.settings import Settings

Run = Callable[..., tuple[int, str, str]]
"""Calls a command; (exit code, output, errors)."""
FILE = Path("data/scenarios/scenarios.json")
BACKUP = FILE.with_name("scenarios.json.backup")
DATABASE = Path("data/scenario_desk.db")
SETTINGS = tuple(name.upper() for name in Settings.model_fields)


def caller(capture: pytest.CaptureFixture[bytes]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capture.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, said.out.decode(), said.err.decode()

    return call


def prepared(folder: Path, hand_out: Callable[[], object], *arguments: str) -> Path:
    """A folder with what `hand_out` puts there, in which a command was called; to be copied, not to be worked in."""
    with pytest.MonkeyPatch.context() as patch:
        at_home(folder, patch)
        hand_out()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
    assert not ended.value.code
    return folder


def at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in this folder, with no setting from outside."""
    monkeypatch.chdir(folder)
    for name in SETTINGS:
        monkeypatch.delenv(f"SCENARIO_DESK_{name}", raising=False)


def edit(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Change the production file as another program would; returns its bytes."""
    document = json.loads(FILE.read_bytes())
    change(document)
    FILE.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return FILE.read_bytes()


def hand_out(intact: Path) -> None:
    """Copy the shipped catalogue, approved and mirrored, to where commands look for it."""
    FILE.parent.mkdir(parents=True)
    for name in (FILE.name, BACKUP.name):
        shutil.copy(intact / name, FILE.with_name(name))
    shutil.copy(intact / "desk.db", DATABASE)
    Path("scenario-desk.toml").write_text("expected_count = 31\n")
