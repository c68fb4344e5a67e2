"""Walking a learner through the phases: each function takes a transcript and returns the one that follows from it."""

from __future__ import annotations

from typing import Final

from scenario_core.errors import InvalidTurnError
from scenario_core.rehearsal.partner import Line, Partner, Scene
from scenario_core.rehearsal.scoring import PhaseScore, score
from scenario_core.rehearsal.transcript import LONGEST_TURN, MOST_TURNS, Reason, Speaker, Stretch, Transcript, Turn
from scenario_core.scenario import ConversationScenario

_A_TURN_AND_TWO_ANSWERS: Final = 3


def begin(scenario: ConversationScenario, partner: Partner | None, phase_id: str | None = None) -> Transcript:
    """Start in a phase, the first one by default; the partner speaks first, without one whoever `answer`s later.

    Raises:
        InvalidTurnError: the scenario has no phases, or not this one.
    """
    ids = [phase.phase_id for phase in scenario.phases]
    if not ids:
        raise InvalidTurnError("There is nothing to rehearse: the scenario has no phases.", hint="Add a phase first.")
    if phase_id is not None and phase_id not in ids:
        raise InvalidTurnError(f"The scenario has no phase {phase_id!r}.", hint=f"It has {', '.join(ids)}.")
    transcript = Transcript(stretches=(Stretch(phase_id=phase_id or ids[0], reason=Reason.START),))
    return transcript if partner is None else answer(scenario, transcript, partner, 0)


def say(
    scenario: ConversationScenario, transcript: Transcript, text: str, partner: Partner, seconds: float
) -> Transcript:
    """The learner says something, or nothing; the partner answers. See `hear` and `answer`."""
    return answer(scenario, hear(scenario, transcript, text, seconds), partner, seconds)


def hear(scenario: ConversationScenario, transcript: Transcript, text: str, seconds: float) -> Transcript:
    """The learner says something, or nothing.

    Raises:
        InvalidTurnError: it is too long, the rehearsal has ended, or its phase is no longer in the scenario.
    """
    _require_open(transcript, room_for=_A_TURN_AND_TWO_ANSWERS)
    if len(text) > LONGEST_TURN:
        raise InvalidTurnError(f"A turn has at most {LONGEST_TURN:,} characters; this one has {len(text):,}.")
    _scene(scenario, transcript)
    storable = text.encode("utf-8", "replace").decode().replace("\0", "")
    turn = Turn(speaker=Speaker.LEARNER, phase_id=transcript.phase_id, text=storable.strip(), seconds=seconds)
    return _with(transcript, turn)


def answer(scenario: ConversationScenario, transcript: Transcript, partner: Partner, seconds: float) -> Transcript:
    """The partner opens a phase, or answers the learner's last turn.

    A goal that the turn has met leads on to the next phase, or to the end. Where nothing waits for the partner, nothing
    is said.

    Raises:
        InvalidTurnError: the phase is no longer in the scenario.
    """
    if not waits_for_answer(transcript):
        return transcript
    now = _scene(scenario, transcript)
    if _is_fresh(transcript):
        return _spoken(transcript, partner.opens(now), seconds)
    before = _scene(scenario, transcript.model_copy(update={"turns": transcript.turns[:-1]}))
    if now.phase.is_met and not before.phase.is_met:
        following = now.score.after(transcript.phase_id)
        if following is not None:
            return _entered(scenario, transcript, following, partner, Reason.GOAL, seconds)
        return finish(scenario, transcript, partner, seconds)
    return _spoken(transcript, partner.answers(now), seconds)


def waits_for_answer(transcript: Transcript) -> bool:
    """Whether the partner is to speak: a phase has just been entered, or the last word was the learner's."""
    if transcript.has_ended:
        return False
    return _is_fresh(transcript) or transcript.turns[-1].speaker is Speaker.LEARNER


