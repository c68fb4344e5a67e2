"""Many scenarios at once, tags, saved views, and the people who are known by name."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from scenario_core.custom.batch import Kind
from scenario_core.custom.directory import LocalDirectory, add_person
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import InvalidScenarioError, PermissionDeniedError, ScenarioNotFoundError
from scenario_core.people import Role
from scenario_core.scenario import ConversationScenario
from tests.factories import ADMIN, OWNER, STRANGER, builder, scenario, scenario_document

PRODUCTION = scenario("dinner_for_two", name="Dinner in Production")


def production(scenario_id: str) -> ConversationScenario | None:
    return PRODUCTION if scenario_id == PRODUCTION.scenario_id else None


def three(engine: sa.Engine) -> list[str]:
    """A private and a shared scenario of the owner, and a shared one of a stranger."""
    with builder(engine) as service:
        ids = [service.create_scenario(OWNER, scenario_document(name=f"Mine {n}")).scenario_id for n in range(2)]
        service.set_visibility(ids[1], OWNER, is_public=True, expected_version=1)
        other = service.create_scenario(STRANGER, scenario_document(name="Theirs")).scenario_id
        service.set_visibility(other, STRANGER, is_public=True, expected_version=1)
    return [*ids, other]


@pytest.mark.parametrize("kind", ["share", "delete", "tag"])
def test_a_batch_changes_what_it_may_and_names_what_it_skips(engine: sa.Engine, kind: Kind) -> None:
    ids = three(engine)
    with builder(engine, production=production) as service:
        wanted = [PRODUCTION.scenario_id, "custom_x_1_00000000", *ids]
        foreseen = service.batch.preview(OWNER, kind, wanted)
        outcome = service.batch.apply(OWNER, kind, wanted, words=["warm up"])
    changed = {item.title for item in outcome.done}
    assert changed == ({"Mine 0"} if kind == "share" else {"Mine 0", "Mine 1"})
    assert {item.title for item in foreseen.done} == changed
    skipped = {item.title: item.reason for item in outcome.skipped}
    left = {"Mine 1"} if kind == "share" else set()
    assert skipped.keys() == {"Dinner in Production", "Theirs", "custom_x_1_00000000"} | left
    assert "duplicate it" in skipped["Dinner in Production"]
    assert {item.title for item in foreseen.skipped} == skipped.keys()


@pytest.mark.parametrize("kind", ["share", "unshare", "delete", "tag", "untag"])
def test_one_undo_takes_a_whole_batch_back(engine: sa.Engine, kind: Kind) -> None:
    ids = three(engine)
    with builder(engine, production=production) as service:
        service.batch.apply(OWNER, "tag", ids[:1], words=["old"])
        before = [(service.get_scenario(name, OWNER), service.tags.of(name, OWNER)) for name in ids]
        outcome = service.batch.apply(OWNER, kind, ids, words=["old", "new"])
        assert outcome.done
        back = service.batch.undo(OWNER, outcome)
        assert (len(back.done), back.skipped) == (len(outcome.done), ())
        after = [(service.get_scenario(name, OWNER), service.tags.of(name, OWNER)) for name in ids]
    kept = [[(each.scenario.name, each.is_public, words) for each, words in side] for side in (before, after)]
    assert kept[0] == kept[1]


def test_undo_leaves_alone_what_has_changed_since(engine: sa.Engine) -> None:
    ids = three(engine)
    with builder(engine) as service:
        outcome = service.batch.apply(OWNER, "share", ids[:1])
        service.set_visibility(ids[0], OWNER, is_public=False, expected_version=2)
        back = service.batch.undo(OWNER, outcome)
        assert [item.reason for item in back.skipped] == ["changed since"]


def test_a_batch_writes_one_audit_entry_for_each_scenario(engine: sa.Engine) -> None:
    ids = three(engine)
    with builder(engine) as service:
        service.batch.apply(OWNER, "delete", ids)
    with engine.connect() as connection:
        query = sa.select(AUDIT.c.scenario_id).where(AUDIT.c.operation == "delete", AUDIT.c.actor_id == OWNER)
        assert set(connection.scalars(query)) == set(ids[:2])


@pytest.mark.parametrize("tag", ["", "  ", "a,b", "x" * 51, "bell\x07"])
def test_a_tag_that_cannot_be_used_changes_nothing(sqlite_engine: sa.Engine, tag: str) -> None:
    ids = three(sqlite_engine)
    with builder(sqlite_engine) as service:
        with pytest.raises(InvalidScenarioError):
            service.batch.apply(OWNER, "tag", ids, words=["fine", tag])
        assert service.tags.of(ids[0], OWNER) == ()


def test_tags_are_seen_by_those_who_may_read_the_scenario_only(engine: sa.Engine) -> None:
    ids = three(engine)
    with builder(engine) as service:
        service.batch.apply(OWNER, "tag", ids, words=["  Warm   UP "])
        assert service.tags.of(ids[0], OWNER) == ("warm up",)
        assert service.tags.of(ids[0], STRANGER) == ()
        assert service.tags.of(ids[1], STRANGER) == ("warm up",)


def test_saved_views_are_private_until_they_are_shared(engine: sa.Engine) -> None:
    with builder(engine) as service:
        private = service.views.save(OWNER, " Short  ones ", "length=short")
        service.views.save(OWNER, "For all", "category=travel", is_shared=True)
        assert [view.name for view in service.views.list(OWNER)] == ["For all", "Short ones"]
        assert [view.name for view in service.views.list(STRANGER)] == ["For all"]
        with pytest.raises(ScenarioNotFoundError):
            service.views.delete(private.view_id, STRANGER)


def test_saving_a_view_again_replaces_it_and_deleting_gives_it_back(engine: sa.Engine) -> None:
    with builder(engine) as service:
        first = service.views.save(OWNER, "Mine", "q=a")
        second = service.views.save(OWNER, "Mine", "q=b")
        assert (first.view_id, second.query) == (second.view_id, "q=b")
        deleted = service.views.delete(second.view_id, OWNER)
        assert service.views.list(OWNER) == []
        service.views.save(OWNER, deleted.name, deleted.query, is_shared=deleted.is_shared)
        assert [view.query for view in service.views.list(OWNER)] == ["q=b"]


@pytest.mark.parametrize(("name", "query"), [("", "q=a"), ("x" * 101, "q=a"), ("ok", "q=" + "x" * 5_000)])
def test_a_view_that_does_not_fit_is_refused(sqlite_engine: sa.Engine, name: str, query: str) -> None:
    with builder(sqlite_engine) as service, pytest.raises(InvalidScenarioError):
        service.views.save(OWNER, name, query)


def test_people_are_added_by_administrators_and_keep_their_roles(engine: sa.Engine) -> None:
    directory = LocalDirectory(ADMIN, engine)
    ana = add_person(engine, directory.person(ADMIN), " Ana  Lima ", {Role.ANALYST})
    assert directory.person(ana.user_id) == ana
    assert [person.name for person in directory.people()] == ["", "Ana Lima"]
    with pytest.raises(PermissionDeniedError):
        add_person(engine, ana, "Eve", {Role.ADMIN})


def test_people_without_a_database_are_the_local_one_alone() -> None:
    engine = sa.create_engine("sqlite:////nowhere/at/all.db")
    directory = LocalDirectory(ADMIN, engine)
    assert [person.user_id for person in directory.people()] == [ADMIN]
    assert directory.person(7).roles == {Role.AUTHOR}
    engine.dispose()
