"""Fixtures of the browser tests: Chromium, servers, and pages in which nothing may go wrong unannounced."""

from __future__ import annotations

import asyncio.events
import shutil
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.driving import NARROW, WIDE, Scheme, Size, Watch, new_context
from tests.browser.serving import Server, dashboard
from tests.chromium import launched
from tests.factories import SHIPPED


@pytest.fixture(scope="session")
def running_browser() -> Iterator[tuple[Browser, AbstractEventLoop]]:
    """One Chromium for the whole test run (with xdist: for each worker), and the event loop that speaks with it."""
    with launched() as started:
        loop = asyncio.events.get_running_loop()
        yield started, loop
        asyncio.events._set_running_loop(loop)


@pytest.fixture
def browser(running_browser: tuple[Browser, AbstractEventLoop]) -> Iterator[Browser]:
    """The Chromium of the test run.

    Playwright leaves its event loop marked as running, which outside browser tests would forbid others to start theirs.
    """
    started, loop = running_browser
    asyncio.events._set_running_loop(loop)
    yield started
    asyncio.events._set_running_loop(None)


@pytest.fixture(scope="session")
def server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard for tests that only read, one for the whole test run."""
    folder = tmp_path_factory.mktemp("server")
    with _dashboard_in(folder, migrated_sqlite) as started:
        yield started


@pytest.fixture
def own_server(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Server]:
    """A dashboard of this test's own, over `scenarios.json` and `desk.db` in its `folder`."""
    with _dashboard_in(tmp_path, migrated_sqlite) as started:
        yield started


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What went wrong in the test's pages; `watch.allow.append(text)` announces what the test provokes."""
    made = Watch()
    yield made
    assert not made.problems, "\n".join(made.problems)


@pytest.fixture
def scheme() -> Scheme:
    """The colours that the visitor's system asks for; a test parametrises it to have others."""
    return "light"


@pytest.fixture
def open_page(browser: Browser, watch: Watch, scheme: Scheme) -> Iterator[Callable[[Size], Page]]:
    """Makes a watched, empty page of a size; each call is another visitor."""
    with ExitStack() as stack:

        def opened(size: Size = WIDE) -> Page:
            context = new_context(browser, size, scheme)
            stack.callback(context.close)
            page = context.new_page()
            watch.attach(page)
            return page

        yield opened


@pytest.fixture
def page(open_page: Callable[[Size], Page]) -> Page:
    """A page of a desktop's size."""
    return open_page(WIDE)


@pytest.fixture
def narrow_page(open_page: Callable[[Size], Page]) -> Page:
    """A page of a phone's size."""
    return open_page(NARROW)


def _dashboard_in(folder: Path, template: Path) -> AbstractContextManager[Server]:
    production, database = folder / "scenarios.json", folder / "desk.db"
    shutil.copy(SHIPPED, production)
    shutil.copy(template, database)
    return dashboard(folder, production=production, database_url=f"sqlite:///{database}")
