"""Names of files that every system takes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from scenario_core.scenario import ConversationScenario

LONGEST: Final = 80
_RESERVED: Final = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")


def file_name(subject: ConversationScenario | str, suffix: str) -> str:
    """A title as an ASCII file name of at most 80 characters: `Café à la carte`, `md` -> `cafe-a-la-carte.md`.

    A scenario whose title has no Latin letter or digit goes by its id.
    """
    titles = (subject,) if isinstance(subject, str) else (subject.name, subject.scenario_id)
    room = LONGEST - len(suffix) - 1
    slug = next((slug for title in titles if (slug := _slug(title)[:room].strip("-"))), "scenario")
    return f"{'scenario-' if _RESERVED.fullmatch(slug) else ''}{slug}.{suffix}"


def _slug(title: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
