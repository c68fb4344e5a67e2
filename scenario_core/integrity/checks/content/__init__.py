"""The checks of what is written. What they find is advice with its evidence, and can be waived."""

from __future__ import annotations

from typing import Final

from scenario_core.integrity.checks.base import ContentCheck
from scenario_core.integrity.checks.content import (
    catalogue,
    duplicates,
    languages,
    lists,
    names,
    placeholders,
    planning,
    prerequisites,
    vocabulary,
    words,
)

CHECKS: Final[tuple[type[ContentCheck], ...]] = (
    *planning.CHECKS,
    *placeholders.CHECKS,
    *names.CHECKS,
    *lists.CHECKS,
    *vocabulary.CHECKS,
    *words.CHECKS,
    *languages.CHECKS,
    *duplicates.CHECKS,
    *prerequisites.CHECKS,
    *catalogue.CHECKS,
)
