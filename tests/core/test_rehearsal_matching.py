"""Which words of a turn count as used: by examples, by a labelled set, and by what always holds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_core.rehearsal import Kind, Matcher, Use
from scenario_core.scenario import ScenarioPhase

LABELLED: Final = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parents[1] / "rehearsal_turns").glob("*.json"))
}
HALVES: Final = ("tuning", "held_out")


def phase(vocabulary: list[str], phrases: list[str]) -> ScenarioPhase:
    return ScenarioPhase(
        phase_id="one",
        name="One",
        expected_duration_minutes=1,
        key_vocabulary=tuple(vocabulary),
        essential_phrases=tuple(phrases),
    )


def use_of(entry: str, text: str, *, language: str = "en", kind: Kind = Kind.PHRASE) -> Use:
    lists = ([], [entry]) if kind is Kind.PHRASE else ([entry], [])
    (found,) = Matcher(language).phase(phase(*lists), text)
    return found.use


@pytest.mark.parametrize(
    ("language", "entry", "text", "use"),
    [
        ("en", "reservation", "I made two reservations.", Use.USED),
        ("en", "reservation", "I have a reservaton.", Use.USED),
        ("en", "mouse", "It is in the house.", Use.NOT_YET),
        ("en", "window seat", "A seat at the window.", Use.USED),
        ("en", "window seat", "A seat, please.", Use.NEARLY),
        ("en", "the bill (what you pay)", "Could we have the bill?", Use.USED),
        ("en", "accommodation", "Where is my acomodasion?", Use.NEARLY),
        ("es", "la habitación", "dos habitaciones", Use.USED),
        ("es", "la habitación", "una habitacion", Use.USED),
        ("es", "maduro", "¿Están maduras?", Use.USED),
        ("es", "el carro", "Es muy caro.", Use.NOT_YET),
        ("fr", "l'addition", "Et l\u2019addition ?", Use.USED),
        ("fr", "le poisson", "Attention, du poison !", Use.NOT_YET),
        ("de", "die Rechnung", "Beide Rechnungen, bitte.", Use.USED),
        ("en", "check-in", "I want to check out.", Use.NEARLY),
        ("en", "check-in", "When is the check in?", Use.USED),
        ("en", "hospital", "Thank you for your hospitality.", Use.NOT_YET),
        ("en", "severe", "I have several bags.", Use.NOT_YET),
        ("es", "la mesa", "Estoy aquí un mes.", Use.NOT_YET),
        ("es", "la casa", "En este caso no.", Use.NOT_YET),
        ("es", "el té", "Un té, por favor.", Use.USED),
        ("fr", "l'équipe", "une équipe", Use.USED),
        ("it", "il pesce", "Mi piace la pesca.", Use.NOT_YET),
        ("ja", "予約", "予約をお願いします", Use.USED),
        ("ja", "予約", "お願いします", Use.NOT_YET),
        ("sw", "chumba", "Nataka chumba.", Use.USED),
        ("sw", "chumba", "Nataka vyumba.", Use.NOT_YET),
    ],
)
def test_a_word_is_used_in_any_form_and_with_a_slip_but_not_as_another_word(
    language: str, entry: str, text: str, use: Use
) -> None:
    assert use_of(entry, text, language=language, kind=Kind.VOCABULARY) is use


@pytest.mark.parametrize(
    ("entry", "text", "use"),
    [
        ("Could we sit near the window?", "We would like to sit near the window.", Use.USED),
        ("Could we sit near the window?", "Near a window is where we sit.", Use.USED),
        ("Could we sit near the window?", "Can you open the window?", Use.NOT_YET),
        ("I have a reservation for tonight.", "There is a reservation.", Use.NEARLY),
        ("My name is Alex.", "My name is Paco.", Use.USED),
        ("My name is Alex.", "What is the name of this dish?", Use.NEARLY),
        ("My name is Alex.", "Hi, my name's Paco.", Use.USED),
        ("My name is Alex.", "My sister is tired.", Use.NOT_YET),
        ("How are you?", "How are you?", Use.USED),
        ("How are you?", "Are you the waiter?", Use.NEARLY),
        ("Where is the ATM?", "Where is the toilet?", Use.NOT_YET),
        ("Do you have Wi-Fi?", "Do you have a table?", Use.NOT_YET),
        ("I am from Mexico.", "I am hungry.", Use.NEARLY),
        ("ONE BEER PLEASE", "One moment.", Use.NEARLY),
        ("Good evening, we have a reservation for four.", "", Use.NOT_YET),
    ],
)
def test_a_phrase_is_used_when_two_thirds_of_its_content_words_are_there(entry: str, text: str, use: Use) -> None:
    assert use_of(entry, text) is use


def test_a_phrase_counts_from_exactly_two_thirds_of_its_content_words_on() -> None:
    six = "apple bread cheese lemon onion pepper"
    for number in range(7):
        said = " ".join(six.split()[:number])
        expected = Use.USED if number >= 4 else Use.NEARLY if number == 3 else Use.NOT_YET
        assert use_of(six, said) is expected, said


def test_the_words_that_matched_are_told_with_their_places_in_the_turn() -> None:
    text = "Write to me@example.org: two RESERVATONS, s\u2019il vous plaît"
    (found,) = Matcher("en").phase(phase(["a reservation"], []), text)
    assert [(text[match.start : match.end], match.wanted) for match in found.matches] == [
        ("RESERVATONS", "reservation")
    ]
    (missed,) = Matcher("en").phase(phase(["window seat"], []), "a seat")
    assert missed.missing == ("window",)


@pytest.mark.parametrize("word", ["house", "horse", "moose"])
def test_a_common_word_is_never_taken_for_a_slip_of_another(word: str) -> None:
    assert use_of("mouse", f"A {word}.", kind=Kind.VOCABULARY) is not Use.USED


@pytest.mark.parametrize("language", ["ja", "zh", "sw", "x-klingon", "zz"])
def test_a_language_without_dictionary_forms_says_that_words_are_found_only_as_they_are_written(language: str) -> None:
    assert "only as they are written" in Matcher(language).note
    assert Matcher("en").note == Matcher("pt-BR").note == ""


@pytest.mark.parametrize("language", sorted(LABELLED))
@pytest.mark.parametrize("half", HALVES)
def test_of_labelled_turns_nearly_all_uses_are_found_and_hardly_any_that_is_none(language: str, half: str) -> None:
    counts = tally(LABELLED[language], half)
    for kind, least_recall, most_false in ((Kind.VOCABULARY, 0.9, 0.005), (Kind.PHRASE, 0.8, 0.01)):
        found, missed = counts[kind, True, True], counts[kind, True, False]
        false, right = counts[kind, False, True], counts[kind, False, False]
        assert found / (found + missed) >= least_recall, (kind, found, missed)
        assert false / (false + right) <= most_false, (kind, false, right)


def test_the_labelled_set_is_large_mixed_and_has_no_phase_in_both_halves() -> None:
    assert set(LABELLED) == {"en", "es", "fr"}
    for language, labelled in LABELLED.items():
        assert len(labelled["turns"]) >= 110
        by_half = [{turn["phase_id"] for turn in labelled["turns"] if turn["half"] == half} for half in HALVES]
        assert by_half[0].isdisjoint(by_half[1]), language
        unlabelled = sum(1 for turn in labelled["turns"] if not (turn["vocabulary"] or turn["phrases"]))
        assert unlabelled >= len(labelled["turns"]) / 3


def tally(labelled: dict[str, Any], half: str) -> Counter[tuple[Kind, bool, bool]]:
    """(kind, whether it is labelled, whether it is found) of every entry for every turn of its phase."""
    matcher = Matcher(labelled["language"])
    phases = {each["phase_id"]: phase(each["key_vocabulary"], each["essential_phrases"]) for each in labelled["phases"]}
    counts: Counter[tuple[Kind, bool, bool]] = Counter()
    for turn in labelled["turns"]:
        if turn["half"] == half:
            for found in matcher.phase(phases[turn["phase_id"]], turn["text"]):
                labels = turn["vocabulary"] if found.kind is Kind.VOCABULARY else turn["phrases"]
                counts[found.kind, found.entry in labels, found.use is Use.USED] += 1
    return counts


WORDS = st.lists(
    st.sampled_from(["table", "menu", "bill", "window", "seat", "lemon", "Saturday", "eight", "Novak"]), max_size=8
)


@settings(max_examples=60)
@given(entry=st.text(max_size=60), text=st.text(max_size=200), language=st.sampled_from(["en", "fr", "ja", "zz", "de"]))
def test_any_text_can_be_an_entry_and_a_turn_and_matches_stand_in_the_turn(
    entry: str, text: str, language: str
) -> None:
    for found in Matcher(language).phase(phase([entry], [entry]), text):
        assert all(0 <= match.start < match.end <= len(text) for match in found.matches)


@settings(max_examples=60)
@given(WORDS.filter(bool), WORDS, WORDS)
def test_what_is_said_word_for_word_is_used_whatever_stands_around_it(
    entry: list[str], before: list[str], after: list[str]
) -> None:
    said = " ".join([*before, *entry, *after])
    assert {each.use for each in Matcher("en").phase(phase([" ".join(entry)], [" ".join(entry)]), said)} == {Use.USED}


@settings(max_examples=60)
@given(WORDS.filter(bool), WORDS, WORDS)
def test_saying_more_never_takes_a_use_away(entry: list[str], said: list[str], more: list[str]) -> None:
    text = " ".join(entry)
    less, then = (use_of(text, " ".join(words)) for words in (said, [*said, *more]))
    assert then.rank >= less.rank
