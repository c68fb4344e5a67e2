"""The plan of a repair in words: what would be done, and what would be gone, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from scenario_core.mirror import MirrorPlan
from scenario_core.people import Operation
from scenario_core.stewardship.repairs import RepairPlan
from scenario_core.stewardship.restoring import RestorePlan

__all__ = ["GONE_FROM", "NEEDS", "Lines", "capped", "gone", "told"]

SHOWN: Final = 40
NEEDS: Final = {
    "resync_mirror": Operation.MIGRATE,
    "restore_backup": Operation.MANAGE_BACKUPS,
    "reinstall_protection": Operation.MIGRATE,
    "approve_baseline": Operation.MANAGE_BACKUPS,
}
"""The right that each repair asks for."""
GONE_FROM: Final = {
    "resync_mirror": "from the mirror",
    "restore_backup": "from production",
    "reinstall_protection": "",
    "approve_baseline": "from the approved backup",
}
_DELETES: Final = ("remove ", "retire ")


@dataclass(frozen=True, slots=True)
class Lines:
    """Some sentences, and how many more there are."""

    sentences: tuple[str, ...]
    more: int


def told(planned: RepairPlan) -> Lines:
    """The plan without what would be deleted, which stands apart from it."""
    return capped([sentence for sentence in planned.sentences if not sentence.startswith(_DELETES)])


def capped(sentences: Sequence[str]) -> Lines:
    """As many sentences as a page shows."""
    return Lines(tuple(sentences[:SHOWN]), max(0, len(sentences) - SHOWN))


def gone(planned: RepairPlan, title: Callable[[str], str]) -> tuple[list[str], int]:
    """What would be deleted, by title and id, and how much more there is."""
    ids = _deleted(planned)
    named = [f"{name} ({each})" if (name := title(each)) and name != each else each for each in ids[:SHOWN]]
    return named, max(0, len(ids) - SHOWN)


def _deleted(planned: RepairPlan) -> tuple[str, ...]:
    match planned.inner:
        case MirrorPlan():
            return planned.inner.retire
        case RestorePlan():
            return planned.inner.deletions
        case _:
            return ()
