"""A dashboard over a catalogue that was intact, approved and mirrored, before a test changes it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from scenario_core.stewardship.steward import Steward
from tests.browser.driving import idle
from tests.browser.serving import Server, dashboard
from tests.core.steward_examples import make_intact

COPY = "custom_travel_1795000000_0badcafe"
TRAIN = "train_station_tickets"
OPENED_AT_MOST: Final = 3


@contextmanager
def served(folder: Path, prepare: Callable[[Steward], object] = lambda _: None) -> Iterator[Server]:
    """The real dashboard over the shipped catalogue in a folder, approved, mirrored, and prepared by the test."""
    desk = make_intact(folder)
    prepare(Steward.configured(desk))
    desk.close()
    url = f"sqlite:///{folder / 'desk.db'}"
    with dashboard(folder, production=folder / "scenarios.json", database_url=url) as server:
        yield server


def production(server: Server) -> Path:
    """The production file that a server serves."""
    return server.folder / "scenarios.json"


def change_outside(server: Server, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Change the file as another program would while the dashboard runs; returns its bytes."""
    path = production(server)
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path.read_bytes()


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press a button and wait."""
    page.get_by_role("button", name=name).first.click()
    idle(page)


def follow(page: Page, name: str) -> None:
    """Follow a link and wait."""
    page.get_by_role("link", name=name).first.click()
    idle(page)


def choose(page: Page, label: str, option: str, *, several: bool = False) -> None:
    """Choose from a list with a label, and close it; one from which several can be chosen stays open by itself."""
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    idle(page)
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(OPENED_AT_MOST):  # a list that is open closes when the page scrolls
        box.click()
        with suppress(PlaywrightTimeoutError):
            wanted.wait_for(timeout=3_000)
            break
    wanted.click()
    if several:
        page.keyboard.press("Escape")
    idle(page)


def open_panel(page: Page) -> None:
    """Open the panel from which something is taken over."""
    page.get_by_text("Take over or restore").click()
    idle(page)
    expect(page.get_by_role("button", name="Show the plan")).to_be_visible()


def apply_plan(page: Page) -> None:
    """Apply the plan that is shown, and wait for what it has done."""
    press(page, "Apply this plan")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
