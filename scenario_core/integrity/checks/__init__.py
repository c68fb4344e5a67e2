"""The checks: one class each, with a code that never changes its meaning."""

from __future__ import annotations

from typing import Final

from scenario_core.integrity.checks import backups, content, database, ids, mirror, production, trail
from scenario_core.integrity.checks.base import Check, ContentCheck, Gathered, StructuralCheck

__all__ = ["CHECKS", "Check", "ContentCheck", "Gathered", "StructuralCheck", "by_code"]

CHECKS: Final[tuple[type[Check], ...]] = tuple(
    sorted(
        (
            *production.CHECKS, *backups.CHECKS, *mirror.CHECKS, *ids.CHECKS, *database.CHECKS, *trail.CHECKS,
            *content.CHECKS,
        ),
        key=lambda check: check.code,
    )
)  # fmt: skip


def by_code(code: str) -> type[Check] | None:
    """The check with this code, in any case."""
    return next((check for check in CHECKS if check.code == code.upper()), None)
