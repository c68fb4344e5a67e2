"""The catalogue with 100,000 custom scenarios: the 95th percentile of what a page asks for, on both engines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from scenario_core.catalogue import Catalogue
from scenario_core.custom import records
from scenario_core.custom.directory import LocalDirectory
from scenario_core.custom.engine import create_engine
from scenario_core.custom.records import NewScenario
from scenario_core.listing import CatalogueFilter, SortKey
from scenario_core.production import ScenarioManager
from scenario_core.scenario import new_custom_id
from tests.benchmarks.copies import Benchmark, scenarios
from tests.factories import OWNER, SHIPPED, STRANGER, migrated
from tests.postgres import PostgresServer

SCENARIOS = int(os.environ.get("BENCH_CUSTOM") or 100_000)
BATCH = 5_000
ROUNDS = 40
LIMIT_MS = 50


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """Copies of the shipped scenarios, half of them the reader's, a fifth of them shared."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('catalogue') / 'desk.db'}"
        else:
            server: PostgresServer = request.getfixturevalue("postgres_server")
            url = server.url(stack.enter_context(server.fresh_database()))
        with migrated(url) as engine:
            made_up = [
                NewScenario(
                    each.model_copy(
                        update={"scenario_id": new_custom_id(each.category), "language": each.language or "en"}
                    ),
                    owner_id=OWNER if number % 2 else STRANGER,
                    is_public=number % 10 < 2,
                )
                for number, each in enumerate(scenarios(SCENARIOS).values())
            ]
            for start in range(0, SCENARIOS, BATCH):
                with engine.begin() as connection:
                    records.insert(connection, made_up[start : start + BATCH])
            if request.param == "postgresql":  # whose autovacuum would do it a minute later
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("VACUUM ANALYZE")
        made = create_engine(url)
        yield Catalogue(ScenarioManager(SHIPPED), made, LocalDirectory(1))
        made.dispose()


def wanted(text: str = "", **sets: set[str]) -> CatalogueFilter:
    chosen: dict[str, Any] = {name: frozenset(values) for name, values in sets.items()}
    return CatalogueFilter(text=text, **chosen)


QUESTIONS: dict[str, Callable[[Catalogue], object]] = {
    "first page": lambda it: it.page(OWNER),
    "first page, latest change": lambda it: it.page(OWNER, sort=SortKey.UPDATED, descending=True),
    "first page of a category": lambda it: it.page(OWNER, wanted(categories={"travel"}, difficulties={"advanced"})),
    "search, rare word": lambda it: it.page(OWNER, wanted("faenza 417")),
    "search, word of one scenario in 31": lambda it: it.page(OWNER, wanted("harbour"), sort=SortKey.RELEVANCE),
    "search, word of most scenarios, by title": lambda it: it.page(OWNER, wanted("please")),
    "search, word of most scenarios": lambda it: it.page(OWNER, wanted("please"), sort=SortKey.RELEVANCE),
    "search, three letters": lambda it: it.page(OWNER, wanted("res"), sort=SortKey.RELEVANCE),
    "facets": lambda it: it.facets(OWNER),
    "facets of a search": lambda it: it.facets(OWNER, wanted("harbour")),
    "facets of a word of most scenarios": lambda it: it.facets(OWNER, wanted("please")),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_question(benchmark: Benchmark, catalogue: Catalogue, question: str) -> None:
    benchmark.pedantic(QUESTIONS[question], args=(catalogue,), rounds=ROUNDS, warmup_rounds=2)
    times = sorted(benchmark.stats.stats.data)
    benchmark.extra_info["p95_ms"] = times[int(len(times) * 0.95)] * 1000
    if catalogue._engine.dialect.name == "sqlite":
        benchmark.extra_info["limit_p95_ms"] = LIMIT_MS


def test_page_after_page(benchmark: Benchmark, catalogue: Catalogue) -> None:
    """A thousand scenarios deep, by keyset."""
    cursor = None
    for _ in range(20):
        cursor = catalogue.page(OWNER, after=cursor).next_cursor
    benchmark.pedantic(catalogue.page, args=(OWNER,), kwargs={"after": cursor}, rounds=ROUNDS)
