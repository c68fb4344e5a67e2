"""Rows of other programs: whatever they hold, they hide nothing else, give nothing away, and lose nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.catalogue import Catalogue
from scenario_core.custom import schema
from scenario_core.custom.directory import LocalDirectory, add_person
from scenario_core.custom.engine import create_engine
from scenario_core.custom.tables import DRAFTS, ENTRIES, FACETS, PHASES, RECORDS, SCENARIOS
from scenario_core.errors import ScenarioNotFoundError, StaleVersionError
from scenario_core.people import Role
from scenario_core.production import ScenarioManager
from tests.factories import (
    ADMIN,
    OWNER,
    STRANGER,
    builder,
    catalogue_document,
    scenario,
    scenario_document,
    write_production,
)

DIRTY: dict[str, dict[str, Any]] = {
    "a time before all times": {"updated_at": "0001-01-01T00:00:00+02:00"},
    "a time after all times": {"created_at": "9999-12-31T23:59:59-05:00"},
    "no id": {"scenario_id": ""},
    "an id of bytes": {"scenario_id": b"\xff\x00"},
    "deep lists": {"prerequisites": "[" * 100_000 + "]" * 100_000},
}


def stored(engine: sa.Engine, **values: Any) -> int:
    row = {
        "scenario_id": "my_dinner", "title": "Dinner", "category": "restaurant", "difficulty": "beginner",
        "created_by": OWNER, "is_public": 0, "is_system_scenario": 0, **values,
    }  # fmt: skip
    names = ", ".join(row)
    statement = f"INSERT INTO scenarios ({names}) VALUES ({', '.join(':' + name for name in row)})"  # noqa: S608 - the names are the test's own
    with engine.begin() as connection:
        connection.execute(sa.text(statement), row)
        number: int = connection.execute(sa.text("SELECT max(id) FROM scenarios")).scalar_one()
        return number


@pytest.fixture
def catalogue(sqlite_engine: sa.Engine, tmp_path: Path) -> Catalogue:
    manager = ScenarioManager(write_production(tmp_path / "scenarios.json", catalogue_document("hotel_a", "hotel_b")))
    manager.initialize()
    return Catalogue(manager, sqlite_engine, LocalDirectory(ADMIN))


@pytest.mark.parametrize("values", DIRTY.values(), ids=DIRTY)
def test_a_row_that_nobody_can_read_hides_no_other(
    sqlite_engine: sa.Engine, catalogue: Catalogue, values: dict[str, Any]
) -> None:
    stored(sqlite_engine, scenario_id="before_it", is_public=1)
    stored(sqlite_engine, **values)
    stored(sqlite_engine, scenario_id="behind_it", is_public=1)
    page = catalogue.page(STRANGER)
    assert {"before_it", "behind_it", "hotel_a", "hotel_b"} <= {entry.scenario_id for entry in page.entries}
    assert page.problems == ()
    schema.upgrade(sqlite_engine)


@pytest.mark.parametrize("text", ["false", "False", "f", "no", "0", "off", "x", ""])
def test_only_a_plain_yes_makes_a_scenario_public(sqlite_engine: sa.Engine, catalogue: Catalogue, text: str) -> None:
    stored(sqlite_engine, is_public=text)
    assert "my_dinner" not in {entry.scenario_id for entry in catalogue.page(STRANGER).entries}
    with pytest.raises(ScenarioNotFoundError):
        catalogue.resolve(STRANGER, "my_dinner")


@pytest.mark.parametrize("text", ["true", "1", "t", 1])
def test_a_plain_yes_in_any_form_is_public(sqlite_engine: sa.Engine, catalogue: Catalogue, text: object) -> None:
    stored(sqlite_engine, is_public=text)
    assert catalogue.resolve(STRANGER, "my_dinner").entry.is_public


@pytest.mark.parametrize("owner", [-1, -2])
def test_rows_of_negative_owners_count_for_nobody_else(
    sqlite_engine: sa.Engine, catalogue: Catalogue, owner: int
) -> None:
    stored(sqlite_engine, created_by=owner)
    assert catalogue.facets(STRANGER).total == len(catalogue.page(STRANGER).entries) == 2


def test_other_peoples_private_work_does_not_change_the_counts_of_a_search(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scenario_core.custom.entry_queries.MANY_HITS", 4)
    manager = ScenarioManager(write_production(tmp_path / "scenarios.json", catalogue_document("hotel_a")))
    manager.initialize()
    with builder(engine) as service:
        service.import_scenarios(OWNER, [scenario_document(name=f"Zebra {n}") for n in range(3)])
        service.import_scenarios(STRANGER, [scenario_document(name=f"Zebra {n}") for n in range(9)])
    from scenario_core.listing import CatalogueFilter  # noqa: PLC0415

    facets = Catalogue(manager, engine, LocalDirectory(ADMIN)).facets(OWNER, CatalogueFilter(text="zebra"))
    assert (facets.total, facets.exact) == (3, True)


def test_a_new_person_never_gets_a_number_that_something_belongs_to(sqlite_engine: sa.Engine) -> None:
    stored(sqlite_engine, created_by=41)
    local = LocalDirectory(ADMIN, sqlite_engine)
    assert add_person(sqlite_engine, local.person(ADMIN), "Anna", {Role.AUTHOR}).user_id == 42


def test_undoing_a_merge_takes_its_base_back_too(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, scenario_document())
        draft = service.drafts.edit(made.scenario_id, OWNER)
        theirs = {**draft.document, "setting": "Theirs, saved meanwhile"}
        service.update_scenario(made.scenario_id, OWNER, theirs, expected_version=1)
        draft = service.drafts.rebase(draft.draft_id, OWNER, theirs, base_version=2, expected_version=draft.version)
        draft = service.drafts.undo(draft.draft_id, OWNER, expected_version=draft.version)
        assert draft.base_version == 1
        with pytest.raises(StaleVersionError):
            service.drafts.publish(draft.draft_id, OWNER, expected_version=draft.version)


def test_a_renamed_row_keeps_its_version_and_can_be_saved(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, scenario_document())
        with engine.begin() as connection:
            row = SCENARIOS.c.scenario_id == made.scenario_id
            connection.execute(sa.update(SCENARIOS).where(row).values(scenario_id="renamed_by_the_app"))
        for name in ("Once", "Twice"):
            now = service.get_scenario("renamed_by_the_app", OWNER)
            document = scenario_document(name=name)
            service.update_scenario("renamed_by_the_app", OWNER, document, expected_version=now.version)
        assert service.get_scenario("renamed_by_the_app", OWNER).scenario.name == "Twice"


def test_mending_the_triggers_lists_what_was_written_without_them(sqlite_engine: sa.Engine) -> None:
    with sqlite_engine.begin() as connection:
        names = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in names:
            connection.execute(sa.text(f"DROP TRIGGER {name}"))
    stored(sqlite_engine, is_public=1)
    schema.upgrade(sqlite_engine)
    with sqlite_engine.connect() as connection:
        assert connection.execute(sa.select(ENTRIES.c.scenario_id)).scalars().all() == ["my_dinner"]
        assert connection.execute(sa.select(RECORDS.c.version)).scalars().all() == [1]
        assert connection.execute(sa.select(sa.func.sum(FACETS.c.number))).scalar() == 2


def test_an_id_of_both_stores_leads_everyone_to_production_and_its_owner_to_the_row(sqlite_engine: sa.Engine) -> None:
    stored(sqlite_engine, scenario_id="hotel_a", title="Adopted")
    production = {"hotel_a": scenario("hotel_a", name="Production")}.get
    with builder(sqlite_engine, production=production) as service:
        assert service.duplicate_scenario("hotel_a", STRANGER).scenario.name == "Production"
        assert service.duplicate_scenario("hotel_a", OWNER).scenario.name == "Production"
        assert [item.reason[:10] for item in service.batch.apply(STRANGER, "delete", ["hotel_a"]).skipped] == [
            "production"
        ]
        assert [item.title for item in service.batch.apply(OWNER, "delete", ["hotel_a"]).done] == ["Adopted"]


def test_items_that_are_no_text_are_kept_as_json(sqlite_engine: sa.Engine) -> None:
    number = stored(sqlite_engine)
    words = json.dumps([{"word": "hola", "translation": "hi"}])
    with sqlite_engine.begin() as connection:
        statement = "INSERT INTO scenario_phases (scenario_id, phase_number, phase_id, name, key_vocabulary) "
        statement += "VALUES (:number, 1, 'a', 'A', :words)"
        connection.execute(sa.text(statement), {"number": number, "words": words})
    with builder(sqlite_engine) as service:
        vocabulary = service.get_scenario("my_dinner", OWNER).scenario.phases[0].key_vocabulary
    assert json.loads(vocabulary[0]) == {"word": "hola", "translation": "hi"}


def test_saving_keeps_the_rows_of_the_phases_that_stay(engine: sa.Engine) -> None:
    with builder(engine) as service:
        made = service.create_scenario(OWNER, scenario_document())

        def rows() -> list[int]:
            with engine.connect() as connection:
                return list(connection.scalars(sa.select(PHASES.c.id).order_by(PHASES.c.phase_number)))

        before = rows()
        document = {**made.scenario.model_dump(mode="json"), "name": "Another title"}
        service.update_scenario(made.scenario_id, OWNER, document, expected_version=1)
        assert rows() == before


def test_a_copy_id_is_used_once_and_only_in_its_proper_form(engine: sa.Engine) -> None:
    with builder(engine) as service:
        source = service.create_scenario(OWNER, scenario_document()).scenario_id
        wanted = "custom_travel_1_deadbeef"
        made = service.duplicate_scenario(source, OWNER, copy_id=wanted)
        service.delete_scenario(made.scenario_id, OWNER, expected_version=made.version)
        assert service.duplicate_scenario(source, OWNER, copy_id=wanted).scenario_id != wanted
        assert service.duplicate_scenario(source, OWNER, copy_id="hotel_check_in").scenario_id.startswith("custom_")
        assert [each.scenario_id for each in service.list_deleted(OWNER)] == [wanted]


def test_drafts_of_an_older_version_can_be_undone_to_what_they_were(tmp_path: Path) -> None:
    from alembic import command  # noqa: PLC0415 - only this test walks the versions

    from scenario_core.custom.engine import make_sqlite_file  # noqa: PLC0415
    from scenario_core.custom.schema import _config  # noqa: PLC0415

    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    make_sqlite_file(engine)
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        values = "'d', 7, 1, '{\"name\": \"Old\"}', '2026-01-01', '2026-01-01'"
        columns = "draft_id, owner_id, version, document, created_at, updated_at"
        connection.execute(sa.text(f"INSERT INTO scenario_desk_draft ({columns}) VALUES ({values})"))  # noqa: S608
    schema.upgrade(engine)
    with builder(engine) as service:
        draft = service.drafts.save("d", 7, {"name": "New"}, expected_version=1)
        assert service.drafts.undo("d", 7, expected_version=draft.version).document == {"name": "Old"}
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(DRAFTS)).scalar() == 1
    engine.dispose()
