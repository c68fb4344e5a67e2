"""Both stores as one catalogue, for each person what that person may read."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core import mirror
from scenario_core.catalogue import Catalogue
from scenario_core.custom import entry_queries
from scenario_core.custom.directory import LocalDirectory
from scenario_core.custom.engine import create_engine
from scenario_core.custom.usage_tables import RUNS
from scenario_core.errors import DatabaseError, InvalidQueryError, ScenarioNotFoundError
from scenario_core.listing import CatalogueEntry, CatalogueFilter, SortKey, sort_value
from scenario_core.mirror import Production
from scenario_core.production import ScenarioManager
from scenario_core.scenario import CATEGORIES, Store
from tests.factories import (
    ADMIN,
    OWNER,
    STRANGER,
    FreshEngine,
    builder,
    phase_document,
    scenario_document,
    write_production,
)

WORDS = ["café", "Brücke", "予約", "garden", "night train", "Zoë", "market", "doctor"]


FILTERS = {
    "categories": CatalogueFilter(categories=frozenset({"travel", "business"})),
    "level and language": CatalogueFilter(difficulties=frozenset({"beginner"}), languages=frozenset({"fr"})),
    "length": CatalogueFilter(lengths=frozenset({"long"})),
    "production": CatalogueFilter(stores=frozenset({"production"})),
    "mine": CatalogueFilter(stores=frozenset({"mine"})),
    "shared": CatalogueFilter(stores=frozenset({"shared"})),
    "production and mine": CatalogueFilter(stores=frozenset({"production", "mine"})),
    "owner": CatalogueFilter(owners=frozenset({STRANGER})),
    "state": CatalogueFilter(states=frozenset({"ready"})),
    "a word": CatalogueFilter(text="cafe"),
    "a word and a level": CatalogueFilter(text="予約", difficulties=frozenset({"advanced"})),
    "two words": CatalogueFilter(text="gard nig"),
    "no match": CatalogueFilter(text="nowhere"),
    "signs only": CatalogueFilter(text="!?"),
}


def documents(count: int, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        scenario_document(
            name=f"{chance.choice(WORDS)} {chance.choice(WORDS)} {number % 5}",
            category=chance.choice(CATEGORIES),
            difficulty=chance.choice(["beginner", "advanced"]),
            language=chance.choice(["en", "fr"]),
            duration_minutes=chance.randint(5, 60),
            phases=[phase_document("a", essential_phrases=[chance.choice(WORDS), "b", "c"]), phase_document("b")],
        )
        for number in range(count)
    ]


def production_in(folder: Path) -> ScenarioManager:
    document = {f"production_{number}": each for number, each in enumerate(documents(12, 1))}
    for name, each in document.items():
        each["scenario_id"] = name
    return ScenarioManager(write_production(folder / "scenarios.json", document))


@pytest.fixture
def production(tmp_path: Path) -> ScenarioManager:
    return production_in(tmp_path)


def fill(engine: sa.Engine, production: ScenarioManager) -> None:
    """20 of the owner (10 shared), 15 of the stranger (5 shared), and the mirror beside them."""
    mirror.apply(engine, Production(production.scenarios, production.revision), actor_id=ADMIN)
    with builder(engine) as service:
        for user_id, count, shared in ((OWNER, 20, 10), (STRANGER, 15, 5)):
            names = service.import_scenarios(user_id, documents(count, user_id))
            for name in names[:shared]:
                service.set_visibility(name, user_id, is_public=True, expected_version=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, fresh_engine: FreshEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[sa.Engine]:
    """A database with all that, once on each engine; not to be written to."""
    folder = tmp_path_factory.mktemp("filled")
    with fresh_engine(request.param, folder) as engine:
        fill(engine, production_in(folder))
        yield engine


@pytest.fixture
def catalogue(filled: sa.Engine, production: ScenarioManager) -> Catalogue:
    """12 production scenarios, and what is in that database; to be read only."""
    return Catalogue(production, filled, LocalDirectory(ADMIN))


@pytest.fixture
def own_catalogue(engine: sa.Engine, production: ScenarioManager) -> Catalogue:
    """The same in a database of this test's own."""
    fill(engine, production)
    return Catalogue(production, engine, LocalDirectory(ADMIN))


