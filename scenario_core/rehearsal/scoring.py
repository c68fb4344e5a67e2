"""What a transcript comes to against a scenario as it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from scenario_core.rehearsal.matching import Detection, Kind, Matcher, Use
from scenario_core.rehearsal.transcript import Speaker, Transcript
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an entry has been used in its phase, and by which turn of the transcript, None if by none."""

    kind: Kind
    entry: str
    use: Use = Use.NOT_YET
    turn: int | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhaseScore:
    """What was used of one phase.

    Attributes:
        phase: The phase as it is now.
        standings: Its vocabulary and then its phrases, in its order.
        seconds: How long the learner has been in it.
        ticked: The success criteria that were ticked.
        was_entered: Whether the rehearsal came to it.
    """

    phase: ScenarioPhase
    standings: tuple[Standing, ...]
    seconds: float = 0.0
    ticked: tuple[str, ...] = ()
    was_entered: bool = False

    def of_kind(self, kind: Kind) -> tuple[Standing, ...]:
        """The vocabulary, or the phrases."""
        return tuple(each for each in self.standings if each.kind is kind)

    def used(self, kind: Kind) -> int:
        """How many of them have been used."""
        return sum(1 for each in self.of_kind(kind) if each.use is Use.USED)

    def needed(self, kind: Kind) -> int:
        """How many of them the goal asks for: half, rounded up."""
        return needed_of(len(self.of_kind(kind)))

    @cached_property
    def is_met(self) -> bool:
        """Whether the phase's goal is met: half of its vocabulary and half of its phrases have been used."""
        return all(self.used(kind) >= self.needed(kind) for kind in Kind)

    @property
    def next_phrase(self) -> Standing | None:
        """What to say next: a phrase that is nearly there, else the first that has not been used; None if all have."""
        open_ones = [each for each in self.of_kind(Kind.PHRASE) if each.use is not Use.USED]
        return max(open_ones, key=lambda each: each.use.rank, default=None)


@dataclass(frozen=True)
class Score:
    """A transcript scored.

    Attributes:
        phases: Every phase of the scenario, in its order.
        detections: What each turn of a learner had of its phase, by the turn's place in the transcript; nothing for
            turns in a phase that the scenario no longer has.
        gone: The phases of the transcript that the scenario no longer has.
        note: What can't be told in this language; empty where all can.
    """

    phases: tuple[PhaseScore, ...]
    detections: Mapping[int, tuple[Detection, ...]] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    note: str = ""

    def phase(self, phase_id: str) -> PhaseScore | None:
        """The score of a phase, None where the scenario does not have it."""
        return next((each for each in self.phases if each.phase.phase_id == phase_id), None)

    def after(self, phase_id: str) -> PhaseScore | None:
        """The phase behind another one; None behind the last."""
        ids = [each.phase.phase_id for each in self.phases]
        place = ids.index(phase_id) + 1 if phase_id in ids else 0
        return self.phases[place] if place < len(self.phases) else None


def needed_of(total: int) -> int:
    """How many of so many entries the goal of a phase asks for: half, rounded up."""
    return -(-total // 2)


def score(scenario: ConversationScenario, transcript: Transcript, now: float | None = None) -> Score:
    """Score a transcript.

    Args:
        scenario: as it is now.
        transcript: what was said, perhaps against an earlier version.
        now: seconds since the rehearsal began; by default it is over with its last word.
    """
    matcher = Matcher(scenario.language or DEFAULT_LANGUAGE)
    by_id = {phase.phase_id: phase for phase in scenario.phases}
    detections = {
        place: matcher.phase(by_id[turn.phase_id], turn.text)
        for place, turn in enumerate(transcript.turns)
        if turn.speaker is Speaker.LEARNER and turn.phase_id in by_id
    }
    seconds = seconds_by_phase(transcript, now)
    phases = tuple(
        PhaseScore(
            phase,
            _standings(matcher, phase, _of_phase(transcript, detections, phase.phase_id)),
            seconds.get(phase.phase_id, 0.0),
            tuple(each for each in phase.success_criteria if each in transcript.ticked.get(phase.phase_id, ())),
            phase.phase_id in seconds,
        )
        for phase in scenario.phases
    )
    gone = tuple(dict.fromkeys(each.phase_id for each in transcript.stretches if each.phase_id not in by_id))
    return Score(phases, detections, gone, matcher.note)


def seconds_by_phase(transcript: Transcript, now: float | None = None) -> dict[str, float]:
    """How long each phase took that was entered, a phase entered twice with both times."""
    last = max((turn.seconds for turn in transcript.turns), default=0.0)
    end = transcript.ended_after if transcript.ended_after is not None else now
    borders = [*(each.seconds for each in transcript.stretches[1:]), last if end is None else end]
    found: dict[str, float] = {}
    for stretch, border in zip(transcript.stretches, borders, strict=True):
        found[stretch.phase_id] = found.get(stretch.phase_id, 0.0) + max(0.0, border - stretch.seconds)
    return found


def _of_phase(
    transcript: Transcript, detections: Mapping[int, tuple[Detection, ...]], phase_id: str
) -> dict[int, tuple[Detection, ...]]:
    return {place: found for place, found in detections.items() if transcript.turns[place].phase_id == phase_id}


def _standings(
    matcher: Matcher, phase: ScenarioPhase, by_turn: Mapping[int, Sequence[Detection]]
) -> tuple[Standing, ...]:
    best = {(each.kind, each.entry): Standing(each.kind, each.entry) for each in matcher.wanted(phase)}
    for place, found in by_turn.items():
        for each in found:
            if each.use.rank > best[each.kind, each.entry].use.rank:
                best[each.kind, each.entry] = Standing(each.kind, each.entry, each.use, place, each.missing)
    return tuple(best.values())
