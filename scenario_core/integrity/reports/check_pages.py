"""The documentation of the checks as Markdown pages, generated from their docstrings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from scenario_core.integrity.checks import CHECKS, Check
from scenario_core.integrity.explanation import SECTIONS, explanation_of
from scenario_core.integrity.reports.content import CONTENT, STRUCTURAL

INDEX: Final = "README.md"
_INTRODUCTION: Final = """\
# The checks

Every check has a code that never changes its meaning. `scenario-desk check` asks them all, `scenario-desk checks CODE`
shows the page of one. These pages are generated from the checks themselves: `scenario-desk checks --write docs/checks`.
"""


def pages() -> dict[str, str]:
    """The text of every page by its file name, the index among them."""
    return {INDEX: _index(), **{f"{check.code}.md": page_of(check) for check in CHECKS}}


def page_of(check: type[Check]) -> str:
    """The page of one check."""
    said = explanation_of(check)
    texts = (said.why, said.mend, said.examples, said.limits)
    kind = CONTENT if check.waivable else STRUCTURAL
    lines = [
        f"# {check.code}: {check.name}",
        "",
        f"{check.severity.value.capitalize()}; {kind}.",
        "",
        said.summary,
    ]
    for title, text in zip(SECTIONS, texts, strict=True):
        lines += ["", f"## {title}", "", text]
    return "\n".join(lines) + "\n"


def _index() -> str:
    structural = [check for check in CHECKS if not check.waivable]
    content = [check for check in CHECKS if check.waivable]
    lines = [_INTRODUCTION, *_table("Structural: what they find can't be waived", structural)]
    lines += _table("Content: what they find is advice and can be waived", content)
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(title: str, checks: Iterable[type[Check]]) -> Iterator[str]:
    rows = [f"| [{check.code}]({check.code}.md) | {check.name} | {check.severity.value} |" for check in checks]
    if rows:
        yield from (f"## {title}", "", "| code | check | severity |", "|---|---|---|", *rows, "")
