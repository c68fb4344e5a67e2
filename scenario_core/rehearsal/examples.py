"""Rehearsals as tests: what a transcript came to when it was kept, and which turns come to something else by now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scenario_core.errors import InvalidTranscriptError
from scenario_core.faults import faults_of
from scenario_core.rehearsal.matching import Detection, Kind, Use
from scenario_core.rehearsal.scoring import Score, score
from scenario_core.rehearsal.transcript import Transcript
from scenario_core.scenario import ConversationScenario, ScenarioPhase


class ExpectedUse(BaseModel):
    """What a turn had of an entry: the entry, its place in its list, and how far it was used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    entry: str
    place: Annotated[int, Field(ge=0)]
    use: Use


class Expected(BaseModel):
    """What a transcript shall come to.

    Attributes:
        uses: What each turn had of its phase, by the turn's place in the transcript; entries that it had nothing of are
            left out.
        met: The phases whose goals were met.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    uses: dict[int, tuple[ExpectedUse, ...]] = {}
    met: tuple[str, ...] = ()


class Example(BaseModel):
    """A kept rehearsal, as it stands in a file: JSON, a list of these."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario_id: str
    name: str
    transcript: Transcript
    expected: Expected

    @classmethod
    def of(cls, scenario_id: str, name: str, transcript: Mapping[str, Any], expected: Mapping[str, Any] | None) -> Self:
        """One that was stored; see `read` for what it raises."""
        return cls.read(
            {"scenario_id": scenario_id, "name": name, "transcript": transcript, "expected": expected or {}}
        )

    @classmethod
    def read(cls, values: Any) -> Self:
        """One from JSON values.

        Raises:
            InvalidTranscriptError: it breaks the form, with every fault.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise InvalidTranscriptError(faults_of(error), hint="Keep the rehearsal again.") from error


@dataclass(frozen=True, slots=True)
class Turned:
    """One thing that comes to something else than it did.

    Attributes:
        turn: The turn's place in the transcript, None where a goal is meant.
        where: The turn's words, or the name of the phase.
        before: What was expected.
        after: What it is now.
        why: One sentence.
        is_worse: Whether less is used, or a goal is no longer met.
    """

    turn: int | None
    where: str
    before: str
    after: str
    why: str
    is_worse: bool


@dataclass(frozen=True, slots=True)
class Rerun:
    """An example run again."""

    example: Example
    turned: tuple[Turned, ...]

    @property
    def is_regression(self) -> bool:
        """Whether anything is worse than it was."""
        return any(each.is_worse for each in self.turned)


def expected_of(scenario: ConversationScenario, transcript: Transcript) -> Expected:
    """What the transcript comes to now."""
    found = score(scenario, transcript)
    phases = {phase.phase_id: phase for phase in scenario.phases}
    uses = {
        place: tuple(_uses(phases[transcript.turns[place].phase_id], detections))
        for place, detections in found.detections.items()
    }
    return Expected(uses={place: each for place, each in uses.items() if each}, met=_met(found))


def rerun(scenario: ConversationScenario, example: Example) -> Rerun:
    """Score an example against the scenario as it is now, and tell what turned."""
    found = score(scenario, example.transcript)
    turned = [*_turns_that_turned(scenario, example, found), *_goals_that_turned(scenario, example, found)]
    return Rerun(example, tuple(turned))


def _turns_that_turned(scenario: ConversationScenario, example: Example, found: Score) -> Iterator[Turned]:
    phases = {phase.phase_id: phase for phase in scenario.phases}
    for place, turn in enumerate(example.transcript.turns):
        expected = example.expected.uses.get(place, ())
        phase = phases.get(turn.phase_id)
        if phase is None:
            for use in expected:
                yield Turned(place, turn.text, _use_of(use.entry, use.use), "gone", "its phase is gone", is_worse=True)
        else:
            yield from _turn(place, turn.text, expected, phase, found.detections.get(place, ()))


def _turn(
    place: int, text: str, expected: Sequence[ExpectedUse], phase: ScenarioPhase, found: Sequence[Detection]
) -> Iterator[Turned]:
    now = {(each.kind, each.entry): each for each in found}
    told = set()
    for was in expected:
        detection = now.get((was.kind, was.entry)) or _in_its_place(was, expected, phase, now)
        before = _use_of(was.entry, was.use)
        if detection is None:
            yield Turned(place, text, before, "gone", f"the {was.kind} is gone from the phase", is_worse=True)
            continue
        told.add((detection.kind, detection.entry))
        if detection.use is not was.use:
            after, why = _use_of(detection.entry, detection.use), _why(was, detection)
            yield Turned(place, text, before, after, why, is_worse=detection.use.rank < was.use.rank)
    for key, detection in now.items():
        if key not in told and detection.use is Use.USED:
            after = _use_of(detection.entry, detection.use)
            yield Turned(place, text, "", after, "it was not used before", is_worse=False)


def _in_its_place(
    was: ExpectedUse,
    expected: Sequence[ExpectedUse],
    phase: ScenarioPhase,
    now: Mapping[tuple[Kind, str], Detection],
) -> Detection | None:
    """What an entry was edited into: the one in its place, unless that one is known from before."""
    entries = _entries(phase, was.kind)
    if was.place >= len(entries) or any(entries[was.place] == each.entry for each in expected):
        return None
    return now.get((was.kind, entries[was.place]))


def _goals_that_turned(scenario: ConversationScenario, example: Example, found: Score) -> Iterator[Turned]:
    names = {phase.phase_id: phase.name for phase in scenario.phases}
    now = _met(found)
    for phase_id in example.expected.met:
        if phase_id not in now:
            why = "the goal is no longer met" if phase_id in names else "the phase is gone"
            yield Turned(None, names.get(phase_id, phase_id), "goal met", "goal not met", why, is_worse=True)
    for phase_id in now:
        if phase_id not in example.expected.met:
            yield Turned(None, names[phase_id], "goal not met", "goal met", "the goal is met now", is_worse=False)


def _uses(phase: ScenarioPhase, detections: Sequence[Detection]) -> Iterator[ExpectedUse]:
    for each in detections:
        if each.use is not Use.NOT_YET:
            place = _entries(phase, each.kind).index(each.entry)
            yield ExpectedUse(kind=each.kind, entry=each.entry, place=place, use=each.use)


def _met(found: Score) -> tuple[str, ...]:
    return tuple(each.phase.phase_id for each in found.phases if each.was_entered and each.is_met)


def _entries(phase: ScenarioPhase, kind: Kind) -> tuple[str, ...]:
    return phase.key_vocabulary if kind is Kind.VOCABULARY else phase.essential_phrases


def _use_of(entry: str, use: Use) -> str:
    return f"“{entry}” {use}"


def _why(was: ExpectedUse, now: Detection) -> str:
    edited = f"the {was.kind} was changed; " if was.entry != now.entry else ""
    if now.use is Use.USED:
        return f"{edited}its words are there now"
    missing = ", ".join(f"“{word}”" for word in now.missing)
    return f"{edited}the turn has no {missing}" if missing else f"{edited}its words are not there"
