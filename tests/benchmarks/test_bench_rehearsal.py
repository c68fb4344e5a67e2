"""Rehearsing and looking at a draft while it is written, and how well a learner's turns are understood."""

from __future__ import annotations

import json
from time import perf_counter

import pytest

from scenario_core.authoring import quality_of
from scenario_core.exports import to_player
from scenario_core.rehearsal import Kind, Matcher, ScriptedPartner, begin, say
from scenario_core.rehearsal.self_walk import walk
from scenario_core.scenario import ConversationScenario
from tests.benchmarks.copies import Benchmark
from tests.core.test_rehearsal_matching import HALVES, LABELLED, tally
from tests.factories import SHIPPED

SCENARIOS = [
    ConversationScenario.model_validate_json(json.dumps(record))
    for record in json.loads(SHIPPED.read_text("utf-8")).values()
]
LIMIT_WALK = 0.05


def slowest_seconds(look: object) -> float:
    """The slowest of all shipped scenarios, their languages being loaded."""
    assert callable(look)
    seconds = []
    for scenario in SCENARIOS:
        look(scenario)
        started = perf_counter()
        look(scenario)
        seconds.append(perf_counter() - started)
    return max(seconds)


def test_three_learners_walk_a_draft(benchmark: Benchmark) -> None:
    seconds = slowest_seconds(walk)
    benchmark.extra_info |= {"slowest_walk_seconds": seconds, "limit_slowest_walk_seconds": LIMIT_WALK}
    benchmark(walk, SCENARIOS[0])


def test_the_quality_of_a_draft(benchmark: Benchmark) -> None:
    def look(scenario: ConversationScenario) -> None:
        quality_of(scenario, scenario.model_dump(mode="json"))

    benchmark.extra_info |= {"slowest_seconds": slowest_seconds(look)}
    benchmark(look, SCENARIOS[0])


def test_a_turn_is_scored_and_answered(benchmark: Benchmark) -> None:
    scenario = SCENARIOS[0]
    partner = ScriptedPartner()
    transcript = begin(scenario, partner)
    for number in range(20):
        transcript = say(scenario, transcript, "Hello, may I ask you something?", partner, float(number))
    benchmark.extra_info |= {"turns_before": len(transcript.turns)}
    benchmark(say, scenario, transcript, "Hello, I would like to book a table.", partner, 30.0)


def test_a_player_is_written(benchmark: Benchmark) -> None:
    made = to_player(SCENARIOS[0])
    benchmark.extra_info |= {"kilobytes": len(made.encode()) // 1000}
    benchmark.pedantic(to_player, (SCENARIOS[0],), rounds=3)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("language", sorted(LABELLED))
def test_labelled_turns_are_understood(benchmark: Benchmark, language: str, half: str) -> None:
    counts = tally(LABELLED[language], half)
    for kind in Kind:
        found, missed, false = (counts[kind, *key] for key in ((True, True), (True, False), (False, True)))
        benchmark.extra_info |= {
            f"{kind}_recall": found / (found + missed),
            f"{kind}_found_of_labelled": f"{found} of {found + missed}",
            f"{kind}_false_hits": f"{false} of {false + counts[kind, False, False]}",
        }
    turns = [turn["text"] for turn in LABELLED[language]["turns"] if turn["half"] == half]
    matcher = Matcher(language)
    wanted = matcher.wanted(SCENARIOS[0].phases[0])
    benchmark(lambda: [matcher.find(wanted, text) for text in turns])
