"""The states that can be compared, by their kinds and by what people call them.

The names are those of `scenario_core.stewardship.states`; `file` is what somebody has uploaded in this session.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal

from scenario_core.stewardship.states import APPROVED, COPIED, MIRROR, ORIGIN, PRODUCTION, REVISION, SCENARIO

__all__ = [
    "FILE",
    "KINDS",
    "OF_ONE",
    "Kind",
    "is_of_one",
    "kind_of",
    "scenario_of",
    "short_hash",
    "title",
    "version_of",
]

FILE: Final = "file"
Kind = Literal["production", "backup", "kept", "mirror", "scenario", "origin", "copied", "revision", "file"]
KINDS: Final[dict[Kind, str]] = {
    "production": "Production",
    "backup": "Approved backup",
    "kept": "Another backup",
    "mirror": "Mirror in the database",
    "scenario": "One scenario",
    "origin": "What it was copied from",
    "copied": "What it was copied from, as it was then",
    "revision": "A former version",
    "file": "A file of yours",
}
OF_ONE: Final[frozenset[Kind]] = frozenset({"scenario", "origin", "copied", "revision"})
_BACKUP: Final = re.compile(r".+-(?P<time>\d{8}T\d{6})\.\d{6}Z-(?P<hash>[0-9a-f]{16})(?P<former>\.baseline)?\.json")


def kind_of(name: str) -> Kind:
    """What kind of state a name stands for; every name that is nothing else is that of a backup."""
    whole: dict[str, Kind] = {PRODUCTION: "production", APPROVED: "backup", MIRROR: "mirror", FILE: "file"}
    parts: dict[str, Kind] = {SCENARIO: "scenario", ORIGIN: "origin", COPIED: "copied", REVISION: "revision"}
    of_parts = (kind for prefix, kind in parts.items() if name.startswith(prefix))
    return whole[name] if name in whole else next(of_parts, "kept")


def is_of_one(name: str) -> bool:
    """Whether it is the state of one scenario by its name."""
    return kind_of(name) in OF_ONE


def scenario_of(name: str) -> str:
    """The scenario that the name names; empty where it names none."""
    kind = kind_of(name)
    if kind not in OF_ONE:
        return ""
    named = name.partition(":")[2]
    return named.rpartition("@")[0] if kind == "revision" else named


def version_of(name: str) -> int | None:
    """The version that the name names."""
    version = name.rpartition("@")[2]
    return int(version) if kind_of(name) == "revision" and version.isascii() and version.isdigit() else None


def title(name: str, scenario_title: Callable[[str], str], file_name: str = "") -> str:
    """What a state is called: `Backup of 2026-11-20 14:03:11 UTC`, `Version 2 of Dinner for Two`."""
    match kind_of(name):
        case "scenario":
            return scenario_title(scenario_of(name))
        case "origin":
            return f"Origin of {scenario_title(scenario_of(name))}"
        case "copied":
            return f"Origin of {scenario_title(scenario_of(name))}, as it was copied"
        case "revision":
            return f"Version {version_of(name) or '?'} of {scenario_title(scenario_of(name))}"
        case "file":
            return f"File {file_name}".rstrip()
        case "kept":
            return _backup_title(name)
        case kind:
            return {"mirror": "Mirror"}.get(kind, KINDS[kind])


def short_hash(name: str) -> str:
    """The first letters of the hash in a backup's name, enough to tell two of the same second apart."""
    found = _BACKUP.fullmatch(name)
    return found["hash"][:8] if found else ""


def _backup_title(name: str) -> str:
    found = _BACKUP.fullmatch(name)
    if found is None:
        return name
    try:
        moment = datetime.strptime(found["time"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return name
    return f"{'Former baseline' if found['former'] else 'Backup'} of {moment:%Y-%m-%d %H:%M:%S} UTC"
