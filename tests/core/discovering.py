"""Scenarios of both stores for what people keep, collect and rate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from scenario_core.custom import ScenarioBuilderService
from scenario_core.scenario import ConversationScenario
from tests.factories import OWNER, STRANGER, builder, scenario, scenario_document

DINNER = scenario("dinner_for_two", name="Dinner in Production")
TEA = scenario("tea_for_one", name="Tea in Production")
READER = 9


def production(scenario_id: str) -> ConversationScenario | None:
    return {each.scenario_id: each for each in (DINNER, TEA)}.get(scenario_id)


@contextmanager
def shelves(engine: sa.Engine) -> Iterator[ScenarioBuilderService]:
    with builder(engine, production=production) as service:
        yield service


@dataclass(frozen=True)
class Ids:
    """A shared and a private scenario of the owner, a shared one of a stranger, and a production one."""

    shared: str
    private: str
    others: str
    production: str = DINNER.scenario_id


def furnish(engine: sa.Engine) -> Ids:
    with shelves(engine) as service:
        shared, private = (make(engine, OWNER, f"Mine {each}") for each in ("shared", "private"))
        others = make(engine, STRANGER, "Theirs")
        for name, owner in ((shared, OWNER), (others, STRANGER)):
            service.set_visibility(name, owner, is_public=True, expected_version=1)
    return Ids(shared, private, others)


def make(engine: sa.Engine, owner: int, name: str) -> str:
    with shelves(engine) as service:
        return service.create_scenario(owner, scenario_document(name=name)).scenario_id


def hide(engine: sa.Engine, scenario_id: str, owner: int) -> None:
    """Make a shared scenario private."""
    show(engine, scenario_id, owner, is_public=False)


def show(engine: sa.Engine, scenario_id: str, owner: int, *, is_public: bool = True) -> None:
    """Share a scenario, or take it back."""
    with shelves(engine) as service:
        version = service.get_scenario(scenario_id, owner).version
        service.set_visibility(scenario_id, owner, is_public=is_public, expected_version=version)


def delete(engine: sa.Engine, scenario_id: str, owner: int) -> None:
    with shelves(engine) as service:
        version = service.get_scenario(scenario_id, owner).version
        service.delete_scenario(scenario_id, owner, expected_version=version)


def bring_back(engine: sa.Engine, scenario_id: str, owner: int) -> None:
    with shelves(engine) as service:
        service.restore_deleted(scenario_id, owner)
