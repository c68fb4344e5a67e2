"""Advice on a draft while it is written, and mends that one click applies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_core.authoring import Advice, Quality, quality_of
from scenario_core.authoring.mends import value_at
from scenario_core.integrity.findings import Severity
from scenario_core.scenario import ConversationScenario
from tests.factories import phase_document, scenario_document

SECOND = phase_document(
    "paying",
    key_vocabulary=["card", "receipt", "tip"],
    essential_phrases=["Can I pay by card?", "A receipt, please.", "Keep the tip."],
)


def written(**fields: Any) -> dict[str, Any]:
    return scenario_document(**{"phases": [phase_document(), SECOND], **fields})


def look(document: dict[str, Any]) -> Quality:
    return quality_of(ConversationScenario.model_validate_json(json.dumps(document)), document)


def codes(found: Quality) -> list[str]:
    return [each.code for each in found.advice]


def only(code: str, document: dict[str, Any]) -> Advice:
    (found,) = [each for each in look(document).advice if each.code == code]
    return found


def mended(code: str, document: dict[str, Any]) -> dict[str, Any]:
    before = json.dumps(document)
    advice = only(code, document)
    assert advice.mend is not None
    after = advice.mend.apply(document)
    assert json.dumps(document) == before
    assert code not in codes(look(after))
    return after


def test_a_good_draft_gets_no_advice_but_figures() -> None:
    found = look(written())
    assert codes(found) == []
    assert found.not_run == ()
    figures = found.figures
    assert (figures.vocabulary, figures.vocabulary_used, figures.phrases) == (6, 6, 6)
    assert (figures.minutes, figures.minutes_said) == (10, 10)
    assert figures.words == 14
    assert figures.rare[0][0] == "receipt"


def test_minutes_that_do_not_add_up_are_set_to_the_sum() -> None:
    assert mended("CQ201", written(duration_minutes=30))["duration_minutes"] == 10


def test_a_sum_that_no_scenario_may_have_is_for_the_author_to_mend() -> None:
    long = [phase_document(expected_duration_minutes=30), {**SECOND, "expected_duration_minutes": 40}]
    assert only("CQ201", written(phases=long, duration_minutes=10)).mend is None


def test_an_entry_that_says_the_same_is_taken_out() -> None:
    twice = phase_document(learning_objectives=["Ask politely", "Pay", "ask politely"])
    after = mended("CQ206", written(phases=[twice, SECOND]))
    assert after["phases"][0]["learning_objectives"] == ["Ask politely", "Pay"]


def test_a_phrase_of_a_former_phase_is_taken_out_where_enough_are_left() -> None:
    again = [*SECOND["essential_phrases"], "The bill, please."]
    after = mended("CQ207", written(phases=[phase_document(), {**SECOND, "essential_phrases": again}]))
    assert after["phases"][1]["essential_phrases"] == SECOND["essential_phrases"]
    few = ["Can I pay by card?", "A receipt, please.", "The bill, please."]
    assert only("CQ207", written(phases=[phase_document(), {**SECOND, "essential_phrases": few}])).mend is None


def test_a_slip_is_written_as_it_was_meant_and_keeps_its_capital() -> None:
    after = mended("CQ209", written(description="An evening in a small resturant by the river."))
    assert after["description"] == "An evening in a small restaurant by the river."
    assert only("CQ209", written(description="You arive late in the evening.")).mend is None


def test_a_mend_changes_nothing_where_the_value_has_changed_since() -> None:
    twice = phase_document(learning_objectives=["Ask politely", "ask politely"])
    document = written(phases=[twice, SECOND])
    mend = only("CQ206", document).mend
    assert mend is not None
    edited = written(phases=[phase_document(learning_objectives=["Ask politely", "Say goodbye"]), SECOND])
    assert mend.apply(edited) == edited
    assert mend.apply(written(phases=[])) == written(phases=[])


def test_what_a_learner_would_run_into_is_told_at_its_field() -> None:
    found = look(written(phases=[phase_document(key_vocabulary=["umbrella", "boots", "coat"]), SECOND]))
    walked = [each for each in found.advice if each.code == "walk"]
    assert [each.pointer for each in walked] == ["/phases/0/key_vocabulary"]
    assert walked[0].severity is Severity.WARNING


def test_the_worst_comes_first_and_limits_are_left_to_the_form() -> None:
    document = written(description="Lorem ipsum dolor sit amet", duration_minutes=55, learning_outcomes=[])
    severities = [each.severity for each in look(document).advice]
    assert severities == sorted(severities, key=list(Severity).index)
    assert "CQ202" not in codes(look(written(name="x")))


@pytest.mark.parametrize("language", ["ja", "zz", "vi"])
def test_a_language_without_means_has_figures_that_leave_open_what_nobody_knows(language: str) -> None:
    found = look(written(language=language))
    assert found.figures.vocabulary_used is None
    assert found.not_run == ()


TEXT = st.text(max_size=40)


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(
        {
            "description": TEXT,
            "learning_outcomes": st.lists(TEXT, max_size=3),
            "phases": st.lists(
                st.fixed_dictionaries(
                    {"key_vocabulary": st.lists(TEXT, max_size=3), "essential_phrases": st.lists(TEXT, max_size=4)}
                ).map(lambda fields: {**phase_document(), **fields}),
                max_size=3,
            ),
        }
    )
)
def test_whatever_is_written_gets_advice_whose_places_are_there_and_whose_mends_keep_its_form(
    fields: dict[str, Any],
) -> None:
    phases = [{**phase, "phase_id": f"phase_{number}"} for number, phase in enumerate(fields["phases"])]
    document = written(**{**fields, "phases": phases})
    found = look(document)
    assert found.not_run == ()
    for each in found.advice:
        assert value_at(document, each.pointer) is not None, each
        if each.mend is not None:
            ConversationScenario.model_validate_json(json.dumps(each.mend.apply(document)))
