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
from functools import partial
from pathlib import Path
from statistics import median

import psutil
import pytest
from playwright.sync_api import Browser, Page

from dashboard.serve import HOST, options
from scenario_core.bootstrap import Desk
from scenario_core.custom import records
from scenario_core.custom.records import NewScenario
from scenario_core.scenario import new_custom_id
from scenario_core.settings import Settings
from tests.benchmarks.copies import Benchmark, scenarios
from tests.browser.driving import load_seconds, new_context, rerun_seconds, visit
from tests.browser.serving import Server, dashboard, spawned
from tests.chromium import launched
from tests.factories import ADMIN, SHIPPED, STRANGER, migrated, scenario_document
from tests.processes import free_port

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


def filter_by_level(page: Page) -> None:
    """Tick and untick a choice of a facet in turn."""
    page.evaluate("""() => {
        const all = [...document.querySelectorAll('*')]
        const root = all.find((it) => it.shadowRoot?.querySelector('.facets')).shadowRoot
        const group = [...root.querySelectorAll('details')].find((it) => it.innerText.startsWith('Level'))
        group.querySelector('input').click()
    }""")


def turn_page(page: Page) -> None:
    """Open the second page and the first in turn."""
    current = "page=2" in page.url
    page.get_by_role("button", name="Page 1" if current else "Page 2", exact=True).click()


def sort_by_minutes(page: Page) -> None:
    """Turn the order round."""
    page.get_by_role("button", name="Minutes").click()


def open_tab(page: Page) -> None:
    """From one tab of the scenario to another."""
    chosen = page.get_by_role("tab", name="Scenario").get_attribute("aria-selected") == "true"
    page.get_by_role("tab", name="Audit" if chosen else "Scenario").click()


def type_a_letter(page: Page) -> None:
    """Into the title of a draft, which is saved, checked and previewed."""
    page.get_by_role("textbox", name="Title").press_sequentially("x")


def click_again(page: Page) -> None:
    page.get_by_role("button", name="Again").click()


CATALOGUE = "/catalogue"
DRAFT = "00000000-0000-4000-8000-00000000d0a7"
CASES = [
    Case("catalogue, a filter", CATALOGUE, filter_by_level),
    Case("catalogue, a page", CATALOGUE, turn_page),
    Case("catalogue, an order", CATALOGUE, sort_by_minutes),
    Case("scenario, a tab", "/scenario?id=hotel_check_in", open_tab),
    Case("author, typing", f"/author?draft={DRAFT}", type_a_letter),
]
LOADS = ["/", CATALOGUE, "/scenario?id=hotel_check_in", f"/author?draft={DRAFT}", "/mine", "/templates"]
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
    with dashboard(folder, production=production, database_url=url, is_spawned=True) as full:
        open_draft(production, url)
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


def open_draft(production: Path, url: str) -> None:
    """The draft that is typed into."""
    desk = Desk.open(Settings(production=production, database=url))
    with desk.builder() as service:
        service.drafts.open(ADMIN, scenario_document(name="Typing"), draft_id=DRAFT)
    desk.close()


def empty_server(folder: Path) -> Server:
    script = folder / "empty.py"
    script.write_text(EMPTY_PAGE, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-c", EMPTY_SERVER, str(script), json.dumps(options(HOST, 0)), str(port)]
    return Server(port, partial(spawned, command), folder, health="/_stcore/health")


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


@pytest.mark.parametrize("path", LOADS)
def test_warm_page_load(benchmark: Benchmark, servers: Servers, open_page: Callable[[str], Page], path: str) -> None:
    """From the start of the navigation until the script has ended and the title is to be seen."""
    url = servers.dashboard.url + path
    page, empty = open_page(url), open_page(servers.empty.url)
    compare(benchmark, lambda: load_seconds(page, url), lambda: load_seconds(empty, servers.empty.url))


@every_case
def test_rerun(benchmark: Benchmark, servers: Servers, open_page: Callable[[str], Page], case: Case) -> None:
    """From the visitor's input until the script has ended."""
    page, empty = open_page(servers.dashboard.url + case.path), open_page(servers.empty.url)
    compare(benchmark, lambda: rerun_seconds(page, case.interact), lambda: rerun_seconds(empty, click_again))


@pytest.mark.parametrize("case", [CASES[0], CASES[-1]], ids=lambda case: case.name)
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
