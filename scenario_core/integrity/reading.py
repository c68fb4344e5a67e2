"""One scenario as the content checks read it: every text with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from scenario_core.faults import pointer
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase, Store

SCENARIO_LISTS: Final = ("prerequisites", "learning_outcomes", "vocabulary_focus")
PHASE_LISTS: Final = ("key_vocabulary", "essential_phrases", "learning_objectives", "success_criteria")


@dataclass(frozen=True, slots=True)
class Text:
    """A text and where it stands.

    `pointer` is a JSON pointer into the record; `field` the place for people, phases by id, items without their index;
    `name` the field alone, such as `essential_phrases`.
    """

    value: str
    pointer: str
    field: str
    name: str


@dataclass(frozen=True)
class Reading:
    """A scenario of either store."""

    scenario: ConversationScenario
    store: Store

    @property
    def scenario_id(self) -> str:
        """Its id."""
        return self.scenario.scenario_id

    @property
    def language(self) -> str:
        """The language that is practised, as a BCP 47 tag."""
        return self.scenario.language or DEFAULT_LANGUAGE

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """Every text of the scenario but ids and cultural context, in the order of the record."""
        return tuple(self._texts())

    @cached_property
    def phases(self) -> tuple[tuple[str, str, ScenarioPhase], ...]:
        """(pointer, place for people, phase) of each phase."""
        return tuple(
            (pointer(("phases", index)), f"phases[{phase.phase_id}]", phase)
            for index, phase in enumerate(self.scenario.phases)
        )

    def named(self, *names: str) -> tuple[Text, ...]:
        """The texts of the fields with these names."""
        return tuple(text for text in self.texts if text.name in names)

    def _texts(self) -> Iterator[Text]:
        for name in ("name", "description", "setting", "user_role", "ai_role"):
            yield Text(getattr(self.scenario, name), f"/{name}", name, name)
        for name in SCENARIO_LISTS:
            for index, item in enumerate(getattr(self.scenario, name)):
                yield Text(item, f"/{name}/{index}", name, name)
        for place, field, phase in self.phases:
            yield from _phase_texts(place, field, phase)


def _phase_texts(place: str, field: str, phase: ScenarioPhase) -> Iterator[Text]:
    for name in ("name", "description", "cultural_notes"):
        yield Text(getattr(phase, name) or "", f"{place}/{name}", f"{field}.{name}", name)
    for name in PHASE_LISTS:
        for index, item in enumerate(getattr(phase, name)):
            yield Text(item, f"{place}/{name}/{index}", f"{field}.{name}", name)
