"""The documentation of the checks is what the checks say of themselves."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from scenario_core.integrity import CHECKS
from scenario_core.integrity.checks import Check
from scenario_core.integrity.explanation import SECTIONS, explanation_of
from scenario_core.integrity.reports import check_pages
from tests.factories import ROOT

FOLDER = ROOT / "docs" / "checks"


def test_the_committed_pages_are_what_the_checks_say() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert committed == check_pages.pages(), "run: scenario-desk checks --write docs/checks"


def test_the_index_leads_to_every_page_and_to_nothing_else() -> None:
    pages = check_pages.pages()
    links = re.findall(r"\]\(([^)]+)\)", pages[check_pages.INDEX])
    assert sorted(links) == sorted(set(pages) - {check_pages.INDEX}) == sorted(f"{each.code}.md" for each in CHECKS)
    structural, _, content = pages[check_pages.INDEX].partition("## Content")
    for check in CHECKS:
        row = f"| [{check.code}]({check.code}.md) | {check.name} | {check.severity} |"
        assert row in (content if check.waivable else structural)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_page_has_its_title_its_kind_and_every_section_with_text(check: type[Check]) -> None:
    page = check_pages.page_of(check)
    said = explanation_of(check)
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(page)
    titles = [parsed[at + 1].content for at, token in enumerate(parsed) if token.type == "heading_open"]
    assert titles == [f"{check.code}: {check.name}", *SECTIONS]
    assert ("can't be waived" in page.split("\n")[2]) is not check.waivable
    for text in (said.summary, said.why, said.mend, said.examples, said.limits):
        assert text in page
    assert not any(line.startswith("    ") or line.endswith(" ") for line in page.split("\n"))


def test_a_check_without_a_section_has_no_page() -> None:
    class Silent(Check):
        """It holds.

        ## Why it matters

        It does.
        """

        code, name = "CQ999", "silent"

    with pytest.raises(ValueError, match="How to mend it, Examples, Limits"):
        check_pages.page_of(Silent)
