"""What every test shares: hypothesis profiles, the databases, and the order (fast tests first)."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.postgres import database_url, postgres_server, postgres_url

__all__ = ["database_url", "postgres_server", "postgres_url"]

settings.register_profile("default", deadline=None)
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast tests first, each group in the order of its files."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
