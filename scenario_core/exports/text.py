"""A scenario as JSON in production's form, and as Markdown for people."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterable, Iterator
from typing import Any, Final

from scenario_core.production.rendering import record_of
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_AUTOLINK: Final = re.compile(r"(?i)(?<=\bwww)\.|(?<=[a-z]):(?=//|[^\s])|@")
_ESCAPED: Final = str.maketrans(
    {sign: _ENTITIES.get(sign, f"\\{sign}") for sign in string.punctuation if sign not in "',;%\"?/"}
)


def to_json(scenario: ConversationScenario) -> str:
    """One scenario, keyed by its id, in production's field names."""
    return many_to_json([scenario])


def many_to_json(scenarios: Iterable[ConversationScenario]) -> str:
    """Scenarios keyed by their ids, as the production file holds them."""
    document = {scenario.scenario_id: record_of(scenario) for scenario in scenarios}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def to_markdown(scenario: ConversationScenario) -> str:
    """A lesson to read. What people wrote stands in it as text: no sign of it is read as markup or becomes a link."""
    return "\n".join(_lines(scenario)).rstrip() + "\n"


def _lines(scenario: ConversationScenario) -> Iterator[str]:
    yield f"# {_text(scenario.name) or 'Untitled scenario'}"
    yield ""
    if scenario.description:
        yield from (_text(scenario.description), "")
    yield from _facts(scenario)
    yield from _section("Setting", scenario.setting)
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
        "The learner plays": scenario.user_role,
        "The partner plays": scenario.ai_role,
    }
    yield from (f"- **{label}:** {_text(value)}" for label, value in facts.items())
    yield ""


def _phase(number: int, phase: ScenarioPhase) -> Iterator[str]:
    yield f"### {number}\\. {_text(phase.name)} \\({phase.expected_duration_minutes} minutes\\)"
    yield ""
    if phase.description:
        yield from (_text(phase.description), "")
    yield from _list("**Key vocabulary**", phase.key_vocabulary)
    yield from _list("**Essential phrases**", phase.essential_phrases)
    yield from _list("**Objectives**", phase.learning_objectives)
    yield from _list("**Success criteria**", phase.success_criteria)
    if phase.cultural_notes:
        yield from (f"**Cultural note:** {_text(phase.cultural_notes)}", "")


def _section(title: str, text: str) -> Iterator[str]:
    if text:
        yield from (f"## {title}", "", _text(text), "")


def _list(title: str, values: Iterable[str]) -> Iterator[str]:
    items = [f"- {_text(value)}" for value in values if value.strip()]
    if items:
        yield from (title, "", *items, "")


def _culture(context: Any) -> Iterator[str]:
    if not context:
        return
    yield from ("## Cultural context", "")
    if isinstance(context, dict):
        shown = {str(topic): _value(value) for topic, value in context.items()}
        yield from (f"- **{_text(topic)}:** {_text(value)}" for topic, value in shown.items())
        yield ""
    else:
        yield from (_text(_value(context)), "")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(text: str) -> str:
    """One line in which every sign means itself; a word joiner keeps addresses from being recognised as such."""
    joined = _AUTOLINK.sub(lambda found: f"{found[0]}\N{WORD JOINER}", " ".join(text.split()))
    return joined.translate(_ESCAPED)
