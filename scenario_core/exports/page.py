"""A scenario as a page of its own: no script, nothing from elsewhere, ready to be printed."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario


def to_html(scenario: ConversationScenario) -> str:
    """The page. Every text of the scenario is escaped."""
    return _template().render(
        scenario=scenario, language=scenario.language or DEFAULT_LANGUAGE, culture=_culture(scenario.cultural_context)
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


def _culture(context: Any) -> list[tuple[str, str]]:
    if isinstance(context, dict):
        return [(str(topic).replace("_", " ").capitalize(), _value(value)) for topic, value in context.items()]
    return [("", _value(context))] if context else []


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
