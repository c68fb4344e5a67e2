"""Files to take away. They are made when somebody asks for them, not when the button is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import streamlit as st

from dashboard import address, state, wiring
from dashboard.words import plural
from scenario_core import exports
from scenario_core.catalogue import CatalogueScenario
from scenario_core.errors import ScenarioNotFoundError
from scenario_core.listing import CatalogueEntry
from scenario_core.scenario import ConversationScenario

__all__ = ["of_ids", "of_scenario", "of_view"]

MOST: Final = 10_000
BATCH: Final = 1_000
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def of_scenario(scenario: ConversationScenario) -> None:
    """One scenario as JSON, Markdown or a page to print."""
    kinds: list[tuple[str, str, str, Callable[[ConversationScenario], str]]] = [
        ("JSON", "json", "application/json", exports.to_json),
        ("Markdown", "md", "text/markdown", exports.to_markdown),
        ("Lesson sheet to print", "html", "text/html", exports.to_html),
        ("Rehearsal player, works offline", "player.html", "text/html", exports.to_player),
    ]
    for label, suffix, mime, write in kinds:
        st.download_button(
            label, partial(write, scenario), exports.file_name(scenario, suffix), mime,
            on_click="ignore", key=f"download_{suffix}", icon=":material/download:", width="stretch", type="tertiary",
        )  # fmt: skip


def of_ids(ids: Sequence[str], name: str) -> None:
    """The scenarios with these ids, as far as the reader may still read them."""
    reader = state.user_id()

    def scenarios() -> Iterator[CatalogueScenario]:
        for scenario_id in ids:
            try:
                yield wiring.desk().catalogue.resolve(reader, scenario_id)
            except ScenarioNotFoundError:
                continue

    def entries() -> list[CatalogueEntry]:
        return [found.entry for found in scenarios()]

    _button("JSON", lambda: exports.many_to_json(found.scenario for found in scenarios()), name, "json")
    _button("CSV table", lambda: exports.to_csv(entries()), name, "csv")
    _button("Excel table", lambda: exports.to_xlsx(entries()), name, "xlsx")


def of_view(view: address.CatalogueView, total: int) -> None:
    """Everything that a view lists, at most ten thousand."""
    reader = state.user_id()

    def entries() -> list[CatalogueEntry]:
        return _listed(reader, view)

    if total > MOST:
        st.caption(f"The first {MOST:,} of {plural(total, 'scenario')}.")
    _button("CSV table", lambda: exports.to_csv(entries()), "scenarios", "csv")
    _button("Excel table", lambda: exports.to_xlsx(entries()), "scenarios", "xlsx")


def _listed(reader: int, view: address.CatalogueView) -> list[CatalogueEntry]:
    found: list[CatalogueEntry] = []
    after = None
    while len(found) < MOST:
        page = wiring.desk().catalogue.page(
            reader, view.wanted, sort=view.sort, descending=view.descending, after=after, limit=BATCH
        )
        found += page.entries
        after = page.next_cursor
        if after is None:
            break
    return found


def _button(label: str, make: Callable[[], str | bytes], name: str, suffix: str) -> None:
    mime = {"json": "application/json", "csv": "text/csv", "xlsx": _XLSX}[suffix]
    st.download_button(
        label, make, exports.file_name(name, suffix), mime,
        on_click="ignore", key=f"download_{name}_{suffix}", icon=":material/download:",
        width="stretch", type="tertiary",
    )  # fmt: skip
