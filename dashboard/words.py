"""What things are called on the pages, and how authored text gets into a label without becoming markup."""

from __future__ import annotations

import string
from datetime import datetime
from functools import lru_cache
from typing import Final

import langcodes

from scenario_core.listing import MEDIUM_UP_TO, SHORT_UP_TO, CatalogueEntry
from scenario_core.people import Person, Role
from scenario_core.scenario import Store

__all__ = [
    "category",
    "facts",
    "language",
    "length",
    "level",
    "moment",
    "person_name",
    "plain",
    "plural",
    "state",
    "store",
    "store_of",
]

STORES: Final = {"production": "Production", "mine": "Mine", "shared": "Shared"}
LENGTHS: Final = {
    "short": f"Up to {SHORT_UP_TO} minutes",
    "medium": f"{SHORT_UP_TO + 1} to {MEDIUM_UP_TO} minutes",
    "long": f"Over {MEDIUM_UP_TO} minutes",
}
STATES: Final = {"ready": "Ready", "incomplete": "Below the authoring limits", "inactive": "Inactive"}
ROLES: Final = {
    Role.VIEWER: "Viewer",
    Role.ANALYST: "Analyst",
    Role.AUTHOR: "Author",
    Role.CONTENT_MANAGER: "Content manager",
    Role.ADMIN: "Administrator",
}
LANGUAGES: Final = (
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "en-GB", "es", "es-MX", "et", "fa", "fi", "fr", "fr-CA", "he", "hi",
    "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sr", "sv",
    "th", "tr", "uk", "vi", "zh", "zh-TW",
)  # fmt: skip
_JOINER: Final = "\N{WORD JOINER}"
_ESCAPES: Final = str.maketrans(
    {sign: f"\\{sign}" + (_JOINER if sign in ":.@/$" else "") for sign in string.punctuation}
    | {"\n": " ", "\r": " ", "\t": " "}
)


def plain(text: str) -> str:
    """Authored text for a label that Streamlit reads as Markdown, so that it shows exactly these characters.

    A backslash takes the meaning from every sign. Links, icons and emoji are looked for once more after that, in the
    finished text: an invisible word joiner behind the signs that they need keeps them apart.
    """
    return text.translate(_ESCAPES)


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 scenario`, `1,234 scenarios`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def category(name: str) -> str:
    """`daily_life` -> `Daily life`."""
    return name.replace("_", " ").strip().capitalize() or "None"


def level(name: str) -> str:
    """`beginner` -> `Beginner`."""
    return name.replace("_", " ").strip().capitalize() or "None"


def length(name: str) -> str:
    """What `short`, `medium` and `long` stand for."""
    return LENGTHS.get(name, name)


def state(name: str) -> str:
    """What `ready`, `incomplete` and `inactive` stand for."""
    return STATES.get(name, name)


def store(name: str) -> str:
    """What `production`, `mine` and `shared` are called."""
    return STORES.get(name, name)


def store_of(entry: CatalogueEntry, reader_id: int) -> str:
    """production, mine or shared, as the reader sees it."""
    if entry.store is Store.PRODUCTION:
        return Store.PRODUCTION.value
    return "mine" if entry.owner_id == reader_id else "shared"


@lru_cache(maxsize=512)
def language(tag: str) -> str:
    """`pt-BR` -> `Portuguese (Brazil)`; a tag that no list knows stays as it is."""
    try:
        return langcodes.Language.get(tag).display_name() if langcodes.tag_is_valid(tag) else tag
    except (LookupError, ValueError):
        return tag


def person_name(person: Person, reader_id: int | None = None) -> str:
    """The name, or the number where there is none."""
    if person.user_id == reader_id:
        return f"{person.name} (you)" if person.name else "You"
    return person.name or f"Person {person.user_id}"


def moment(when: datetime | None) -> str:
    """`2026-11-23 17:04`, in UTC; empty where nobody knows."""
    return f"{when:%Y-%m-%d %H:%M}" if when else ""


def facts(entry: CatalogueEntry) -> str:
    """One line about a scenario: category, level, language, phases, minutes."""
    parts = [
        category(entry.category),
        level(entry.difficulty),
        language(entry.language),
        plural(entry.phase_count, "phase"),
        f"{entry.duration_minutes} min",
    ]
    return " · ".join(parts)
