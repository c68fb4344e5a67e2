"""What the checks say of a proposal: the same as they would say of the scenario once it stands in production."""

from __future__ import annotations

from typing import Any

import pytest

from scenario_core.integrity import StoredResults, waivers
from scenario_core.stewardship import proposal_findings, proposals
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import copy_proposed, proposed, publish
from tests.core.steward_examples import HOTEL
from tests.factories import OWNER, phase_document, scenario_document

DAMAGES: list[dict[str, Any]] = [
    {"name": "Hotel (Updated)"},
    {"duration_minutes": 59},
    {"setting": "TODO"},
    {"description": "An evening an evening in a restaurant [name]."},
    {"prerequisites": ["Juggling with seven burning torches"]},
    {"phases": [phase_document("one", essential_phrases=["Quokka, please."] * 3), phase_document("two")]},
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: next(iter(damage)))
def test_what_is_found_before_is_what_is_found_after_publishing(steward: Steward, damage: dict[str, Any]) -> None:
    found = proposed(steward.desk, **damage)
    made = proposals.preview(steward, found).scenario
    before = proposal_findings.assess(steward, made)
    publish(steward, found)
    after = check(steward, record=False)
    expected = [each for each in after.findings if each.scenario_id == made.scenario_id and each.code.startswith("CQ")]
    assert {each.fingerprint for each in before.findings} == {each.fingerprint for each in expected}
    assert [each for each in before.findings if next(iter(damage)) in each.pointer or each.pointer == ""]


def test_a_copy_beside_its_origin_is_found_and_one_in_its_place_is_not(steward: Steward) -> None:
    found = copy_proposed(steward.desk, HOTEL)
    beside = proposals.preview(steward, found, "another_hotel").scenario
    assert [each.code for each in proposal_findings.assess(steward, beside).findings if HOTEL in each.message]
    instead = proposals.preview(steward, found).scenario
    assert not [each for each in proposal_findings.assess(steward, instead).findings if HOTEL in each.message]


def test_waivers_of_the_record_that_is_replaced_hold(steward: Steward) -> None:
    found = copy_proposed(steward.desk, HOTEL, name="Hotel (Updated)")
    made = proposals.preview(steward, found).scenario
    (flagged,) = proposal_findings.assess(steward, made).findings
    waivers.waive(steward.desk.engine, steward.person, [flagged], "it is called like that")
    report = proposal_findings.assess(steward, made)
    assert (report.findings, report.waived_count) == ((), 1)


def test_what_no_check_can_judge_is_said(steward: Steward) -> None:
    found = proposed(steward.desk, language="tlh")
    report = proposal_findings.assess(steward, proposals.preview(steward, found).scenario)
    assert [reason for outcome in report.outcomes for reason in outcome.not_checked]


def test_what_is_found_in_other_scenarios_is_kept_and_of_the_proposal_nothing(steward: Steward) -> None:
    made = proposals.preview(steward, proposed(steward.desk)).scenario
    proposal_findings.assess(steward, made)
    kept = StoredResults(steward.desk.engine).read()
    assert len(kept) == 31
    with steward.desk.builder() as service:
        shared = service.create_scenario(OWNER, scenario_document(name="Shared"))
        service.set_visibility(shared.scenario_id, OWNER, is_public=True, expected_version=1)
    check(steward)
    everything = StoredResults(steward.desk.engine).read()
    assert len(everything) == 32
    proposal_findings.assess(steward, made)
    assert StoredResults(steward.desk.engine).read() == everything


def test_nothing_is_found_in_what_is_fine(steward: Steward) -> None:
    found = copy_proposed(steward.desk, HOTEL, setting="The lobby of a small hotel near the harbour, late at night.")
    assert proposal_findings.assess(steward, proposals.preview(steward, found).scenario).findings == ()
