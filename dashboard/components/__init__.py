"""The six parts that Streamlit has no widget for, each a short script beside this file.

`listing` draws scenarios as a table or as tiles with real links, `facets` the choices that narrow a list, `findings`
what the checks found, `faults` what is to be mended in a form with a way to each field, `collection` scenarios in an
order of one's own, and `typing` sends text to the server while it is typed. They show every text as text, never as
markup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

__all__ = ["collection", "facets", "faults", "findings", "listing", "typing"]

_FOLDER: Final = Path(__file__).parent


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_LISTING = st.components.v2.component(
    "scenario_desk_listing", html='<div class="listing"></div>', css=_read("listing.css"), js=_read("listing.js")
)
_FACETS = st.components.v2.component(
    "scenario_desk_facets", html='<div class="facets"></div>', css=_read("facets.css"), js=_read("facets.js")
)
_FAULTS = st.components.v2.component(
    "scenario_desk_faults", html='<div class="faults"></div>', css=_read("faults.css"), js=_read("faults.js")
)
_FINDINGS = st.components.v2.component(
    "scenario_desk_findings",
    html='<div class="findings" role="group"></div>',
    css=_read("findings.css"),
    js=_read("findings.js"),
)
_COLLECTION = st.components.v2.component(
    "scenario_desk_collection",
    html='<div class="collection"></div>',
    css=_read("collection.css"),
    js=_read("collection.js"),
)
_TYPING = st.components.v2.component("scenario_desk_typing", js=_read("typing.js"))


def listing(
    data: Mapping[str, Any],
    *,
    key: str,
    on_open: Callable[[str], None],
    on_tick: Callable[[Sequence[str], bool], None] | None = None,
    on_sort: Callable[[str], None] | None = None,
) -> None:
    """Draw scenarios; `data` is made by `dashboard.rows.listing_data`.

    Args:
        data: what to draw.
        key: the widget's key.
        on_open: called with the id of the scenario whose link was followed.
        on_tick: called with ids and whether they are to be ticked.
        on_sort: called with the column by which to sort.
    """

    def sent(name: str) -> Any:
        return st.session_state[key][name]

    def tick() -> None:
        if on_tick is not None:
            on_tick(sent("tick")["ids"], bool(sent("tick")["on"]))

    def sort() -> None:
        if on_sort is not None:
            on_sort(sent("sort"))

    _LISTING(
        key=key,
        data=dict(data),
        on_open_change=lambda: on_open(sent("open")),
        on_tick_change=tick,
        on_sort_change=sort,
    )


def facets(groups: Sequence[Mapping[str, Any]], *, key: str, on_toggle: Callable[[str, str, bool], None]) -> None:
    """Draw the facets; `groups` are made by `dashboard.rows.facet_groups`, and a choice calls (group, value, on)."""

    def toggle() -> None:
        choice = st.session_state[key]["toggle"]
        on_toggle(choice["group"], choice["value"], bool(choice["on"]))

    _FACETS(key=key, data={"groups": list(groups)}, on_toggle_change=toggle)


def faults(
    found: Sequence[Mapping[str, str]],
    *,
    key: str,
    focus: Mapping[str, str] | None,
    on_jump: Callable[[str, str], None],
) -> None:
    """Draw what is to be mended, and lead to it.

    Args:
        found: where, sentence, part and key (of the widget) of each fault.
        key: the component's own key.
        focus: key of the widget to move the focus to, and a stamp that makes it happen once.
        on_jump: called with part and key where the field's part is not on the page.
    """

    def jump() -> None:
        target = st.session_state[key]["jump"]
        on_jump(target["part"], target["key"])

    data = {"faults": [dict(each) for each in found], "focus": dict(focus) if focus else None}
    _FAULTS(key=key, data=data, on_jump_change=jump)


def findings(
    data: Mapping[str, Any],
    *,
    key: str,
    on_go: Callable[[str, dict[str, str]], None],
    on_tick: Callable[[Sequence[str], bool], None] | None = None,
    on_tick_group: Callable[[str, bool], None] | None = None,
    on_more: Callable[[str], None] | None = None,
    on_withdraw: Callable[[str], None] | None = None,
) -> None:
    """Draw findings; `data` is made by `dashboard.integrity.drawing.findings_data`.

    Args:
        data: what to draw.
        key: the component's key.
        on_go: called with the page and the parameters of a link that was followed.
        on_tick: called with fingerprints and whether they are to be ticked.
        on_tick_group: called with the key of a group and whether all of it is to be ticked.
        on_more: called with the key of a group of which everything is wanted.
        on_withdraw: called with the id of a waiver.
    """

    def sent(name: str) -> Any:
        return st.session_state[key][name]

    def tick() -> None:
        if on_tick is not None:
            on_tick(sent("tick")["ids"], bool(sent("tick")["on"]))

    def tick_group() -> None:
        if on_tick_group is not None:
            on_tick_group(sent("tick_group")["key"], bool(sent("tick_group")["on"]))

    def more() -> None:
        if on_more is not None:
            on_more(sent("more"))

    def withdraw() -> None:
        if on_withdraw is not None:
            on_withdraw(sent("withdraw"))

    _FINDINGS(
        key=key,
        data=dict(data),
        on_go_change=lambda: on_go(sent("go")["page"], sent("go")["params"]),
        on_tick_change=tick,
        on_tick_group_change=tick_group,
        on_more_change=more,
        on_withdraw_change=withdraw,
    )


def collection(
    data: Mapping[str, Any],
    *,
    key: str,
    on_open: Callable[[str], None],
    on_move: Callable[[str, int], None] | None = None,
    on_note: Callable[[str, str], None] | None = None,
    on_remove: Callable[[str], None] | None = None,
) -> None:
    """Draw the scenarios of a collection; `data` is made by `dashboard.discovery.collection_data`.

    Args:
        data: what to draw.
        key: the component's key.
        on_open: called with the id of the scenario whose link was followed.
        on_move: called with the id of a scenario and by how many places it is to be moved, up where below 0.
        on_note: called with the id of a scenario and the note on it.
        on_remove: called with the id of the scenario to be taken out.
    """

    def sent(name: str) -> Any:
        return st.session_state[key][name]

    def move() -> None:
        if on_move is not None:
            on_move(sent("move")["id"], int(sent("move")["by"]))

    def note() -> None:
        if on_note is not None:
            on_note(sent("note")["id"], str(sent("note")["text"]))

    def remove() -> None:
        if on_remove is not None:
            on_remove(sent("remove"))

    _COLLECTION(
        key=key,
        data=dict(data),
        on_open_change=lambda: on_open(sent("open")),
        on_move_change=move,
        on_note_change=note,
        on_remove_change=remove,
    )


def typing(*, key: str) -> None:
    """Save the text areas of the page, but for those in forms, while they are typed into: after 1.5 seconds at most."""
    _TYPING(key=key)
