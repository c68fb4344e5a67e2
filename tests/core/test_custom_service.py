"""What authors do with custom scenarios, on both engines."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core import mirror
from scenario_core.custom import Origin
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import (
    InvalidScenarioError,
    PermissionDeniedError,
    ProtectedScenarioError,
    ScenarioNotFoundError,
    StaleVersionError,
)
from scenario_core.mirror import Production
from scenario_core.people import Person, Role
from scenario_core.scenario import Store, is_custom_id
from tests.factories import OWNER, STRANGER, builder, phase_document, scenario, scenario_document


class Viewers:
    """Everyone may only look."""

    def person(self, user_id: int) -> Person:
        return Person(user_id, frozenset({Role.VIEWER}))

    def people(self) -> list[Person]:
        return []


def new_document(**fields: Any) -> dict[str, Any]:
    document = scenario_document(**{"language": "en", **fields})
    del document["scenario_id"]
    return document


def operations(engine: sa.Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(AUDIT.c.operation, AUDIT.c.scenario_id).order_by(AUDIT.c.id))
        return [(row.operation, row.scenario_id) for row in rows]


def test_a_new_scenario_is_private_and_its_owners(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, new_document())
        assert is_custom_id(made.scenario_id)
        assert made.scenario_id.startswith("custom_restaurant_")
        assert (made.owner_id, made.is_public, made.version) == (OWNER, False, 1)
        assert service.get_scenario(made.scenario_id, OWNER) == made
        with pytest.raises(ScenarioNotFoundError):
            service.get_scenario(made.scenario_id, STRANGER)


def test_everything_that_was_written_is_read_back(engine: sa.Engine) -> None:
    document = new_document(
        name="Café ☕ 予約",
        cultural_context={"a": [1, 2.5, None, {"b": True}]},
        house_style={"colour": "red", "big": 12345678901234567890123},
        phases=[phase_document("one", mood="calm"), phase_document("two", cultural_notes="A note.")],
        is_active=False,
    )
    with builder(engine) as service:
        made = service.create_scenario(OWNER, document)
        found = service.get_scenario(made.scenario_id, OWNER).scenario
    assert found.model_dump(mode="json", exclude={"scenario_id", "created_at", "updated_at"}) == {
        key: value for key, value in document.items() if key not in {"created_at", "updated_at"}
    }


def test_every_fault_is_reported_at_once_each_with_its_field(engine: sa.Engine) -> None:
    document = new_document(
        name="ab",
        description="x" * 501,
        category="cooking",
        difficulty="native",
        duration_minutes=61,
        language="english",
        phases=[
            phase_document(
                "p", name="x", description="short", expected_duration_minutes=31, key_vocabulary=["a", "b"],
                essential_phrases=["a", "b", " "], learning_objectives=[], success_criteria=[],
            )
        ],
    )  # fmt: skip
    with builder(engine) as service, pytest.raises(InvalidScenarioError) as caught:
        service.create_scenario(OWNER, document)
    assert {fault.pointer for fault in caught.value.faults} == {
        "/name", "/description", "/category", "/difficulty", "/duration_minutes", "/language", "/phases",
        "/phases/0/name", "/phases/0/description", "/phases/0/expected_duration_minutes", "/phases/0/key_vocabulary",
        "/phases/0/essential_phrases/2", "/phases/0/learning_objectives",
        "/phases/0/success_criteria",
    }  # fmt: skip
    assert operations(engine) == []


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("name", ["abc", "x" * 255], ["ab", "x" * 256, "   ", None, 3]),
        ("description", ["", "x" * 500], ["x" * 501]),
        ("difficulty", ["beginner", "intermediate", "advanced"], ["native", "hard", None]),
        ("duration_minutes", [5, 60], [4, 61, "10", 10.5, None]),
        ("language", ["en", "pt-BR", "zh-Hant-TW"], ["", "english", "x", "ca-ES-valencia", 7]),
        (
            "phases",
            [[phase_document(str(n)) for n in range(6)]],
            [[phase_document()], None, "x", [phase_document()] * 7],
        ),
    ],
)
def test_the_authoring_limits_hold_at_their_edges(
    sqlite_engine: sa.Engine, field: str, good: list[Any], bad: list[Any]
) -> None:
    with builder(sqlite_engine) as service:
        for value in good:
            service.create_scenario(OWNER, new_document(**{field: value}))
        for value in bad:
            with pytest.raises(InvalidScenarioError):
                service.create_scenario(OWNER, new_document(**{field: value}))


def test_a_save_keeps_the_former_version_and_is_refused_when_stale(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, new_document())
        saved = service.update_scenario(made.scenario_id, OWNER, new_document(name="Second"), expected_version=1)
        assert (saved.version, saved.scenario.name) == (2, "Second")
        assert saved.scenario.created_at == made.scenario.created_at
        with pytest.raises(StaleVersionError, match="version 2; this change was based on version 1"):
            service.update_scenario(made.scenario_id, OWNER, new_document(name="Third"), expected_version=1)
        assert service.get_scenario(made.scenario_id, OWNER) == saved
        assert [(each.version, each.document["name"]) for each in service.revisions.list(made.scenario_id, OWNER)] == [
            (1, "Dinner for Two")
        ]


def test_saving_no_change_makes_no_version(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, new_document())
        again = service.update_scenario(made.scenario_id, OWNER, new_document(), expected_version=1)
        assert again == made
        assert service.revisions.list(made.scenario_id, OWNER) == []


def test_looking_at_a_scenario_changes_nothing(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, new_document())
        for _ in range(3):
            assert service.get_scenario(made.scenario_id, OWNER) == made
        service.list_own(OWNER)
        service.search_scenarios(OWNER, "dinner")
        assert service.get_scenario(made.scenario_id, OWNER) == made


def test_a_change_by_another_program_moves_the_version_too(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, new_document())
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE scenario_phases SET name = 'From outside' WHERE phase_number = 2")
    with builder(engine) as service:
        with pytest.raises(StaleVersionError):
            service.update_scenario(made.scenario_id, OWNER, new_document(name="Mine"), expected_version=1)
        assert service.get_scenario(made.scenario_id, OWNER).scenario.phases[1].name == "From outside"


def test_a_former_version_can_be_restored_and_the_restored_over_one_again(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, new_document())
        service.update_scenario(made.scenario_id, OWNER, new_document(name="Second"), expected_version=1)
        restored = service.revisions.restore(made.scenario_id, OWNER, 1, expected_version=2)
        assert (restored.version, restored.scenario.name) == (3, "Dinner for Two")
        assert [each.version for each in service.revisions.list(made.scenario_id, OWNER)] == [2, 1]
        with pytest.raises(ScenarioNotFoundError, match="no former version 9"):
            service.revisions.get(made.scenario_id, OWNER, 9)


def test_a_copy_is_private_with_new_ids_and_leaves_its_source_alone(engine: sa.Engine) -> None:
    with builder(engine) as service:
        source = service.create_scenario(OWNER, new_document())
        service.set_visibility(source.scenario_id, OWNER, is_public=True, expected_version=1)
        source = service.get_scenario(source.scenario_id, OWNER)
        copy = service.duplicate_scenario(source.scenario_id, STRANGER, "My own")
        assert (copy.owner_id, copy.is_public, copy.scenario.name) == (STRANGER, False, "My own")
        assert copy.origin == Origin(Store.CUSTOM, source.scenario_id, "Dinner for Two")
        source_phases = {phase.phase_id for phase in source.scenario.phases}
        assert source_phases.isdisjoint(phase.phase_id for phase in copy.scenario.phases)
        edited = new_document(name="Edited", phases=[phase_document("x"), phase_document("y")])
        service.update_scenario(copy.scenario_id, STRANGER, edited, expected_version=1)
        assert service.get_scenario(source.scenario_id, OWNER) == source


def test_a_production_scenario_is_copied_from_where_it_is_read(engine: sa.Engine) -> None:
    original = scenario("in_production", difficulty="native", ai_role="x" * 80, oddity=[1])
    with builder(engine, production={"in_production": original}.get) as service:
        copy = service.duplicate_scenario("in_production", OWNER, None)
        found = service.get_scenario(copy.scenario_id, OWNER)
        assert found == copy
        assert (found.scenario.name, found.scenario.ai_role) == (original.name, "x" * 80)
        assert found.origin == Origin(Store.PRODUCTION, "in_production", original.name)
        with pytest.raises(ScenarioNotFoundError):
            service.duplicate_scenario("unknown", OWNER, None)
        with pytest.raises(InvalidScenarioError, match="/name"):
            service.duplicate_scenario("in_production", OWNER, "  ")


def test_a_shared_scenario_can_be_read_by_others_until_it_is_taken_back(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, new_document())
        shared = service.set_visibility(made.scenario_id, OWNER, is_public=True, expected_version=1)
        assert service.get_scenario(made.scenario_id, STRANGER).is_public
        with pytest.raises(PermissionDeniedError, match="may not update"):
            service.update_scenario(made.scenario_id, STRANGER, new_document(), expected_version=shared.version)
        assert not service.can_edit_scenario(STRANGER, made.scenario_id)
        assert service.can_edit_scenario(OWNER, made.scenario_id)
        service.set_visibility(made.scenario_id, OWNER, is_public=False, expected_version=shared.version)
        with pytest.raises(ScenarioNotFoundError):
            service.get_scenario(made.scenario_id, STRANGER)


def test_a_deleted_scenario_is_gone_for_all_and_comes_back_private_as_it_was(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, new_document(oddity="kept"))
        shared = service.set_visibility(made.scenario_id, OWNER, is_public=True, expected_version=1)
        service.delete_scenario(made.scenario_id, OWNER, expected_version=shared.version)
        for person in (OWNER, STRANGER):
            with pytest.raises(ScenarioNotFoundError):
                service.get_scenario(made.scenario_id, person)
            assert service.search_scenarios(person, "dinner") == []
        assert [each.title for each in service.list_deleted(OWNER)] == ["Dinner for Two"]
        assert service.list_deleted(STRANGER) == []
        with pytest.raises(ScenarioNotFoundError):
            service.restore_deleted(made.scenario_id, STRANGER)
        back = service.restore_deleted(made.scenario_id, OWNER)
        assert not back.is_public
        assert back.version > shared.version
        assert back.scenario.phases == made.scenario.phases
        assert back.scenario.model_extra == {"oddity": "kept"}
        assert service.list_deleted(OWNER) == []
        with pytest.raises(ScenarioNotFoundError):
            service.restore_deleted(made.scenario_id, OWNER)


def test_an_import_stores_all_or_nothing_and_names_every_fault(engine: sa.Engine) -> None:
    good, bad = new_document(), new_document(name="x", duration_minutes=1)
    with builder(engine) as service:
        with pytest.raises(InvalidScenarioError) as caught:
            service.import_scenarios(OWNER, [good, bad, bad])
        assert [fault.pointer for fault in caught.value.faults] == [
            "/1/name", "/1/duration_minutes", "/2/name", "/2/duration_minutes",
        ]  # fmt: skip
        assert service.list_own(OWNER) == []
        assert service.import_scenarios(OWNER, [good, good], dry_run=True) == []
        assert service.list_own(OWNER) == []
        ids = service.import_scenarios(OWNER, [good, good])
        assert {entry.scenario_id for entry in service.list_own(OWNER)} == set(ids)
        assert {service.get_scenario(name, OWNER).version for name in ids} == {1}


def test_each_change_stands_in_the_audit_log(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = service.create_scenario(OWNER, new_document()).scenario_id
        service.update_scenario(name, OWNER, new_document(name="Second"), expected_version=1)
        service.set_visibility(name, OWNER, is_public=True, expected_version=2)
        service.set_visibility(name, OWNER, is_public=False, expected_version=3)
        service.delete_scenario(name, OWNER, expected_version=4)
        service.restore_deleted(name, OWNER)
        copy = service.duplicate_scenario(name, OWNER).scenario_id
    wanted = ["create", "update", "share", "unshare", "delete", "restore"]
    assert operations(engine) == [*((operation, name) for operation in wanted), ("duplicate", copy)]


def test_a_failed_change_leaves_no_trace(engine: sa.Engine) -> None:
    with builder(engine) as service:
        name = service.create_scenario(OWNER, new_document()).scenario_id
        before = operations(engine)
        with pytest.raises(StaleVersionError):
            service.delete_scenario(name, OWNER, expected_version=9)
        with pytest.raises(InvalidScenarioError):
            service.update_scenario(name, OWNER, {}, expected_version=1)
    assert operations(engine) == before


def test_a_viewer_may_make_nothing(engine: sa.Engine) -> None:
    with (
        builder(engine, directory=Viewers()) as service,
        pytest.raises(PermissionDeniedError, match="needs one of the roles"),
    ):
        service.create_scenario(OWNER, new_document())


def test_a_draft_is_kept_as_typed_and_seen_by_its_owner_only(engine: sa.Engine) -> None:
    with builder(engine) as service:
        draft = service.drafts.open(OWNER, {"name": ""})
        saved = service.drafts.save(draft.draft_id, OWNER, {"name": "half a ti", "phases": [{}]}, expected_version=1)
    with builder(engine) as service:
        assert service.drafts.get(draft.draft_id, OWNER) == saved
        assert [each.draft_id for each in service.drafts.list(OWNER)] == [draft.draft_id]
        assert service.drafts.list(STRANGER) == []
        with pytest.raises(StaleVersionError):
            service.drafts.save(draft.draft_id, OWNER, {"name": "other tab"}, expected_version=1)
        for call in (service.drafts.get, service.drafts.discard):
            with pytest.raises(ScenarioNotFoundError):
                call(draft.draft_id, STRANGER)
        service.drafts.discard(draft.draft_id, OWNER)
        assert service.drafts.list(OWNER) == []


def test_editing_opens_one_draft_that_remembers_its_base(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, new_document())
        draft = service.drafts.edit(made.scenario_id, OWNER)
        assert (draft.scenario_id, draft.base_version) == (made.scenario_id, 1)
        assert draft.document["name"] == "Dinner for Two"
        assert service.drafts.edit(made.scenario_id, OWNER) == draft
        with pytest.raises(ScenarioNotFoundError):
            service.drafts.edit(made.scenario_id, STRANGER)


def test_the_service_refuses_to_touch_a_system_row(engine: sa.Engine) -> None:
    production = Production({"sys": scenario("sys", name="System")}, "0" * 64)
    mirror.apply(engine, production, actor_id=1)
    with builder(engine) as service:
        for call in (
            lambda: service.update_scenario("sys", 0, new_document(), expected_version=1),
            lambda: service.delete_scenario("sys", 0, expected_version=1),
            lambda: service.set_visibility("sys", 0, is_public=False, expected_version=1),
            lambda: service.drafts.edit("sys", 0),
            lambda: service.revisions.restore("sys", 0, 1, expected_version=1),
        ):
            with pytest.raises(ProtectedScenarioError, match="production scenario"):
                call()
        assert not service.can_edit_scenario(0, "sys")
        assert service.list_own(0) == []
        assert service.duplicate_scenario("sys", OWNER).origin == Origin(Store.PRODUCTION, "sys", "System")
