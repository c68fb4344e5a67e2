"""States of the catalogue that can be compared and restored from, each by a name that people and addresses can use.

| name | state |
|---|---|
| `production` | the production file as it is now |
| `backup` | the approved backup |
| `mirror` | what the system rows in the database say |
| a name of `scenario-desk backup list` | a kept backup |
| `scenario:ID` | one scenario of either store, as it is now |
| `origin:ID` | what a custom scenario was copied from, as it is now |
| `copied:ID` | what a custom scenario was copied from, as it was then; for its owner |
| `revision:ID@N` | version N of a custom scenario |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from scenario_core.errors import InvalidQueryError, ProductionUnreadableError, ScenarioNotFoundError
from scenario_core.faults import shown
from scenario_core.integrity.diff import CatalogueDiff, diff_readable, diff_records
from scenario_core.integrity.diff.record import PHASES, are_phases, phase_ids
from scenario_core.people import Operation, require
from scenario_core.production import io, rendering
from scenario_core.production.style import BOM
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario
from scenario_core.stewardship import mirror_state
from scenario_core.stewardship.steward import Steward

PRODUCTION: Final = "production"
APPROVED: Final = "backup"
MIRROR: Final = "mirror"
SCENARIO, ORIGIN, COPIED, REVISION = "scenario:", "origin:", "copied:", "revision:"
_IDENTITY: Final = ("scenario_id", "created_at", "updated_at")


@dataclass(frozen=True)
class State:
    """A state of the catalogue, or of one scenario.

    Attributes:
        name: What it is called, see above; of a file, its name.
        data: A JSON object of records by id.
        scenario_id: The scenario if the state is of that one alone, else None.
        version: The version that a custom scenario is at, None for every other state.
    """

    name: str
    data: bytes = field(repr=False)
    scenario_id: str | None = None
    version: int | None = None

    @cached_property
    def revision(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @classmethod
    def of_scenario(cls, name: str, scenario: ConversationScenario, version: int | None = None) -> Self:
        """The state of one scenario."""
        data = as_document(scenario.scenario_id, rendering.record_of(scenario))
        return cls(name, data, scenario.scenario_id, version)

    @classmethod
    def of_file(cls, name: str, data: bytes) -> Self:
        """What a file holds: a production file, or a single record.

        Raises:
            ProductionUnreadableError: it is neither, or has no scenario that can be read.
        """
        text = data.removeprefix(BOM)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) and isinstance(value.get("scenario_id"), str) and PHASES in value:
            scenario_id = value["scenario_id"]
            return cls(name, b"{%b: %b}" % (json.dumps(scenario_id).encode(), text.strip()), scenario_id)
        if not io.parse(Path(name), data):
            raise ProductionUnreadableError(
                f"{name} has no scenario that can be read.", hint="Give a production file, or one scenario as JSON."
            )
        return cls(name, data)

    def record(self, scenario_id: str) -> dict[str, Any]:
        """One scenario's record, written as the store would write it; its own where the state has only one.

        Raises:
            ScenarioNotFoundError: the state has no such scenario.
        """
        wanted = self.scenario_id or scenario_id
        loaded = io.parse(Path(self.name), self.data)
        if wanted in loaded:
            return rendering.record_of(loaded[wanted])
        if self.scenario_id and isinstance(found := json.loads(self.data).get(wanted), dict):
            return found
        raise ScenarioNotFoundError(scenario_id, hint=f"{self.name} does not have it.")


def names(steward: Steward) -> list[str]:
    """The states of the whole catalogue that there are now, backups with the newest first."""
    files = steward.desk.production.backup_files()
    approved = [APPROVED] if any(file.kind == "baseline" for file in files) else []
    return [PRODUCTION, *approved, MIRROR, *(file.name for file in files if file.kind != "baseline")]


def read(steward: Steward, name: str) -> State:
    """The state with this name.

    Raises:
        PermissionDeniedError: the person may not see it.
        ScenarioNotFoundError: there is no such scenario, version or origin that the person may know of.
        BackupError: there is no such backup, or it is damaged.
        ProductionUnreadableError: the file can't be read.
        DatabaseError: the database is needed and does not answer.
    """
    prefix = next((each for each in (SCENARIO, ORIGIN, COPIED, REVISION) if name.startswith(each)), "")
    if prefix:
        return _of_one(steward, name, prefix, name.removeprefix(prefix))
    steward.require(Operation.CHECK)
    production = steward.desk.production
    if name == PRODUCTION:
        return State(name, production.read_file())
    if name == APPROVED:
        return State(name, production.read_baseline())
    if name == MIRROR:
        return State(name, mirror_state.document(steward.desk))
    return State(name, production.read_backup(name))


def named_by_hash(steward: Steward, sha256: str) -> str | None:
    """The name of a state of the production file with these bytes, None if none is kept."""
    files = steward.desk.production.backup_files()
    kept = next((file.name for file in files if file.hash and sha256.startswith(file.hash)), None)
    return PRODUCTION if steward.desk.production.revision == sha256 else kept


def compare(old: State, new: State) -> CatalogueDiff:
    """What changed from the old state to the new one; where one is of a single scenario, only in that.

    A copy has other ids and times than its origin by nature: these don't count then, nor does a language that one
    side leaves open.

    Raises:
        ProductionUnreadableError: a side can't be cut into records; single ones that can't be read are left out.
        ScenarioNotFoundError: the side of the whole catalogue does not have the scenario.
    """
    single = new.scenario_id or old.scenario_id
    if single is None:
        return diff_readable(old.data, new.data)
    after = new.record(single)
    return diff_records({single: aligned(old.record(single), after)}, {single: after})


def as_document(scenario_id: str, record: Any) -> bytes:
    """A document of one record."""
    text = json.dumps({scenario_id: record}, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace")


def aligned(record: Mapping[str, Any], onto: Mapping[str, Any]) -> dict[str, Any]:
    """A record with the ids and times of another one; phases that the two share by name have the other's ids."""
    identity = {key: onto[key] for key in _IDENTITY if key in onto}
    made = {**{key: value for key, value in record.items() if key not in _IDENTITY or key in onto}, **identity}
    if onto.get("language") == DEFAULT_LANGUAGE:
        made.setdefault("language", DEFAULT_LANGUAGE)
    mine, others = record.get(PHASES), onto.get(PHASES)
    if isinstance(mine, list) and isinstance(others, list) and are_phases(mine) and are_phases(others):
        _, ids = phase_ids(others, mine)
        made[PHASES] = [{**phase, "phase_id": name} for phase, name in zip(mine, ids, strict=True)]
    return made


