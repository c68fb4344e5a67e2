"""A scenario as JSON in production's form, and as Markdown for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.escaping import markdown_line
from scenario_core.exports.outline import Topic, outline
from scenario_core.faults import pointer
from scenario_core.production.rendering import record_of
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase


def to_json(scenario: ConversationScenario) -> str:
    """One scenario, keyed by its id, in production's field names.

    Raises:
        InvalidScenarioError: it has a number that JSON can't hold.
    """
    return many_to_json([scenario])


def many_to_json(scenarios: Iterable[ConversationScenario]) -> str:
    """Scenarios keyed by their ids, as the production file holds them.

    Raises:
        InvalidScenarioError: one of them has a number that JSON can't hold.
    """
    document = {scenario.scenario_id: record_of(scenario) for scenario in scenarios}
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    except ValueError as error:
        raise InvalidScenarioError(_faults(document)) from error


def to_markdown(scenario: ConversationScenario) -> str:
    """A lesson to read. What people wrote stands in it as text: no sign of it is read as markup or becomes a link."""
    return "\n".join(_lines(scenario)).rstrip("\n") + "\n"


def _faults(document: dict[str, Any]) -> Iterator[Fault]:
    for name, record in document.items():
        try:
            json.dumps(record, allow_nan=False)
        except ValueError as error:
            yield Fault(pointer((name,)), "numbers that JSON can hold", str(error), name)


def _lines(scenario: ConversationScenario) -> Iterator[str]:
    yield from (f"# {markdown_line(scenario.name) or 'Untitled scenario'}", "")
    yield from _paragraphs(scenario.description)
    yield from _facts(scenario)
    if scenario.setting.strip():
        yield from ("## Setting", "", *_paragraphs(scenario.setting))
    yield from ("## Phases", "")
    for number, phase in enumerate(scenario.phases, start=1):
        yield from _phase(number, phase)
    yield from _list("## What it practises", scenario.learning_outcomes)
    yield from _list("## Vocabulary focus", scenario.vocabulary_focus)
    yield from _list("## Before you start", scenario.prerequisites)
    yield from _culture(scenario.cultural_context)


def _facts(scenario: ConversationScenario) -> Iterator[str]:
    facts = {
        "Category": scenario.category.replace("_", " "),
        "Level": scenario.difficulty,
        "Language": scenario.language or DEFAULT_LANGUAGE,
        "Length": f"{scenario.duration_minutes} minutes",
        "The learner plays": scenario.user_role.replace("_", " "),
        "The partner plays": scenario.ai_role.replace("_", " "),
    }
    yield from (f"- **{label}:** {markdown_line(value)}" for label, value in facts.items() if value.strip())
    yield ""


def _phase(number: int, phase: ScenarioPhase) -> Iterator[str]:
    yield from (f"### {number}\\. {markdown_line(phase.name)} \\({phase.expected_duration_minutes} minutes\\)", "")
    yield from _paragraphs(phase.description)
    yield from _list("**Key vocabulary**", phase.key_vocabulary)
    yield from _list("**Essential phrases**", phase.essential_phrases)
    yield from _list("**Objectives**", phase.learning_objectives)
    yield from _list("**Success criteria**", phase.success_criteria)
    if phase.cultural_notes and phase.cultural_notes.strip():
        yield from ("**Cultural note**", "", *_paragraphs(phase.cultural_notes))


def _culture(context: Any) -> Iterator[str]:
    if isinstance(context, str):
        if context.strip():
            yield from ("## Cultural context", "", *_paragraphs(context))
    elif topics := outline(context):
        yield from ("## Cultural context", "", *_outline(topics), "")


def _outline(topics: Iterable[Topic], margin: str = "") -> Iterator[str]:
    inner = f"{margin}  "
    for topic in topics:
        label = f"**{written}:** " if (written := markdown_line(topic.label)) else ""
        yield f"{margin}- {label}{_block(topic.text, inner)}".rstrip(" ")
        yield from _outline(topic.below, inner)


def _list(title: str, values: Iterable[str]) -> Iterator[str]:
    items = [f"- {_block(value, '  ')}" for value in values if value.strip()]
    if items:
        yield from (title, "", *items, "")


def _paragraphs(text: str) -> Iterator[str]:
    if text.strip():
        yield from (_block(text), "")


def _block(text: str, margin: str = "") -> str:
    """Paragraphs and lines as they were written, each of them inside the block that stands at the margin."""
    parts = re.split(r"\n\s*\n", "\n".join(text.splitlines()).strip())
    broken = [f"\\\n{margin}".join(markdown_line(line) for line in part.split("\n") if line.strip()) for part in parts]
    return f"\n\n{margin}".join(broken)
