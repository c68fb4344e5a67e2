"""What people do on the pages, as one step each."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.driving import idle


def search(page: Page, text: str) -> None:
    """Type into the search of the catalogue and wait for what it finds."""
    page.get_by_label("Search", exact=True).fill(text)
    page.wait_for_url(re.compile(f"q={text}"))
    idle(page)


def listed(page: Page) -> list[str]:
    """The titles of the list, in order."""
    return page.locator("tbody th a, .tile .name a").all_inner_texts()


def open_facet(page: Page, name: str) -> None:
    """Open the choices of a facet."""
    page.locator("summary", has_text=re.compile(f"^{name}")).click()


def tick(page: Page, title: str) -> None:
    """Tick the scenario whose title begins so."""
    page.get_by_role("checkbox", name=re.compile(f"^Select {title}")).first.check()
    idle(page)


def duplicate(page: Page) -> str:
    """Duplicate the scenario that is open; returns the address of the draft."""
    page.get_by_role("button", name="Duplicate").click()
    page.wait_for_url(re.compile(r"/author\?.*draft="))
    idle(page)
    expect(page.get_by_role("textbox", name="Title")).to_be_visible()
    return page.url


def save(page: Page) -> None:
    """Save the draft as a scenario and wait for it to be shown."""
    page.get_by_role("button", name="Save scenario").click()
    page.wait_for_url(re.compile(r"/scenario\?"))
    idle(page)
