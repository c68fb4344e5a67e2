"""As many scenarios as wanted: copies of the shipped ones, each with an id and a title of its own."""

from __future__ import annotations

import json
from itertools import cycle, islice
from typing import Any

from scenario_core.scenario import ConversationScenario
from tests.factories import SHIPPED

Benchmark = Any
"""pytest-benchmark's fixture, whose `pedantic` and `stats` carry no types."""


def documents(count: int) -> dict[str, dict[str, Any]]:
    """Records by id."""
    shipped = json.loads(SHIPPED.read_bytes()).values()
    return {
        f"copy_{number}": {**record, "scenario_id": f"copy_{number}", "name": f"{record['name']} {number}"}
        for number, record in enumerate(islice(cycle(shipped), count))
    }


def scenarios(count: int) -> dict[str, ConversationScenario]:
    """The same as models."""
    return {
        name: ConversationScenario.model_validate_json(json.dumps(record)) for name, record in documents(count).items()
    }


def as_file(count: int) -> bytes:
    """The same as a production file."""
    return (json.dumps(documents(count), indent=2, ensure_ascii=False) + "\n").encode()
