"""The first page in a real browser: it opens on both screens in both colour schemes, accessible and without error."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import NARROW, SERVER_GONE, WIDE, Size, Watch, axe, idle, screenshot, visit
from tests.browser.serving import Server

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def test_the_first_page_opens_accessibly(
    server: Server, open_page: Callable[[Size], Page], size: Size, scheme: str
) -> None:
    page = open_page(size)
    visit(page, server.url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    shown = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme")
    assert shown == scheme
    screenshot(page, f"first-page-{size[0]}-{scheme}")
    assert axe(page) == []


def test_the_first_page_fits_a_phone_without_scrolling_sideways(server: Server, narrow_page: Page) -> None:
    visit(narrow_page, server.url)
    main = narrow_page.get_by_test_id("stMain")
    assert main.evaluate("it => it.scrollWidth - it.clientWidth") <= 0


def test_health_answers(server: Server) -> None:
    status, body = server.get("/health")
    assert (status, json.loads(body)["status"]) == (200, "ok")


def test_the_page_survives_a_reload(server: Server, page: Page) -> None:
    visit(page, server.url)
    title = page.get_by_role("heading", level=1).inner_text()
    page.reload()
    idle(page)
    assert page.get_by_role("heading", level=1).inner_text() == title


def test_the_page_comes_back_after_the_server_did(own_server: Server, page: Page, watch: Watch) -> None:
    watch.allow += SERVER_GONE
    visit(page, own_server.url)
    own_server.kill()
    own_server.start()
    idle(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "Traceback" not in own_server.log
