"""Drafts: step by step, back and forth, and published once."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.custom.drafts import STEPS_KEPT, Draft
from scenario_core.custom.service import ScenarioBuilderService
from scenario_core.custom.tables import DRAFT_STEPS
from scenario_core.errors import InvalidScenarioError, ScenarioNotFoundError, StaleVersionError
from tests.factories import OWNER, builder, scenario_document


def typed(service: ScenarioBuilderService, draft: Draft, *names: str) -> Draft:
    for name in names:
        document = {**draft.document, "name": name}
        draft = service.drafts.save(draft.draft_id, OWNER, document, expected_version=draft.version)
    return draft


def steps(engine: sa.Engine, draft_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(DRAFT_STEPS).where(DRAFT_STEPS.c.draft_id == draft_id)
    with engine.connect() as connection:
        return connection.execute(query).scalar_one()


def test_undo_goes_back_step_by_step_and_redo_forward_again(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft = typed(service, service.drafts.open(OWNER, {"name": ""}), "a", "ab", "abc")
        seen = [draft.document["name"]]
        for walk in [service.drafts.undo] * 4 + [service.drafts.redo] * 4:
            draft = walk(draft.draft_id, OWNER, expected_version=draft.version)
            seen.append(draft.document["name"])
        assert seen == ["abc", "ab", "a", "", "", "a", "ab", "abc", "abc"]


def test_history_says_where_undo_and_redo_can_go(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft = service.drafts.open(OWNER, {"name": ""})
        fresh = service.drafts.history(draft)
        draft = typed(service, draft, "a")
        after = service.drafts.history(draft)
        undone = service.drafts.history(service.drafts.undo(draft.draft_id, OWNER, expected_version=draft.version))
    assert [(each.can_undo, each.can_redo) for each in (fresh, after, undone)] == [
        (False, False),
        (True, False),
        (False, True),
    ]


def test_typing_after_an_undo_forgets_what_was_undone(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft = typed(service, service.drafts.open(OWNER, {"name": ""}), "a", "ab")
        draft = service.drafts.undo(draft.draft_id, OWNER, expected_version=draft.version)
        draft = typed(service, draft, "ax")
        assert service.drafts.redo(draft.draft_id, OWNER, expected_version=draft.version) == draft
        back = service.drafts.undo(draft.draft_id, OWNER, expected_version=draft.version)
        assert back.document["name"] == "a"


def test_only_the_latest_steps_are_kept(sqlite_engine: sa.Engine) -> None:
    with builder(sqlite_engine) as service:
        draft = typed(service, service.drafts.open(OWNER, {}), *(str(number) for number in range(STEPS_KEPT + 20)))
        assert steps(sqlite_engine, draft.draft_id) == STEPS_KEPT
        assert service.drafts.history(draft).can_undo


def test_saving_what_is_already_there_is_no_step(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft = typed(service, service.drafts.open(OWNER, {"name": ""}), "a")
        assert typed(service, draft, "a") == draft


@pytest.mark.parametrize("walk", ["undo", "redo", "publish"])
def test_a_tab_that_is_behind_changes_nothing(engine: sa.Engine, walk: str) -> None:
    with builder(engine) as service:
        draft = typed(service, service.drafts.open(OWNER, {"name": ""}), "a")
        with pytest.raises(StaleVersionError):
            getattr(service.drafts, walk)(draft.draft_id, OWNER, expected_version=draft.version - 1)
        assert service.drafts.get(draft.draft_id, OWNER) == draft


def test_publishing_a_new_draft_makes_one_private_scenario(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft = service.drafts.open(OWNER, scenario_document(name="Brand New"))
        made = service.drafts.publish(draft.draft_id, OWNER, expected_version=1)
        assert (made.scenario.name, made.owner_id, made.is_public, made.version) == ("Brand New", OWNER, False, 1)
        assert service.get_scenario(made.scenario_id, OWNER) == made
        with pytest.raises(ScenarioNotFoundError):
            service.drafts.publish(draft.draft_id, OWNER, expected_version=1)
        assert steps(engine, draft.draft_id) == 0


def test_publishing_a_change_makes_the_next_version_and_keeps_the_former(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, scenario_document(name="Before"))
        draft = typed(service, service.drafts.edit(made.scenario_id, OWNER), "After")
        changed = service.drafts.publish(draft.draft_id, OWNER, expected_version=draft.version)
        assert (changed.scenario.name, changed.version) == ("After", 2)
        assert service.revisions.get(made.scenario_id, OWNER, 1).document["name"] == "Before"
        assert service.drafts.list(OWNER) == []


def test_a_draft_with_faults_is_refused_whole_and_stays(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft = service.drafts.open(OWNER, {"name": "ab", "phases": []})
        with pytest.raises(InvalidScenarioError) as caught:
            service.drafts.publish(draft.draft_id, OWNER, expected_version=1)
        assert {"/name", "/phases", "/category"} <= {fault.pointer for fault in caught.value.faults}
        assert service.drafts.get(draft.draft_id, OWNER) == draft


def moved(service: ScenarioBuilderService) -> tuple[Draft, dict[str, Any]]:
    made = service.create_scenario(OWNER, scenario_document(name="Base"))
    draft = typed(service, service.drafts.edit(made.scenario_id, OWNER), "Mine")
    theirs = {**made.scenario.model_dump(mode="json"), "setting": "Elsewhere entirely"}
    service.update_scenario(made.scenario_id, OWNER, theirs, expected_version=1)
    return draft, theirs


def test_a_draft_whose_base_moved_is_never_applied_silently(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft, _theirs = moved(service)
        with pytest.raises(StaleVersionError):
            service.drafts.publish(draft.draft_id, OWNER, expected_version=draft.version)
        assert draft.scenario_id is not None
        assert service.get_scenario(draft.scenario_id, OWNER).scenario.name == "Base"
        assert service.drafts.get(draft.draft_id, OWNER) == draft


def test_a_rebased_draft_is_published_on_top_of_the_newer_version(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft, theirs = moved(service)
        merged = {**theirs, "name": "Mine"}
        draft = service.drafts.rebase(draft.draft_id, OWNER, merged, base_version=2, expected_version=draft.version)
        changed = service.drafts.publish(draft.draft_id, OWNER, expected_version=draft.version)
        assert (changed.scenario.name, changed.scenario.setting, changed.version) == ("Mine", "Elsewhere entirely", 3)


def test_a_draft_whose_scenario_is_gone_can_become_a_new_one(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, scenario_document(name="Before"))
        draft = typed(service, service.drafts.edit(made.scenario_id, OWNER), "After")
        service.delete_scenario(made.scenario_id, OWNER, expected_version=1)
        with pytest.raises(ScenarioNotFoundError):
            service.drafts.publish(draft.draft_id, OWNER, expected_version=draft.version)
        draft = service.drafts.detach(draft.draft_id, OWNER, expected_version=draft.version)
        again = service.drafts.publish(draft.draft_id, OWNER, expected_version=draft.version)
        assert (again.scenario.name, again.version) == ("After", 1)
        assert again.scenario_id != made.scenario_id


def test_duplicating_twice_under_one_copy_id_makes_one_copy(engine: sa.Engine) -> None:
    with builder(engine) as service:
        source = service.create_scenario(OWNER, scenario_document())
        first = service.duplicate_scenario(source.scenario_id, OWNER, copy_id="custom_travel_1_deadbeef")
        again = service.duplicate_scenario(source.scenario_id, OWNER, copy_id="custom_travel_1_deadbeef")
        assert again.scenario_id == first.scenario_id == "custom_travel_1_deadbeef"
        assert len(service.list_own(OWNER)) == 2
