"""Kept rehearsals: what turned after an edit and why, and learners who walk a draft by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scenario_core.errors import InvalidTranscriptError
from scenario_core.rehearsal.examples import Example, Turned, expected_of, rerun
from scenario_core.rehearsal.self_walk import Stumble, Trouble, walk
from scenario_core.scenario import ConversationScenario
from tests.core.rehearsing import evening, rehearsed
from tests.factories import SHIPPED, phase_document, scenario_document

SAID = ("I have a reservation for tonight.", "A window seat: could we sit near the window?", "The bill and the card.")


def kept(scenario: ConversationScenario) -> Example:
    transcript = rehearsed(scenario, *SAID)
    return Example(
        scenario_id="an_evening", name="Whole", transcript=transcript, expected=expected_of(scenario, transcript)
    )


def edited(scenario: ConversationScenario, change: Callable[[dict[str, Any]], object]) -> ConversationScenario:
    document = scenario.model_dump(mode="json")
    change(document)
    return ConversationScenario.model_validate_json(json.dumps(document))


def turned_by(change: Callable[[dict[str, Any]], object]) -> tuple[Turned, ...]:
    return rerun(edited(evening(), change), kept(evening())).turned


def test_an_unchanged_scenario_turns_nothing() -> None:
    found = rerun(evening(), kept(evening()))
    assert found.turned == ()
    assert not found.is_regression


def test_an_edited_phrase_shows_which_turn_no_longer_uses_it_and_which_words_it_lacks() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["phases"][0]["essential_phrases"][0] = "We booked a large round table yesterday."

    worse = [each for each in turned_by(edit) if each.turn is not None]
    assert [(each.turn, each.where, each.is_worse) for each in worse] == [(1, SAID[0], True)]
    assert worse[0].before == "“I have a reservation for tonight.” used"
    assert worse[0].after == "“We booked a large round table yesterday.” not yet"
    assert "was changed" in worse[0].why
    assert "“booked”" in worse[0].why


def test_a_phrase_that_still_matches_after_an_edit_turns_nothing() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["phases"][0]["essential_phrases"][0] = "We have reservations for tonight."

    assert turned_by(edit) == ()


def test_what_was_removed_is_told_and_so_is_a_goal_that_is_lost() -> None:
    def without_words(document: dict[str, Any]) -> None:
        document["phases"][0]["key_vocabulary"] = ["umbrella", "raincoat", "boots"]

    found = turned_by(without_words)
    assert ("The arriving", "goal met", "goal not met") in [(each.where, each.before, each.after) for each in found]

    def without_phase(document: dict[str, Any]) -> None:
        del document["phases"][0]

    assert {each.why for each in turned_by(without_phase)} == {"its phase is gone", "the phase is gone"}


def test_other_order_and_more_entries_are_no_regression() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["phases"].reverse()
        document["phases"][1]["key_vocabulary"] = ["coat", "umbrella", "window seat", "reservation"]
        document["phases"][1]["essential_phrases"].insert(0, "A window, please.")

    found = rerun(edited(evening(), edit), kept(evening()))
    assert not found.is_regression
    assert [each.why for each in found.turned] == ["it was not used before"]


def test_an_example_is_read_back_from_its_file_as_it_was_and_a_broken_one_says_where() -> None:
    example = kept(evening())
    assert Example.model_validate_json(example.model_dump_json()) == example
    stored = json.loads(example.model_dump_json())
    assert Example.of("an_evening", "Whole", stored["transcript"], stored["expected"]) == example
    stored["expected"]["uses"]["1"][0]["use"] = "perhaps"
    with pytest.raises(InvalidTranscriptError, match="/expected/uses/1/0/use"):
        Example.of("an_evening", "Whole", stored["transcript"], stored["expected"])


def walked(*phases: dict[str, Any]) -> list[Stumble]:
    document = scenario_document("walked", phases=list(phases))
    return list(walk(ConversationScenario.model_validate_json(json.dumps(document))))


def test_an_ideal_learner_tells_of_a_goal_that_the_phrases_can_not_meet() -> None:
    found = walked(
        phase_document(key_vocabulary=["table", "umbrella", "raincoat"], essential_phrases=["A table, please."])
    )
    assert [(each.trouble, each.pointer) for each in found] == [(Trouble.CANNOT_BE_MET, "/phases/0/key_vocabulary")]
    assert "1 of 3" in found[0].message
    assert "“umbrella”, “raincoat”" in found[0].message


def test_a_silent_learner_tells_of_a_goal_that_is_met_by_silence() -> None:
    (found,) = walked(phase_document(), phase_document("empty", key_vocabulary=[], essential_phrases=[]))
    assert (found.trouble, found.pointer) == (Trouble.MET_BY_SILENCE, "/phases/1/essential_phrases")


def test_a_cross_talking_learner_tells_of_a_phrase_that_stands_in_two_phases_once() -> None:
    other = phase_document(
        "paying", key_vocabulary=["bill", "tip"], essential_phrases=["We would like the bills.", "A tip for you."]
    )
    (found,) = walked(phase_document(), other)
    assert found.trouble is Trouble.BELONGS_ELSEWHERE
    assert found.pointer == "/phases/0/essential_phrases/2"
    assert "“We would like the bills.”" in found.message


def test_most_shipped_scenarios_can_be_walked_without_running_into_anything() -> None:
    scenarios = [
        ConversationScenario.model_validate_json(json.dumps(record))
        for record in json.loads(SHIPPED.read_text("utf-8")).values()
    ]
    stumbling = [each.scenario_id for each in scenarios if walk(each)]
    assert len(stumbling) < len(scenarios) / 4, stumbling


@pytest.mark.parametrize("language", ["ja", "zz", "fr", None])
def test_every_language_can_be_walked(language: str | None) -> None:
    assert walk(evening(language=language)) == ()
