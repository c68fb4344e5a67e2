"""The content that ships: 31 scenarios and ten templates at the quality of a language school."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from typing import Any

import jsonschema
import pytest

from scenario_core.custom import limits
from scenario_core.production import ScenarioManager
from scenario_core.production.json_schema import production_schema
from scenario_core.scenario import CATEGORIES, ConversationScenario
from scenario_core.search_text import fold
from scenario_core.templates import load_templates
from tests.factories import ROOT, SHIPPED

SCENARIOS = dict(ScenarioManager(SHIPPED).scenarios)
TEMPLATES = load_templates(ROOT / "data" / "templates")
PLACEHOLDER = re.compile(r"(?i:lorem ipsum|placeholder|\bxxx|\(copy\)|\(updated\))|\b(TODO|TBD|FIXME)\b")


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


def test_the_catalogue_has_its_size_and_breadth() -> None:
    assert len(SCENARIOS) == 31
    assert sum(len(scenario.phases) for scenario in SCENARIOS.values()) > 100
    assert {"restaurant_dinner_reservation", "hotel_check_in", "clothing_shopping"} <= SCENARIOS.keys()
    per_category = Counter(scenario.category for scenario in SCENARIOS.values())
    assert set(per_category) == set(CATEGORIES)
    assert set(per_category.values()) <= {3, 4}
    per_level = Counter(scenario.difficulty for scenario in SCENARIOS.values())
    assert min(per_level[level] for level in ("beginner", "intermediate", "advanced")) >= 6
    assert sum(1 for scenario in SCENARIOS.values() if scenario.language) >= 6


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario_is_complete_and_adds_up(scenario: ConversationScenario) -> None:
    assert 3 <= len(scenario.phases) <= 5
    assert sum(phase.expected_duration_minutes for phase in scenario.phases) == scenario.duration_minutes
    assert limits.check(scenario.model_dump(mode="json")) == ()
    assert any(phase.cultural_notes for phase in scenario.phases)
    phrases = [phrase for phase in scenario.phases for phrase in phase.essential_phrases]
    assert len({phrase.casefold() for phrase in phrases}) == len(phrases)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_phrases_use_the_vocabulary(scenario: ConversationScenario) -> None:
    for phase in scenario.phases:
        phrases = fold(" ".join(phase.essential_phrases))
        stems = [fold(entry).split() for entry in phase.key_vocabulary]
        used = [all(word[: max(3, len(word) - 3)] in phrases for word in stem) for stem in stems]
        assert sum(used) >= 0.8 * len(used), (phase.phase_id, phase.key_vocabulary, used)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_text_is_clean(scenario: ConversationScenario) -> None:
    for text in texts(scenario.model_dump(mode="json")):
        assert text == text.strip() == unicodedata.normalize("NFC", text)
        assert "\u00a0" not in text
        assert not PLACEHOLDER.search(text), text


def test_every_prerequisite_is_taught_by_another_scenario() -> None:
    for scenario in SCENARIOS.values():
        taught = {line for other in SCENARIOS.values() if other is not scenario for line in other.learning_outcomes}
        assert set(scenario.prerequisites) <= taught


def test_the_backup_that_ships_is_the_file_that_ships() -> None:
    assert SHIPPED.with_name("scenarios.json.backup").read_bytes() == SHIPPED.read_bytes()


def test_the_json_schema_beside_the_file_is_current_and_accepts_the_file() -> None:
    kept = json.loads(SHIPPED.with_name("scenarios.schema.json").read_bytes())
    assert kept == production_schema(), "run: scenario-desk schema > data/scenarios/scenarios.schema.json"
    jsonschema.Draft202012Validator.check_schema(kept)
    jsonschema.validate(json.loads(SHIPPED.read_bytes()), kept)


@pytest.mark.parametrize("change", [{"category": "cooking"}, {"phases": []}, {"name": None}, {"duration_minutes": "5"}])
def test_the_json_schema_refuses_what_the_reader_refuses(change: dict[str, Any]) -> None:
    document = json.loads(SHIPPED.read_bytes())
    document["hotel_check_in"] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, production_schema())


def test_there_is_one_template_for_each_category_with_guidance() -> None:
    assert sorted(template.category for template in TEMPLATES) == sorted(CATEGORIES)
    assert all(len(template.guidance) >= 3 for template in TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.category)
def test_a_template_can_be_saved_as_it_is(template: Any) -> None:
    assert limits.check(template.document) == ()
    assert template.name not in {scenario.name for scenario in SCENARIOS.values()}