def walk(
    catalogue: Catalogue, user_id: int, wanted: CatalogueFilter | None = None, **options: Any
) -> list[CatalogueEntry]:
    found: list[CatalogueEntry] = []
    after = None
    while True:
        page = catalogue.page(user_id, wanted, after=after, **options)
        assert page.problems == ()
        found += page.entries
        after = page.next_cursor
        if after is None:
            return found


def test_everyone_sees_production_shared_and_their_own_and_mirrored_rows_only_once(catalogue: Catalogue) -> None:
    seen = {user_id: catalogue.get_all_available_scenarios(user_id) for user_id in (OWNER, STRANGER, ADMIN)}
    assert {user_id: len(entries) for user_id, entries in seen.items()} == {
        OWNER: 12 + 20 + 5,
        STRANGER: 12 + 15 + 10,
        ADMIN: 27,
    }
    for user_id, entries in seen.items():
        assert len({entry.scenario_id for entry in entries}) == len(entries)
        assert all(entry.store is Store.PRODUCTION or entry.is_public or entry.owner_id == user_id for entry in entries)


@pytest.mark.parametrize("sort", [SortKey.TITLE, SortKey.UPDATED, SortKey.CREATED, SortKey.DURATION])
@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("limit", [1, 7, 50])
def test_paging_shows_everything_once_and_in_order(
    catalogue: Catalogue, sort: SortKey, *, descending: bool, limit: int
) -> None:
    found = walk(catalogue, OWNER, sort=sort, descending=descending, limit=limit)
    assert len({entry.scenario_id for entry in found}) == len(found) == 37
    assert found == sorted(found, key=lambda entry: sort_value(entry, sort), reverse=descending)


