"""The promises about the project itself: its map, its errors, its locks and what its files may say."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from scenario_core import errors

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LONGEST_MODULE = 400

# Written in two halves, so that this file is not its own first finding.
HOSTS = [
    a + b
    for a, b in [
        ("pypi.", "org"),
        ("python", "hosted"),
        ("registry.np", "mjs"),
        ("deb.", "debian"),
        ("--index", "-url"),
    ]
]
MACHINE_PATHS = [
    a + b for a, b in [("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/"), ("/Us", "ers/"), ("/op", "t/"), ("C:", "\\")]
]


def project_files() -> list[Path]:
    """Every text file that is committed, or would be by `git add .`."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so what is committed can't be listed")
    listing = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    files = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    return [path for path in files if path.is_file() and b"\0" not in path.read_bytes()]


def test_imports_keep_to_the_map() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    contracts = [contract["name"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]]
    _, _, report = done.stdout.partition("Analyzed ")
    told = [line.strip() for line in report.splitlines()[1:] if line.strip(" -")]
    assert told == [*(f"{name} KEPT" for name in contracts), f"Contracts: {len(contracts)} kept, 0 broken."], (
        done.stdout
    )
    assert done.returncode == 0


def test_all_of_the_errors_module_is_sorted_and_complete() -> None:
    defined = [
        name for name, value in vars(errors).items() if inspect.isclass(value) and value.__module__ == errors.__name__
    ]
    assert errors.__all__ == sorted(defined)


def test_the_drawn_tree_of_errors_is_the_real_one() -> None:
    drawn: dict[str, str] = {}
    parents: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"(?P<lead>[│├└─\s]*)(?P<name>[A-Z]\w+Error)\b", line)
        if found is None:
            continue
        depth = len(found["lead"]) // 4
        parents[depth:] = [found["name"]]
        drawn[found["name"]] = parents[depth - 1] if depth else "Exception"
    real = {
        name: value.__bases__[0].__name__
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.ScenarioDeskError)
    }
    assert drawn == real


def test_every_error_explains_itself() -> None:
    undocumented = [name for name in errors.__all__ if not vars(errors)[name].__doc__]
    assert undocumented == []


def test_no_file_names_a_registry_host_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {needle}"
        for path in project_files()
        for needle in (*HOSTS, *MACHINE_PATHS)
        if needle in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


def test_every_module_is_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in project_files()
        if path.suffix == ".py"
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_commands_of_the_documents_exist_in_the_makefile(document: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    named = set(
        re.findall(r"(?:`|^|&& )make ([a-z]+)", (ROOT / document).read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    assert named <= targets


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):(.*)$", makefile, flags=re.MULTILINE)
    assert [name for name, rest in targets if " ## " not in rest] == []


@pytest.mark.parametrize(
    ("lock", "groups"),
    [
        ("requirements.lock", ["build"]),
        ("requirements-dev.lock", ["build", "dev"]),
        ("requirements-lab.lock", ["build", "lab"]),
    ],
)
def test_the_lock_covers_what_the_project_asks_for(lock: str, groups: list[str]) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = {
        name: Version(version) for name, version in re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text, flags=re.MULTILINE)
    }
    asked = [
        *PYPROJECT["project"]["dependencies"],
        *(each for group in groups for each in PYPROJECT["dependency-groups"][group]),
    ]
    unmet = [
        text
        for text in asked
        for requirement in [Requirement(text)]
        if (version := pinned.get(canonicalize_name(requirement.name))) is None or version not in requirement.specifier
    ]
    assert unmet == []


def test_the_locks_agree_and_carry_a_hash_for_every_entry() -> None:
    entries = {
        lock: re.findall(
            r"^([a-z0-9-]+==.*?) \\$((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+)", text, flags=re.MULTILINE
        )
        for lock in ("requirements.lock", "requirements-dev.lock", "requirements-lab.lock")
        for text in [(ROOT / lock).read_text(encoding="utf-8")]
    }
    for lock, found in entries.items():
        lines = [
            line
            for line in (ROOT / lock).read_text(encoding="utf-8").splitlines()
            if line and not line.startswith(("#", " "))
        ]
        assert len(found) == len(lines), lock
    run, dev, lab = (set(found) for found in entries.values())
    assert run <= dev
    assert run <= lab
    both = _names(dev) & _names(lab)
    assert {pin for pin in _pins(dev) if pin.split("==")[0] in both} == {
        pin for pin in _pins(lab) if pin.split("==")[0] in both
    }


def _pins(entries: set[tuple[str, str]]) -> set[str]:
    return {entry.split(" ;")[0] for entry, _ in entries}


def _names(entries: set[tuple[str, str]]) -> set[str]:
    return {pin.split("==")[0] for pin in _pins(entries)}


def test_the_notebooks_are_served_to_this_machine_alone() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\nlab:")[2].partition("\n\n")[0]
    assert "--ServerApp.ip=127.0.0.1 " in recipe
