"""How scenarios are listed: one entry for each, what they can be filtered by, and in which order they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple, Self

from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, Store
from scenario_core.search_text import fold, fold_all

SHORT_UP_TO: Final = 15
MEDIUM_UP_TO: Final = 30
LENGTHS: Final = ("short", "medium", "long")
STATES: Final = ("ready", "incomplete", "inactive")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SortKey(StrEnum):
    """What a list can be ordered by; equal keys are ordered by id."""

    TITLE = "title"
    UPDATED = "updated"
    CREATED = "created"
    DURATION = "duration"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One scenario in a list, whichever store it lives in. Times are microseconds since 1970 in UTC, 0 if unknown."""

    scenario_id: str
    store: Store
    title: str
    title_key: str
    category: str
    difficulty: str
    language: str
    duration_minutes: int
    length: str
    state: str
    phase_count: int
    owner_id: int | None
    is_public: bool
    created_us: int
    updated_us: int

    @classmethod
    def of(
        cls, scenario: ConversationScenario, store: Store, *, owner_id: int | None, is_public: bool, state: str
    ) -> Self:
        """The entry of a scenario."""
        return cls(
            scenario_id=scenario.scenario_id,
            store=store,
            title=scenario.name,
            title_key=fold(scenario.name),
            category=scenario.category,
            difficulty=scenario.difficulty,
            language=scenario.language or DEFAULT_LANGUAGE,
            duration_minutes=scenario.duration_minutes,
            length=length_of(scenario.duration_minutes),
            state=state,
            phase_count=len(scenario.phases),
            owner_id=owner_id,
            is_public=is_public,
            created_us=microseconds(scenario.created_at),
            updated_us=microseconds(scenario.updated_at),
        )

    @property
    def updated_at(self) -> datetime | None:
        """When it was last changed, None if unknown."""
        return EPOCH + timedelta(microseconds=self.updated_us) if self.updated_us else None


@dataclass(frozen=True, slots=True)
class CatalogueFilter:
    """Which scenarios to list. An empty set does not restrict; values within a set are alternatives, sets add up.

    `visibility` and `tags` reach custom scenarios only: those that are shared, whoever made them, or the reader's
    private ones; those that hold one of the tags.
    """

    text: str = ""
    stores: frozenset[str] = field(default_factory=frozenset)
    categories: frozenset[str] = field(default_factory=frozenset)
    difficulties: frozenset[str] = field(default_factory=frozenset)
    languages: frozenset[str] = field(default_factory=frozenset)
    lengths: frozenset[str] = field(default_factory=frozenset)
    states: frozenset[str] = field(default_factory=frozenset)
    owners: frozenset[int] = field(default_factory=frozenset)
    tags: frozenset[str] = field(default_factory=frozenset)
    visibility: Literal["any", "shared", "private"] = "any"

    @property
    def reaches_production(self) -> bool:
        """Whether a production scenario can pass at all."""
        return self.visibility == "any" and not self.tags


class Kind(NamedTuple):
    """What facets tell apart. `store` is production, mine (the reader's own) or shared (by others)."""

    store: str
    category: str
    difficulty: str
    language: str
    length: str
    state: str

    @classmethod
    def of(cls, entry: CatalogueEntry, reader_id: int | None = None) -> Self:
        """The kind of an entry, as the reader sees it."""
        store = "mine" if entry.owner_id == reader_id else "shared"
        if entry.store is Store.PRODUCTION:
            store = Store.PRODUCTION.value
        return cls(store, entry.category, entry.difficulty, entry.language, entry.length, entry.state)


_FILTERS: Final = {
    "store": "stores",
    "category": "categories",
    "difficulty": "difficulties",
    "language": "languages",
    "length": "lengths",
    "state": "states",
}


def accepts(wanted: CatalogueFilter, kind: Kind, *, but: str = "") -> bool:
    """Whether a kind passes the filter, leaving one facet out."""
    return all(
        getattr(kind, facet) in values
        for facet, name in _FILTERS.items()
        if facet != but and (values := getattr(wanted, name))
    )


STORES: Final = (Store.PRODUCTION.value, "mine", "shared")
_SORT_FIELDS: Final = {
    SortKey.TITLE: "title_key",
    SortKey.UPDATED: "updated_us",
    SortKey.CREATED: "created_us",
    SortKey.DURATION: "duration_minutes",
}


def sort_field(sort: SortKey) -> str:
    """The field of an entry that a sort goes by."""
    return _SORT_FIELDS[sort]


def sort_value(entry: CatalogueEntry, sort: SortKey) -> tuple[Any, str]:
    """What an entry is ordered by; no two entries have the same."""
    return getattr(entry, _SORT_FIELDS[sort]), entry.scenario_id


def length_of(duration_minutes: int) -> str:
    """`short` up to 15 minutes, `medium` up to 30, else `long`."""
    if duration_minutes <= SHORT_UP_TO:
        return "short"
    return "medium" if duration_minutes <= MEDIUM_UP_TO else "long"


def microseconds(moment: datetime | None) -> int:
    """Microseconds since 1970 in UTC, 0 for None."""
    return (moment - EPOCH) // timedelta(microseconds=1) if moment else 0


def search_document(scenario: ConversationScenario) -> tuple[str, str]:
    """Every text of a scenario, folded for searching: its title, and all the rest."""
    rest = [
        scenario.scenario_id.replace("_", " "),
        scenario.description,
        scenario.setting,
        scenario.user_role.replace("_", " "),
        scenario.ai_role.replace("_", " "),
        scenario.category.replace("_", " "),
        *scenario.prerequisites,
        *scenario.learning_outcomes,
        *scenario.vocabulary_focus,
        *_texts(scenario.cultural_context),
    ]
    for phase in scenario.phases:
        rest += [
            phase.name,
            phase.description,
            phase.cultural_notes or "",
            *phase.key_vocabulary,
            *phase.essential_phrases,
            *phase.learning_objectives,
            *phase.success_criteria,
        ]
    return fold(scenario.name), fold_all(rest)


def _texts(value: object) -> list[str]:
    """Every string inside a JSON value, keys included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *_texts(item))]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return []