def move_on(
    scenario: ConversationScenario,
    transcript: Transcript,
    partner: Partner | None,
    seconds: float,
    phase_id: str | None = None,
) -> Transcript:
    """Go to the next phase, or to any other, on request; behind the last one the rehearsal ends.

    Without a partner the new phase waits for whoever `answer`s later, and the end has no closing words.

    Raises:
        InvalidTurnError: the rehearsal has ended, or the scenario has no such phase.
    """
    _require_open(transcript)
    found = score(scenario, transcript, seconds)
    following = found.after(transcript.phase_id) if phase_id is None else found.phase(phase_id)
    if following is None and phase_id is not None:
        raise InvalidTurnError(f"The scenario has no phase {phase_id!r}.", hint="Choose one of its phases.")
    if following is None:
        return finish(scenario, transcript, partner, seconds)
    _require_open(transcript, room_for=2)
    return _entered(scenario, transcript, following, partner, Reason.REQUEST, seconds)


def finish(
    scenario: ConversationScenario, transcript: Transcript, partner: Partner | None, seconds: float
) -> Transcript:
    """End the rehearsal; one that has ended stays as it is."""
    if transcript.has_ended:
        return transcript
    has_room = len(transcript.turns) < MOST_TURNS
    if partner is not None and has_room and any(phase.phase_id == transcript.phase_id for phase in scenario.phases):
        transcript = _spoken(transcript, partner.closes(_scene(scenario, transcript)), seconds)
    return transcript.model_copy(update={"ended_after": seconds})


def tick(transcript: Transcript, phase_id: str, criterion: str, *, done: bool) -> Transcript:
    """Tick a success criterion by hand, or take that back; also after the end."""
    held = [each for each in transcript.ticked.get(phase_id, ()) if each != criterion]
    ticked = {**transcript.ticked, phase_id: (*held, criterion) if done else tuple(held)}
    return transcript.model_copy(update={"ticked": ticked})


def take_back(transcript: Transcript) -> Transcript:
    """Without the learner's last turn and all that came of it, so that it can be said in another way."""
    places = [place for place, turn in enumerate(transcript.turns) if turn.speaker is Speaker.LEARNER]
    if not places:
        return transcript
    turns = transcript.turns[: places[-1]]
    stretches = tuple(each for each in transcript.stretches if each.turns <= len(turns))
    return transcript.model_copy(update={"turns": turns, "stretches": stretches, "ended_after": None})


def _entered(
    scenario: ConversationScenario,
    transcript: Transcript,
    following: PhaseScore,
    partner: Partner | None,
    reason: Reason,
    seconds: float,
) -> Transcript:
    stretch = Stretch(phase_id=following.phase.phase_id, reason=reason, turns=len(transcript.turns), seconds=seconds)
    transcript = transcript.model_copy(update={"stretches": (*transcript.stretches, stretch)})
    return transcript if partner is None else answer(scenario, transcript, partner, seconds)


def _is_fresh(transcript: Transcript) -> bool:
    """Whether nothing has been said in the phase yet."""
    return transcript.stretches[-1].turns == len(transcript.turns)


def _scene(scenario: ConversationScenario, transcript: Transcript) -> Scene:
    found = score(scenario, transcript)
    phase = found.phase(transcript.phase_id)
    if phase is None:
        raise InvalidTurnError(
            "The phase that was being rehearsed is no longer in the scenario.", hint="Move on to another phase."
        )
    return Scene(scenario, transcript, found, phase)


def _spoken(transcript: Transcript, line: Line, seconds: float) -> Transcript:
    turn = Turn(
        speaker=Speaker.PARTNER,
        phase_id=transcript.phase_id,
        text=line.text[:LONGEST_TURN],
        seconds=seconds,
        source=line.source,
        note=line.note,
    )
    return _with(transcript, turn)


def _with(transcript: Transcript, turn: Turn) -> Transcript:
    return transcript.model_copy(update={"turns": (*transcript.turns, turn)})


def _require_open(transcript: Transcript, *, room_for: int = 1) -> None:
    """Room for the closing words is always left."""
    if transcript.has_ended:
        raise InvalidTurnError("This rehearsal has ended.", hint="Start again, or take the last turn back.")
    if len(transcript.turns) + room_for > MOST_TURNS:
        raise InvalidTurnError(f"A rehearsal has at most {MOST_TURNS} turns.", hint="End it and keep it.")
