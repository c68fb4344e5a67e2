"""Keeping rehearsals: the one that goes on and the examples of each person, on each engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.custom import ScenarioBuilderService
from scenario_core.custom.rehearsals import DRAFT, MOST_EXAMPLES
from scenario_core.errors import (
    InvalidScenarioError,
    PermissionDeniedError,
    ScenarioDeskError,
    ScenarioNotFoundError,
    StaleVersionError,
)
from scenario_core.people import Role
from tests.core.test_rights import Everyone
from tests.factories import ADMIN, OWNER, STRANGER, builder, scenario, scenario_document

SAID: dict[str, Any] = {"turns": ["Hello"]}
MORE: dict[str, Any] = {"turns": ["Hello", "Bye"]}
MET: dict[str, Any] = {"met": []}


def own(service: ScenarioBuilderService) -> str:
    return service.create_scenario(OWNER, scenario_document()).scenario_id


def test_a_rehearsal_goes_on_where_it_was_and_is_nobody_elses(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        assert service.rehearsals.current(OWNER, name) is None
        begun = service.rehearsals.go_on(OWNER, name, SAID, expected_version=0)
        service.rehearsals.go_on(OWNER, name, MORE, expected_version=begun.version)
        stored = service.rehearsals.current(OWNER, name)
        assert stored is not None
        assert (stored.transcript, stored.version) == (MORE, 2)
        service.set_visibility(name, OWNER, is_public=True, expected_version=1)
        assert service.rehearsals.current(STRANGER, name) is None
        service.rehearsals.stop(OWNER, name)
        assert service.rehearsals.current(OWNER, name) is None


def test_a_tab_that_is_behind_stores_nothing(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        service.rehearsals.go_on(OWNER, name, SAID, expected_version=0)
        for version in (0, 2):
            with pytest.raises(StaleVersionError):
                service.rehearsals.go_on(OWNER, name, MORE, expected_version=version)
        stored = service.rehearsals.current(OWNER, name)
        assert stored is not None
        assert stored.transcript == SAID


def test_two_tabs_that_begin_at_once_make_one_rehearsal(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)

    def begin(number: int) -> str:
        try:
            with builder(engine) as mine:
                mine.rehearsals.go_on(OWNER, name, {"turns": [str(number)]}, expected_version=0)
        except ScenarioDeskError as error:
            return type(error).__name__
        return "stored"

    with ThreadPoolExecutor(4) as pool:
        came_of_it = list(pool.map(begin, range(4)))
    assert came_of_it.count("stored") == 1
    assert set(came_of_it) <= {"stored", "StaleVersionError", "DatabaseError"}


def test_examples_are_kept_by_name_and_the_same_name_replaces(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        service.rehearsals.keep(OWNER, name, "  Short   one ", SAID, MET)
        service.rehearsals.keep(OWNER, name, "Short one", MORE, MET)
        (kept,) = service.rehearsals.examples(OWNER, name)
        assert (kept.name, kept.transcript, kept.expected) == ("Short one", MORE, MET)
        assert service.rehearsals.examples(STRANGER) == []
        assert service.rehearsals.current(OWNER, name) is None


def test_an_example_takes_what_it_comes_to_now_and_is_deleted_and_put_back(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        kept = service.rehearsals.keep(OWNER, name, "One", SAID, MET)
        for somebody_else in (STRANGER, ADMIN):
            with pytest.raises(ScenarioNotFoundError):
                service.rehearsals.accept(kept.rehearsal_id, somebody_else, {"met": ["x"]})
            with pytest.raises(ScenarioNotFoundError):
                service.rehearsals.delete(kept.rehearsal_id, somebody_else)
        service.rehearsals.accept(kept.rehearsal_id, OWNER, {"met": ["greeting"]})
        deleted = service.rehearsals.delete(kept.rehearsal_id, OWNER)
        assert service.rehearsals.examples(OWNER) == []
        service.rehearsals.put_back(OWNER, deleted)
        (back,) = service.rehearsals.examples(OWNER, name)
        assert (back.name, back.transcript, back.expected) == ("One", SAID, {"met": ["greeting"]})


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "a\x00b"])
def test_an_example_needs_a_name_that_can_be_shown(sqlite_engine: sa.Engine, name: str) -> None:
    with builder(sqlite_engine) as service:
        subject = own(service)
        with pytest.raises(InvalidScenarioError, match="1 to 100 characters"):
            service.rehearsals.keep(OWNER, subject, name, SAID, MET)


def test_a_scenario_has_only_so_many_examples_and_those_that_are_there_can_be_replaced(
    sqlite_engine: sa.Engine,
) -> None:
    with builder(sqlite_engine) as service:
        subject = own(service)
        for number in range(MOST_EXAMPLES):
            service.rehearsals.keep(OWNER, subject, f"Example {number}", SAID, MET)
        with pytest.raises(InvalidScenarioError, match="at most 200 examples"):
            service.rehearsals.keep(OWNER, subject, "One more", SAID, MET)
        service.rehearsals.keep(OWNER, subject, "Example 0", MORE, MET)


def test_what_was_rehearsed_with_a_draft_becomes_that_of_the_scenario(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft = service.drafts.open(OWNER, scenario_document())
        subject = DRAFT + draft.draft_id
        service.rehearsals.go_on(OWNER, subject, SAID, expected_version=0)
        service.rehearsals.keep(OWNER, subject, "One", SAID, MET)
        with pytest.raises(ScenarioNotFoundError):
            service.rehearsals.current(STRANGER, subject)
        made = service.drafts.publish(draft.draft_id, OWNER, expected_version=draft.version)
        assert [each.name for each in service.rehearsals.examples(OWNER, made.scenario_id)] == ["One"]
        assert service.rehearsals.current(OWNER, made.scenario_id) is not None


def test_rehearsals_of_a_change_do_not_replace_those_of_the_scenario(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        service.rehearsals.keep(OWNER, name, "One", SAID, MET)
        draft = service.drafts.edit(name, OWNER)
        for example in ("One", "Two"):
            service.rehearsals.keep(OWNER, DRAFT + draft.draft_id, example, MORE, MET)
        service.drafts.publish(draft.draft_id, OWNER, expected_version=draft.version)
        kept = {each.name: each.transcript for each in service.rehearsals.examples(OWNER, name)}
        assert kept == {"One": SAID, "One (2)": MORE, "Two": MORE}


def test_of_two_rehearsals_that_go_on_the_later_one_stays_when_a_change_is_saved(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        service.rehearsals.go_on(OWNER, name, SAID, expected_version=0)
        draft = service.drafts.edit(name, OWNER)
        service.rehearsals.go_on(OWNER, DRAFT + draft.draft_id, MORE, expected_version=0)
        service.drafts.publish(draft.draft_id, OWNER, expected_version=draft.version)
        stored = service.rehearsals.current(OWNER, name)
        assert stored is not None
        assert stored.transcript == MORE


def test_an_example_that_is_put_back_replaces_none_that_has_its_name_by_now(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = own(service)
        deleted = service.rehearsals.delete(service.rehearsals.keep(OWNER, name, "One", SAID, MET).rehearsal_id, OWNER)
        service.rehearsals.keep(OWNER, name, "One", MORE, MET)
        assert service.rehearsals.put_back(OWNER, deleted).name == "One (2)"
        assert len(service.rehearsals.examples(OWNER, name)) == 2


@pytest.mark.parametrize("role", list(Role))
def test_every_role_rehearses_production_and_authors_keep_it(sqlite_engine: sa.Engine, role: Role) -> None:
    production = {"dinner_for_two": scenario()}.get
    with builder(sqlite_engine, directory=Everyone(role), production=production) as service:
        service.rehearsals.go_on(OWNER, "dinner_for_two", SAID, expected_version=0)
        if role in {Role.VIEWER, Role.ANALYST}:
            with pytest.raises(PermissionDeniedError):
                service.rehearsals.keep(OWNER, "dinner_for_two", "One", SAID, MET)
        else:
            service.rehearsals.keep(OWNER, "dinner_for_two", "One", SAID, MET)