def _of_one(steward: Steward, name: str, prefix: str, wanted: str) -> State:
    if prefix == REVISION:
        return _revision(steward, name, wanted)
    found = steward.desk.catalogue.resolve(steward.user_id, wanted)
    if prefix == SCENARIO:
        return State.of_scenario(name, found.scenario, found.custom.version if found.custom else None)
    origin = found.custom.origin if found.custom else None
    if origin is None:
        raise ScenarioNotFoundError(wanted, hint="It is no copy of another scenario.")
    if prefix == ORIGIN:
        now = steward.desk.catalogue.resolve(steward.user_id, origin.scenario_id)
        version = now.custom.version if now.custom else None
        return State.of_scenario(name, _by_the_copys_ids(now.scenario, origin.phases), version)
    require(steward.person, Operation.READ_REVISIONS, found.subject)
    if origin.document is None:
        raise ScenarioNotFoundError(wanted, hint="What it was copied from was not kept then.")
    then = ConversationScenario.model_validate_json(json.dumps(origin.document))
    return State.of_scenario(name, _by_the_copys_ids(then, origin.phases))


def _by_the_copys_ids(origin: ConversationScenario, phases: Mapping[str, str]) -> ConversationScenario:
    """An origin whose phases have the ids that their copies have: so they are the same, whatever they are called."""
    ids = {theirs: mine for mine, theirs in phases.items()}
    named = (phase.model_copy(update={"phase_id": ids.get(phase.phase_id, phase.phase_id)}) for phase in origin.phases)
    return origin.model_copy(update={"phases": tuple(named)})


def _revision(steward: Steward, name: str, wanted: str) -> State:
    scenario_id, _, version = wanted.rpartition("@")
    if not (scenario_id and version.isdecimal()):
        raise InvalidQueryError(f"Expected revision:ID@VERSION, found {shown(name)}.")
    with steward.desk.builder() as service:
        document = service.revisions.get(scenario_id, steward.user_id, int(version)).document
    return State.of_scenario(name, ConversationScenario.model_validate_json(json.dumps(document)))


def read_file(path: Path) -> State:
    """The state that a file holds.

    Raises:
        ProductionUnreadableError: it can't be read, or holds no records.
    """
    return State.of_file(path.name, io.read_bytes(path))
