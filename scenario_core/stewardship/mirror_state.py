"""The mirror as a production file would look that held what the system rows hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from scenario_core.bootstrap import Desk
from scenario_core.custom import records, schema
from scenario_core.custom.convert import PHASE_COLUMNS, SCENARIO_COLUMNS
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.integrity.snapshot import mirrored
from scenario_core.mirror import MirrorState, compare
from scenario_core.production import rendering
from scenario_core.production.io import LoadedScenarios
from scenario_core.production.style import Style
from scenario_core.scenario import ConversationScenario, ScenarioPhase

_FIELDS: Final = {column: name for name, column in SCENARIO_COLUMNS.items()}


def document(desk: Desk) -> bytes:
    """Production's own bytes wherever a system row is in sync, and what the row says wherever it is not.

    So a comparison with production shows what differs in the mirror and nothing that it has no column for.

    Raises:
        SchemaOutdatedError: the database is not of this version.
        DatabaseUnavailableError: it does not answer.
    """
    state = desk.production.state
    loaded, style = state.loaded, Style.of(state.loaded.document.data)
    with translated_errors(), desk.engine.connect().execution_options(**READ_ONLY) as connection:
        schema.require_current(connection)
        standings = compare(connection, mirrored(state)).standings
        synced = {name for name, standing in standings.items() if standing.state is MirrorState.IN_SYNC}
        rows = records.find_systems(connection, but=synced)
    values = {
        name: _record(loaded, style, row, standings[name].fields if name in standings else ())
        for name, row in rows.items()
    }
    return loaded.document.edited(values, frozenset(loaded.document.latest()) - synced - rows.keys())


def _record(loaded: LoadedScenarios, style: Style, row: ConversationScenario, columns: Sequence[str]) -> bytes:
    known = loaded.scenarios.get(row.scenario_id)
    if known is None:
        return rendering.rendered(style, row, None, b"")
    raw = loaded.document.value(loaded.document.latest()[row.scenario_id])
    return rendering.rendered(style, _overlaid(known, row, columns), known, raw)


def _overlaid(known: ConversationScenario, row: ConversationScenario, columns: Sequence[str]) -> ConversationScenario:
    """The production scenario with the row's values in these columns; phases are named as `phases/2/name`."""
    values: dict[str, Any] = {_FIELDS[column]: getattr(row, _FIELDS[column]) for column in columns if column in _FIELDS}
    if "phases" in columns:
        values["phases"] = row.phases
    elif in_phases := [column.split("/", 2)[1:] for column in columns if column.startswith("phases/")]:
        phases = list(known.phases)
        for number, name in in_phases:
            if name in PHASE_COLUMNS:
                index = int(number) - 1
                phases[index] = _with(phases[index], name, getattr(row.phases[index], name))
        values["phases"] = tuple(phases)
    return known.model_copy(update=values)


def _with(phase: ScenarioPhase, name: str, value: Any) -> ScenarioPhase:
    return phase.model_copy(update={name: value})
