"""A difference to take away, made when somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from dashboard.comparison import Comparison
from scenario_core import exports
from scenario_core.integrity.diff import json_patch, render_markdown, render_unified

__all__ = ["menu"]


def menu(comparison: Comparison, old_name: str, new_name: str) -> None:
    """The formats, in a menu."""
    popover = st.popover(
        "Download", icon=":material/download:", type="tertiary", on_change="rerun", key="difference_download"
    )
    if not popover.open:
        return
    diff = comparison.diff

    def as_json() -> str:
        return _json({"old": old_name, "new": new_name, **diff.to_json()})

    kinds: list[tuple[str, str, str, Callable[[], str]]] = [
        ("JSON Patch", "patch.json", "application/json-patch+json", lambda: _json(json_patch(diff))),
        ("Markdown", "md", "text/markdown", lambda: render_markdown(diff, old_name=old_name, new_name=new_name)),
        ("Unified text", "diff", "text/x-diff", lambda: render_unified(diff, old_name=old_name, new_name=new_name)),
        ("JSON", "json", "application/json", as_json),
    ]
    with popover:
        for label, suffix, mime, make in kinds:
            st.download_button(
                label, make, exports.file_name(f"difference {old_name} to {new_name}", suffix), mime,
                on_click="ignore", key=f"difference_{suffix}", icon=":material/download:", width="stretch",
                type="tertiary",
            )  # fmt: skip
        if comparison.diff.moved and not (diff.added or diff.removed or diff.changed):
            st.caption("A JSON Patch can't say in which order scenarios stand.")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
