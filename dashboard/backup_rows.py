"""Backups as the list component draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from dashboard import audit_words
from scenario_core.production.backups import BackupFile
from scenario_core.stewardship.backups import Reason
from scenario_core.stewardship.states import APPROVED

__all__ = ["KINDS", "Facts", "Told", "listing_data", "size", "state_name", "why"]

KINDS: Final = {"baseline": "Approved", "kept": "Kept", "former": "Former baseline"}
KILO, MEGA = 1_000, 1_000_000
WAITING: Final = "…"
_WHY: Final = {
    "restore_backup": "before a restore",
    "approve_baseline": "before an approval",
    "create_backup": "made by hand",
    "publish_proposal": "before a proposal was published",
    "revert_proposal": "before a proposal was taken back",
}
_APPROVED: Final = "approved it"


@dataclass(frozen=True, slots=True)
class Facts:
    """What only opening a backup tells: what is wrong with it, what changed since the one before it, and its hash."""

    problem: str
    change: str
    hash: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is known beside the files: why they are there, who is called what, and what was found inside them."""

    reasons: Mapping[str, Reason]
    person: Callable[[int], str]
    facts: Callable[[BackupFile], Facts | None]


def state_name(file: BackupFile) -> str:
    """The name of a backup as a state of the catalogue."""
    return APPROVED if file.kind == "baseline" else file.name


def size(number: int) -> str:
    """`152 kB`, `47.1 MB`."""
    if number < KILO:
        return f"{number}\N{NO-BREAK SPACE}B"
    amount, unit = (f"{number / KILO:,.0f}", "kB") if number < MEGA else (f"{number / MEGA:,.1f}", "MB")
    return f"{amount}\N{NO-BREAK SPACE}{unit}"


def why(file: BackupFile, told: Told) -> str:
    """Who made it and why, as far as that is known."""
    reason = told.reasons.get(file.name)
    if reason is None:
        return "not logged"
    if file.kind == "baseline":
        return f"{told.person(reason.actor_id)}, {_APPROVED}"
    what = _WHY.get(reason.operation) or audit_words.operation(reason.operation).lower()
    return f"{told.person(reason.actor_id)}, {what}"


def listing_data(files: Iterable[BackupFile], told: Told, *, page: int, carried: Mapping[str, str]) -> dict[str, Any]:
    """The data of `components.listing`; what is not known yet stands as an ellipsis."""
    columns = {
        "kind": "Kind", "why": "Who and why", "change": "Since the former one", "state": "State", "size": "Size",
        "hash": "Hash",
    }  # fmt: skip
    return {
        "label": "Backups",
        "heading": "Made (UTC)",
        "layout": "table",
        "selectable": False,
        "sortable": False,
        "sort": None,
        "descending": False,
        "columns": [
            {"key": key, "label": label, "sortable": False, "numeric": key == "size"} for key, label in columns.items()
        ],
        "rows": [_row(file, told, page, carried) for file in files],
    }


def _row(file: BackupFile, told: Told, page: int, carried: Mapping[str, str]) -> dict[str, Any]:
    facts = told.facts(file)
    name = state_name(file)
    address = {"backup": name} | ({"page": str(page)} if page > 1 else {}) | dict(carried)
    return {
        "id": name,
        "href": f"backups?{urlencode(address)}",
        "title": f"{file.created_at:%Y-%m-%d %H:%M:%S}",
        "lang": None,
        "ticked": False,
        "tags": [],
        "kind": KINDS[file.kind],
        "why": why(file, told),
        "change": facts.change if facts else WAITING,
        "state": WAITING if facts is None else "Damaged" if facts.problem else "Readable",
        "size": size(file.size),
        "hash": (facts.hash if facts else file.hash)[:8],
    }
