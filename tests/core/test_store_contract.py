"""What every store of scenarios promises, asked of each store in the same words."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.custom import ScenarioBuilderService
from scenario_core.errors import InvalidScenarioError, ScenarioDeskError, ScenarioNotFoundError
from scenario_core.production import ScenarioManager
from scenario_core.scenario import ConversationScenario
from tests.factories import OWNER, builder, scenario_document, write_production


class Store(ABC):
    """The least that both stores can do."""

    @abstractmethod
    def add(self, document: dict[str, Any]) -> str: ...

    @abstractmethod
    def get(self, scenario_id: str) -> ConversationScenario: ...

    @abstractmethod
    def save(self, scenario_id: str, document: dict[str, Any]) -> None: ...

    @abstractmethod
    def delete(self, scenario_id: str) -> None: ...

    @abstractmethod
    def ids(self) -> set[str]: ...

    @abstractmethod
    def reopened(self) -> Store:
        """The same store as another process would open it."""

    @abstractmethod
    def save_stale(self, scenario_id: str, document: dict[str, Any]) -> None:
        """Save on top of a state that somebody else has replaced."""


class ProductionStore(Store):
    def __init__(self, path: Path) -> None:
        self.path = path
        self.manager = ScenarioManager(path)

    def add(self, document: dict[str, Any]) -> str:
        name = f"added_{len(self.manager.scenarios)}"
        self.save(name, document)
        return name

    def get(self, scenario_id: str) -> ConversationScenario:
        found = self.manager.get(scenario_id)
        if found is None:
            raise ScenarioNotFoundError(scenario_id)
        return found

    def save(self, scenario_id: str, document: dict[str, Any]) -> None:
        self.manager.save_scenario(ConversationScenario.model_validate_json(_json(document, scenario_id)))

    def delete(self, scenario_id: str) -> None:
        self.manager.delete_scenario(scenario_id)

    def ids(self) -> set[str]:
        return set(self.manager.scenarios)

    def reopened(self) -> Store:
        return ProductionStore(self.path)

    def save_stale(self, scenario_id: str, document: dict[str, Any]) -> None:
        stale = ProductionStore(self.path)
        stale.manager.initialize()
        self.save(scenario_id, scenario_document(name="Somebody else's"))
        stale.save(scenario_id, document)


class CustomStore(Store):
    def __init__(self, engine: sa.Engine, service: ScenarioBuilderService) -> None:
        self.engine = engine
        self.service = service

    def add(self, document: dict[str, Any]) -> str:
        return self.service.create_scenario(OWNER, document).scenario_id

    def get(self, scenario_id: str) -> ConversationScenario:
        return self.service.get_scenario(scenario_id, OWNER).scenario

    def save(self, scenario_id: str, document: dict[str, Any]) -> None:
        version = self.service.get_scenario(scenario_id, OWNER).version
        self.service.update_scenario(scenario_id, OWNER, document, expected_version=version)

    def delete(self, scenario_id: str) -> None:
        version = self.service.get_scenario(scenario_id, OWNER).version
        self.service.delete_scenario(scenario_id, OWNER, expected_version=version)

    def ids(self) -> set[str]:
        return {entry.scenario_id for entry in self.service.list_own(OWNER)}

    def reopened(self) -> Store:
        with builder(self.engine) as service:
            return CustomStore(self.engine, service)

    def save_stale(self, scenario_id: str, document: dict[str, Any]) -> None:
        version = self.service.get_scenario(scenario_id, OWNER).version
        self.save(scenario_id, scenario_document(name="Somebody else's"))
        self.service.update_scenario(scenario_id, OWNER, document, expected_version=version)


def _json(document: dict[str, Any], scenario_id: str) -> str:
    return json.dumps({**document, "scenario_id": scenario_id})


@pytest.fixture(params=["production", "custom"])
def store(request: pytest.FixtureRequest, tmp_path: Path, engine: sa.Engine) -> Iterator[Store]:
    with ExitStack() as stack:
        if request.param == "production":
            yield ProductionStore(write_production(tmp_path / "scenarios.json", {}))
        else:
            yield CustomStore(engine, stack.enter_context(builder(engine)))


def test_what_was_added_is_read_back_also_by_others(store: Store) -> None:
    name = store.add(scenario_document(oddity={"a": [1]}))
    for each in (store, store.reopened()):
        found = each.get(name)
        assert (found.scenario_id, found.name, found.model_extra) == (name, "Dinner for Two", {"oddity": {"a": [1]}})
        assert [phase.phase_id for phase in found.phases] == ["greeting", "ordering"]


def test_what_was_handed_out_can_not_change_the_store(store: Store) -> None:
    name = store.add(scenario_document())
    found = store.get(name)
    with pytest.raises(ValueError, match="frozen"):
        found.name = "changed"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        found.phases.append(None)  # type: ignore[attr-defined]
    assert store.get(name).name == "Dinner for Two"


def test_a_save_replaces_one_scenario_and_no_other(store: Store) -> None:
    first, second = store.add(scenario_document()), store.add(scenario_document())
    before = store.get(second)
    store.save(first, scenario_document(name="Changed"))
    again = store.reopened()
    assert (again.get(first).name, again.get(second)) == ("Changed", before)


def test_what_was_deleted_is_gone_and_the_rest_is_there(store: Store) -> None:
    first, second = store.add(scenario_document()), store.add(scenario_document())
    store.delete(first)
    for each in (store, store.reopened()):
        assert each.ids() == {second}
        with pytest.raises(ScenarioNotFoundError):
            each.get(first)
    with pytest.raises(ScenarioNotFoundError):
        store.delete(first)


def test_an_invalid_scenario_is_refused_with_its_field_and_changes_nothing(store: Store) -> None:
    name = store.add(scenario_document())
    with pytest.raises(InvalidScenarioError) as caught:
        store.save(name, scenario_document(category="cooking"))
    assert caught.value.faults[0].pointer.endswith("/category")
    assert store.reopened().get(name).category == "restaurant"


def test_a_save_on_a_state_that_has_moved_is_refused_and_loses_neither(store: Store) -> None:
    name = store.add(scenario_document())
    with pytest.raises(ScenarioDeskError, match=r"changed since|based on version"):
        store.save_stale(name, scenario_document(name="Mine"))
    assert store.reopened().get(name).name == "Somebody else's"
