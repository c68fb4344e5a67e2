"""The gates for other repositories, for real: the hook in a git repository, and every command of docs/ci.md."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from scenario_core.cli import main
from scenario_core.integrity import CHECKS
from tests.factories import ROOT, SHIPPED, write_production

GUIDE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
INSTALLED = ("scenario_core", "dashboard", "pyproject.toml", "README.md", "LICENSE", MANIFEST.name)
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
NOT_RUN_HERE = {'python -m pip install "$SCENARIO_DESK"'}
GIT, BASH = shutil.which("git"), shutil.which("bash")
SECONDS = 300

needs_git = pytest.mark.skipif(GIT is None, reason="pre-commit needs git, which is not on this machine")
needs_bash = pytest.mark.skipif(BASH is None, reason="the commands are written for bash, which is not on this machine")

Change = Callable[[dict[str, Any]], object]
Run = Callable[..., subprocess.CompletedProcess[str]]


def nothing(document: dict[str, Any]) -> None:
    del document


def break_a_record(document: dict[str, Any]) -> None:
    document["hotel_check_in"]["difficulty"] = "easy"


def leave_a_placeholder(document: dict[str, Any]) -> None:
    document["hotel_check_in"]["setting"] = "TODO: describe the lobby"


def write(path: Path, change: Change = nothing) -> Path:
    document = json.loads(SHIPPED.read_bytes())
    change(document)
    return write_production(path, document)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


CONFIGS = [text for text in blocks("yaml") if text.startswith("repos:")]
WORKFLOW, PIPELINE = (yaml.safe_load(text) for text in blocks("yaml") if text not in CONFIGS)
(JOB,) = WORKFLOW["jobs"].values()
BY_HAND, EXPORT, WITH_WAIVERS = blocks("sh")
STEPS = [step["run"] for step in JOB["steps"] if "run" in step]
SCRIPT: list[str] = PIPELINE["scenarios"]["script"]


def environment(**more: str) -> dict[str, str]:
    """This process's, without what would reach into a test, and with this Python's programs first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCENARIO_DESK_", "GIT_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return kept | {"PATH": path} | more


@pytest.fixture
def bash(tmp_path: Path) -> Run:
    """Run commands as a CI service does, in a folder of its own."""

    def run(commands: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BASH), "-e", "-o", "pipefail", "-c", commands],
            cwd=tmp_path,
            env=environment(**variables),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run


# The hook


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A git repository of what the hook installs, tagged as this version; and what git and pre-commit have to know.

    pre-commit makes an environment and pip builds and installs the package into it, as for everyone. What the package
    stands on is lent to it from this environment, so that nothing is downloaded.
    """
    folder = tmp_path_factory.mktemp("hooks")
    source = folder / "scenario-desk"
    source.mkdir()
    for name in INSTALLED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    known = environment(
        PRE_COMMIT_HOME=str(folder / "home"),
        PYTHONPATH=os.pathsep.join(dict.fromkeys(sysconfig.get_paths()[name] for name in ("purelib", "platlib"))),
        PIP_NO_INDEX="1",
        PIP_NO_DEPS="1",
        PIP_NO_BUILD_ISOLATION="0",  # no isolation: pip takes the value for that of the positive option
        VIRTUALENV_OVERRIDE_APP_DATA=str(folder / "virtualenv"),
        VIRTUALENV_NO_PERIODIC_UPDATE="1",
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_CONFIG_NOSYSTEM="1",
        **{
            f"GIT_{role}_{what}": "tester@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        },
    )
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "a release"], ["tag", f"v{VERSION}"]):
        subprocess.run([str(GIT), *command], cwd=source, env=known, check=True)
    return source, known


@pytest.fixture
def repository(hooks: tuple[Path, dict[str, str]], tmp_path: Path) -> Callable[[str], Run]:
    """Make a repository that has the hook by one of the guide's configurations; git is then run in it."""
    source, known = hooks

    def make(config: str) -> Run:
        def git(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [str(GIT), *arguments],
                cwd=tmp_path,
                env=known,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )

        git("init", "-q")
        (tmp_path / ".pre-commit-config.yaml").write_text(config.replace("ADDRESS_OF_SCENARIO_DESK", str(source)))
        subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=tmp_path, env=known, check=True)
        git("add", "-A")
        return git

    return make


def commit(git: Run) -> tuple[bool, str]:
    """Commit what is staged: whether there is now such a commit, and what was said."""
    before = git("rev-parse", "-q", "--verify", "HEAD").stdout
    done = git("commit", "-m", "a change")
    return git("rev-parse", "-q", "--verify", "HEAD").stdout != before, done.stdout + done.stderr


