"""The desk: the real parts put together, and what needs more than one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.errors import ScenarioNotFoundError
from scenario_core.settings import Settings
from tests.factories import catalogue_document, phase_document, scenario_document, write_production


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path = write_production(tmp_path / "scenarios.json", catalogue_document("one"))
    made = Desk.open(Settings.read(production=path, database=f"sqlite:///{tmp_path / 'desk.db'}"))
    schema.upgrade(made.engine)
    yield made
    made.close()


def test_two_versions_of_a_scenario_are_compared_field_by_field(desk: Desk) -> None:
    with desk.builder() as service:
        name = service.create_scenario(1, scenario_document()).scenario_id
        service.update_scenario(name, 1, scenario_document(name="Second"), expected_version=1)
        third = scenario_document(name="Third", phases=[phase_document("greeting"), phase_document("paying")])
        service.update_scenario(name, 1, third, expected_version=2)
    assert {change.field for change in desk.compare_revisions(name, 1, 2).changes} == {"name", "updated_at"}
    fields = {change.field for change in desk.compare_revisions(name, 2).changes}
    assert fields == {"name", "updated_at", "phases[ordering]", "phases[paying]"}
    with pytest.raises(ScenarioNotFoundError, match="no former version 9"):
        desk.compare_revisions(name, 9)


def test_a_copy_of_production_reads_the_file_and_not_its_mirror(desk: Desk) -> None:
    with desk.builder() as service:
        assert service.duplicate_scenario("one", 1).scenario.name == "Title of one"
