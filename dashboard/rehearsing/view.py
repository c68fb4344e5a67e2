"""What the templates of a rehearsal draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from scenario_core.rehearsal import (
    Detection,
    Kind,
    PhaseScore,
    Reason,
    Score,
    Source,
    Speaker,
    Standing,
    Transcript,
    Use,
    waits_for_answer,
)
from scenario_core.rehearsal.summary import clock
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario

__all__ = ["MARKS", "coach", "pieces", "summary", "talk"]

MARKS: Final = {Use.USED: "✓", Use.NEARLY: "◐", Use.NOT_YET: "○"}
_TITLES: Final = {Kind.VOCABULARY: "Vocabulary", Kind.PHRASE: "Phrases"}
_REASONS: Final = {Reason.START: "", Reason.GOAL: "Goal met", Reason.REQUEST: "Moved on"}


def talk(scenario: ConversationScenario, transcript: Transcript, score: Score) -> dict[str, Any]:
    """The values of `rehearsal_talk`: phases as they were entered, and the turns of each."""
    borders = [*(stretch.turns for stretch in transcript.stretches[1:]), len(transcript.turns)]
    names = {phase.phase_id: phase.name for phase in scenario.phases}
    stretches = []
    for stretch, border in zip(transcript.stretches, borders, strict=True):
        turns = [_turn(place, transcript, score) for place in range(stretch.turns, border)]
        name = names.get(stretch.phase_id, "A phase that is gone")
        stretches.append({"name": name, "reason": _REASONS[stretch.reason], "turns": turns})
    return {
        "lang": scenario.language or DEFAULT_LANGUAGE,
        "partner": (scenario.ai_role or "Partner").replace("_", " "),
        "stretches": stretches,
        "waits": waits_for_answer(transcript),
        "has_ended": transcript.has_ended,
    }


def coach(scenario: ConversationScenario, phase: PhaseScore, place: int) -> dict[str, Any]:
    """The values of `rehearsal_coach`: how far the phase is, its entries, and what to say next."""
    planned = phase.phase.expected_duration_minutes
    suggestion = phase.next_phrase
    return {
        "lang": scenario.language or DEFAULT_LANGUAGE,
        "number": place + 1,
        "total": len(scenario.phases),
        "name": phase.phase.name,
        "description": phase.phase.description,
        "is_met": phase.is_met,
        "time": clock(phase.seconds),
        "planned": planned,
        "is_late": phase.seconds > planned * 60 > 0,
        "suggestion": suggestion.entry if suggestion else "",
        "groups": [_group(phase, kind) for kind in Kind if phase.of_kind(kind)],
    }


def summary(scenario: ConversationScenario, score: Score) -> dict[str, Any]:
    """The values of `rehearsal_summary`: what each phase came to that was entered."""
    entered = [phase for phase in score.phases if phase.was_entered]
    return {
        "lang": scenario.language or DEFAULT_LANGUAGE,
        "phases": [
            {
                "name": phase.phase.name,
                "is_met": phase.is_met,
                "used": [(_TITLES[kind], phase.used(kind), len(phase.of_kind(kind))) for kind in Kind],
                "ticked": (len(phase.ticked), len(phase.phase.success_criteria)),
                "time": clock(phase.seconds),
                "planned": phase.phase.expected_duration_minutes,
            }
            for phase in entered
        ],
        "seconds": clock(sum(phase.seconds for phase in entered)),
    }


def pieces(text: str, detections: Sequence[Detection]) -> Iterator[dict[str, str]]:
    """The turn cut where words matched: each piece with what it stands for, empty where for nothing."""
    marked: dict[tuple[int, int], tuple[Use, list[str]]] = {}
    for found in detections:
        for match in found.matches if found.use is not Use.NOT_YET else ():
            use, entries = marked.setdefault((match.start, match.end), (found.use, []))
            marked[match.start, match.end] = (max(use, found.use, key=lambda each: each.rank), [*entries, found.entry])
    at = 0
    for (start, end), (use, entries) in sorted(marked.items()):
        if start < at:
            continue
        yield {"text": text[at:start], "use": "", "entries": ""}
        listed = ", ".join(dict.fromkeys(entries))
        yield {"text": text[start:end], "use": "used" if use is Use.USED else "nearly", "entries": listed}
        at = end
    yield {"text": text[at:], "use": "", "entries": ""}


def _turn(place: int, transcript: Transcript, score: Score) -> dict[str, Any]:
    turn = transcript.turns[place]
    detections = score.detections.get(place, ())
    told = [each for each in detections if each.use is not Use.NOT_YET]
    return {
        "is_learner": turn.speaker is Speaker.LEARNER,
        "pieces": list(pieces(turn.text, detections)) if turn.text else [],
        "note": turn.note,
        "by_model": turn.source is Source.MODEL,
        "time": clock(turn.seconds),
        "told": [{"mark": MARKS[each.use], "use": each.use.value, "entry": each.entry} for each in told],
    }


def _group(phase: PhaseScore, kind: Kind) -> dict[str, Any]:
    entries = phase.of_kind(kind)
    return {
        "title": _TITLES[kind],
        "kind": kind.value,
        "used": phase.used(kind),
        "needed": phase.needed(kind),
        "total": len(entries),
        "entries": [_entry(each) for each in entries],
    }


def _entry(standing: Standing) -> dict[str, str]:
    missing = ", ".join(standing.missing) if standing.use is Use.NEARLY else ""
    css = {Use.USED: "used", Use.NEARLY: "nearly", Use.NOT_YET: "open"}[standing.use]
    return {
        "text": standing.entry,
        "mark": MARKS[standing.use],
        "use": standing.use.value,
        "css": css,
        "missing": missing,
    }