@needs_git
@pytest.mark.slow
def test_the_hook_lets_a_good_file_be_committed_and_no_broken_one(
    hooks: tuple[Path, dict[str, str]], repository: Callable[[str], Run], tmp_path: Path
) -> None:
    git = repository(CONFIGS[0])
    path = write(tmp_path / "scenarios.json")
    git("add", "scenarios.json")
    done, said = commit(git)
    assert (done, "Passed" in said) == (True, True), said
    installed = Path(hooks[1]["PRE_COMMIT_HOME"]).rglob("site-packages/scenario_core/__init__.py")
    assert list(installed), "the hook ran what is installed here, and not what it installs"

    write(path, break_a_record)
    git("add", "scenarios.json")
    write(path)  # what lies in the folder is sound; what is staged is not
    done, said = commit(git)
    assert (done, "- exit code: 1" in said) == (False, True), said
    assert "IC102 error: hotel_check_in/difficulty: expected one of beginner" in said
    assert path.read_bytes() == write(tmp_path / "other" / "scenarios.json").read_bytes()

    git("add", "scenarios.json")
    (tmp_path / "notes.txt").write_text("nothing of ours")
    git("add", "notes.txt")
    done, said = commit(git)
    assert (done, "(no files to check)Skipped" in said) == (True, True), said


@needs_git
@pytest.mark.slow
def test_the_hook_looks_where_its_arguments_say_and_fails_where_nothing_lies(
    repository: Callable[[str], Run], tmp_path: Path
) -> None:
    git = repository(CONFIGS[1])
    path = write(tmp_path / "content" / "scenarios.json", leave_a_placeholder)
    git("add", "-A")
    done, said = commit(git)
    assert (done, "Passed" in said) == (True, True), said
    write(path, break_a_record)
    git("add", "-A")
    assert commit(git)[0] is False
    (tmp_path / ".pre-commit-config.yaml").write_text(
        (tmp_path / ".pre-commit-config.yaml").read_text().replace("--production, content/", "--production, elsewhere/")
    )
    write(path, lambda document: document.pop("hotel_check_in"))
    git("add", "-A")
    done, said = commit(git)
    assert (done, "IC101 error: The production file" in said) == (False, True), said


def test_the_definition_and_the_configurations_are_what_pre_commit_reads(tmp_path: Path) -> None:
    commands = [["validate-manifest", str(MANIFEST)]]
    for number, text in enumerate(CONFIGS):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text)
        commands.append(["validate-config", str(path)])
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", *command], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert len(CONFIGS) == 2
    assert {repo["rev"] for text in CONFIGS for repo in yaml.safe_load(text)["repos"]} == {f"v{VERSION}"}


# The guide


def test_every_command_of_the_guide_is_run_here_but_the_installation() -> None:
    commands = [line for text in (BY_HAND, EXPORT, WITH_WAIVERS) for line in text.splitlines()] + STEPS + SCRIPT
    assert {line for line in commands if not line.startswith(("scenario-desk ", "export "))} == NOT_RUN_HERE


def test_what_is_left_out_is_left_out_everywhere_and_exists() -> None:
    (definition,) = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    skipped = definition["args"][definition["args"].index("--skip") + 1]
    commands = [line for line in GUIDE.splitlines() if "scenario-desk check" in line and "--skip" in line]
    assert {line.split("--skip ")[1].split()[0] for line in commands} == {skipped}
    without_database = {check.code for check in CHECKS if not check.needs_database}
    assert set(skipped.split(",")) < without_database
    assert all("--no-database" in line for line in commands)


@needs_bash
@pytest.mark.slow
def test_by_hand_the_file_passes_and_a_broken_one_stops_the_script(bash: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "scenarios.json")
    done = bash(BY_HAND)
    assert (done.returncode, done.stderr) == (0, "")
    first = (tmp_path / "report.json").read_bytes()
    assert json.loads(first)["light"] == "green"
    write(path, break_a_record)
    done = bash(BY_HAND)
    assert (done.returncode, "IC102 error: hotel_check_in" in done.stdout) == (1, True), done.stderr
    assert (tmp_path / "report.json").read_bytes() == first


