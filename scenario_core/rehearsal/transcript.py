"""What was said in a rehearsal: kept as it was said, and scored anew whenever the scenario changes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from scenario_core.errors import InvalidTranscriptError
from scenario_core.faults import faults_of

LONGEST_TURN = 2_000
MOST_TURNS = 500


class Speaker(StrEnum):
    """Who says a turn."""

    LEARNER = "learner"
    PARTNER = "partner"


class Source(StrEnum):
    """What made a partner's turn."""

    SCRIPT = "script"
    MODEL = "model"


class Reason(StrEnum):
    """Why a phase began."""

    START = "start"
    GOAL = "goal"
    REQUEST = "request"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Seconds = Annotated[float, Field(ge=0)]
"""Since the rehearsal began."""


class Turn(_Kept):
    """One turn; an empty one of the learner is a silence. `note` says what went wrong where a model did not answer."""

    speaker: Speaker
    phase_id: str
    text: Annotated[str, StringConstraints(max_length=LONGEST_TURN)]
    seconds: Seconds = 0
    source: Source | None = None
    note: str = ""


class Stretch(_Kept):
    """A phase that was entered, when, and behind how many turns."""

    phase_id: str
    reason: Reason
    turns: Annotated[int, Field(ge=0)] = 0
    seconds: Seconds = 0


class Transcript(_Kept):
    """A rehearsal from its first phase on.

    Attributes:
        stretches: The phases in the order in which they were entered.
        turns: What was said, in order.
        ticked: The success criteria that somebody has ticked by hand, by phase id.
        ended_after: Seconds from the beginning to the end, None while it goes on.
    """

    stretches: Annotated[tuple[Stretch, ...], Field(min_length=1)]
    turns: Annotated[tuple[Turn, ...], Field(max_length=MOST_TURNS)] = ()
    ticked: dict[str, tuple[str, ...]] = {}
    ended_after: Seconds | None = None

    @property
    def phase_id(self) -> str:
        """The phase that it is in."""
        return self.stretches[-1].phase_id

    @property
    def has_ended(self) -> bool:
        """Whether nothing more can be said."""
        return self.ended_after is not None

    @property
    def learner_turns(self) -> tuple[Turn, ...]:
        """What the learner said."""
        return tuple(turn for turn in self.turns if turn.speaker is Speaker.LEARNER)

    @classmethod
    def from_document(cls, document: Any) -> Self:
        """Read one from JSON values.

        Raises:
            InvalidTranscriptError: it breaks the form, with every fault.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise InvalidTranscriptError(faults_of(error), hint="Rehearse again and keep that.") from error
