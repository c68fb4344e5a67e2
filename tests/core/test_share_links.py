"""Read-only links: they open one scenario for anybody, and nothing once they are taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from scenario_core.custom import ScenarioBuilderService
from scenario_core.custom.columns import now
from scenario_core.custom.share_link_tables import SHARE_LINKS
from scenario_core.custom.share_links import MOST_LINKS
from scenario_core.errors import InvalidScenarioError, PermissionDeniedError, ScenarioNotFoundError
from tests.factories import OWNER, STRANGER, builder, scenario_document


def own(service: ScenarioBuilderService) -> str:
    return service.create_scenario(OWNER, scenario_document()).scenario_id


def test_a_link_shows_the_private_scenario_as_it_is_now(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        _, token = service.share_links.create(name, OWNER)
        assert service.share_links.open(token).name == "Dinner for Two"
        service.update_scenario(name, OWNER, scenario_document(name="Dinner for Three"), expected_version=1)
        assert service.share_links.open(token).name == "Dinner for Three"
        with pytest.raises(ScenarioNotFoundError):
            service.get_scenario(name, STRANGER)


def test_looking_through_a_link_changes_nothing(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        _, token = service.share_links.create(name, OWNER)
        before = service.get_scenario(name, OWNER)
        for _ in range(3):
            service.share_links.open(token)
        assert service.get_scenario(name, OWNER) == before


def test_a_link_that_was_taken_back_or_has_expired_opens_nothing(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        link, token = service.share_links.create(name, OWNER)
        service.share_links.revoke(link.link_id, OWNER)
        short, expired = service.share_links.create(name, OWNER, days=1)
        with engine.begin() as connection:
            connection.execute(sa.update(SHARE_LINKS).values(expires_at=now() - timedelta(seconds=1)))
        for each in (token, expired, "", "nothing", "\ud800", "%00"):
            with pytest.raises(ScenarioNotFoundError):
                service.share_links.open(each)
        assert [each.link_id for each in service.share_links.list(name, OWNER)] == [short.link_id]


def test_a_link_opens_nothing_while_its_scenario_is_deleted(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        _, token = service.share_links.create(name, OWNER)
        service.delete_scenario(name, OWNER, expected_version=1)
        with pytest.raises(ScenarioNotFoundError):
            service.share_links.open(token)
        service.restore_deleted(name, OWNER)
        assert service.share_links.open(token).scenario_id == name


def test_nobody_else_makes_sees_or_takes_back_a_link(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        link, _ = service.share_links.create(name, OWNER)
        for call in (
            lambda: service.share_links.create(name, STRANGER),
            lambda: service.share_links.list(name, STRANGER),
            lambda: service.share_links.revoke(link.link_id, STRANGER),
        ):
            with pytest.raises(ScenarioNotFoundError):
                call()
        service.set_visibility(name, OWNER, is_public=True, expected_version=1)
        with pytest.raises(PermissionDeniedError):
            service.share_links.create(name, STRANGER)


def test_the_database_holds_no_token(sqlite_engine: sa.Engine) -> None:
    with builder(sqlite_engine) as service:
        _, token = service.share_links.create(own(service), OWNER)
    with sqlite_engine.connect() as connection:
        rows = connection.execute(sa.select(SHARE_LINKS)).all()
    assert token not in str(rows)


@pytest.mark.parametrize("days", [0, -1, 3_651])
def test_a_link_stays_for_a_day_to_ten_years(sqlite_engine: sa.Engine, days: int) -> None:
    with builder(sqlite_engine) as service, pytest.raises(InvalidScenarioError, match="1 to 3,650 days"):
        service.share_links.create(own(service), OWNER, days=days)


def test_a_scenario_has_only_so_many_links(sqlite_engine: sa.Engine) -> None:
    with builder(sqlite_engine) as service:
        name = own(service)
        for _ in range(MOST_LINKS):
            service.share_links.create(name, OWNER)
        with pytest.raises(InvalidScenarioError, match="at most 20 links"):
            service.share_links.create(name, OWNER)
