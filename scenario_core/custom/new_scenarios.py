"""Making a scenario that no store holds yet: from what an author wrote, or as a copy of another."""

from __future__ import annotations

import secrets

from scenario_core.custom.columns import now
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, new_custom_id


def plain(authored: ConversationScenario) -> ConversationScenario:
    """The same scenario as an ordinary one, without the limits that it was checked against."""
    return ConversationScenario.model_validate_json(authored.model_dump_json())


def fresh(scenario: ConversationScenario, *, new_id: str | None = None) -> ConversationScenario:
    """The scenario under a new custom id, `new_id` if given, made now."""
    moment = now()
    name = new_id or new_custom_id(scenario.category)
    return plain(scenario).model_copy(update={"scenario_id": name, "created_at": moment, "updated_at": moment})


def copy_of(source: ConversationScenario, title: str, *, new_id: str | None = None) -> ConversationScenario:
    """A copy with ids of its own, active whatever the source is, and with its language written down."""
    phases = tuple(phase.model_copy(update={"phase_id": new_phase_id()}) for phase in plain(source).phases)
    language = source.language or DEFAULT_LANGUAGE
    update = {"name": title, "language": language, "phases": phases, "is_active": True}
    return fresh(source, new_id=new_id).model_copy(update=update)


def new_phase_id() -> str:
    """An id that no other phase has."""
    return f"phase_{secrets.token_hex(4)}"
