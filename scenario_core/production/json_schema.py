"""The JSON Schema of the production file (2020-12), generated from the models."""

from __future__ import annotations

from typing import Any

from scenario_core.scenario import CATEGORIES, DIFFICULTIES, ConversationScenario


def production_schema() -> dict[str, Any]:
    """An object of scenarios by id. That each key equals its record's `scenario_id` can't be said in JSON Schema."""
    scenario = ConversationScenario.model_json_schema()
    definitions = scenario.pop("$defs")
    scenario["properties"]["category"]["enum"] = list(CATEGORIES)
    scenario["properties"]["difficulty"]["enum"] = list(DIFFICULTIES)
    scenario["properties"]["phases"]["minItems"] = 1
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario Desk production file",
        "type": "object",
        "propertyNames": {"not": {"pattern": "^custom_"}},
        "additionalProperties": {"$ref": "#/$defs/ConversationScenario"},
        "$defs": {**definitions, "ConversationScenario": scenario},
    }
