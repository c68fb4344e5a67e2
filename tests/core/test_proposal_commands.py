"""Proposals at the command line: from an author's copy to production and back, byte for byte."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from tests.core.calling import FILE, Run
from tests.core.steward_examples import HOTEL

AUTHOR = ("--user", "7")


def told(run: Run, *arguments: str) -> Any:
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture
def proposal(run: Run) -> str:
    """A copy of the hotel by an author, proposed to replace it."""
    copy = told(run, *AUTHOR, "duplicate", HOTEL, "--title", "Night at the Inn (Updated)")["scenario_id"]
    name: str = told(run, *AUTHOR, "proposals", "propose", copy, "--replace", "--text", "A better name")["proposal_id"]
    return name


def test_the_way_from_an_author_to_production_and_back(run: Run, proposal: str) -> None:
    before = FILE.read_bytes()
    listed = run("proposals", "list", "--all", "--state", "open")[1].splitlines()
    assert listed[1].split("\t")[:5] == [proposal, "open", "Night at the Inn (Updated)", "7", f"replace {HOTEL}"]
    assert run("proposals", "ask", proposal, "--text", "Without the brackets?")[0] == 0
    assert run("proposals", "publish", proposal)[0] == 2
    assert run(*AUTHOR, "proposals", "comment", proposal, "They stay.")[0] == 0
    assert run(*AUTHOR, "proposals", "update", proposal)[0] == 0
    code, out, _ = run("proposals", "publish", proposal)
    assert code == 0
    assert f"published as {HOTEL}" in out
    assert json.loads(FILE.read_bytes())[HOTEL]["name"] == "Night at the Inn (Updated)"
    assert run("check", "--only", "IC105,IC107,IC114")[0] == 0
    undo = re.search(r"To take it back: scenario-desk (.+)", out)
    assert undo
    assert run(*shlex.split(undo[1]))[0] == 0
    assert FILE.read_bytes() == before
    assert run("proposals", "list", "--all", "--state", "taken_back")[1].count(proposal) == 1


def test_a_proposal_is_shown_with_its_change_its_findings_and_what_was_said(run: Run, proposal: str) -> None:
    run("proposals", "comment", proposal, "Who is at the door?")
    code, out, err = run("proposals", "show", proposal)
    assert (code, err) == (0, "")
    assert f"{HOTEL}: 1 change in 1 field" in out
    assert "CQ205 notice: /name: " in out
    assert "person 1 commented: Who is at the door?" in out
    shown = told(run, "proposals", "show", proposal)
    assert [change["field"] for change in shown["change"]["changed"][HOTEL]["changes"]] == ["name"]
    assert [each["code"] for each in shown["findings"]] == ["CQ205"]
    assert [each["kind"] for each in shown["said"]] == ["proposed", "commented"]
    added = run("proposals", "show", proposal, "--as", "night_at_the_inn")[1]
    assert "adds night_at_the_inn:" in added
    assert "CQ215" not in added
    assert "nearly the same as the production scenario" in added or "a copy of the production scenario" in added


def test_who_adds_a_scenario_is_told_that_the_settings_expect_another_number(run: Run, proposal: str) -> None:
    said = "the settings expect 31 production scenarios, and there will be 32"
    assert said in run("proposals", "publish", proposal, "--as", "the_inn", "--plan")[1]
    assert said not in run("proposals", "publish", proposal, "--plan")[1]
    code, out, _ = run("proposals", "publish", proposal, "--as", "the_inn")
    assert (code, said in out) == (0, True)


def test_a_plan_changes_nothing_and_holds_only_as_long_as_nothing_moves(run: Run, proposal: str) -> None:
    before = FILE.read_bytes()
    code, out, _ = run("proposals", "publish", proposal, "--plan")
    assert (code, FILE.read_bytes()) == (0, before)
    assert out.splitlines()[:2] == [f"replace {HOTEL} in production", "change name"]
    mark = told(run, "proposals", "publish", proposal, "--plan")["expect"]
    code, _, err = run("proposals", "publish", proposal, "--as", "another_id", "--expect", mark)
    assert (code, FILE.read_bytes(), "another plan" in err) == (2, before, True)
    assert run("proposals", "publish", proposal, "--expect", mark)[0] == 0
    back = told(run, "proposals", "revert", proposal, "--plan")
    assert back["plan"] == [f"bring {HOTEL} back as it was before it was replaced"]
    assert run("proposals", "revert", proposal, "--expect", "0" * 16)[0] == 2
    assert run("proposals", "revert", proposal, "--expect", back["expect"])[0] == 0
    assert FILE.read_bytes() == before


@pytest.mark.parametrize("command", ["show", "publish", "revert", "update", "withdraw"])
def test_a_proposal_is_nothing_to_somebody_else(run: Run, proposal: str, command: str) -> None:
    code, out, err = run("--user", "8", "proposals", command, proposal)
    assert (code, out) == (2, "")
    expected = "needs one of the roles" if command in {"publish", "revert"} else "There is no proposal"
    assert expected in err
    assert "Inn" not in err


def test_a_withdrawn_proposal_is_its_authors_alone(run: Run, proposal: str) -> None:
    assert run(*AUTHOR, "proposals", "withdraw", proposal)[0] == 0
    assert run("proposals", "show", proposal)[0] == 2
    assert proposal not in run("proposals", "list", "--all")[1]
    assert run(*AUTHOR, "proposals", "show", proposal)[0] == 0
    assert "withdrawn" in run(*AUTHOR, "proposals", "list")[1]


def test_a_declined_proposal_says_why(run: Run, proposal: str) -> None:
    assert run("proposals", "decline", proposal, "--text", "We have one.")[0] == 0
    assert "person 1 declined: We have one." in run(*AUTHOR, "proposals", "show", proposal)[1]
    assert run("proposals", "list", "--all", "--limit", "1")[1].count("\n") == 2
