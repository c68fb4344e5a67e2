"""What the server says of itself, and what pages show while a store is missing."""

from __future__ import annotations

import json
import urllib.error
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import Watch, idle, visit
from tests.browser.serving import Server, dashboard
from tests.browser.steps import listed
from tests.factories import catalogue_document, write_production

pytestmark = pytest.mark.slow


def test_every_answer_forbids_what_is_from_elsewhere(server: Server) -> None:
    for path in ("/", "/catalogue", "/health"):
        headers = server.headers(path)
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "'unsafe-eval'" not in policy
        assert "script-src 'self' blob: 'sha256-" in policy
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")


def test_readiness_names_what_is_missing(own_server: Server) -> None:
    status, body = own_server.get("/ready")
    assert (status, json.loads(body)["status"]) == (200, "ready")
    (own_server.folder / "scenarios.json").write_text("{ broken")
    with pytest.raises(urllib.error.HTTPError) as caught:
        own_server.get("/ready")
    said = json.loads(caught.value.read())
    assert (caught.value.code, said["production"], said["database"]) == (503, "from a backup", "ok")
    caught.value.close()


def test_a_file_that_breaks_under_a_running_dashboard_leaves_its_backup_and_custom_work(
    own_server: Server, page: Page
) -> None:
    visit(page, f"{own_server.url}/catalogue")
    before = listed(page)
    write_production(own_server.folder / "scenarios.json.backup", json.loads(production_of(own_server)))
    (own_server.folder / "scenarios.json").write_text("{ broken")
    page.reload()
    idle(page)
    expect(page.get_by_text("newest readable backup")).to_be_visible()
    assert listed(page) == before


def production_of(server: Server) -> str:
    return (server.folder / "scenarios.json").read_text(encoding="utf-8")


def test_without_a_database_production_is_shown_and_the_loss_is_said(tmp_path: Path, page: Page, watch: Watch) -> None:
    del watch
    production = write_production(tmp_path / "scenarios.json", catalogue_document("hotel_a", "hotel_b"))
    nowhere = "postgresql://nobody@127.0.0.1:9/nothing"
    with dashboard(tmp_path, production=production, database_url=nowhere) as server:
        visit(page, f"{server.url}/catalogue")
        expect(page.get_by_text("Custom scenarios can't be listed now")).to_be_visible()
        assert len(listed(page)) == 2
        page.get_by_role("link", name="Title of hotel_a").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Title of hotel_a")
        page.close()
