"""Rehearsals on the pages: what is drawn, where it is kept, and what becomes of it when the database is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.authoring import advice
from dashboard.authoring import document as documents
from dashboard.rehearsing import view
from dashboard.rehearsing.drafts import rehearsable
from dashboard.rehearsing.stage import Stage, joined
from scenario_core.authoring import quality_of
from scenario_core.bootstrap import Desk
from scenario_core.errors import InvalidTranscriptError, InvalidTurnError
from scenario_core.rehearsal import (
    Matcher,
    ScriptedPartner,
    Transcript,
    begin,
    finish,
    hear,
    move_on,
    say,
    score,
    waits_for_answer,
)
from scenario_core.settings import Settings
from tests.core.rehearsing import evening, rehearsed
from tests.dashboard.test_authoring import JSON
from tests.factories import ADMIN, scenario_document, write_production

SCRIPT = ScriptedPartner()


@pytest.fixture
def stage(tmp_path: Path, sqlite_engine: sa.Engine) -> Iterator[Stage]:
    """A production scenario on a stage with its database."""
    record = evening().model_dump(mode="json")
    path = write_production(tmp_path / "scenarios.json", {"an_evening": record})
    desk = Desk.open(Settings.read(production=path, database=str(sqlite_engine.url)))
    yield Stage(desk, ADMIN, "an_evening", evening(), {})
    desk.close()


def without_database(stage: Stage, tmp_path: Path) -> Stage:
    desk = Desk.open(Settings.read(production=stage.desk.production.path, database=f"sqlite:///{tmp_path}/gone.db"))
    return Stage(desk, stage.user_id, stage.subject, stage.scenario, stage.session)


def saying(text: str, seconds: float = 1) -> Any:
    def step(now: Transcript | None) -> Transcript:
        return hear(evening(), now or begin(evening(), SCRIPT), text, seconds)

    return step


def said(stage: Stage) -> list[str]:
    held = stage.held().transcript
    return [turn.text for turn in held.learner_turns] if held else []


def test_a_rehearsal_is_kept_step_by_step_and_found_again_by_another_session(stage: Stage) -> None:
    assert stage.held().transcript is None
    stage.take(saying("Hello."))
    stage.take(saying("And goodbye."))
    elsewhere = Stage(stage.desk, ADMIN, "an_evening", evening(), {})
    assert said(elsewhere) == ["Hello.", "And goodbye."]
    stage.forget()
    assert elsewhere.held().transcript is None


def test_two_tabs_add_to_one_rehearsal(stage: Stage) -> None:
    stage.take(saying("Mine."))
    other = Stage(stage.desk, ADMIN, "an_evening", evening(), {})
    taken: list[bool] = []

    def with_another_in_between(now: Transcript | None) -> Transcript:
        if not taken:
            taken.append(True)
            other.take(saying("Theirs."))
        return hear(evening(), now or begin(evening(), SCRIPT), "Mine again.", 3)

    stage.take(with_another_in_between)
    assert said(stage) == ["Mine.", "Theirs.", "Mine again."]


def test_without_a_database_it_stays_on_the_page_and_is_kept_when_that_is_back(stage: Stage, tmp_path: Path) -> None:
    away = without_database(stage, tmp_path)
    away.take(saying("Hello?"))
    away.take(saying("Is anybody there?"))
    held = away.held()
    assert held.problem
    assert said(away) == ["Hello?", "Is anybody there?"]
    assert said(stage) == ["Hello?", "Is anybody there?"]
    assert not stage.held().problem
    assert said(Stage(stage.desk, ADMIN, "an_evening", evening(), {})) == ["Hello?", "Is anybody there?"]


def test_a_database_that_goes_away_in_the_middle_takes_nothing_with_it(stage: Stage, tmp_path: Path) -> None:
    stage.take(saying("Before."))
    assert said(stage) == ["Before."]
    away = without_database(stage, tmp_path)

    def on_top_of_it(now: Transcript | None) -> Transcript:
        assert now is not None
        return hear(evening(), now, "Meanwhile.", 5)

    assert said(away) == ["Before."]
    away.take(on_top_of_it)
    assert said(away) == said(stage) == ["Before.", "Meanwhile."]


def test_two_long_rehearsals_that_are_joined_can_still_be_read_and_ended() -> None:
    scenario = evening()
    begun = begin(scenario, SCRIPT)
    long = begun.model_copy(update={"turns": begun.turns * 400})
    other = begin(scenario, SCRIPT, "paying")
    both = joined(long, other.model_copy(update={"turns": other.turns * 400}))
    ended = finish(scenario, both, SCRIPT, 900)
    assert Transcript.from_document(ended.model_dump(mode="json")) == ended


def test_what_was_said_while_the_database_was_away_comes_behind_what_was_said_elsewhere(
    stage: Stage, tmp_path: Path
) -> None:
    without_database(stage, tmp_path).take(saying("Offline."))
    Stage(stage.desk, ADMIN, "an_evening", evening(), {}).take(saying("Online."))
    assert said(stage) == ["Online.", "Offline."]
    assert not stage.held().problem


def test_two_rehearsals_that_parted_are_joined_with_what_they_share_once() -> None:
    scenario = evening()
    shared = rehearsed(scenario, "Hello.")
    there = say(scenario, shared, "There.", SCRIPT, 20)
    here = move_on(scenario, shared, SCRIPT, 15)
    here = say(scenario, here, "Here.", SCRIPT, 20)
    both = joined(there, here)
    assert [turn.text for turn in both.learner_turns] == ["Hello.", "There.", "Here."]
    assert [stretch.phase_id for stretch in both.stretches] == ["arriving", "paying"]
    assert sum(len(each["turns"]) for each in view.talk(scenario, both, score(scenario, both))["stretches"]) == len(
        both.turns
    )
    assert joined(there, there) == there
    assert joined(shared, there).turns == there.turns


def test_what_can_not_be_read_any_more_is_said_and_can_be_forgotten(stage: Stage) -> None:
    with stage.desk.builder() as service:
        service.rehearsals.go_on(ADMIN, "an_evening", {"turns": 3}, expected_version=0)
    with pytest.raises(InvalidTranscriptError):
        stage.held()
    stage.forget()
    assert stage.held().transcript is None


def test_a_refused_step_changes_nothing(stage: Stage) -> None:
    stage.take(saying("Hello."))
    with pytest.raises(InvalidTurnError):
        stage.take(lambda now: hear(evening(), now, "a" * 5000, 2) if now else begin(evening(), SCRIPT))
    assert said(stage) == ["Hello."]


def test_the_words_that_matched_are_marked_where_they_stand_and_nothing_is_lost_between() -> None:
    text = "Hm, I have two <b>reservations</b> for tonight!"
    phase = evening().phases[0]
    found = list(view.pieces(text, Matcher("en").phase(phase, text)))
    assert "".join(piece["text"] for piece in found) == text
    assert [(piece["text"], piece["use"]) for piece in found if piece["use"]] == [
        ("reservations", "used"),
        ("tonight", "used"),
    ]
    assert "I have a reservation for tonight." in found[1]["entries"]


@settings(max_examples=40)
@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=4))
def test_pieces_are_always_the_whole_turn(text: str, entries: list[str]) -> None:
    phase = evening().phases[0].model_copy(update={"key_vocabulary": tuple(entries)})
    assert "".join(piece["text"] for piece in view.pieces(text, Matcher("en").phase(phase, text))) == text


def test_every_state_of_a_rehearsal_can_be_drawn() -> None:
    scenario = evening()
    transcript = rehearsed(scenario, "I have a reservation for tonight.", "")
    for each in (
        begin(scenario, SCRIPT),
        transcript,
        hear(scenario, transcript, "Wait", 30),
        finish(scenario, transcript, SCRIPT, 60),
    ):
        found = score(scenario, each)
        drawn = view.talk(scenario, each, found)
        assert drawn["waits"] == waits_for_answer(each)
        assert sum(len(stretch["turns"]) for stretch in drawn["stretches"]) == len(each.turns)
        view.coach(scenario, found.phases[0], 0)
        view.summary(scenario, found)
    gone = scenario.model_copy(update={"phases": scenario.phases[1:]})
    assert view.talk(gone, transcript, score(gone, transcript))["stretches"][0]["name"] == "A phase that is gone"


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["name", "phases", "language", "duration_minutes", "description"]), JSON))
def test_any_draft_can_be_rehearsed_and_looked_at(document: dict[str, Any]) -> None:
    tidy = documents.tidied({**scenario_document(), **document})
    scenario = rehearsable(tidy, "draft")
    found = quality_of(scenario, tidy)
    assert found.not_run == ()
    advice.at_fields(tidy, found.advice)
    advice.figures(found.figures)
    if scenario.phases:
        assert score(scenario, rehearsed(scenario, "Hello")).phases
    json.dumps([each.mend.apply(tidy) for each in found.advice if each.mend])
