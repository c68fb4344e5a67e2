"""Who answers the learner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from scenario_core.rehearsal.scoring import PhaseScore, Score
from scenario_core.rehearsal.transcript import Source, Transcript
from scenario_core.scenario import ConversationScenario


@dataclass(frozen=True, slots=True)
class Line:
    """What a partner says. `note` tells people why it is not from where it should have come."""

    text: str
    source: Source = Source.SCRIPT
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a partner knows when its turn comes: what was said so far, and what that comes to."""

    scenario: ConversationScenario
    transcript: Transcript
    score: Score
    phase: PhaseScore


class Partner(Protocol):
    """Plays the other role. No method fails."""

    def opens(self, scene: Scene) -> Line:
        """The first words of a phase."""
        ...

    def answers(self, scene: Scene) -> Line:
        """The answer to the learner's last turn."""
        ...

    def closes(self, scene: Scene) -> Line:
        """The last words of the rehearsal."""
        ...
