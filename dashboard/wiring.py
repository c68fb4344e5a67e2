"""The one place where the dashboard chooses and caches the real parts of the core."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from scenario_core.production import ScenarioManager
from scenario_core.scenario import DEFAULT_LANGUAGE
from scenario_core.settings import Settings

__all__ = ["COLUMNS", "catalogue_frame", "served_from"]

COLUMNS: Final = {
    "name": "string",
    "category": "string",
    "difficulty": "string",
    "language": "string",
    "phases": "int64",
    "minutes": "int64",
    "scenario_id": "string",
}


def catalogue_frame() -> pd.DataFrame:
    """Every scenario that can be listed, one a row, in the order of its store."""
    rows = [
        {
            "name": scenario.name,
            "category": scenario.category.replace("_", " ").capitalize(),
            "difficulty": scenario.difficulty.capitalize(),
            "language": scenario.language or DEFAULT_LANGUAGE,
            "phases": len(scenario.phases),
            "minutes": scenario.duration_minutes,
            "scenario_id": scenario.scenario_id,
        }
        for scenario in _manager().scenarios.values()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def served_from() -> str:
    """Where the production scenarios come from at the moment: the file, a backup of it, or the predefined ones."""
    return str(_manager().source)


def _manager() -> ScenarioManager:
    """The loaded production store; it is read again when the file has changed."""
    path = Settings.read().production
    try:
        stat = path.stat()
    except OSError:
        return _loaded(path, None)
    return _loaded(path, (stat.st_ino, stat.st_mtime_ns, stat.st_size))


@st.cache_resource(max_entries=1, show_spinner=False)
def _loaded(path: Path, stamp: tuple[int, int, int] | None) -> ScenarioManager:
    """Load the store. `stamp` is part of the cache's key and has no other use."""
    del stamp
    manager = ScenarioManager(path)
    manager.initialize()
    return manager
