"""A learner's walk through a scenario with the scripted partner."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_core.errors import InvalidTranscriptError, InvalidTurnError
from scenario_core.rehearsal import (
    Kind,
    Reason,
    ScriptedPartner,
    Speaker,
    Transcript,
    Use,
    answer,
    begin,
    finish,
    has_lines,
    move_on,
    say,
    score,
    take_back,
    tick,
    waits_for_answer,
)
from scenario_core.rehearsal.transcript import LONGEST_TURN, MOST_TURNS
from tests.core.rehearsing import evening, lines, rehearsed

SCRIPT = ScriptedPartner()
MEETS_ARRIVING = ("I have a reservation for tonight.", "A window seat: could we sit near the window?")
MEETS_PAYING = ("Could you bring us the bill?", "Can I pay by card?")


def test_the_partner_speaks_first_in_the_first_phase_or_in_any_other() -> None:
    scenario = evening()
    first = begin(scenario, SCRIPT)
    assert first.phase_id == "arriving"
    assert [turn.speaker for turn in first.turns] == [Speaker.PARTNER]
    assert begin(scenario, SCRIPT, "paying").phase_id == "paying"


def test_the_partner_takes_up_what_was_used_and_leads_on_to_what_is_still_to_come() -> None:
    transcript = rehearsed(evening(), "I have a reservation.")
    assert "reservation" in lines(transcript)[-1]
    assert "window seat" in lines(transcript)[-1]


def test_the_same_turns_get_the_same_answers() -> None:
    said = ("Hello!", "", "I have a reservation for tonight.", "What?")
    assert rehearsed(evening(), *said) == rehearsed(evening(), *said)


def test_a_phase_that_was_entered_without_a_partner_waits_for_one() -> None:
    scenario = evening()
    begun = begin(scenario, None)
    assert (begun.turns, waits_for_answer(begun)) == ((), True)
    assert answer(scenario, begun, SCRIPT, 0) == begin(scenario, SCRIPT)
    moved = move_on(scenario, begin(scenario, SCRIPT), None, 5)
    assert waits_for_answer(moved)
    assert answer(scenario, moved, SCRIPT, 5) == move_on(scenario, begin(scenario, SCRIPT), SCRIPT, 5)
    assert answer(scenario, begin(scenario, SCRIPT), SCRIPT, 9) == begin(scenario, SCRIPT)


def test_a_silence_is_waited_for_and_meets_no_goal() -> None:
    transcript = rehearsed(evening(), "", "", "")
    assert transcript.phase_id == "arriving"
    assert all(lines(transcript))


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "it", "pt-BR"])
def test_the_partner_speaks_the_language_of_the_scenario(language: str) -> None:
    assert has_lines(language)
    greetings = {begin(evening(language=each), SCRIPT).turns[0].text for each in ("en", "es", "fr", "de", "it", "pt")}
    assert len(greetings) == 6
    assert begin(evening(language=language), SCRIPT).turns[0].text in greetings


def test_in_other_languages_the_partner_has_the_scenarios_own_words_only() -> None:
    scenario = evening(language="ja")
    assert not has_lines("ja")
    transcript = rehearsed(scenario, "reservation")
    assert "window seat" in lines(transcript)[-1]
    assert "reservation" in lines(transcript)[-1]


def test_a_goal_that_is_met_leads_on_and_the_last_one_ends_the_rehearsal() -> None:
    scenario = evening()
    transcript = rehearsed(scenario, *MEETS_ARRIVING)
    assert [(each.phase_id, each.reason) for each in transcript.stretches] == [
        ("arriving", Reason.START),
        ("paying", Reason.GOAL),
    ]
    for text in MEETS_PAYING:
        transcript = say(scenario, transcript, text, SCRIPT, 60)
    assert transcript.ended_after == 60
    with pytest.raises(InvalidTurnError, match="has ended"):
        say(scenario, transcript, "And then?", SCRIPT, 61)


def test_a_goal_is_half_of_the_vocabulary_and_half_of_the_phrases_rounded_up() -> None:
    scenario = evening()
    (arriving, _) = score(scenario, rehearsed(scenario, MEETS_ARRIVING[0])).phases
    assert (arriving.needed(Kind.VOCABULARY), arriving.needed(Kind.PHRASE)) == (2, 2)
    assert (arriving.used(Kind.VOCABULARY), arriving.used(Kind.PHRASE)) == (1, 1)
    assert not arriving.is_met
    assert score(scenario, rehearsed(scenario, *MEETS_ARRIVING)).phases[0].is_met


def test_a_learner_moves_on_at_will_also_to_an_earlier_phase_and_behind_the_last_one_it_ends() -> None:
    scenario = evening()
    transcript = move_on(scenario, begin(scenario, SCRIPT), SCRIPT, 5)
    assert transcript.stretches[-1].reason is Reason.REQUEST
    back = move_on(scenario, transcript, SCRIPT, 6, "arriving")
    assert back.phase_id == "arriving"
    assert move_on(scenario, transcript, SCRIPT, 7).has_ended
    with pytest.raises(InvalidTurnError, match="no phase 'dessert'"):
        move_on(scenario, transcript, SCRIPT, 8, "dessert")


def test_what_is_nearly_said_is_suggested_before_what_has_not_been_tried() -> None:
    scenario = evening()
    fresh = score(scenario, rehearsed(scenario)).phases[0].next_phrase
    assert fresh is not None
    assert fresh.entry == "I have a reservation for tonight."
    transcript = say(scenario, begin(scenario, SCRIPT, "paying"), "A card.", SCRIPT, 5)
    nearly = score(scenario, transcript).phases[1].next_phrase
    assert nearly is not None
    assert (nearly.entry, nearly.use, nearly.missing) == ("Can I pay by card?", Use.NEARLY, ("pay",))


def test_time_is_kept_against_the_plan_in_each_phase() -> None:
    scenario = evening()
    transcript = rehearsed(scenario, *MEETS_ARRIVING, "Hm.")
    arriving, paying = score(scenario, transcript).phases
    assert (arriving.seconds, paying.seconds) == (20.0, 10.0)
    assert score(scenario, transcript, 50.0).phases[1].seconds == 30.0
    assert score(scenario, finish(scenario, transcript, SCRIPT, 90.0), 500.0).phases[1].seconds == 70.0


def test_criteria_are_ticked_by_hand_and_nothing_else_ticks_them() -> None:
    scenario = evening()
    transcript = rehearsed(scenario, *MEETS_ARRIVING)
    assert all(not phase.ticked for phase in score(scenario, transcript).phases)
    transcript = tick(transcript, "arriving", "Greets the host", done=True)
    assert score(scenario, transcript).phases[0].ticked == ("Greets the host",)
    assert not score(scenario, tick(transcript, "arriving", "Greets the host", done=False)).phases[0].ticked


def test_editing_a_phrase_keeps_the_transcript_and_scores_it_again() -> None:
    scenario = evening()
    transcript = rehearsed(scenario, "Where may I leave my umbrella?")
    assert score(scenario, transcript).phases[0].used(Kind.PHRASE) == 0
    document = scenario.model_dump(mode="json")
    document["phases"][0]["essential_phrases"][2] = "Where can I leave my umbrella?"
    edited = type(scenario).model_validate_json(json.dumps(document))
    again = score(edited, transcript).phases[0]
    assert again.used(Kind.PHRASE) == 1
    assert again.of_kind(Kind.PHRASE)[2].turn == 1


def test_a_phase_that_is_gone_keeps_its_turns_and_is_told() -> None:
    scenario = evening()
    transcript = rehearsed(scenario, "I have a reservation.")
    without = scenario.model_copy(update={"phases": scenario.phases[1:]})
    found = score(without, transcript)
    assert found.gone == ("arriving",)
    assert found.detections == {}
    with pytest.raises(InvalidTurnError, match="no longer in the scenario"):
        say(without, transcript, "Hello?", SCRIPT, 20)
    assert move_on(without, transcript, SCRIPT, 21).phase_id == "paying"


def test_the_last_turn_can_be_taken_back_with_all_that_came_of_it() -> None:
    scenario = evening()
    before = rehearsed(scenario, MEETS_ARRIVING[0])
    assert take_back(rehearsed(scenario, *MEETS_ARRIVING)) == before
    ended = rehearsed(scenario, *MEETS_ARRIVING, *MEETS_PAYING)
    assert take_back(ended) == rehearsed(scenario, *MEETS_ARRIVING, MEETS_PAYING[0])
    assert take_back(begin(scenario, SCRIPT)) == begin(scenario, SCRIPT)


def test_what_can_not_be_said_is_refused_and_says_why() -> None:
    scenario = evening()
    transcript = begin(scenario, SCRIPT)
    with pytest.raises(InvalidTurnError, match="at most 2,000 characters"):
        say(scenario, transcript, "a" * (LONGEST_TURN + 1), SCRIPT, 1)
    with pytest.raises(InvalidTurnError, match="no phases"):
        begin(scenario.model_copy(update={"phases": ()}), SCRIPT)
    with pytest.raises(InvalidTurnError, match="no phase 'dessert'"):
        begin(scenario, SCRIPT, "dessert")
    long = transcript.model_copy(update={"turns": transcript.turns * (MOST_TURNS - 1)})
    with pytest.raises(InvalidTurnError, match="at most 500 turns"):
        say(scenario, long, "More", SCRIPT, 1)


def test_a_transcript_is_read_back_as_it_was_written_and_a_broken_one_says_where() -> None:
    transcript = tick(rehearsed(evening(), *MEETS_ARRIVING), "arriving", "Greets the host", done=True)
    assert Transcript.from_document(json.loads(transcript.model_dump_json())) == transcript
    with pytest.raises(InvalidTranscriptError, match="/turns/0/speaker"):
        Transcript.from_document(json.loads(transcript.model_dump_json().replace('"partner"', '"nobody"', 1)))
    with pytest.raises(InvalidTranscriptError):
        Transcript.from_document([])


STEP = st.one_of(
    st.text(max_size=40).map(lambda text: ("say", text)),
    st.sampled_from([*MEETS_ARRIVING, *MEETS_PAYING]).map(lambda text: ("say", text)),
    st.sampled_from([("move", ""), ("take back", ""), ("tick", "")]),
)


@settings(max_examples=60)
@given(st.lists(STEP, max_size=12), st.sampled_from(["en", "ja", "fr", None]))
def test_whatever_a_learner_does_the_rehearsal_goes_on_or_has_ended(
    steps: list[tuple[str, str]], language: str | None
) -> None:
    scenario = evening(language=language)
    transcript = begin(scenario, SCRIPT)
    for seconds, (step, text) in enumerate(steps, start=1):
        if step == "take back":
            transcript = take_back(transcript)
        elif step == "tick":
            transcript = tick(transcript, transcript.phase_id, "Greets the host", done=True)
        elif not transcript.has_ended:
            transcript = (
                say(scenario, transcript, text, SCRIPT, seconds)
                if step == "say"
                else move_on(scenario, transcript, SCRIPT, seconds)
            )
        assert transcript.turns[-1].speaker is Speaker.PARTNER
        assert Transcript.from_document(json.loads(transcript.model_dump_json())) == transcript
        found = score(scenario, transcript)
        assert sum(phase.seconds for phase in found.phases) <= seconds
