"""What axe-core finds in a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NOTHING: Final = "0"
"""Run in place of axe-core, half a megabyte, in a page that has it already."""


def axe(page: Page, *, without_rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds of serious or critical impact, one text a rule with its first elements."""
    options = {"resultTypes": ["violations"], "rules": {name: {"enabled": False} for name in without_rules}}
    runner = Axe(NOTHING) if page.evaluate("'axe' in window") else Axe()
    response: dict[str, Any] = runner.run(page, options=options).response
    found: list[dict[str, Any]] = response["violations"]
    return [_described(each) for each in found if each["impact"] in {"serious", "critical"}]


def _described(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    shown = [f"  {' '.join(map(str, node['target']))}: {_reason(node)} {node['html'][:160]}" for node in nodes[:5]]
    more = [f"  and {len(nodes) - 5} more"] if len(nodes) > 5 else []
    return "\n".join([f"{violation['id']} ({violation['impact']}): {violation['help']}", *shown, *more])


def _reason(node: dict[str, Any]) -> str:
    checks = [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
    return checks[0] if checks else ""
