"""A scenario to rehearse, and somebody who rehearses it."""

from __future__ import annotations

import json
from typing import Any

from scenario_core.rehearsal import ScriptedPartner, Transcript, begin, say
from scenario_core.scenario import ConversationScenario
from tests.factories import phase_document, scenario_document

ARRIVING = phase_document(
    "arriving",
    key_vocabulary=["reservation", "window seat", "coat"],
    essential_phrases=[
        "I have a reservation for tonight.",
        "Could we sit near the window?",
        "Where can I hang my coat?",
    ],
    success_criteria=["Greets the host", "Gives the name"],
)
PAYING = phase_document(
    "paying",
    key_vocabulary=["bill", "tip", "card"],
    essential_phrases=["Could you bring us the bill?", "Can I pay by card?", "Keep the change as a tip."],
)


def evening(**fields: Any) -> ConversationScenario:
    """A dinner of two phases."""
    document = scenario_document("an_evening", phases=[ARRIVING, PAYING], **fields)
    return ConversationScenario.model_validate_json(json.dumps(document))


def rehearsed(scenario: ConversationScenario, *said: str) -> Transcript:
    """A rehearsal with the script in which these turns were said, ten seconds apart."""
    partner = ScriptedPartner()
    transcript = begin(scenario, partner)
    for number, text in enumerate(said, start=1):
        transcript = say(scenario, transcript, text, partner, 10.0 * number)
    return transcript


def lines(transcript: Transcript) -> list[str]:
    """What the partner said."""
    return [turn.text for turn in transcript.turns if turn.source is not None]