@needs_bash
@pytest.mark.slow
def test_in_actions_one_step_decides_and_the_reports_are_written_all_the_same(bash: Run, tmp_path: Path) -> None:
    write(tmp_path / "scenarios.json", break_a_record)
    gate, *reports = [step for step in JOB["steps"] if step.get("run", "").startswith("scenario-desk")]
    summary = tmp_path / "summary.md"
    summary.write_text("# Of another step\n")
    variables = {
        **{name: value for name, value in JOB["env"].items() if not value.startswith("${{")},
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    assert bash(gate["run"], **variables).returncode == 1
    assert "if" not in gate
    assert gate["run"] in BY_HAND.splitlines()  # which passes with a file that is sound
    for step in reports:
        done = bash(step["run"], **variables)
        assert (done.returncode, done.stderr) == (0, "")
    (upload,) = [step for step in JOB["steps"] if "upload-sarif" in step.get("uses", "")]
    assert {step["if"] for step in (*reports, upload)} == {"${{ !cancelled() }}"}
    assert summary.read_text(encoding="utf-8").startswith("# Of another step\n# Scenario Desk: ")
    (run,) = json.loads((tmp_path / upload["with"]["sarif_file"]).read_bytes())["runs"]
    places = [place["physicalLocation"] for result in run["results"] for place in result["locations"]]
    assert len(places) == len(run["results"]) >= 2
    assert {place["artifactLocation"]["uri"] for place in places} == {"scenarios.json"}
    assert "IC102" in {result["ruleId"] for result in run["results"]}


@needs_bash
@pytest.mark.slow
def test_in_gitlab_the_check_that_failed_is_a_test_that_failed(bash: Run, tmp_path: Path) -> None:
    write(tmp_path / "scenarios.json", break_a_record)
    job = PIPELINE["scenarios"]
    done = bash("\n".join(line for line in SCRIPT if line not in NOT_RUN_HERE), **job["variables"])
    assert (done.returncode, done.stderr) == (1, "")
    suites = ET.parse(tmp_path / job["artifacts"]["reports"]["junit"]).getroot()  # noqa: S314 - ours
    failed = [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None]
    assert failed == ["IC102 production records valid"]


@needs_bash
@pytest.mark.slow
def test_a_waiver_of_the_desk_holds_in_the_repository_until_the_value_changes(bash: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "scenarios.json", leave_a_placeholder)
    variables = {
        "SCENARIO_DESK_PRODUCTION": path.name,
        "SCENARIO_DESK_DATABASE": f"sqlite:///{tmp_path / 'desk.db'}",
    }
    at_the_desk = 'scenario-desk migrate\nscenario-desk waivers add --code CQ203 --reason "it is said so on purpose"\n'
    done = bash(at_the_desk + EXPORT, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "desk.db").unlink()
    del variables["SCENARIO_DESK_DATABASE"]
    assert bash(WITH_WAIVERS.partition(" --waivers")[0], **variables).returncode == 1
    done = bash(WITH_WAIVERS, **variables)
    assert (done.returncode, "1 waived" in done.stdout) == (0, True), done.stdout
    write(path, lambda document: document["hotel_check_in"].update(setting="TODO: describe the bar"))
    assert bash(WITH_WAIVERS, **variables).returncode == 1


EXIT_CODES = [
    (nothing, "", 0), (nothing, "--fail-on notice", 1), (leave_a_placeholder, "", 1),
    (leave_a_placeholder, "--fail-on error", 0), (break_a_record, "--fail-on error", 1),
    (break_a_record, "--fail-on never", 0), (nothing, "--fail-on never --waivers missing.json", 2),
    (nothing, "--fail-on never --waivers structural.json", 2), (nothing, "--only XX", 2),
]  # fmt: skip


@pytest.mark.parametrize(("change", "options", "code"), EXIT_CODES)
def test_the_exit_codes_are_those_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change, options: str, code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PRODUCTION", "DATABASE", "USER", "LOCAL_USER", "EXPECTED_COUNT"):
        monkeypatch.delenv(f"SCENARIO_DESK_{name}", raising=False)
    write(tmp_path / "scenarios.json", change)
    waiver: dict[str, Any] = {
        "waiver_id": "1",
        "fingerprint": "0" * 16,
        "code": "IC102",
        "scenario_id": None,
        "field": "",
        "message": "",
    }
    waiver |= {"reason": "it is right as it is", "author_id": 1, "created_at": "2026-01-02T03:04:05Z"}
    (tmp_path / "structural.json").write_text(json.dumps([waiver]))
    call = "--production scenarios.json check --no-database --skip IC103,IC109,IC121"
    with pytest.raises(SystemExit) as ended:
        main([*call.split(), *options.split()])
    assert ended.value.code == code
