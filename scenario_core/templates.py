"""The templates that an author can start from: one file each, a scenario with `guidance` beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.faults import shown


@dataclass(frozen=True, slots=True)
class Template:
    """A scenario to start from, in production's field names, and tips on what to change and what to keep."""

    name: str
    category: str
    document: dict[str, Any]
    guidance: tuple[str, ...]


def load_templates(folder: Path) -> list[Template]:
    """The templates of a folder, by category.

    Raises:
        InvalidScenarioError: a file is no template.
    """
    return [_load(path) for path in sorted(folder.glob("*.json"))]


def _load(path: Path) -> Template:
    try:
        document = orjson.loads(path.read_bytes())
        guidance = tuple(document.pop("guidance", ()))
        return Template(document["name"], document["category"], document, guidance)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidScenarioError([Fault(f"/{path.name}", "a template", shown(error))]) from error
