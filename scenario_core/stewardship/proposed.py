"""What a proposal would make of production: under which id, which record, and what differs from what stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from scenario_core.custom.proposal_records import Proposal
from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.integrity.diff import CatalogueDiff, diff_records
from scenario_core.production import State, rendering, validation
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, ScenarioPhase, in_custom_namespace
from scenario_core.search_text import fold
from scenario_core.stewardship import states

LONGEST_ID: Final = 100
"""As wide as the mirror's column."""
_LONGEST_SUGGESTION: Final = 60
_ID: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_FORM: Final = f"at most {LONGEST_ID} characters: lower case ASCII words and digits, joined by underscores"


@dataclass(frozen=True)
class Candidate:
    """What would stand in production.

    Attributes:
        scenario: The scenario under its production id. Its times are those at which the proposal was frozen, so that
            the same proposal always makes the same record; of what it replaces the time of creation stays.
        former: What it would replace, None for an addition.
        change: From the one to the other, the time of the last change aside.
    """

    scenario: ConversationScenario
    former: ConversationScenario | None
    change: CatalogueDiff

    @property
    def production_id(self) -> str:
        """The id in production."""
        return self.scenario.scenario_id

    def sentences(self) -> list[str]:
        """What would be done, for people."""
        verb = "add" if self.former is None else "replace"
        lines = [f"{verb} {self.production_id} in production"]
        if self.former is not None:
            lines += [f"change {', '.join(each.fields)}" for each in self.change.changed.values()]
            lines += ["nothing of it differs"] if self.change.is_empty else []
        return lines


def candidate(proposal: Proposal, served: State, production_id: str | None = None) -> Candidate:
    """What a proposal would make of production.

    Args:
        proposal: the proposal.
        served: production as it is.
        production_id: the id to use, if another than the author asks for: that of what the scenario is a copy of,
            which is then replaced, or a new one.
    """
    wanted = production_id or proposal.entry.replaces or suggested_id(proposal.scenario, taken_in(served))
    former = served.loaded.scenarios.get(wanted) if wanted == proposal.origin_id else None
    return of(proposal, wanted, former)


def of(proposal: Proposal, production_id: str, former: ConversationScenario | None) -> Candidate:
    """What a proposal would make of this record."""
    made = _added(proposal, production_id) if former is None else _replacing(proposal, former)
    return Candidate(made, former, _difference(former, made))


def suggested_id(scenario: ConversationScenario, taken: Collection[str] = ()) -> str:
    """An id for production from the title: `A Table, for Two` -> `a_table_for_two`; numbered where that is taken."""
    words = [word for word in fold(scenario.name).split() if _ID.fullmatch(word)] or [scenario.category, "scenario"]
    name = "_".join(words)
    if in_custom_namespace(f"{name}_"):
        name = f"{scenario.category}_{name}"
    name = name[:_LONGEST_SUGGESTION].strip("_")
    return next(
        each for each in (name, *(f"{name}_{number}" for number in range(2, len(taken) + 3))) if each not in taken
    )


def require_id(production_id: str) -> None:
    """Do nothing if a new production scenario may have this id.

    Raises:
        InvalidScenarioError: it may not.
    """
    if in_custom_namespace(production_id):
        raise InvalidScenarioError([Fault("/scenario_id", "an id outside the custom_ namespace", repr(production_id))])
    if len(production_id) > LONGEST_ID or not _ID.fullmatch(production_id):
        raise InvalidScenarioError([Fault("/scenario_id", _FORM, repr(production_id))])


def require_fit(made: Candidate) -> None:
    """Do nothing if production's own rules allow the scenario.

    Raises:
        InvalidScenarioError: with every fault.
    """
    _, faults = validation.checked(made.production_id, made.scenario)
    if faults:
        raise InvalidScenarioError(faults, hint="Ask the author for changes.")


def taken_in(served: State) -> Collection[str]:
    """The ids that stand in the production file, of records that can't be read too."""
    return served.loaded.document.latest().keys()


def is_written(served: State, made: Candidate) -> bool:
    """Whether production holds exactly this scenario under its id."""
    present = served.loaded.scenarios.get(made.production_id)
    return present is not None and not rendering.differ(present, made.scenario)


def _added(proposal: Proposal, production_id: str) -> ConversationScenario:
    moment = proposal.frozen_at
    times = {"created_at": moment, "updated_at": moment}
    return proposal.scenario.model_copy(update={"scenario_id": production_id, **times})


def _replacing(proposal: Proposal, former: ConversationScenario) -> ConversationScenario:
    """The proposal in the place of a record, of which everything stays that its author has not written.

    These are the id, the time of creation, the ids of phases that were copied from it or have the names of its phases,
    the fields that this project does not know, and whether it is active.
    """
    phases = {phase.phase_id for phase in former.phases}
    copied = {mine: theirs for mine, theirs in proposal.origin_phases.items() if theirs in phases}
    proposed = rendering.record_of(proposal.scenario)
    proposed["phases"] = [
        {**phase, "phase_id": copied.get(phase["phase_id"], phase["phase_id"])} for phase in proposed["phases"]
    ]
    record = states.aligned(proposed, rendering.record_of(former))
    record |= former.model_extra or {}
    record |= {"is_active": former.is_active, "updated_at": _iso(proposal.frozen_at)}
    if former.language is None and record.get("language") == DEFAULT_LANGUAGE:
        del record["language"]
    known = {phase.phase_id: phase for phase in former.phases}
    record["phases"] = [_with_extra(phase, known.get(phase["phase_id"])) for phase in record["phases"]]
    return ConversationScenario.model_validate_json(json.dumps(record))


def _with_extra(phase: Mapping[str, Any], former: ScenarioPhase | None) -> dict[str, Any]:
    return {**phase, **((former.model_extra or {}) if former else {})}


def _difference(former: ConversationScenario | None, made: ConversationScenario) -> CatalogueDiff:
    new = rendering.record_of(made)
    if former is None:
        return diff_records({}, {made.scenario_id: new})
    old = rendering.record_of(former)
    return diff_records({made.scenario_id: old}, {made.scenario_id: {**new, "updated_at": old["updated_at"]}})


def _iso(moment: datetime) -> str:
    return moment.isoformat()
