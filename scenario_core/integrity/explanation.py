"""What a check says of itself: its docstring, cut into the sections that people look for."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Final

SECTIONS: Final = ("Why it matters", "How to mend it", "Examples", "Limits")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Markdown texts; `summary` is one sentence that says what holds where the check finds nothing."""

    summary: str
    why: str
    mend: str
    examples: str
    limits: str


def explanation_of(check: type) -> Explanation:
    """The sections of a check's docstring.

    Raises:
        ValueError: a section is missing or empty.
    """
    parts = inspect.cleandoc(check.__doc__ or "").split("\n## ")
    sections = {}
    for part in parts[1:]:
        title, _, text = part.partition("\n")
        sections[title.strip()] = text.strip()
    missing = [title for title in SECTIONS if not sections.get(title)]
    if missing or not parts[0].strip():
        raise ValueError(f"{check.__name__} does not say: {', '.join(missing) or 'what it does'}")
    return Explanation(parts[0].strip(), *(sections[title] for title in SECTIONS))
