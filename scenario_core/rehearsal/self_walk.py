"""Three learners who walk a draft by themselves, to tell its author what a rehearsal would run into.

The ideal learner says every phrase of a phase, the silent one nothing, and the cross-talking one every phrase of all
other phases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from scenario_core.faults import pointer
from scenario_core.rehearsal.matching import Detection, Kind, Matcher, Use
from scenario_core.rehearsal.scoring import needed_of
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase


class Trouble(StrEnum):
    """What a walk runs into."""

    CANNOT_BE_MET = "cannot_be_met"
    MET_BY_SILENCE = "met_by_silence"
    BELONGS_ELSEWHERE = "belongs_elsewhere"


@dataclass(frozen=True, slots=True)
class Stumble:
    """One thing that is wrong, at its field: a JSON pointer (RFC 6901) into the scenario, and one sentence."""

    trouble: Trouble
    phase_id: str
    pointer: str
    message: str
    hint: str


def walk(scenario: ConversationScenario) -> tuple[Stumble, ...]:
    """Everything that the three learners run into, in the order of the phases."""
    matcher = Matcher(scenario.language or DEFAULT_LANGUAGE)
    return tuple(_stumbles(scenario, matcher))


def _stumbles(scenario: ConversationScenario, matcher: Matcher) -> Iterator[Stumble]:
    told: set[frozenset[str]] = set()
    for place, phase in enumerate(scenario.phases):
        if not phase.key_vocabulary and not phase.essential_phrases:
            yield Stumble(
                Trouble.MET_BY_SILENCE,
                phase.phase_id,
                pointer(("phases", place, "essential_phrases")),
                "The goal is met by a learner who says nothing: there is nothing to use.",
                "Add phrases and vocabulary.",
            )
            continue
        yield from _unmet(matcher, phase, place)
        yield from _from_elsewhere(matcher, scenario, place, told)


def _unmet(matcher: Matcher, phase: ScenarioPhase, place: int) -> Iterator[Stumble]:
    """What a learner who says every phrase of the phase has not used of it."""
    wanted = matcher.wanted(phase)
    used = _used(matcher.find(wanted, said, forgives=False) for said in phase.essential_phrases)
    for kind, name, hint in (
        (Kind.VOCABULARY, "key_vocabulary", "Use more of the vocabulary in the phrases."),
        (Kind.PHRASE, "essential_phrases", "Write them with words that a learner can say."),
    ):
        entries = dict.fromkeys(getattr(phase, name))
        missing = [entry for entry in entries if (kind, entry) not in used]
        reached, needed = len(entries) - len(missing), needed_of(len(entries))
        if reached < needed:
            listed = ", ".join(f"“{entry}”" for entry in missing)
            yield Stumble(
                Trouble.CANNOT_BE_MET,
                phase.phase_id,
                pointer(("phases", place, name)),
                f"The goal can't be met with the phrases: they use {reached} of {len(entries)}, the goal asks for "
                f"{needed}. Not used: {listed}.",
                hint,
            )


def _from_elsewhere(
    matcher: Matcher, scenario: ConversationScenario, place: int, told: set[frozenset[str]]
) -> Iterator[Stumble]:
    """Phrases of this phase that a learner uses by saying one of another phase; each pair of phrases is told once."""
    phase = scenario.phases[place]
    phrases = [each for each in matcher.wanted(phase) if each.kind is Kind.PHRASE]
    for other in (*scenario.phases[:place], *scenario.phases[place + 1 :]):
        for said in other.essential_phrases:
            for found in matcher.find(phrases, said, forgives=False):
                pair = frozenset((found.entry, said))
                if found.use is Use.USED and pair not in told:
                    told.add(pair)
                    at = phase.essential_phrases.index(found.entry)
                    yield Stumble(
                        Trouble.BELONGS_ELSEWHERE,
                        phase.phase_id,
                        pointer(("phases", place, "essential_phrases", at)),
                        f"A learner who says “{said}” (phase “{other.name}”) has also used “{found.entry}”.",
                        "Keep it in the phase that it belongs to, or tell the two apart by other words.",
                    )


def _used(walked: Iterator[tuple[Detection, ...]]) -> set[tuple[Kind, str]]:
    return {(each.kind, each.entry) for found in walked for each in found if each.use is Use.USED}
