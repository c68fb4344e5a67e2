"""The one place where the dashboard chooses and caches the real parts of the core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from scenario_core.bootstrap import Desk
from scenario_core.listing import CatalogueEntry
from scenario_core.settings import Settings

__all__ = ["COLUMNS", "CatalogueView", "catalogue_view", "desk"]

SHOWN: Final = 1_000
WITHOUT_SCROLLING: Final = 50
COLUMNS: Final = {
    "title": "string",
    "store": "string",
    "category": "string",
    "difficulty": "string",
    "language": "string",
    "phases": "int64",
    "minutes": "int64",
    "changed": "string",
    "scenario_id": "string",
}


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """What the page draws: one row a scenario, how many there are in all, and what is wrong in sentences."""

    frame: pd.DataFrame
    total: int
    problems: tuple[str, ...]


def catalogue_view(the_desk: Desk) -> CatalogueView:
    """The first thousand scenarios that the configured person may read, by title."""
    the_desk.production.refresh()
    user_id = the_desk.settings.user
    page = the_desk.catalogue.page(user_id, limit=SHOWN)
    frame = pd.DataFrame([_row(entry) for entry in page.entries], columns=list(COLUMNS)).astype(COLUMNS)
    source = the_desk.production.source
    problems = page.problems if source.is_file else (source.reason, *page.problems)
    return CatalogueView(frame, the_desk.catalogue.facets(user_id).total, problems)


@st.cache_resource(max_entries=1, show_spinner=False)
def desk() -> Desk:
    """Both stores, for everyone."""
    return Desk.open(Settings.read())


def _row(entry: CatalogueEntry) -> dict[str, object]:
    return {
        "title": entry.title,
        "store": entry.store.value.capitalize(),
        "category": entry.category.replace("_", " ").capitalize(),
        "difficulty": entry.difficulty.capitalize(),
        "language": entry.language,
        "phases": entry.phase_count,
        "minutes": entry.duration_minutes,
        "changed": f"{entry.updated_at:%Y-%m-%d}" if entry.updated_at else "",
        "scenario_id": entry.scenario_id,
    }
