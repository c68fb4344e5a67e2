"""A scenario as a page of its own: no script, nothing from elsewhere, ready to be printed."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from scenario_core.exports.outline import outline
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario


def to_html(scenario: ConversationScenario) -> str:
    """The page. Every text of the scenario is escaped."""
    return _template().render(
        scenario=scenario,
        language=scenario.language or DEFAULT_LANGUAGE,
        culture=outline(scenario.cultural_context),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("scenario_core.exports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("lesson.html.j2")
