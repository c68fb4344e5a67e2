"""The dashboard's pages in Chromium beside a page of Streamlit with nothing on it but a title and a button.

Both servers have the same options, and their times are taken in turn, inside the page. The dashboard's database holds
100,000 custom scenarios; the empty page's process has none of the dashboard's libraries loaded.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
import pytest
from playwright.sync_api import Browser, Page

from dashboard.serve import HOST, options
from scenario_core.custom import records
from scenario_core.custom.records import NewScenario
from scenario_core.scenario import new_custom_id
from tests.benchmarks.copies import Benchmark, scenarios
from tests.browser.driving import Server, dashboard, load_seconds, new_context, rerun_seconds, visit
from tests.chromium import launched
from tests.factories import ADMIN, SHIPPED, STRANGER, migrated

SCENARIOS = int(os.environ.get("BENCH_CUSTOM") or 100_000)
BATCH = 5_000
ROUNDS = 15
WARM_UP = 3
INTERACTIONS = 200
EMPTY_PAGE = 'import streamlit as st\n\nst.title("Empty")\nst.button("Again")\n'
EMPTY_SERVER = """
import json, sys, streamlit as st
st.App(sys.argv[1]).run(config={**json.loads(sys.argv[2]), "server.port": int(sys.argv[3])})
"""


@dataclass(frozen=True)
class Case:
    """A page of the dashboard and something to do there that runs its script again."""

    name: str
    path: str
    interact: Callable[[Page], None]


@dataclass(frozen=True)
class Servers:
    """Both, running."""

    dashboard: Server
    empty: Server


def rerun_by_key(page: Page) -> None:
    """Streamlit's own key for running the script again, which every page has."""
    page.keyboard.press("r")


def click_again(page: Page) -> None:
    page.get_by_role("button", name="Again").click()


CASES = [
    Case("catalogue", "/", rerun_by_key),
]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder, empty_folder = tmp_path_factory.mktemp("dashboard"), tmp_path_factory.mktemp("empty")
    url = f"sqlite:///{folder / 'desk.db'}"
    fill(url)
    production = folder / "scenarios.json"
    production.write_bytes(SHIPPED.read_bytes())
    with dashboard(folder, production=production, database_url=url) as full:
        empty = empty_server(empty_folder)
        try:
            empty.start()
            yield Servers(full, empty)
        finally:
            empty.stop()


def fill(url: str) -> None:
    """Copies of the shipped scenarios, half of them the reader's, a fifth of them shared."""
    made_up = [
        NewScenario(
            each.model_copy(update={"scenario_id": new_custom_id(each.category), "language": each.language or "en"}),
            owner_id=ADMIN if number % 2 else STRANGER,
            is_public=number % 10 < 2,
        )
        for number, each in enumerate(scenarios(SCENARIOS).values())
    ]
    with migrated(url) as engine:
        for start in range(0, SCENARIOS, BATCH):
            with engine.begin() as connection:
                records.insert(connection, made_up[start : start + BATCH])


def empty_server(folder: Path) -> Server:
    script = folder / "empty.py"
    script.write_text(EMPTY_PAGE, encoding="utf-8")
    command = [sys.executable, "-c", EMPTY_SERVER, str(script), json.dumps(options(HOST, 0)), "{port}"]
    return Server(command, folder, health="/_stcore/health")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[str], Page]]:
    contexts = []

    def opened(url: str) -> Page:
        contexts.append(new_context(browser))
        page = contexts[-1].new_page()
        visit(page, url)
        return page

    yield opened
    for context in contexts:
        context.close()


def compare(benchmark: Benchmark, measure: Callable[[], float], measure_empty: Callable[[], float]) -> None:
    """Time both in turn; the ratio is of what the pages' own clocks say, without the way to the browser."""
    full: list[float] = []
    empty: list[float] = []

    def before() -> None:
        empty.append(measure_empty())

    benchmark.pedantic(lambda: full.append(measure()), setup=before, rounds=ROUNDS, warmup_rounds=WARM_UP)
    mine, its = median(full[WARM_UP:]), median(empty[WARM_UP:])
    benchmark.extra_info |= {
        "in_page_ms": mine * 1000,
        "empty_page_ms": its * 1000,
        "ratio_to_empty_page": mine / its,
        "custom_scenarios": SCENARIOS,
    }


@every_case
def test_warm_page_load(benchmark: Benchmark, servers: Servers, open_page: Callable[[str], Page], case: Case) -> None:
    """From the start of the navigation until the script has ended and the title is to be seen."""
    url = servers.dashboard.url + case.path
    page, empty = open_page(url), open_page(servers.empty.url)
    compare(benchmark, lambda: load_seconds(page, url), lambda: load_seconds(empty, servers.empty.url))


@every_case
def test_rerun(benchmark: Benchmark, servers: Servers, open_page: Callable[[str], Page], case: Case) -> None:
    """From the visitor's input until the script has ended."""
    page, empty = open_page(servers.dashboard.url + case.path), open_page(servers.empty.url)
    compare(benchmark, lambda: rerun_seconds(page, case.interact), lambda: rerun_seconds(empty, click_again))


@every_case
def test_memory_of_one_session(
    benchmark: Benchmark, servers: Servers, open_page: Callable[[str], Page], case: Case
) -> None:
    """How much the dashboard's process grows while one visitor does the same again and again."""
    page = open_page(servers.dashboard.url + case.path)
    process = psutil.Process(servers.dashboard.pid)
    for _ in range(INTERACTIONS // 10):
        rerun_seconds(page, case.interact)
    before = process.memory_info().rss

    def interactions() -> None:
        for _ in range(INTERACTIONS):
            rerun_seconds(page, case.interact)

    benchmark.pedantic(interactions, rounds=1)
    after = process.memory_info().rss
    benchmark.extra_info |= {
        "interactions": INTERACTIONS,
        "megabytes_before": before / 1e6,
        "megabytes_grown": (after - before) / 1e6,
        "grown_share": (after - before) / before,
    }
