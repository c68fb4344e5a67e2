"""A scenario as a page of its own: no script, nothing from elsewhere, ready to be printed."""

from __future__ import annotations

from scenario_core.exports.outline import outline
from scenario_core.exports.templating import template
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario


def to_html(scenario: ConversationScenario) -> str:
    """The page. Every text of the scenario is escaped."""
    return template("lesson").render(
        scenario=scenario,
        language=scenario.language or DEFAULT_LANGUAGE,
        culture=outline(scenario.cultural_context),
    )
