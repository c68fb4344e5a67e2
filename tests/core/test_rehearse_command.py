"""`scenario-desk rehearse`: a walk in the terminal, and kept rehearsals as tests with exit codes."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from scenario_core.bootstrap import Desk
from scenario_core.rehearsal.examples import expected_of
from scenario_core.settings import Settings
from tests.core.calling import DATABASE, FILE, Run, at_home, caller, prepared
from tests.core.rehearsing import evening, rehearsed
from tests.factories import write_production

SAID = ("I have a reservation for tonight.", "A window seat: could we sit near the window?")


def hand_out() -> None:
    write_production(FILE, {"an_evening": evening().model_dump(mode="json")})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("home"), hand_out, "migrate")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], home: Path) -> Run:
    at_home(tmp_path, monkeypatch)
    hand_out()
    shutil.copy(home / DATABASE, DATABASE)
    return caller(capfdbinary)


@pytest.fixture
def kept(run: Run) -> Run:
    desk = Desk.open(Settings.read())
    transcript = rehearsed(evening(), *SAID)
    expected = expected_of(evening(), transcript).model_dump(mode="json")
    with desk.builder() as service:
        service.rehearsals.keep(1, "an_evening", "Whole", transcript.model_dump(mode="json"), expected)
    desk.close()
    return run


def break_a_phrase() -> None:
    record = evening().model_dump(mode="json")
    record["phases"][0]["essential_phrases"][0] = "We booked a large round table yesterday."
    write_production(FILE, {"an_evening": record})


def test_a_walk_is_typed_line_by_line_and_ends_with_a_summary(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SAID[0]}\n/next\nThe bill, please.\n"))
    code, out, err = run("rehearse", "an_evening")
    assert (code, err) == (0, "")
    assert "used: I have a reservation for tonight." in out
    assert "waiter: " in out
    assert "The arriving: 1 of 3 of the vocabulary, 1 of 3 phrases used; goal not met" in out
    assert "The paying" in out


def test_a_walk_begins_in_any_phase_and_is_printed_for_programs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("The bill, please.\n"))
    code, out, _ = run("rehearse", "an_evening", "--phase", "paying", "--json")
    found = json.loads(out)
    assert code == 0
    assert [phase["vocabulary"] for phase in found["phases"]] == [[], ["bill"]]
    assert found["transcript"]["stretches"][0]["phase_id"] == "paying"


def test_the_check_passes_until_an_edit_turns_a_turn(kept: Run) -> None:
    assert kept("rehearse", "--check")[:2] == (0, "1 passed, 0 failed, 0 could not run\n")
    break_a_phrase()
    code, out, _ = kept("rehearse", "--check")
    assert code == 1
    assert "FAILED an_evening: Whole" in out
    assert f"turn 1 {SAID[0]!r}" in out
    assert "0 passed, 1 failed" in out
    (example,) = json.loads(kept("rehearse", "--check", "--json")[1])["examples"]
    assert not example["passed"]
    assert next(each["turn"] for each in example["turned"] if each["is_worse"]) == 1


def test_a_line_that_is_too_long_is_not_said_and_ends_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{'a' * 3000}\n{SAID[0]}\n"))
    code, out, err = run("rehearse", "an_evening")
    assert code == 0
    assert "not said: A turn has at most 2,000 characters" in err
    assert "used: I have a reservation for tonight." in out


def test_an_example_that_can_not_be_read_is_named_and_hides_no_other(kept: Run) -> None:
    desk = Desk.open(Settings.read())
    with desk.builder() as service:
        service.rehearsals.keep(1, "an_evening", "Broken", {"turns": 3}, {})
    desk.close()
    code, out, _ = kept("rehearse", "--check")
    assert code == 2
    assert "could not run an_evening: Broken" in out
    assert "1 passed, 0 failed, 1 could not run" in out


def test_the_check_says_what_it_could_not_run(kept: Run) -> None:
    write_production(FILE, {"another": {**evening().model_dump(mode="json"), "scenario_id": "another"}})
    code, out, _ = kept("rehearse", "--check")
    assert code == 2
    assert "could not run an_evening: Whole" in out


def test_examples_travel_in_a_file_and_are_checked_without_a_database(kept: Run) -> None:
    code, out, _ = kept("rehearse", "--export")
    assert code == 0
    Path("examples.json").write_text(out, encoding="utf-8")
    with Desk.open(Settings.read()).builder() as service:
        (example,) = service.rehearsals.examples(1)
        service.rehearsals.delete(example.rehearsal_id, 1)
    assert kept("rehearse", "--check")[1] == "0 passed, 0 failed, 0 could not run\n"
    assert kept("rehearse", "--check", "--examples", "examples.json")[:2] == (
        0,
        "1 passed, 0 failed, 0 could not run\n",
    )
    break_a_phrase()
    assert kept("rehearse", "an_evening", "--check", "--examples", "examples.json")[0] == 1
    DATABASE.unlink()
    assert kept("rehearse", "an_evening", "--check", "--examples", "examples.json")[0] == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "is no JSON"),
        ("{}", "must hold a list"),
        ('[{"name": "x"}]', "example 0"),
        (None, "can't be read"),
    ],
)
def test_a_file_that_holds_no_examples_says_so(run: Run, content: str | None, said: str) -> None:
    if content is not None:
        Path("examples.json").write_text(content)
    code, out, err = run("rehearse", "--check", "--examples", "examples.json")
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_the_three_learners_walk_in_the_terminal(run: Run) -> None:
    assert run("rehearse", "an_evening", "--walk")[:2] == (0, "no learner runs into anything\n")
    record = evening().model_dump(mode="json")
    record["phases"][0]["key_vocabulary"] = ["umbrella", "boots", "coat"]
    write_production(FILE, {"an_evening": record})
    code, out, _ = run("rehearse", "an_evening", "--walk")
    assert code == 1
    assert out.startswith("/phases/0/key_vocabulary: The goal can't be met")
    assert json.loads(run("rehearse", "an_evening", "--walk", "--json")[1])[0]["trouble"] == "cannot_be_met"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--check", "--walk"], "Only one of"),
        ([], "Which scenario?"),
        (["nothing"], "no scenario 'nothing'"),
        (["an_evening", "--phase", "dessert"], "no phase 'dessert'"),
    ],
)
def test_what_can_not_be_rehearsed_is_one_clear_line(run: Run, arguments: list[str], said: str) -> None:
    code, _, err = run("rehearse", *arguments)
    assert code == 2
    assert said in err
