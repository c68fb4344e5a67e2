"""Names of files that every system takes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 80
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)


def file_name(title: str, suffix: str) -> str:
    """A title as an ASCII file name of at most 80 characters: `Café à la carte`, `md` -> `cafe-a-la-carte.md`."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    slug = slug[: LONGEST - len(suffix) - 1].strip("-") or "scenario"
    return f"{'scenario-' if _RESERVED.fullmatch(slug) else ''}{slug}.{suffix}"
