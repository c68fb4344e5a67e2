"""Scenarios in a JSON file that somebody brings: by their ids, as a list, or a single one."""

from __future__ import annotations

import json
from typing import Any

from scenario_core.errors import InvalidQueryError


def documents_in(data: bytes, name: str) -> dict[str, dict[str, Any]]:
    """The records by what they are called in faults: their key, or their place in a list.

    Raises:
        InvalidQueryError: it is no JSON, or holds something else than scenarios.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidQueryError(f"{name} is no JSON: {error}.", hint="Nothing was imported.") from error
    if isinstance(found, dict) and "phases" in found:
        found = [found]
    if isinstance(found, list):
        found = {str(place): record for place, record in enumerate(found)}
    if not isinstance(found, dict) or not all(isinstance(record, dict) for record in found.values()):
        raise InvalidQueryError(
            f"{name} must hold scenarios by id, a list of scenarios, or one scenario.", hint="Nothing was imported."
        )
    return found