@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("order", [(SortKey.TITLE, False), (SortKey.UPDATED, True)], ids=["title", "latest"])
@pytest.mark.parametrize("many_hits", [0, 5_000], ids=["as if hits were many", "few hits"])
def test_a_page_at_a_place_is_that_stretch_of_the_whole_list(
    catalogue: Catalogue,
    wanted: CatalogueFilter,
    order: tuple[SortKey, bool],
    many_hits: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sort, descending = order
    everything = walk(catalogue, OWNER, wanted, sort=sort, descending=descending)
    monkeypatch.setattr(entry_queries, "MANY_HITS", many_hits)
    for skip in (0, 1, 5, 11, 12, 13, 30, 36, 99):
        page = catalogue.page(OWNER, wanted, sort=sort, descending=descending, skip=skip, limit=6)
        assert list(page.entries) == everything[skip : skip + 6]
        assert (page.next_cursor is None) == (skip + 6 >= len(everything))


def test_a_tag_restricts_the_list_to_what_holds_it(own_catalogue: Catalogue, engine: sa.Engine) -> None:
    mine = [entry.scenario_id for entry in walk(own_catalogue, OWNER) if entry.owner_id == OWNER][:3]
    with builder(engine) as service:
        service.batch.apply(OWNER, "tag", mine, words=["warm up"])
    wanted = CatalogueFilter(tags=frozenset({"warm up"}))
    assert {entry.scenario_id for entry in walk(own_catalogue, OWNER, wanted)} == set(mine)
    assert own_catalogue.facets(OWNER, wanted).total == len(mine)
    assert own_catalogue.facets(OWNER).tags == {"warm up": len(mine)}
    readable = {entry.scenario_id for entry in walk(own_catalogue, STRANGER)}
    assert own_catalogue.facets(STRANGER).tags.get("warm up", 0) == len(readable & set(mine))


def test_copies_of_a_scenario_are_those_that_the_reader_may_read(own_catalogue: Catalogue, engine: sa.Engine) -> None:
    source = next(entry.scenario_id for entry in walk(own_catalogue, OWNER) if entry.store is Store.PRODUCTION)
    with builder(engine, production=lambda name: own_catalogue.resolve(OWNER, name).scenario) as service:
        made = service.duplicate_scenario(source, OWNER)
    assert [entry.scenario_id for entry in own_catalogue.copies(OWNER, source).entries] == [made.scenario_id]
    assert own_catalogue.copies(STRANGER, source).entries == ()


@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("many_hits", [0, 5_000], ids=["as if hits were many", "few hits"])
def test_filters_and_counts_agree_with_a_walk_through_everything(
    catalogue: Catalogue, wanted: CatalogueFilter, many_hits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = walk(catalogue, OWNER)
    monkeypatch.setattr(entry_queries, "MANY_HITS", many_hits)
    found = walk(catalogue, OWNER, wanted, limit=3)
    monkeypatch.setattr(entry_queries, "MANY_HITS", 5_000)
    by_text = {entry.scenario_id for entry in walk(catalogue, OWNER, CatalogueFilter(text=wanted.text))}

    def passes(entry: CatalogueEntry) -> bool:
        store = "production" if entry.store is Store.PRODUCTION else "mine" if entry.owner_id == OWNER else "shared"
        return (
            entry.scenario_id in by_text
            and (not wanted.categories or entry.category in wanted.categories)
            and (not wanted.difficulties or entry.difficulty in wanted.difficulties)
            and (not wanted.languages or entry.language in wanted.languages)
            and (not wanted.lengths or entry.length in wanted.lengths)
            and (not wanted.states or entry.state in wanted.states)
            and (not wanted.stores or store in wanted.stores)
            and (not wanted.owners or entry.owner_id in wanted.owners)
        )

    assert found == [entry for entry in everything if passes(entry)]
    facets = catalogue.facets(OWNER, wanted)
    assert (facets.total, facets.exact) == (len(found), True)
    if not wanted.categories:
        assert facets.counts["category"] == Counter(entry.category for entry in found)
    if not wanted.languages:
        assert facets.counts["language"] == Counter(entry.language for entry in found)


def test_a_facet_is_counted_under_every_part_of_the_filter_but_its_own(catalogue: Catalogue) -> None:
    free = catalogue.facets(OWNER, CatalogueFilter(languages=frozenset({"fr"})))
    restricted = catalogue.facets(OWNER, CatalogueFilter(languages=frozenset({"fr"}), categories=frozenset({"travel"})))
    assert restricted.counts["category"] == free.counts["category"]
    assert restricted.total == free.counts["category"].get("travel", 0)


def test_counts_of_very_many_hits_are_marked_as_lower_bounds(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = catalogue.facets(OWNER, CatalogueFilter(text="cafe"))
    monkeypatch.setattr(entry_queries, "MANY_HITS", 3)
    bounded = catalogue.facets(OWNER, CatalogueFilter(text="cafe"))
    assert not bounded.exact
    assert 0 < bounded.total <= exact.total


def test_the_best_match_comes_first(own_catalogue: Catalogue, engine: sa.Engine) -> None:
    with builder(engine) as service:
        for title in ("The Harbour at Dawn", "Harbour", "Harbour Lights"):
            service.create_scenario(OWNER, scenario_document(name=title))
        service.create_scenario(OWNER, scenario_document(name="Elsewhere", setting="in the harbour"))
    found = walk(own_catalogue, OWNER, CatalogueFilter(text="harbour"), sort=SortKey.RELEVANCE, limit=2)
    assert [entry.title for entry in found] == ["Harbour", "Harbour Lights", "The Harbour at Dawn", "Elsewhere"]


def test_what_another_program_writes_is_listed_and_found_at_once(own_catalogue: Catalogue, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE scenarios SET title = 'Quetzal' WHERE id = (SELECT max(id) FROM scenarios)")
        connection.exec_driver_sql(
            "UPDATE scenario_phases SET name = 'Axolotl' WHERE scenario_id = (SELECT max(id) FROM scenarios)"
        )
    for text in ("quetzal", "axolotl"):
        assert [entry.title for entry in walk(own_catalogue, STRANGER, CatalogueFilter(text=text))] == ["Quetzal"]
    before = own_catalogue.facets(STRANGER).total
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM scenarios WHERE title = 'Quetzal'")
    assert walk(own_catalogue, STRANGER, CatalogueFilter(text="quetzal")) == []
    assert own_catalogue.facets(STRANGER).total == before - 1


@pytest.mark.parametrize("cursor", ["x", "!!!", "W10", "WyJ0aXRsZSIsMSwieCJd", "ä"])
def test_a_damaged_cursor_is_refused_in_one_sentence(catalogue: Catalogue, cursor: str) -> None:
    with pytest.raises(InvalidQueryError, match="Start again from the first page"):
        catalogue.page(OWNER, after=cursor)


def test_a_cursor_of_another_order_is_refused(catalogue: Catalogue) -> None:
    cursor = catalogue.page(OWNER, sort=SortKey.UPDATED, limit=1).next_cursor
    with pytest.raises(InvalidQueryError):
        catalogue.page(OWNER, sort=SortKey.TITLE, after=cursor)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_a_size(catalogue: Catalogue, limit: int) -> None:
    with pytest.raises(InvalidQueryError, match="1 to 1000"):
        catalogue.page(OWNER, limit=limit)


def test_an_id_leads_to_the_right_store(catalogue: Catalogue) -> None:
    assert catalogue.resolve(OWNER, "production_0").store is Store.PRODUCTION
    private = next(
        entry
        for entry in catalogue.get_all_available_scenarios(OWNER)
        if entry.store is Store.CUSTOM and not entry.is_public
    )
    found = catalogue.resolve(OWNER, private.scenario_id)
    assert (found.store, found.scenario.name) == (Store.CUSTOM, private.title)
    for unknown in (private.scenario_id, "production_99", "", "custom_travel_1_00000000"):
        with pytest.raises(ScenarioNotFoundError):
            catalogue.resolve(STRANGER, unknown)


def test_a_conversation_has_one_format_and_is_recorded_as_usage(own_catalogue: Catalogue, engine: sa.Engine) -> None:
    shared = next(
        entry
        for entry in own_catalogue.get_all_available_scenarios(ADMIN)
        if entry.is_public and entry.store is Store.CUSTOM
    )
    for name in ("production_0", shared.scenario_id, shared.scenario_id):
        started = own_catalogue.start_conversation(ADMIN, name)
        assert started.run_id
        assert started.phases == own_catalogue.resolve(ADMIN, name).scenario.phases
    with engine.connect() as connection:
        runs = connection.execute(sa.select(RUNS.c.store, RUNS.c.end_reason).order_by(RUNS.c.started_at)).all()
    assert [tuple(run) for run in runs] == [("production", None), ("custom", "abandoned"), ("custom", None)]
    with pytest.raises(ScenarioNotFoundError):
        own_catalogue.start_conversation(ADMIN, "nothing")


@pytest.mark.parametrize("damage", ["missing", "not a database", "a folder"])
def test_without_a_database_production_is_served_and_the_loss_is_said(
    production: ScenarioManager, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "lost" / "desk.db"
    path.parent.mkdir()
    if damage == "not a database":
        path.write_text("this is no database, " * 100)
    elif damage == "a folder":
        path.mkdir()
    engine = create_engine(f"sqlite:///{path}")
    catalogue = Catalogue(production, engine, LocalDirectory(ADMIN))
    page = catalogue.page(OWNER)
    assert len(page.entries) == 12
    assert "Custom scenarios can't be listed now" in page.problems[0]
    assert catalogue.facets(OWNER).total == 12
    assert catalogue.resolve(OWNER, "production_3").scenario.scenario_id == "production_3"
    started = catalogue.start_conversation(OWNER, "production_3")
    assert started.run_id is None
    assert started.problem.startswith("Not recorded")
    with pytest.raises(DatabaseError):
        catalogue.resolve(OWNER, "custom_x")
    engine.dispose()


def test_a_broken_production_file_leaves_custom_work_and_the_backup(
    catalogue: Catalogue, production: ScenarioManager
) -> None:
    production.create_baseline()
    production.path.write_text("{ broken")
    production.refresh()
    assert len(catalogue.get_all_available_scenarios(OWNER)) == 37
    assert not production.source.is_file
