"""What a rehearsal came to, to be read and kept: Markdown for people."""

from __future__ import annotations

from collections.abc import Iterator

from scenario_core.escaping import markdown_line
from scenario_core.rehearsal.matching import Kind, Use
from scenario_core.rehearsal.scoring import PhaseScore, Score
from scenario_core.rehearsal.transcript import Speaker, Transcript
from scenario_core.scenario import ConversationScenario


def to_markdown(scenario: ConversationScenario, transcript: Transcript, score: Score) -> str:
    """Summary and transcript. What people wrote stands in it as text: no sign of it is read as markup."""
    return "\n".join(_lines(scenario, transcript, score)).rstrip("\n") + "\n"


def clock(seconds: float) -> str:
    """`4:05` for four minutes and five seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def _lines(scenario: ConversationScenario, transcript: Transcript, score: Score) -> Iterator[str]:
    yield from (f"# Rehearsal: {markdown_line(scenario.name) or 'Untitled scenario'}", "")
    yield from (["It says which words were used, not whether they were used correctly.", score.note, ""])
    for number, phase in enumerate(score.phases, start=1):
        if phase.was_entered:
            yield from _phase(number, phase)
    yield from ("## Transcript", "")
    partner = markdown_line(scenario.ai_role.replace("_", " ")) or "Partner"
    for turn in transcript.turns:
        speaker = "Learner" if turn.speaker is Speaker.LEARNER else partner
        yield f"- {clock(turn.seconds)} **{speaker}:** {markdown_line(turn.text) or '(says nothing)'}"


def _phase(number: int, phase: PhaseScore) -> Iterator[str]:
    planned = phase.phase.expected_duration_minutes
    goal = "goal met" if phase.is_met else "goal not met"
    yield from (f"## {number}\\. {markdown_line(phase.phase.name)}", "")
    yield from (f"{goal.capitalize()}. {clock(phase.seconds)} of {planned} planned minutes.", "")
    for kind, title in ((Kind.VOCABULARY, "Vocabulary"), (Kind.PHRASE, "Phrases")):
        entries = phase.of_kind(kind)
        if entries:
            yield from (f"**{title}: {phase.used(kind)} of {len(entries)} used**", "")
            yield from (f"- {_mark(each.use)} {markdown_line(each.entry)}" for each in entries)
            yield ""
    for criterion in phase.phase.success_criteria:
        yield f"- [{'x' if criterion in phase.ticked else ' '}] {markdown_line(criterion)}"
    yield ""


def _mark(use: Use) -> str:
    return {Use.USED: "used:", Use.NEARLY: "nearly:", Use.NOT_YET: "not yet:"}[use]
